//! A box with a title and a note, around something else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw::{clear, put, right_of, row};
use crate::ui::Look;
use crate::ui::text::{Keep, truncate, width};
use crate::view::{Glyph, Tone};

/// What stands on the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Panel<'a> {
    pub title: &'a str,
    /// On the right; the first to give way.
    pub note: &'a str,
    pub focused: bool,
}

/// Draws the frame, clears what is in it, and returns that part. Less than two cells high or wide, nothing is inside.
pub fn panel(buf: &mut Buffer, area: Rect, look: &Look, panel: &Panel<'_>) -> Rect {
    let area = area.intersection(buf.area);
    clear(buf, area, look);
    if area.width < 2 || area.height < 2 {
        return Rect {
            width: 0,
            height: 0,
            ..area
        };
    }
    frame(buf, area, look, panel.focused);
    heading(buf, right_of(area, 1), look, panel);
    Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

fn frame(buf: &mut Buffer, area: Rect, look: &Look, focused: bool) {
    let borders = look.glyphs.borders();
    let style = look.style(if focused { Tone::BorderFocus } else { Tone::Border });
    let across = borders
        .horizontal
        .repeat(usize::from(area.width.saturating_sub(2)));
    let top = [borders.top_left, &across, borders.top_right].concat();
    let bottom = [borders.bottom_left, &across, borders.bottom_right].concat();
    let last = area.height.saturating_sub(1);
    put(buf, row(area, 0), &top, style);
    for down in 1..last {
        put(buf, row(area, down), borders.vertical, style);
        let right = right_of(row(area, down), area.width.saturating_sub(1));
        put(buf, right, borders.vertical, style);
    }
    put(buf, row(area, last), &bottom, style);
}

/// Title left, note right, one cell of the frame between and beside them.
fn heading(buf: &mut Buffer, area: Rect, look: &Look, panel: &Panel<'_>) {
    let room = usize::from(area.width.saturating_sub(1));
    let tone = if panel.focused {
        Tone::BorderFocus
    } else {
        Tone::Title
    };
    let mut used = 0;
    if !panel.title.is_empty() && room > 2 {
        let ellipsis = look.glyph(Glyph::Ellipsis);
        let title = truncate(panel.title, room.saturating_sub(2), Keep::Start, ellipsis);
        used = usize::from(put(buf, area, &format!(" {title} "), look.style(tone)));
    }
    let note = width(panel.note).saturating_add(2);
    if !panel.note.is_empty() && used.saturating_add(note).saturating_add(1) <= room {
        let skip = u16::try_from(room.saturating_sub(note)).unwrap_or(u16::MAX);
        put(
            buf,
            right_of(area, skip),
            &format!(" {} ", panel.note),
            look.style(Tone::Muted),
        );
    }
}
