//! The commands without a screen: one file each, and what they share.
//!
//! Nothing here sends a write. The cluster is opened by the cockpit's own code (`source`, `world`), and what is said is the
//! cockpit's own words (`view`).

mod error;
mod print;
mod opened;
mod find;
mod table;
mod report;
mod numbers;
mod status;
mod watch;
mod check;
mod decisions;
mod settings;
mod config;
mod completions;
mod run;

pub use error::CommandError;
pub use run::command;
