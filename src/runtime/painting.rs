//! When a frame is drawn and what becomes of it: keys at once, the world at most every 33 ms, and never while the terminal
//! still has the last one.

use std::time::Duration;

use ratatui::layout::Rect;

use crate::app::{Context, Event};
use crate::ui::screens::draw;

use super::cockpit::{Cockpit, Due};
use super::terminal::Writer;

/// Between a key and its frame, when keys come fast.
const KEY_FRAME: Duration = Duration::from_millis(8);

/// Between two frames that only the world asks for.
const WORLD_FRAME: Duration = Duration::from_millis(33);

impl Cockpit {
    pub(super) fn resize(&mut self) {
        let (width, height) = crossterm::terminal::size().unwrap_or((80, 24));
        self.size = Rect {
            x: 0,
            y: 0,
            width,
            height,
        };
        // Even to the same size: a window that shrinks and grows again at once has lost what it showed.
        self.screen.invalidate();
        self.due = Due::Key;
    }

    /// Resolves when a frame is wanted, its time has come, and the terminal has taken the last one.
    pub(super) async fn frame_due(&self, writer: &Writer) {
        let gap = match self.due {
            Due::Nothing => return std::future::pending().await,
            Due::World => WORLD_FRAME,
            Due::Key => KEY_FRAME,
        };
        if let Some(last) = self.last_frame {
            tokio::time::sleep_until((last + gap).into()).await;
        }
        writer.idle().await;
    }

    pub(super) fn paint(&mut self, writer: &Writer) {
        if !writer.is_idle() {
            return;
        }
        let context = Context {
            now: self.clock.now(),
            moment: self.moment(),
            planner: &*self.drivers,
            policy: &self.policy,
        };
        let (model, memory, appearance) = (&self.model, &mut self.memory, &self.appearance);
        let mut drawn = None;
        let frame = self.screen.frame(self.size, |buf| {
            let done = draw(
                buf,
                &appearance.look,
                &context,
                model,
                &|action| appearance.keys_of(action),
                memory,
            );
            let cursor = done.cursor;
            drawn = Some(done);
            cursor
        });
        if let Some(frame) = frame
            && writer.try_send(frame).is_err()
        {
            // A frame that was drawn and not sent is lost: everything has to be drawn again.
            self.screen.invalidate();
            return;
        }
        self.last_frame = Some(self.clock.instant());
        self.due = Due::Nothing;
        if let Some(drawn) = drawn {
            self.model.rows_per_page = drawn.page;
            self.model.ends = drawn.ends;
            self.painted = drawn.sheet;
        }
    }

    /// The frame with the sheet is with the terminal: from now on it may be said to have been seen.
    pub(super) fn tell_painted(&mut self) {
        if let Some((sheet, digest)) = self.painted.take() {
            let known = self
                .model
                .sheet()
                .is_some_and(|open| open.id == sheet && open.seen.is_some());
            if !known {
                self.update(Event::Painted { sheet, digest }, Due::World);
            }
        }
    }
}
