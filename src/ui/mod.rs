//! How words and tones become cells: themes, glyphs, text in columns, and the widgets that screens are made of.
//!
//! Everything draws into a `ratatui::buffer::Buffer` in memory and clips to it; nothing here knows a terminal.

mod colour;
mod depth;
mod dump;
pub mod screens;
mod glyphs;
mod look;
mod svg;
pub mod text;
pub mod theme;
pub mod widgets;

pub use colour::{Rgb, Vision, contrast, distance, rgb_of};
pub use depth::Depth;
pub use dump::{dump, rows};
pub use glyphs::{Borders, GlyphSet};
pub use look::Look;

pub use svg::svg;
pub use text::Span;
pub use theme::{Shelf, Theme};
