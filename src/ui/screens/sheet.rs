//! The sheet, over everything: what would be sent, and the line that confirms it, which is never scrolled away.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Sheet;
use crate::ui::text::{Keep, Span, pad, spans_width, truncate_spans, wrap_spans};
use crate::ui::widgets::{Panel, panel, paragraph, spans};
use crate::view::{self, Glyph, Tone};

use super::frame::Pen;

/// Cells of the labels' column.
const LABEL: usize = 11;

/// Wider than this, lines are hard to read.
const WIDEST: u16 = 120;

/// Draws it over `area`. Returns how far its body can be scrolled.
pub(super) fn draw(buf: &mut Buffer, area: Rect, pen: &Pen<'_>, sheet: &Sheet) -> usize {
    let view = view::sheet_view(pen.context, pen.model, sheet);
    let width = area.width.min(WIDEST);
    let inner = usize::from(width.saturating_sub(4));
    let body: Vec<Vec<Span>> = view
        .body
        .iter()
        .enumerate()
        .flat_map(|(index, (label, words))| {
            if index < view.cut_from {
                labelled(label, words, inner)
            } else {
                vec![cut(label, words, inner, pen)]
            }
        })
        .collect();
    let foot: Vec<Vec<Span>> = view
        .foot
        .iter()
        .flat_map(|line| wrap_spans(line, inner))
        .collect();
    let foot_height = u16::try_from(foot.len()).unwrap_or(1).min(area.height / 2);
    let wanted = u16::try_from(body.len())
        .unwrap_or(u16::MAX)
        .saturating_add(foot_height)
        .saturating_add(3);
    let height = wanted.min(area.height);
    let place = Rect {
        x: area.x + area.width.saturating_sub(width) / 2,
        y: area.y + area.height.saturating_sub(height) / 2,
        width,
        height,
    };
    let inside = panel(
        buf,
        place,
        pen.look,
        &Panel {
            title: &view.title,
            note: "",
            focused: true,
        },
    );
    banner(buf, place, pen, &view.banner);
    let inside = Rect {
        x: inside.x + 1,
        width: inside.width.saturating_sub(2),
        ..inside
    };
    let body_height = inside.height.saturating_sub(foot_height + 1);
    let upper = Rect {
        height: body_height,
        ..inside
    };
    let more = paragraph(buf, upper, pen.look, &body, sheet.scroll);
    let rule = Rect {
        y: inside.y + body_height,
        height: inside.height.min(1),
        ..inside
    };
    let word = if more.below { " more below: down " } else { "" };
    let line = pen
        .look
        .glyphs
        .borders()
        .horizontal
        .repeat(usize::from(rule.width));
    spans(buf, rule, pen.look, &[(Tone::Border, line)]);
    spans(
        buf,
        Rect {
            x: rule.x + 2,
            width: rule.width.saturating_sub(2),
            ..rule
        },
        pen.look,
        &[(Tone::Accent, word.to_owned())],
    );
    let lower = Rect {
        y: rule.y + 1,
        height: foot_height.min(inside.height.saturating_sub(body_height + 1)),
        ..inside
    };
    paragraph(buf, lower, pen.look, &foot, 0);
    more.end
}

/// The environment, on the frame's right: the one thing that must not be overlooked.
pub(super) fn banner(buf: &mut Buffer, place: Rect, pen: &Pen<'_>, banner: &(Tone, String)) {
    let width = u16::try_from(spans_width(std::slice::from_ref(banner))).unwrap_or(u16::MAX);
    if width + 4 < place.width {
        let at = place.x + place.width.saturating_sub(width + 2);
        spans(
            buf,
            Rect {
                x: at,
                y: place.y,
                width,
                height: 1,
            },
            pen.look,
            std::slice::from_ref(banner),
        );
    }
}

/// A label with its words on one line, cut in the middle: both ends tell more than the start alone.
fn cut(label: &str, words: &[Span], width: usize, pen: &Pen<'_>) -> Vec<Span> {
    let ellipsis = pen.look.glyph(Glyph::Ellipsis);
    let mut line = vec![(Tone::Muted, pad(label, LABEL, ""))];
    line.extend(truncate_spans(
        words,
        width.saturating_sub(LABEL).max(1),
        Keep::Ends,
        ellipsis,
    ));
    line
}

/// A label with its words, wrapped beside it.
fn labelled(label: &str, words: &[Span], width: usize) -> Vec<Vec<Span>> {
    let wrapped = wrap_spans(words, width.saturating_sub(LABEL).max(1));
    wrapped
        .into_iter()
        .enumerate()
        .map(|(index, mut line)| {
            let lead = if index == 0 { label } else { "" };
            line.insert(0, (Tone::Muted, pad(lead, LABEL, "")));
            line
        })
        .collect()
}
