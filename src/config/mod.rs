//! What the user configured: files, settings and keys, and noticing when they change.
//!
//! Nothing here is needed to start: every key is optional, and a file with a mistake is reported and left aside. It knows themes and
//! glyph sets by name only; making them is the part of `ui`.

mod files;
mod keyconfig;
mod keymap;
mod metrics;
mod places;
mod read;
mod salvage;
mod sample;
mod schema;
mod settings;
mod watcher;

pub use files::{Files, FilesError, UserTheme};
pub use keymap::{KeyMap, Resolution};
pub use metrics::WrittenMetrics;
pub use places::places;
pub use sample::sample;
pub use schema::schema;
pub use settings::{Banner, Colour, Context, Events, Glyphs, Settings, Situation, ThemeChoice};
pub use watcher::{Stamp, Watcher};
