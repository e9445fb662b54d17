//! Text of several lines, wrapped and scrolled.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw::{clear, row, spans};
use crate::ui::Look;
use crate::ui::text::{Span, wrap_spans};

/// What a paragraph does not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct More {
    pub above: bool,
    pub below: bool,
    /// Lines after wrapping.
    pub lines: usize,
    /// The last scroll position that changes something.
    pub end: usize,
}

/// Draws from the wrapped line `scroll` on; beyond the end it shows the last page, so that no scroll position is empty.
pub fn paragraph(buf: &mut Buffer, area: Rect, look: &Look, text: &[Vec<Span>], scroll: usize) -> More {
    let area = area.intersection(buf.area);
    clear(buf, area, look);
    let most = usize::from(area.width);
    let lines: Vec<Vec<Span>> = text.iter().flat_map(|line| wrap_spans(line, most)).collect();
    let height = usize::from(area.height);
    let end = lines.len().saturating_sub(height);
    let first = scroll.min(end);
    for (down, line) in (0..area.height).zip(lines.iter().skip(first)) {
        spans(buf, row(area, down), look, line);
    }
    More {
        above: first > 0,
        below: first.saturating_add(height) < lines.len(),
        lines: lines.len(),
        end,
    }
}
