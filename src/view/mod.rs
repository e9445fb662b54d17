//! What each screen says: words and tones. Knows no widths and no colours.

mod tone;

pub use tone::{Glyph, Tone};
