//! Putting text into a buffer: the only functions that touch cells. Everything clips, to the area asked for and to the buffer.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::ui::Look;
use crate::ui::text::{self, Keep, Span};
use crate::view::{Glyph, Tone};

/// Spaces in that tone. Half of a wide character left of the area becomes a space, since it would swallow the area's first column.
pub fn fill(buf: &mut Buffer, area: Rect, look: &Look, tone: Tone) {
    let area = area.intersection(buf.area);
    for y in area.top()..area.bottom() {
        if let Some(before) = area
            .left()
            .checked_sub(1)
            .and_then(|x| buf.cell_mut(Position::new(x, y)))
            && before.symbol().cell_width() > 1
            && area.width > 0
        {
            before.set_char(' ');
        }
        for x in area.left()..area.right() {
            if let Some(cell) = buf.cell_mut(Position::new(x, y)) {
                cell.reset();
                cell.set_style(look.style(tone));
            }
        }
    }
}

/// Spaces in the tone of text.
pub fn clear(buf: &mut Buffer, area: Rect, look: &Look) {
    fill(buf, area, look, Tone::Text);
}

/// Spans on the first line of the area, cut with a mark where they do not fit. Returns the cells used.
pub fn spans(buf: &mut Buffer, area: Rect, look: &Look, spans: &[Span]) -> u16 {
    kept(buf, area, look, spans, Keep::Start, None)
}

/// One text on the first line of the area. Returns the cells used.
pub fn line(buf: &mut Buffer, area: Rect, look: &Look, tone: Tone, text: &str) -> u16 {
    spans(buf, area, look, &[(tone, text.to_owned())])
}

/// A mark in the first cell of the area.
pub fn glyph(buf: &mut Buffer, area: Rect, look: &Look, tone: Tone, glyph: Glyph) {
    put(buf, area, look.glyph(glyph), look.style(tone));
}

/// As [`spans`], with a choice of what to keep, and one tone over all where a row is selected.
pub(super) fn kept(
    buf: &mut Buffer,
    area: Rect,
    look: &Look,
    spans: &[Span],
    keep: Keep,
    over: Option<Tone>,
) -> u16 {
    let ellipsis = look.glyph(Glyph::Ellipsis);
    let mut used = 0;
    for (tone, text) in text::truncate_spans(spans, usize::from(area.width), keep, ellipsis) {
        let rest = right_of(area, used);
        let style = look.style(over.unwrap_or(tone));
        used = used.saturating_add(put(buf, rest, &text, style));
    }
    used
}

/// The area without its first `cells` columns.
pub(super) fn right_of(area: Rect, cells: u16) -> Rect {
    let cells = cells.min(area.width);
    Rect {
        x: area.x.saturating_add(cells),
        width: area.width.saturating_sub(cells),
        ..area
    }
}

/// The line of the area that far down; empty beyond it.
pub(super) fn row(area: Rect, down: u16) -> Rect {
    Rect {
        y: area.y.saturating_add(down),
        height: u16::from(down < area.height),
        ..area
    }
}

/// Text as it is, on the first line of the area. The buffer drops controls by itself.
pub(super) fn put(buf: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    let seen = area.intersection(buf.area);
    // A text that starts left of the buffer is not drawn: no caller has one, and half a word misleads.
    if seen.is_empty() || seen.x != area.x || seen.y != area.y {
        return 0;
    }
    let (end, _) = buf.set_stringn(seen.x, seen.y, text, usize::from(seen.width), style);
    end.saturating_sub(seen.x)
}
