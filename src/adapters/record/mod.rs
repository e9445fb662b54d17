//! The decision record: append-only JSON lines in the state directory, on disk before the request that they announce leaves.
//!
//! Nothing is ever rewritten. A line that cannot be written is kept in memory and written before the next one.

mod entry;
mod writer;
mod reader;
mod unfinished;

pub use entry::{Ask, Entry, Who, intent, later, outcome};
pub use reader::{Became, Decision, Reading, read};
pub use unfinished::{LOOKED_UP, Unfinished, unfinished};
pub use writer::{FILE, Record, RecordError};
