//! What holds against real servers: an API server with its controllers and scheduler, and nodes that kwok simulates. Run by
//! name, `cargo test --test real`; without the servers it fails, it is never skipped.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    reason = "a test may end with a panic, and waits in real time for real servers, and tells what it measured"
)]

mod lab;

#[path = "../support/fault_proxy/mod.rs"]
mod fault_proxy;

mod lab_works;
#[path = "../support/pty.rs"]
#[expect(dead_code, reason = "not every way to look at a terminal is needed here")]
mod pty;

#[path = "../support/rollout_status.rs"]
#[expect(dead_code, reason = "reading a recording is for the suite")]
mod rollout_status;

mod listening;
mod seat;

mod acting;
mod admission;
mod cockpit;
mod commands;
mod frozen;
mod going_back;
mod headless;
mod incident;
mod races;
mod notes;
mod prometheus;
mod sandbox;
mod reasons;
mod recording;
mod tmux;
mod rights;
mod unfinished;
mod watching;
