//! Flightdeck: a terminal cockpit for deployments.
//!
//! Modules in reading order, from what is true to how it looks; `docs/ARCHITECTURE.md` has the picture and the rules.

pub mod app;
pub mod clock;
pub mod domain;
pub mod objects;
pub mod runtime;
pub mod view;
