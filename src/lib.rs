//! Flightdeck: a terminal cockpit for deployments.
//!
//! Modules in reading order, from what is true to how it looks; `docs/ARCHITECTURE.md` has the picture and the rules.

pub mod app;
pub mod config;
pub mod domain;
pub mod fault;
pub mod objects;
pub mod ui;
pub mod view;
