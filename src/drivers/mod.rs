//! One folder per way of rolling out: pure translators from objects to rollouts, and from steps to exact requests.
//!
//! Knows no I/O and no clock; what depends on time says from when on it counts.

mod request;
mod template;
mod diff;
mod side;
mod ownership;
mod pod_rules;
mod surroundings;
mod deployment;
mod argo;
mod registry;
mod recorded;
mod note;

pub use argo::Argo;
pub use deployment::Deployments;
pub use note::{ObjectEvent, Told, object_event};
pub use recorded::{Found, Recorded, found};
pub use registry::Drivers;
pub use template::template_changes;
