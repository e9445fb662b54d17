//! Deployments: what they are, why they do not move, and the exact requests of pause, resume and restart.

mod driver;
mod revisions;
mod observe;
mod reasons;
mod availability;
mod words;
mod plan;
mod effect;
mod admission;

pub use driver::Deployments;
