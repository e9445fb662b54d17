//! The users of a sandbox: requests that come whatever happens, go to the endpoints that are ready, and are answered as their images
//! do it. And the Prometheus that scrapes all of it.
//!
//! Requests are counted, never made: a step costs the same for one and for a million of them. Nothing here changes an object.

mod plan;
mod random;
mod latency;
mod load;
mod history;
mod board;
mod stream;
mod samples;
mod service;
mod prometheus;

pub(super) use plan::{Plan, Serving, Users};
pub(super) use prometheus::answer;
pub use service::PROMETHEUS;
pub(super) use service::{Upstream, furnish, upstream};
pub(super) use stream::Traffic;
