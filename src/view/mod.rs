//! What each screen says: words and tones. Knows no widths and no colours.

mod chooser;
mod diff;
mod fleet;
mod header;
mod lists;
mod reasons;
mod rollout;
mod sheet;
mod tone;
mod traffic;
mod words;

pub use chooser::{ChooserView, FieldView, chooser_view};
pub use diff::{DiffView, diff_view};
pub use fleet::{FleetRow, fleet_empty, fleet_row, fleet_title};
pub use header::{Header, banner_tone, header, heard};
pub use lists::{flash, footer, help_lines, input_line, menu_lines, message_lines, request_lines};
pub use reasons::{sentence, short_reason};
pub use rollout::{
    event_lines, owner_words, pane_title, revision_lines, rollout_status, rollout_steps, rollout_title,
    rollout_weights, why_lines,
};
pub use sheet::{SheetView, sheet_view};
pub use tone::{Glyph, Tone};
pub use traffic::Users;
pub use words::{Words, age, count, message_tone, progress, revisions, state};
