//! The open sheet in words, from its head to the line that confirms it.

mod checks;
mod foot;
mod head;
mod progress;
mod whole;

pub use whole::{SheetView, sheet_view};
