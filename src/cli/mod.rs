//! The command line: definitions only. What a command does is in `runtime/commands`.

mod flags;
mod command;
mod span;

pub use command::{Check, Command, Shape, Status};
pub use flags::Cli;

use span::span;
