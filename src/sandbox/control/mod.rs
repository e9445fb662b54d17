//! The controllers of the cluster: each looks at objects and brings them one step nearer to what is wanted, at the time that it
//! is handed. None of them sleeps or knows of HTTP; what they remember beside the objects is made of the objects' changes, and can
//! be made again.

mod controllers;
mod queue;
mod events;
mod sets;
mod deployment;
mod rolling;
mod scaling;
mod status;
mod replica_set;
mod adoption;
mod garbage;
mod picture;
mod pod;
mod selecting;
mod endpoint_slice;
mod disruption;
mod evict;
mod autoscaler;

pub(super) use controllers::Controllers;
pub(super) use evict::evict;
pub(super) use picture::{Behaviour, Failure};
