//! Flightdeck: a terminal cockpit for deployments.
//!
//! Modules in reading order, from what is true to how it looks; `docs/ARCHITECTURE.md` has the picture and the rules.

pub mod domain;
pub mod objects;
pub mod drivers;
pub mod app;
pub mod view;
pub mod ui;
pub mod near;
pub mod fault;
pub mod promql;
pub mod config;
pub mod clock;
pub mod adapters;
pub mod sandbox;
pub mod cli;
pub mod runtime;
