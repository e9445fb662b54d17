//! Rows and columns with a header and one selected row. Where it is scrolled to is the caller's.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::columns::{Align, Column, GAP, fit};
use super::draw::{fill, glyph, kept, line, right_of, row};
use crate::ui::Look;
use crate::ui::text::{Span, spans_width, width};
use crate::view::{Glyph, Tone};

/// What to draw. `rows` may be a window of the whole list, with `offset` 0 and `selected` counted from its start.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    pub columns: &'a [Column<'a>],
    /// A row is its cells, a cell its spans.
    pub rows: &'a [Vec<Vec<Span>>],
    pub selected: Option<usize>,
    /// The first row shown.
    pub offset: usize,
}

/// Cells for the cursor and the space behind it.
const MARGIN: u16 = 2;

/// Draws header and rows; what is left of the area is cleared.
pub fn table(buf: &mut Buffer, area: Rect, look: &Look, table: &Table<'_>) {
    let area = area.intersection(buf.area);
    fill(buf, area, look, Tone::Text);
    let widths = fit(table.columns, area.width.saturating_sub(MARGIN));
    header(buf, right_of(row(area, 0), MARGIN), look, table, &widths);
    let shown = table.rows.iter().enumerate().skip(table.offset);
    for (down, (index, cells)) in (1..area.height).zip(shown) {
        let selected = table.selected == Some(index);
        let place = row(area, down);
        if selected {
            fill(buf, place, look, Tone::Selection);
            glyph(buf, place, look, Tone::Selection, Glyph::Cursor);
        }
        let over = selected.then_some(Tone::Selection);
        body(
            buf,
            right_of(place, MARGIN),
            look,
            (table.columns, &widths),
            cells,
            over,
        );
    }
}

fn header(buf: &mut Buffer, mut place: Rect, look: &Look, table: &Table<'_>, widths: &[u16]) {
    for (column, cells) in visible(table.columns, widths) {
        let slot = aligned(
            Rect {
                width: cells,
                ..place
            },
            column.align,
            width(column.header),
        );
        line(buf, slot, look, Tone::Muted, column.header);
        place = right_of(place, cells.saturating_add(GAP));
    }
}

type Columns<'a> = (&'a [Column<'a>], &'a [u16]);

fn body(
    buf: &mut Buffer,
    mut place: Rect,
    look: &Look,
    (columns, widths): Columns<'_>,
    row: &[Vec<Span>],
    over: Option<Tone>,
) {
    for ((column, cells), spans) in columns.iter().zip(widths).zip(row) {
        if *cells == 0 {
            continue;
        }
        let slot = aligned(
            Rect {
                width: *cells,
                ..place
            },
            column.align,
            spans_width(spans),
        );
        kept(buf, slot, look, spans, column.keep, over);
        place = right_of(place, cells.saturating_add(GAP));
    }
}

fn visible<'a>(columns: &'a [Column<'a>], widths: &'a [u16]) -> impl Iterator<Item = (&'a Column<'a>, u16)> {
    columns
        .iter()
        .zip(widths.iter().copied())
        .filter(|(_, width)| *width > 0)
}

fn aligned(slot: Rect, align: Align, text: usize) -> Rect {
    match align {
        Align::Left => slot,
        Align::Right => right_of(
            slot,
            slot.width.saturating_sub(u16::try_from(text).unwrap_or(u16::MAX)),
        ),
    }
}
