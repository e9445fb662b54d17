//! Prometheus, and what speaks as it does: one question at a time, under a limit, and only what is certain is handed on.
//!
//! Nothing here writes, keeps or repeats anything, and nothing knows what a revision is.

mod answer;
mod direct;
mod failure;
mod read;

pub use failure::MetricsFailure;
pub use read::{Prometheus, Reading};
