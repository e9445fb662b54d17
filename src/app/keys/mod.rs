//! What keys do, by what lies on top. No key sends anything; at most it confirms an armed sheet.

mod chooser;
mod diff;
mod fields;
mod menu;
mod sheet;
mod top;

pub use fields::help_rows;
pub use menu::MENU;
pub(super) use menu::begin;
pub use top::takes_text;
pub(super) use top::{edit, key, open_rollout, paste};
