//! Menu, help and the question before quitting.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Action, Selection, pause_or_resume};
use crate::domain::RolloutKey;
use crate::ui::text::Span;
use crate::ui::widgets::{self, Column, Panel, Table, panel, paragraph, table};
use crate::view::{self, Tone};

use super::frame::{Memory, Pen};

/// A box in the middle of `area`.
fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + area.width.saturating_sub(width) / 2,
        y: area.y + area.height.saturating_sub(height) / 2,
        width,
        height,
    }
}

/// The action menu.
pub(super) fn menu(
    buf: &mut Buffer,
    area: Rect,
    pen: &Pen<'_>,
    key: &RolloutKey,
    selection: &Selection<Action>,
) {
    let lines = view::menu_lines(pen.context, pen.model, key);
    let actions: Vec<Action> = lines.iter().map(|(action, _)| *action).collect();
    let place = centred(area, 78, u16::try_from(lines.len()).unwrap_or(3) + 3);
    let title = format!("Actions on {key}");
    let inside = panel(
        buf,
        place,
        pen.look,
        &Panel {
            title: &title,
            note: "enter, or its key",
            focused: true,
        },
    );
    let rows: Vec<Vec<Vec<Span>>> = lines
        .into_iter()
        .map(|(action, words)| vec![vec![(Tone::Key, key_of(pen, key, action))], words])
        .collect();
    let columns = [
        Column::new("KEY", 5, 6, 0),
        Column::new("ACTION", 10, u16::MAX, 0),
    ];
    let selected = selection.index(&actions);
    table(
        buf,
        inside,
        pen.look,
        &Table {
            columns: &columns,
            rows: &rows,
            selected,
            offset: 0,
        },
    );
}

/// The key that does it now: pause and resume share one, which is that of the one that can be done.
fn key_of(pen: &Pen<'_>, key: &RolloutKey, action: Action) -> String {
    let shared = || {
        let step = pause_or_resume(pen.model.rollout(key)?);
        (action == Action::Do(step)).then(|| (pen.keys)(Action::PauseOrResume))
    };
    let own = (pen.keys)(action).into_iter().next();
    own.or_else(|| shared()?.into_iter().next()).unwrap_or_default()
}

/// Every key.
pub(super) fn help(
    buf: &mut Buffer,
    area: Rect,
    pen: &Pen<'_>,
    search: &str,
    selection: &Selection<Action>,
    memory: &mut Memory,
) {
    let lines = view::help_lines(search, pen.keys);
    let actions: Vec<Action> = lines.iter().map(|(action, ..)| *action).collect();
    let place = centred(area, 96, area.height);
    let title = if search.is_empty() {
        "Help: type to search".to_owned()
    } else {
        format!("Help: {search}")
    };
    let inside = panel(
        buf,
        place,
        pen.look,
        &Panel {
            title: &title,
            note: "enter runs it, esc closes",
            focused: true,
        },
    );
    if lines.is_empty() {
        let none = vec![vec![(Tone::Text, format!("Nothing matches {search}."))]];
        paragraph(buf, inside, pen.look, &none, 0);
        return;
    }
    let rows: Vec<Vec<Vec<Span>>> = lines
        .into_iter()
        .map(|(action, keys, sentence)| {
            vec![
                vec![(Tone::Key, keys)],
                vec![(Tone::Text, action.name().to_owned())],
                vec![(Tone::Muted, sentence.to_owned())],
            ]
        })
        .collect();
    let selected = selection.index(&actions);
    let height = usize::from(inside.height.saturating_sub(1));
    memory.help_offset = widgets::follow(memory.help_offset, selected.unwrap_or(0), height, rows.len());
    let columns = [
        Column::new("KEYS", 14, 16, 0),
        Column::new("ACTION", 15, 17, 2),
        Column::new("WHAT IT DOES", 57, u16::MAX, 1),
    ];
    table(
        buf,
        inside,
        pen.look,
        &Table {
            columns: &columns,
            rows: &rows,
            selected,
            offset: memory.help_offset,
        },
    );
}

/// The question before quitting while writes are under way.
pub(super) fn quit(buf: &mut Buffer, area: Rect, pen: &Pen<'_>) {
    let place = centred(area, 66, 5);
    let inside = panel(
        buf,
        place,
        pen.look,
        &Panel {
            title: "Quit?",
            note: "",
            focused: true,
        },
    );
    let number = u32::try_from(pen.model.in_flight() + pen.model.unknown()).unwrap_or(u32::MAX);
    let state = if number == 0 {
        (Tone::Ok, "Every write has its outcome by now.".to_owned())
    } else {
        let writes = view::count(number, "write");
        (
            Tone::Warn,
            format!("{writes} sent whose outcome is not known yet."),
        )
    };
    let lines = vec![
        vec![state],
        vec![
            (Tone::Key, "y".to_owned()),
            (
                Tone::Text,
                " quits, after waiting for answers; any other key stays.".to_owned(),
            ),
        ],
    ];
    paragraph(buf, inside, pen.look, &lines, 0);
}
