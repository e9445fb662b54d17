//! Every test that looks at the library from outside, in one program so that it is linked once.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests stop at what they did not expect, and look at the world with real time"
)]

#[path = "../support/mod.rs"]
mod support;

mod actor;
mod pty;
mod reassemble;
