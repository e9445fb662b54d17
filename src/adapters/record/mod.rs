//! The decision record: append-only JSON lines in the state directory, on disk before the request that they announce leaves.
//!
//! Nothing is ever rewritten. A line that cannot be written is kept in memory and written before the next one.

mod entry;
mod writer;
mod reader;

pub use entry::{Entry, Who, intent, later, outcome};
pub use reader::{Became, Decision, Reading, read};
pub use writer::{FILE, OpenDecision, Record, RecordError, unfinished};
