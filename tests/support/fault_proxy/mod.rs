//! A proxy in front of an API server that fails on command: per path, or altogether. It records what came and what reached the
//! other side, so that a test can say "exactly one PATCH went through". Plain HTTP/1.1 towards the client, TLS or plain towards
//! the server, a connection of its own per request; no upgrades, so no port-forward or exec. It lives on a thread of its own: a
//! test that blocks does not stop it.

mod fault;
mod proxy;
mod respond;
mod upstream;

pub(crate) use fault::{Fault, Seen};
pub(crate) use proxy::FaultProxy;
pub(crate) use upstream::Upstream;
