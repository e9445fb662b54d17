//! Everything that talks to the world outside: one folder per kind of neighbour.
//!
//! Adapters do I/O and hand facts back over bounded channels. They decide nothing about rollouts and know no screen.

pub mod kube;
pub mod prometheus;
pub mod record;
pub mod seen;
mod state_file;
pub mod tmux;
pub mod used;
