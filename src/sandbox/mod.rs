//! The embedded cluster: a Kubernetes API server in this process, with the controllers and the pods behind it, to learn and to
//! test on.
//!
//! It speaks over TLS on the loopback, as a real one does, and the cockpit reaches it through its ordinary client. It deliberately
//! does not speak everything: no exec, no logs, no Table output, no server-side apply, one caller who may do
//! everything; and it keeps nothing beyond its end.

mod json;
mod resource;
mod ids;
mod facts;
mod store;
mod selector;
mod refusal;
mod rules;
mod check;
mod objects;
mod patch;
mod strategic;
mod control;
mod scenario;
mod cluster;
mod route;
mod discovery;
mod review;
mod form;
mod listing;
mod watching;
mod api;
mod serve;
mod identity;
mod running;

pub use identity::IdentityError;
pub use running::{CONTEXT, Sandbox, SandboxError};
pub use scenario::ScenarioError;
