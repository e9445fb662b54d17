//! One whole frame:
//!
//! ```text
//!  PROD prod-eu      23 rollouts · 3 moving                      live
//! ┌ the screen ──────────────────────────────────────────────────────┐
//! └──────────────────────────────────────────────────────────────────┘
//!  the last message, while it is young
//!  enter open  space pause  / filter  ? help
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::{Action, Context, Ends, Model, Overlay, Screen};
use crate::domain::Digest;
use crate::ui::text::{Keep, spans_width, truncate_spans, width};
use crate::ui::widgets::{Hint, Panel, clear, fill, footer, panel, paragraph, spans};
use crate::ui::{GlyphSet, Look};
use crate::view::{self, Glyph, Tone};

use super::{chooser, fleet, overlay, plain, rollout, sheet};

/// What a frame remembers for the next one.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The first row of the fleet that is shown.
    pub fleet_offset: usize,
    pub help_offset: usize,
}

/// What was drawn, as far as somebody must know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Where the cursor stands, when text is typed.
    pub cursor: Option<Position>,
    /// The sheet that is on the screen, with the plan that it shows.
    pub sheet: Option<(u64, Digest)>,
    /// How many rows a page has.
    pub page: usize,
    /// How far what was drawn can be scrolled.
    pub ends: Ends,
}

/// Everything that drawing needs beside the model.
#[derive(Clone, Copy)]
pub(super) struct Pen<'a> {
    pub look: &'a Look,
    pub context: &'a Context<'a>,
    pub model: &'a Model,
    /// The keys that an action is on.
    pub keys: &'a dyn Fn(Action) -> Vec<String>,
}

/// From this width on the requests are listed with their whole paths.
const WHOLE_PATHS: u16 = 110;

/// Smaller than this, there is only room to say so.
const SMALLEST: (u16, u16) = (24, 5);

/// Draws a frame into `buf`, which covers the terminal.
pub fn draw(
    buf: &mut Buffer,
    look: &Look,
    context: &Context<'_>,
    model: &Model,
    keys: &dyn Fn(Action) -> Vec<String>,
    memory: &mut Memory,
) -> Drawn {
    let area = buf.area;
    let pen = Pen {
        look,
        context,
        model,
        keys,
    };
    clear(buf, area, look);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let words = vec![vec![(Tone::Warn, "too small: 80x24 shows all".to_owned())]];
        paragraph(buf, area, look, &words, 0);
        return Drawn::default();
    }
    let row = |y: u16| Rect {
        x: area.x,
        y,
        width: area.width,
        height: 1,
    };
    header(buf, row(area.y), &pen);
    let flash = view::flash(context, model);
    let foot = area.y + area.height.saturating_sub(1);
    let below = 1 + u16::from(flash.is_some());
    let body = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1 + below),
        ..area
    };
    let mut drawn = Drawn {
        page: usize::from(body.height.saturating_sub(3)).max(1),
        ..Drawn::default()
    };
    screen(buf, body, &pen, memory, &mut drawn.ends);
    if let Some(words) = flash {
        let line = row(foot.saturating_sub(1));
        spans(
            buf,
            Rect {
                x: line.x + 1,
                width: line.width.saturating_sub(1),
                ..line
            },
            look,
            &words,
        );
    }
    drawn.cursor = bottom(buf, row(foot), &pen);
    if let Some((cursor, shown)) = overlays(buf, body, &pen, memory, &mut drawn.ends) {
        drawn.cursor = cursor.or(drawn.cursor);
        drawn.sheet = shown;
    }
    if look.glyphs == GlyphSet::Ascii {
        plain::ascii(buf);
    }
    drawn
}

/// Cells between the three parts of the header.
const HEADER_GAPS: usize = 6;

/// Environment, cluster and namespaces are never cut below this.
const SHORTEST_SCOPE: usize = 36;

fn header(buf: &mut Buffer, area: Rect, pen: &Pen<'_>) {
    let header = view::header(pen.context, pen.model);
    // What is counted matters more than the whole of a long name: names give way first, in their middle.
    let others = spans_width(&header.middle) + spans_width(&header.right) + HEADER_GAPS;
    let room = usize::from(area.width).saturating_sub(others).max(SHORTEST_SCOPE);
    let ellipsis = pen.look.glyph(Glyph::Ellipsis);
    let scope = truncate_spans(&header.left, room, Keep::Ends, ellipsis);
    let left = u16::try_from(spans_width(&scope)).unwrap_or(u16::MAX);
    spans(buf, area, pen.look, &scope);
    let rest = area.width.saturating_sub(left);
    let right = u16::try_from(spans_width(&header.right))
        .unwrap_or(u16::MAX)
        .min(rest.saturating_sub(2));
    let at = area.x + area.width.saturating_sub(right + 1);
    spans(
        buf,
        Rect {
            x: at,
            width: right,
            ..area
        },
        pen.look,
        &header.right,
    );
    let middle = Rect {
        x: area.x + left + 3,
        width: at.saturating_sub(area.x + left + 4),
        ..area
    };
    if middle.width > 0 && left + 3 < area.width {
        spans(buf, middle, pen.look, &header.middle);
    }
}

