//! The kept fields of each kind, and the store that drivers look things up in.
//!
//! Decoding is serde alone, item by item; strings that repeat are shared. Knows no I/O and no clock.

mod change;
mod intern;
mod object;

pub use change::{Change, ListScope};
pub use intern::Interner;
pub use object::{DecodeError, Object};
