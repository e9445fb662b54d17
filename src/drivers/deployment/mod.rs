//! Deployments: what they are, why they do not move, and the exact requests of pause, resume and restart.

mod driver;
mod revisions;
mod observe;
mod reasons;
mod availability;
mod words;
mod plan;
mod effect;

pub use driver::Deployments;