fn screen(buf: &mut Buffer, area: Rect, pen: &Pen<'_>, memory: &mut Memory, ends: &mut Ends) {
    match pen.model.screen() {
        Screen::Fleet => fleet::draw(buf, area, pen, memory),
        Screen::Rollout(key) => rollout::draw(buf, area, pen, key, ends),
        Screen::Requests => {
            let lines = view::request_lines(pen.context, pen.model, area.width >= WHOLE_PATHS);
            ends.list = list(buf, area, pen, "Requests", &lines);
        }
        Screen::Messages => {
            let lines = view::message_lines(pen.context, pen.model);
            ends.list = list(buf, area, pen, "Messages", &lines);
        }
    }
}

fn list(buf: &mut Buffer, area: Rect, pen: &Pen<'_>, title: &str, lines: &[view::Words]) -> usize {
    let note = format!("{}", lines.len());
    let inside = panel(
        buf,
        area,
        pen.look,
        &Panel {
            title,
            note: &note,
            focused: true,
        },
    );
    paragraph(buf, inside, pen.look, lines, pen.model.list_scroll).end
}

/// Footer, or the line that takes text. Says where the cursor stands.
fn bottom(buf: &mut Buffer, area: Rect, pen: &Pen<'_>) -> Option<Position> {
    let Some((prompt, text, cursor, problem)) = view::input_line(pen.model) else {
        let hints: Vec<Hint> = view::footer(pen.context, pen.model)
            .into_iter()
            .filter_map(|(action, word)| {
                Some(Hint {
                    key: (pen.keys)(action).into_iter().next()?,
                    word: word.to_owned(),
                })
            })
            .collect();
        footer(buf, area, pen.look, &hints);
        return None;
    };
    let mut line = vec![(Tone::Key, prompt.to_owned()), (Tone::Text, text.clone())];
    match problem {
        Some(problem) => line.push((Tone::Warn, format!("   {problem}"))),
        None if prompt == ":" => {
            let room = usize::from(area.width).saturating_sub(spans_width(&line));
            line.push((Tone::Muted, offered(&crate::app::completions(&text), room)));
        }
        None => line.push((
            Tone::Muted,
            "   words · !not · -l label=value · /regex/   enter keeps, esc clears".to_owned(),
        )),
    }
    fill(buf, area, pen.look, Tone::Text);
    spans(buf, area, pen.look, &line);
    let column = width(prompt) + cursor;
    Some(Position {
        x: area.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX)),
        y: area.y,
    })
}

/// As many completions as fit whole, and how many more there are.
fn offered(names: &[&str], room: usize) -> String {
    let mut shown = "   tab:".to_owned();
    for (index, name) in names.iter().enumerate() {
        let rest = format!(" +{}", names.len().saturating_sub(index));
        if width(&shown) + 1 + width(name) + width(&rest) > room {
            shown.push_str(&rest);
            break;
        }
        shown.push(' ');
        shown.push_str(name);
    }
    shown
}

type Shown = (Option<Position>, Option<(u64, Digest)>);

fn overlays(
    buf: &mut Buffer,
    area: Rect,
    pen: &Pen<'_>,
    memory: &mut Memory,
    ends: &mut Ends,
) -> Option<Shown> {
    match pen.model.overlays.last()? {
        Overlay::Menu { key, selection } => overlay::menu(buf, area, pen, key, selection),
        Overlay::Help { search, selection } => {
            overlay::help(buf, area, pen, search.value(), selection, memory);
        }
        Overlay::Chooser(open) => return Some((chooser::draw(buf, area, pen, open), None)),
        Overlay::Diff(open) => {
            let view = view::diff_view(pen.context, pen.model, open);
            let inside = panel(
                buf,
                area,
                pen.look,
                &Panel {
                    title: &view.title,
                    note: &view.note,
                    focused: true,
                },
            );
            ends.sheet = paragraph(buf, inside, pen.look, &view.lines, open.scroll).end;
        }
        Overlay::QuitQuestion => overlay::quit(buf, area, pen),
        Overlay::Filter { .. } | Overlay::Command { .. } => return None,
        Overlay::Sheet(open) => {
            ends.sheet = sheet::draw(buf, area, pen, open);
            return Some((None, open.digest().map(|digest| (open.id, digest))));
        }
    }
    Some((None, None))
}
