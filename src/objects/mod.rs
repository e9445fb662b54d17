//! The kept fields of each kind, and the store that drivers look things up in.
//!
//! Decoding is serde alone, item by item; strings that repeat are shared. Knows no I/O and no clock.

mod intern;
mod raw;
mod condition;
mod template;
mod deployment;
mod replica_set;
mod pod;
mod service;
mod endpoint_slice;
mod hpa;
mod pdb;
mod event;
mod namespace;
mod argo;
mod argo_raw;
mod object;
mod change;
mod table;
mod store;
mod driver;

pub use argo::{ArgoRollout, ArgoStatus, ArgoStrategy};
pub use change::{Change, ListScope};
pub use condition::{Condition, Controller, Share, condition};
pub use deployment::{Deployment, Marks};
pub use driver::{Driver, ObjectKey, Observation};
pub use endpoint_slice::{Endpoint, EndpointSlice};
pub use event::Event;
pub use hpa::Autoscaler;
pub use intern::{Interner, Pairs};
pub use namespace::Namespace;
pub use object::{DecodeError, Object};
pub use pdb::DisruptionBudget;
pub use replica_set::ReplicaSet;
pub use service::{Service, ServicePort};
pub use store::{Coverage, ObjectStore, Touched};
pub use table::{Reference, Table};
pub use template::{Container, PodTemplate, RESTARTED_AT, digest};
