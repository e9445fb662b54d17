//! Frames: what changed since the last one, as bytes. Our own instead of ratatui's `Terminal`, whose `clear` asks the
//! terminal where its cursor is and races the keys, and which writes 25 bytes for a frame in which nothing changed.

use std::mem;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::style::{Attribute, SetAttribute, force_color_output};
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use crossterm::{Command, queue};
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// What the terminal shows, as far as we know.
#[derive(Debug)]
pub struct Screen {
    shown: Buffer,
    next: Buffer,
    cursor: Option<Position>,
    known: bool,
    beside: Vec<u8>,
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}

impl Screen {
    /// A screen of which nothing is known yet, so that the first frame draws all of it.
    pub fn new() -> Self {
        // With NO_COLOR crossterm replaces colours by an empty SGR, which also ends bold and reverse. A theme without
        // colours is the right answer to NO_COLOR, and it needs its reverse video.
        force_color_output(true);
        Self {
            shown: Buffer::empty(Rect::ZERO),
            next: Buffer::empty(Rect::ZERO),
            cursor: None,
            known: false,
            beside: Vec::new(),
        }
    }

    /// Somebody else wrote to the terminal: the next frame draws everything.
    pub fn invalidate(&mut self) {
        self.known = false;
    }

    /// Sends these bytes (a title, the clipboard) along with the next frame, even if nothing else changed.
    pub fn beside(&mut self, bytes: &[u8]) {
        self.beside.extend_from_slice(bytes);
    }

    /// Draws a frame and gives the bytes that bring the terminal there; none when it is there already. `draw` answers
    /// where the cursor stands, if a text field has it. Only call it when the bytes can be sent: the screen counts
    /// them as shown.
    pub fn frame(
        &mut self,
        area: Rect,
        draw: impl FnOnce(&mut Buffer) -> Option<Position>,
    ) -> Option<Vec<u8>> {
        let whole = !self.known || self.shown.area != area;
        if self.next.area != area {
            self.next = Buffer::empty(area);
        }
        self.next.reset();
        let cursor = draw(&mut self.next).filter(|position| area.contains(*position));
        if whole {
            self.shown = Buffer::empty(area);
        }
        let updates = self.shown.diff(&self.next);
        if !whole && updates.is_empty() && cursor == self.cursor && self.beside.is_empty() {
            return None;
        }
        let mut bytes = mem::take(&mut self.beside);
        push(&mut bytes, BeginSynchronizedUpdate);
        if whole || self.cursor.is_some() {
            push(&mut bytes, Hide);
        }
        if whole {
            push(&mut bytes, SetAttribute(Attribute::Reset));
            push(&mut bytes, Clear(ClearType::All));
        }
        if !updates.is_empty() {
            let drawn = CrosstermBackend::new(&mut bytes).draw(updates.into_iter());
            debug_assert!(drawn.is_ok(), "writing to memory cannot fail");
        }
        if let Some(Position { x, y }) = cursor {
            push(&mut bytes, MoveTo(x, y));
            push(&mut bytes, Show);
        }
        push(&mut bytes, EndSynchronizedUpdate);
        mem::swap(&mut self.shown, &mut self.next);
        (self.known, self.cursor) = (true, cursor);
        Some(bytes)
    }
}

/// Encodes a command; writing to memory cannot fail.
pub(super) fn push(bytes: &mut Vec<u8>, command: impl Command) {
    let pushed = queue!(bytes, command);
    debug_assert!(pushed.is_ok(), "writing to memory cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::{Modifier, Style};

    const AREA: Rect = Rect::new(0, 0, 20, 4);

    fn words(text: &str) -> impl FnOnce(&mut Buffer) -> Option<Position> {
        move |buffer| {
            buffer.set_string(0, 0, text, Style::new());
            None
        }
    }

    fn text(frame: Option<Vec<u8>>) -> String {
        String::from_utf8(frame.unwrap()).unwrap()
    }

    #[test]
    fn nothing_changed_is_nothing_sent() {
        let mut screen = Screen::new();
        assert!(screen.frame(AREA, words("hello")).is_some());
        assert_eq!(screen.frame(AREA, words("hello")), None);
        let change = text(screen.frame(AREA, words("hellO")));
        assert!(
            change.starts_with("\u{1b}[?2026h") && change.ends_with("\u{1b}[?2026l"),
            "{change:?}"
        );
        assert!(change.contains('O') && !change.contains("hell"), "{change:?}");
    }

    #[test]
    fn a_new_size_and_a_foreign_hand_draw_everything() {
        let mut screen = Screen::new();
        let _ = screen.frame(AREA, words("hello"));
        let resized = text(screen.frame(Rect::new(0, 0, 19, 4), words("hello")));
        assert!(
            resized.contains("\u{1b}[2J") && resized.contains("hello"),
            "{resized:?}"
        );
        screen.invalidate();
        assert!(text(screen.frame(Rect::new(0, 0, 19, 4), words("hello"))).contains("hello"));
    }

    #[test]
    fn the_cursor_comes_goes_and_stays_inside() {
        let mut screen = Screen::new();
        let at = |x| move |_: &mut Buffer| Some(Position::new(x, 1));
        assert!(text(screen.frame(AREA, at(3))).contains("\u{1b}[2;4H\u{1b}[?25h"));
        assert_eq!(screen.frame(AREA, at(3)), None);
        assert!(text(screen.frame(AREA, at(4))).contains("\u{1b}[2;5H"));
        let gone = text(screen.frame(AREA, at(400)));
        assert!(
            gone.contains("\u{1b}[?25l") && !gone.contains("\u{1b}[?25h"),
            "{gone:?}"
        );
    }

    #[test]
    fn bytes_beside_a_frame_go_even_when_nothing_changed() {
        let mut screen = Screen::new();
        let _ = screen.frame(AREA, words("hello"));
        screen.beside(b"\x1b]2;title\x1b\\");
        assert!(text(screen.frame(AREA, words("hello"))).starts_with("\u{1b}]2;title"));
        assert_eq!(screen.frame(AREA, words("hello")), None);
    }

    #[test]
    fn a_screen_of_no_size_is_drawn_without_a_panic() {
        let mut screen = Screen::new();
        for (width, height) in [(0, 0), (1, 0), (0, 1), (1, 1), (0, 0)] {
            let _ = screen.frame(Rect::new(0, 0, width, height), |buffer| {
                buffer.set_style(buffer.area, Style::new().add_modifier(Modifier::REVERSED));
                Some(Position::ORIGIN)
            });
        }
    }
}
