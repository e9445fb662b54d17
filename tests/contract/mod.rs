//! What a cluster promises to those who use it, told once and held against every cluster there is: the embedded one, and the
//! real control plane. A case that only one of them passes is a defect.
//!
//! A case speaks plain HTTP and asserts on answers, orders and invariants. It deliberately asserts on no duration: nodes are
//! simulated in both worlds, each at its own pace.

mod caller;
mod place;
mod lab;
mod embedded;
mod registry;
mod play;

pub(crate) mod cases;

pub(crate) use caller::Caller;
pub(crate) use embedded::Embedded;
pub(crate) use lab::{Forgotten, Lab};
pub(crate) use place::Place;
pub(crate) use play::{CASES, Case, play};
pub(crate) use registry::with_cases;
