//! One rollout. Wide terminals show three panes; at 80 columns they are tabs, with the gravest reason always in sight.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Context, Ends, Pane, pane_number};
use crate::domain::{Rollout, RolloutKey};
use crate::ui::text::{Span, wrap_spans};
use crate::ui::widgets::{Panel, panel, paragraph, spans};
use crate::view::{self, Tone};

use super::frame::Pen;

/// From this width on all panes are side by side.
const SIDE_BY_SIDE: u16 = 110;

/// Draws it.
pub(super) fn draw(buf: &mut Buffer, area: Rect, pen: &Pen<'_>, key: &RolloutKey, ends: &mut Ends) {
    let Some(rollout) = pen.model.rollout(key) else {
        let inside = panel(
            buf,
            area,
            pen.look,
            &Panel {
                title: &key.to_string(),
                note: "",
                focused: true,
            },
        );
        let lines = vec![vec![(
            Tone::Warn,
            format!("{key} is gone, or not read yet. esc goes back."),
        )]];
        paragraph(buf, inside, pen.look, &lines, 0);
        return;
    };
    let head = head(pen, rollout, area.width);
    let height = u16::try_from(head.len()).unwrap_or(1).min(area.height);
    for (line, y) in head.iter().zip(area.y..area.y + height) {
        let place = Rect {
            x: area.x + 1,
            y,
            width: area.width.saturating_sub(1),
            height: 1,
        };
        spans(buf, place, pen.look, line);
    }
    let body = Rect {
        y: area.y + height,
        height: area.height.saturating_sub(height),
        ..area
    };
    let focus = pen.model.view.pane;
    if pen.model.view.zoomed || body.width < SIDE_BY_SIDE {
        one(buf, body, pen, rollout, focus, ends);
        return;
    }
    let left = Rect {
        width: body.width / 2,
        ..body
    };
    let right = Rect {
        x: body.x + left.width,
        width: body.width.saturating_sub(left.width),
        ..body
    };
    let upper = Rect {
        height: body.height / 2,
        ..right
    };
    let lower = Rect {
        y: right.y + upper.height,
        height: right.height.saturating_sub(upper.height),
        ..right
    };
    for (pane, place) in [(Pane::Revisions, left), (Pane::Why, upper), (Pane::Events, lower)] {
        contents(buf, place, pen, rollout, pane, "", ends);
    }
}

/// The same context by the server's clock: instants that the API gives are compared with that.
fn at_server<'a>(pen: &Pen<'a>, rollout: &Rollout) -> Context<'a> {
    Context {
        now: pen.model.server_time(rollout, pen.context.now),
        ..*pen.context
    }
}

/// The lines above the panes: title, state, steps and weights where there are any.
fn head(pen: &Pen<'_>, rollout: &Rollout, width: u16) -> Vec<Vec<Span>> {
    let mut lines = wrap_spans(
        &view::rollout_title(rollout),
        usize::from(width.saturating_sub(2)),
    );
    lines.truncate(2);
    let server = at_server(pen, rollout);
    let (glyph, mut status) = view::rollout_status(&server, rollout);
    let tone = status.first().map_or(Tone::Text, |(tone, _)| *tone);
    status.insert(0, (tone, format!("{} ", pen.look.glyph(glyph))));
    lines.push(status);
    for line in [view::rollout_steps(rollout), view::rollout_weights(rollout)] {
        if !line.is_empty() {
            lines.push(line);
        }
    }
    if width < SIDE_BY_SIDE
        && let Some(finding) = rollout.finding(server.now)
    {
        let sentence = vec![(Tone::Text, view::sentence(&finding.reason, server.now))];
        let wrapped = wrap_spans(&sentence, usize::from(width.saturating_sub(2)));
        lines.extend(wrapped.into_iter().take(2));
    }
    lines
}

/// One pane with all the room, and the names of the others as tabs.
fn one(buf: &mut Buffer, area: Rect, pen: &Pen<'_>, rollout: &Rollout, pane: Pane, ends: &mut Ends) {
    let tabs: Vec<&str> = Pane::ALL
        .into_iter()
        .filter(|it| *it != pane)
        .map(|it| match it {
            Pane::Revisions => "revisions",
            Pane::Why => "why",
            Pane::Events => "events",
        })
        .collect();
    contents(
        buf,
        area,
        pen,
        rollout,
        pane,
        &format!("tab: {}", tabs.join(", ")),
        ends,
    );
}

fn contents(
    buf: &mut Buffer,
    area: Rect,
    pen: &Pen<'_>,
    rollout: &Rollout,
    pane: Pane,
    tabs: &str,
    ends: &mut Ends,
) {
    let server = at_server(pen, rollout);
    let (mut title, note) = view::pane_title(pen.context, pen.model, rollout, pane);
    let mut note: String = note.into_iter().map(|(_, text)| text).collect();
    if note.is_empty() {
        tabs.clone_into(&mut note);
    }
    let users = view::Users::of(pen.model, rollout, pen.context.now);
    if let (Pane::Revisions, Some(users)) = (pane, users) {
        title = format!("{title} · {}", users.note());
    }
    let focused = pen.model.view.pane == pane;
    let inside = panel(
        buf,
        area,
        pen.look,
        &Panel {
            title: &title,
            note: &note,
            focused,
        },
    );
    let lines = match pane {
        Pane::Revisions => view::revision_lines(&server, rollout, &pen.model.seen, users),
        Pane::Why => view::why_lines(&server, rollout),
        Pane::Events => view::event_lines(&server, pen.model, rollout),
    };
    let scroll = pen
        .model
        .view
        .scroll
        .get(&pane_number(pane))
        .copied()
        .unwrap_or(0);
    let end = paragraph(buf, inside, pen.look, &lines, scroll).end;
    if let Some(slot) = ends.panes.get_mut(usize::from(pane_number(pane))) {
        *slot = end;
    }
}
