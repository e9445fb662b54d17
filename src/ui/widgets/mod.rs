//! What screens are made of: functions that draw into a part of a buffer, clip to it, and keep nothing.

mod draw;
mod panel;
mod columns;
mod table;
mod bar;
mod paragraph;
mod footer;
mod scroll;

pub use bar::{bar, filled};
pub use columns::{Align, Column, fit};
pub use draw::{clear, fill, glyph, line, spans};
pub use footer::{Hint, footer};
pub use panel::{Panel, panel};
pub use paragraph::{More, paragraph};
pub use scroll::follow;
pub use table::{Table, table};
