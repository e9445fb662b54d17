//! Behaviour of the whole, told as statements. One binary, so that it links once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail loudly")]

mod config;
mod look;
