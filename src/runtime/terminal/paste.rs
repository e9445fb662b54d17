//! A paste that came in as single keys, put together again as the text it was.

use std::time::Duration;

use crate::app::{Key, KeyCode};

use super::key;

/// A paste whose end got lost (crossterm swallows an end without a beginning) ends when it has been quiet this long.
pub(super) const QUIET: Duration = Duration::from_millis(150);

/// Longest paste kept, in bytes; the rest is read and forgotten.
const LONGEST: usize = 1 << 20;

const END: &str = "\u{1b}[201~";

/// Adds what came in as this key.
pub(super) fn push(key: Key, text: &mut String) {
    if text.len() < LONGEST || key == Key::plain(KeyCode::Esc) || may_end(text) {
        key::push_text(key, text);
    }
}

/// The pasted text, once its end is there.
pub(super) fn ended(text: &str) -> Option<String> {
    text.strip_suffix(END).map(clean)
}

/// Line ends as `\n`, and no other control characters but tabs.
pub(super) fn clean(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    lines
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// True when the text stops within the mark of a paste's end.
fn may_end(text: &str) -> bool {
    (1..END.len()).any(|length| END.get(..length).is_some_and(|begun| text.ends_with(begun)))
}
