//! The built program's commands: what they say on which stream, and how they end.

mod acting;
mod check;
mod config;
mod decisions;
pub(crate) mod desk;
mod status;
mod watch;
