//! The commands that act, against a server in this process: every way to confirm, every exit code, every refusal.

mod shop;

mod asked;
mod confirming;
mod planning;
mod refusals;
