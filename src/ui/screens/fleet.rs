//! The fleet: a table, or what stands in its place while there is nothing to list.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::text::Span;
use crate::ui::widgets::{self, Column, Panel, Table, panel, paragraph, table};
use crate::view::{self, FleetRow, Tone};

use super::frame::{Memory, Pen};

/// Cells of the bar in the progress column.
const BAR: u16 = 8;

/// Draws it, with the selected row in sight.
pub(super) fn draw(buf: &mut Buffer, area: Rect, pen: &Pen<'_>, memory: &mut Memory) {
    let rows = view::fleet_rows(pen.context, pen.model);
    let title = view::fleet_title(pen.model, rows.len());
    let lapsed = pen.model.fleet.selection.is_lapsed() && !rows.is_empty();
    let note = if lapsed {
        "the selected rollout is gone: move first"
    } else {
        ""
    };
    let inside = panel(
        buf,
        area,
        pen.look,
        &Panel {
            title: &title,
            note,
            focused: true,
        },
    );
    if rows.is_empty() {
        paragraph(
            buf,
            inside,
            pen.look,
            &view::fleet_empty(pen.context, pen.model),
            0,
        );
        return;
    }
    let selected = pen.model.fleet.selection.index(&rows);
    let height = usize::from(inside.height.saturating_sub(1));
    memory.fleet_offset = widgets::follow(memory.fleet_offset, selected.unwrap_or(0), height, rows.len());
    let cells: Vec<Vec<Vec<Span>>> = rows
        .iter()
        .skip(memory.fleet_offset)
        .take(height)
        .filter_map(|key| pen.model.rollout(key))
        .map(|rollout| {
            cells(
                pen,
                view::fleet_row(pen.context, pen.model, rollout),
                inside.width,
            )
        })
        .collect();
    let wide = inside.width >= 110;
    let columns = [
        Column::new("STATE", 9, 10, 0),
        Column::new("ROLLOUT", 14, if wide { 30 } else { 26 }, 0).ends(),
        Column::new("STRATEGY", 9, 10, 5),
        Column::new(
            "REVISION",
            if wide { 18 } else { 9 },
            if wide { 28 } else { 18 },
            2,
        )
        .ends(),
        Column::new(
            "PROGRESS",
            if wide { 15 } else { 5 },
            if wide { 19 } else { 8 },
            3,
        ),
        Column::new("VERDICT", 7, 8, 6),
        Column::new("WAITING FOR", 24, u16::MAX, 1),
        Column::new("AGE", 5, 6, 4).right(),
    ];
    let selected = selected.and_then(|index| index.checked_sub(memory.fleet_offset));
    table(
        buf,
        inside,
        pen.look,
        &Table {
            columns: &columns,
            rows: &cells,
            selected,
            offset: 0,
        },
    );
}

fn cells(pen: &Pen<'_>, row: FleetRow, width: u16) -> Vec<Vec<Span>> {
    let (done, wanted, words) = row.progress;
    let mut progress = Vec::new();
    if width >= 110 {
        let full = usize::from(widgets::filled(BAR, u64::from(done), u64::from(wanted)));
        let empty = usize::from(BAR).saturating_sub(full);
        progress.push((Tone::Info, pen.look.glyph(view::Glyph::BarFull).repeat(full)));
        progress.push((
            Tone::Muted,
            format!("{} ", pen.look.glyph(view::Glyph::BarEmpty).repeat(empty)),
        ));
    }
    progress.push((Tone::Text, words));
    vec![
        vec![(
            row.state.0,
            format!("{} {}", pen.look.glyph(row.glyph), row.state.1),
        )],
        vec![(Tone::Text, row.name)],
        vec![(Tone::Muted, row.strategy.to_owned())],
        vec![(Tone::Text, row.revision)],
        progress,
        vec![(Tone::Muted, row.verdict)],
        vec![row.waiting_for],
        vec![(Tone::Muted, row.age)],
    ]
}
