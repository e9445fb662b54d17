//! The embedded cluster: a Kubernetes API server in this process, with the controllers and the pods behind it, to learn and to
//! test on.
//!
//! It speaks over TLS on the loopback, as a real one does, and the cockpit reaches it through its ordinary client; kubectl is
//! the judge of what it speaks. It deliberately does not speak everything: no exec, no admission, objects are not held to
//! schemas; and it keeps nothing beyond its end.

mod json;
mod resource;
mod definition;
mod kinds;
mod ids;
mod store;
mod selector;
mod refusal;
mod rules;
mod objects;
mod deletion;
mod apply;
mod patch;
mod protobuf;
mod strategic;
mod control;
mod traffic;
mod scenario;
mod cluster;
mod route;
mod discovery;
mod openapi;
mod access;
mod table;
mod form;
mod listing;
mod watching;
mod logs;
mod forward;
mod request;
mod collection;
mod single;
mod api;
mod serve;
mod identity;
mod running;

pub use identity::IdentityError;
pub use running::{CONTEXT, Launch, Sandbox, SandboxError};
pub use scenario::{Scenario, ScenarioError, Shipped, TOUR, shipped};
pub use traffic::PROMETHEUS;
