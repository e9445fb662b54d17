//! What the program decides. Pure: events and the model in, effects out.

mod action;
mod key;

pub use action::{Action, Motion};
pub use key::{Key, KeyCode, KeyParseError};
