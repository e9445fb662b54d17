//! The command line: definitions only. What a command does is in `runtime/commands`.

mod flags;
mod command;
mod act;
mod since;
mod span;

pub use act::{Act, Answer, Scale, SetImage, Undo};
pub use command::{Check, Command, Config, Decisions, Demo, Listing, Shape, Status};
pub use flags::Cli;
pub use since::Since;

use span::span;
