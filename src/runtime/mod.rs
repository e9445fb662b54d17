//! The loop: owns the model, the terminal and every task, and is the only layer that awaits.

pub mod terminal;
mod start;
mod appearance;
mod keyboard;
mod last_lines;
mod login;
mod world;
pub mod source;
mod follow;
mod meter;
mod unfinished;
pub mod requests;
mod cockpit;
mod earlier;
mod effects;
mod painting;
mod logs;
mod run;
mod demo;
mod commands;

pub use commands::{CommandError, command};
pub use demo::DemoError;
use demo::demo;
pub use follow::event_line;
pub use meter::Question;
pub use run::{Exit, cockpit};
pub use start::{Start, StartError, prepare};
