//! The controllers of the cluster: each looks at objects and brings them one step nearer to what is wanted, at the time that it
//! is handed. None of them sleeps, remembers anything that is not in an object, or knows of HTTP.

mod controllers;
mod queue;
mod events;
mod sets;
mod deployment;
mod rolling;
mod scaling;
mod status;
mod replica_set;
mod picture;
mod pod;
mod endpoint_slice;

pub(super) use controllers::Controllers;
pub(super) use picture::{Behaviour, Failure};
