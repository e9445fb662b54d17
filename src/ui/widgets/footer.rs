//! The line of keys at the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw::{clear, row, spans};
use crate::ui::Look;
use crate::ui::text::{Span, width};
use crate::view::Tone;

/// A key and the word for what it does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub key: String,
    pub word: String,
}

/// Draws as many hints as fit whole, the first ones first; write the important ones first.
pub fn footer(buf: &mut Buffer, area: Rect, look: &Look, hints: &[Hint]) {
    let area = row(area.intersection(buf.area), 0);
    clear(buf, area, look);
    let mut left = usize::from(area.width);
    let mut line: Vec<Span> = Vec::new();
    for hint in hints {
        // A space before, one between, and one more towards the neighbour.
        let lead = if line.is_empty() { " " } else { "  " };
        let needed = [lead, &hint.key, " ", &hint.word].into_iter().map(width).sum();
        let Some(rest) = left.checked_sub(needed) else {
            break;
        };
        left = rest;
        line.push((Tone::Text, lead.to_owned()));
        line.push((Tone::Key, hint.key.clone()));
        line.push((Tone::Muted, format!(" {}", hint.word)));
    }
    spans(buf, area, look, &line);
}
