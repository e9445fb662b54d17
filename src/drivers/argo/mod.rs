//! Argo Rollouts, for reading: steps, weights, pauses, stable and canary revisions. Acting on them comes later.

mod driver;
mod observe;
mod findings;
mod steps;
mod revisions;

pub use driver::Argo;
