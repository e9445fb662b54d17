//! Choosers: a list of revisions, or fields that take text, with what is to be known below them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::Chooser;
use crate::ui::text::{Span, pad, spans_width, width, wrap_spans};
use crate::ui::widgets::{Column, Panel, Table, follow, panel, paragraph, spans, table};
use crate::view::{self, ChooserView, Tone};

use super::frame::Pen;
use super::sheet::banner;

/// Wider than this, lines are hard to read.
const WIDEST: u16 = 120;

/// Draws it over `area`. Returns where text goes.
pub(super) fn draw(buf: &mut Buffer, area: Rect, pen: &Pen<'_>, chooser: &Chooser) -> Option<Position> {
    let view = view::chooser_view(pen.context, pen.model, chooser);
    let wide = area.width.min(WIDEST);
    let inner = usize::from(wide.saturating_sub(4));
    let notes: Vec<Vec<Span>> = view
        .notes
        .iter()
        .flat_map(|line| wrap_spans(line, inner))
        .collect();
    let lines = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    let header = u16::from(!view.rows.is_empty());
    let upper = lines(view.rows.len() + view.fields.len()).saturating_add(header);
    let wanted = upper.saturating_add(lines(notes.len())).saturating_add(3);
    let height = wanted.min(area.height);
    let place = Rect {
        x: area.x + area.width.saturating_sub(wide) / 2,
        y: area.y + area.height.saturating_sub(height) / 2,
        width: wide,
        height,
    };
    let title = Panel {
        title: &view.title,
        note: "",
        focused: true,
    };
    let inside = panel(buf, place, pen.look, &title);
    banner(buf, place, pen, &view.banner);
    let inside = Rect {
        x: inside.x + 1,
        width: inside.width.saturating_sub(2),
        ..inside
    };
    // The list gives way first: it can be scrolled, what is said below cannot.
    let room = inside
        .height
        .saturating_sub(lines(notes.len()) + 1)
        .max(header + 1);
    let body = Rect {
        height: upper.min(room).min(inside.height),
        ..inside
    };
    let cursor = if view.rows.is_empty() {
        fields(buf, body, pen, &view)
    } else {
        revisions(buf, body, pen, &view);
        None
    };
    let below = Rect {
        y: inside.y + body.height + 1,
        height: inside.height.saturating_sub(body.height + 1),
        ..inside
    };
    paragraph(buf, below, pen.look, &notes, 0);
    cursor
}

fn revisions(buf: &mut Buffer, area: Rect, pen: &Pen<'_>, view: &ChooserView) {
    let rows: Vec<Vec<Vec<Span>>> = view.rows.iter().map(|row| row.to_vec()).collect();
    let columns = [
        Column::new("REV", 3, 5, 0),
        Column::new("VERSION", 8, 14, 0),
        Column::new("IMAGES", 12, u16::MAX, 3).ends(),
        Column::new("AGE", 4, 5, 1).right(),
        Column::new("READY", 5, 7, 2).right(),
        Column::new("EVER HEALTHY", 15, 17, 0),
    ];
    let height = usize::from(area.height.saturating_sub(1));
    let offset = follow(0, view.selected.unwrap_or(0), height, rows.len());
    let all = Table {
        columns: &columns,
        rows: &rows,
        selected: view.selected,
        offset,
    };
    table(buf, area, pen.look, &all);
}

fn fields(buf: &mut Buffer, area: Rect, pen: &Pen<'_>, view: &ChooserView) -> Option<Position> {
    let label = view
        .fields
        .iter()
        .map(|field| width(&field.label))
        .max()
        .unwrap_or(0)
        .min(24)
        + 2;
    let mut position = None;
    for (down, field) in (0..area.height).zip(&view.fields) {
        let place = Rect {
            y: area.y + down,
            height: 1,
            ..area
        };
        let tone = if field.cursor.is_some() {
            Tone::Key
        } else {
            Tone::Text
        };
        let lead = vec![(Tone::Muted, pad(&field.label, label, "…"))];
        let start = spans_width(&lead);
        // A long image is shown by its end: the tag is what is typed.
        let room = usize::from(area.width).saturating_sub(start + 1);
        let cut = field.cursor.unwrap_or(0).saturating_sub(room);
        let text: String = field.text.chars().skip(cut).take(room).collect();
        let mut line = lead;
        line.push((tone, text));
        spans(buf, place, pen.look, &line);
        if let Some(cursor) = field.cursor {
            let column = u16::try_from(start + cursor.saturating_sub(cut)).unwrap_or(u16::MAX);
            position = Some(Position {
                x: place.x.saturating_add(column),
                y: place.y,
            });
        }
    }
    position
}
