//! The commands without a screen: one file each, and what they share.
//!
//! Nothing here sends a write: those that act confirm the cockpit's own sheet, and its desk sends. The cluster is opened by the cockpit's own code (`source`, `world`), and what is said is the
//! cockpit's own words (`view`).

mod error;
mod print;
mod opened;
mod missing;
mod find;
mod table;
mod report;
mod numbers;
mod status;
mod watch;
mod check;
mod act;
mod decisions;
mod settings;
mod config;
mod completions;
mod run;

pub(super) use act::word;
pub use error::CommandError;
pub(super) use print::report;
pub use run::command;
