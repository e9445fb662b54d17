//! Port-forward: a `WebSocket` with two channels for each port, behind which a small HTTP server answers for the pod. What it
//! answers is decided by a function that is handed in. Nothing but HTTP is spoken on the ports, and SPDY is not.

mod channels;
mod handshake;
mod reply;

pub(super) use handshake::{Forward, accept, begin};
pub(super) use reply::{Responder, usual};
