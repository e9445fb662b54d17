//! Behaviour of the whole, told as statements. One binary, so that it links once.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests stop at what they did not expect, and look at the world with real time"
)]

#[path = "../support/mod.rs"]
mod support;

mod actor;
mod bad_input;
mod config;
mod look;
mod pty;
mod reassemble;
mod safety;
mod stories;
