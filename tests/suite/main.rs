//! Behaviour of the whole, told as statements. One binary, so that it links once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::wildcard_enum_match_arm,
    clippy::indexing_slicing,
    clippy::similar_names,
    reason = "tests stop at what they did not expect, and look at the world with real time"
)]

#[path = "../support/mod.rs"]
mod support;

mod actor;
mod aftermath;
mod bad_input;
mod commands;
mod config;
mod kube_config;
mod kube_heartbeat;
mod kube_lookout;
mod kube_read;
mod kube_trouble;
mod kube_watch;
mod kube_write;
mod pinning;
mod demo;
mod drivers;
mod login;
mod look;
mod pty;
mod reassemble;
mod reload;
mod rollout_status;
mod safety;
mod sandbox;
mod metrics;
mod sandbox_attacked;
mod schema;
mod stories;
