//! Objects as an API server gives them go in, rollouts and plans come out.

mod argo;
mod deployment_at_work;
mod deployment_in_trouble;
mod effects;
pub(crate) mod fixtures;
mod histories;
mod noise;
pub(crate) mod objects;
pub(crate) mod observe;
mod plans;
mod recorded;
mod refusals;
mod standing;
mod templates;
mod choices;
