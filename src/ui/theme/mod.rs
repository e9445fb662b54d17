//! Themes: TOML files that give every role of `view::Tone` a style, once for each colour depth.
//!
//! The variants for 256 and 16 colours are designed and written down, never computed: the nearest colour merges hues that must differ.

mod file;
mod paint;
mod shelf;
#[cfg(test)]
mod shipped;
mod style;

pub use shelf::Shelf;
pub use style::Theme;
