//! The fleet: a table, or what stands in its place while there is nothing to list.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::text::{Span, width as width_of};
use crate::ui::widgets::{self, Column, Panel, Table, fit, panel, paragraph, table};
use crate::view::{self, FleetRow, Tone};

use super::frame::{Memory, Pen};

/// Cells of the bar in the progress column.
const BAR: u16 = 8;

/// From this width on there is room for everything.
const WIDE: u16 = 110;

/// The place of the revision among the columns.
const REVISION: usize = 3;

/// Draws it, with the selected row in sight.
pub(super) fn draw(buf: &mut Buffer, area: Rect, pen: &Pen<'_>, memory: &mut Memory) {
    let rows = &pen.model.fleet.listed;
    let lapsed = pen.model.fleet.selection.is_lapsed() && !rows.is_empty();
    // Where both do not fit, that nothing is selected matters more than the order.
    let (title, note) = if lapsed {
        ("Rollouts".to_owned(), "the selected rollout is gone: move first")
    } else {
        (view::fleet_title(pen.model, rows.len()), "")
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
    let selected = pen.model.fleet.selection.index(rows);
    let height = usize::from(inside.height.saturating_sub(1));
    memory.fleet_offset = widgets::follow(memory.fleet_offset, selected.unwrap_or(0), height, rows.len());
    let columns = columns(inside.width);
    let widths = fit(&columns, inside.width.saturating_sub(2));
    let revision = widths.get(REVISION).copied().unwrap_or(0);
    let cells: Vec<Vec<Vec<Span>>> = rows
        .iter()
        .skip(memory.fleet_offset)
        .take(height)
        .filter_map(|key| pen.model.rollout(key))
        .map(|rollout| {
            cells(
                pen,
                view::fleet_row(pen.context, pen.model, rollout),
                (inside.width, revision),
            )
        })
        .collect();
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

/// The columns; a narrow terminal drops strategy and verdict first, and shows bars and both revisions only with room for them.
fn columns(width: u16) -> [Column<'static>; 8] {
    let wide = width >= WIDE;
    let or = |yes: u16, no: u16| if wide { yes } else { no };
    [
        Column::new("STATE", 9, 10, 0),
        Column::new("ROLLOUT", or(22, 16), or(34, 24), 0).ends(),
        Column::new("STRATEGY", 9, 10, 5),
        Column::new("REVISION", or(17, 9), or(28, 17), 2).ends(),
        Column::new("PROGRESS", or(16, 8), or(17, 8), 3),
        Column::new("VERDICT", if width >= 140 { 7 } else { u16::MAX }, 8, 6),
        Column::new("WAITING FOR", or(26, 22), u16::MAX, 1),
        Column::new("AGE", 4, 5, 4).right(),
    ]
}

fn cells(pen: &Pen<'_>, row: FleetRow, (width, revision): (u16, u16)) -> Vec<Vec<Span>> {
    let (done, wanted, words) = row.progress;
    let mut progress = Vec::new();
    if width >= WIDE {
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
        vec![(
            Tone::Text,
            if width_of(&row.revision) <= usize::from(revision) {
                row.revision
            } else {
                row.revision_short
            },
        )],
        progress,
        vec![(Tone::Muted, row.verdict)],
        vec![row.waiting_for],
        vec![(Tone::Muted, row.age)],
    ]
}
