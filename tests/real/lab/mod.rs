//! The laboratory: one real control plane per test process, a namespace per test, identities with few rights, workloads that
//! go wrong on purpose, and an API server that refuses. It arranges causes; what follows from them is real.

mod control_plane;
mod identity;

mod caller;

mod namespace;
mod workload;

mod refusal;

pub(crate) use caller::{Answer, Caller, Patch};
pub(crate) use control_plane::{ControlPlane, lab};
pub(crate) use identity::Identity;
pub(crate) use namespace::Namespace;
pub(crate) use workload::Stage;
