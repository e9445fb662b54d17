//! What screens are made of: functions that draw into a part of a buffer, clip to it, and keep nothing.

mod bar;
mod columns;
mod draw;
mod footer;
mod panel;
mod paragraph;
mod scroll;
mod table;

pub use bar::{bar, filled};
pub use columns::{Align, Column, fit};
pub use draw::{clear, fill, glyph, line, spans};
pub use footer::{Hint, footer};
pub use panel::{Panel, panel};
pub use paragraph::{More, paragraph};
pub use scroll::follow;
pub use table::{Table, table};
