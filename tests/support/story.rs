//! What a user sees: keys in, a drawn buffer out, on the pure core with the real drivers and the real screens.

use std::sync::Arc;

use flightdeck::app::{Action, Context, Event, Key};
use flightdeck::config::{KeyMap, Resolution};
use flightdeck::domain::{Cluster, Moment, Rollout};
use flightdeck::drivers::Drivers;
use flightdeck::ui::screens::{Drawn, Memory, draw};
use flightdeck::ui::{Depth, GlyphSet, Look, Shelf, rows};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cockpit::{CLUSTER, Cockpit};

/// A cockpit with somebody in front of it.
pub(crate) struct Story {
    pub(crate) cockpit: Cockpit,
    pub(crate) look: Look,
    memory: Memory,
    keys: KeyMap,
    size: (u16, u16),
}

impl Story {
    /// These rollouts, live, on 80x24.
    pub(crate) fn of(rollouts: &[Rollout]) -> Self {
        let mut cockpit = Cockpit::with(rollouts);
        cockpit.planner = Arc::new(Drivers::new(Cluster::new(CLUSTER)));
        let mut story = Self::on(cockpit);
        story.see();
        story
    }

    /// Whatever that cockpit shows.
    pub(crate) fn on(cockpit: Cockpit) -> Self {
        Self {
            cockpit,
            look: dressed("dark", Depth::Rgb, GlyphSet::Unicode),
            memory: Memory::default(),
            keys: KeyMap::default(),
            size: (80, 24),
        }
    }

    pub(crate) fn size(mut self, width: u16, height: u16) -> Self {
        self.size = (width, height);
        self.see();
        self
    }

    /// The window gets another size.
    pub(crate) fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.size = (width, height);
        self.see();
        self
    }

    /// Presses keys as they are written in a key map, one after the other, and looks at the screen after each.
    pub(crate) fn press(&mut self, keys: &[&str]) -> &mut Self {
        for text in keys {
            let key: Key = text.parse().unwrap();
            let action = match self.keys.resolve(&[key]) {
                Resolution::Action(action) => Some(action),
                Resolution::Pending | Resolution::Unbound => None,
            };
            self.cockpit.event(Event::Key {
                key,
                action,
                repeat: false,
            });
            self.see();
        }
        self
    }

    pub(crate) fn times(&mut self, count: usize, key: &str) -> &mut Self {
        for _ in 0..count {
            self.press(&[key]);
        }
        self
    }

    pub(crate) fn type_text(&mut self, text: &str) -> &mut Self {
        self.cockpit.type_text(text);
        self.see();
        self
    }

    /// Moves the selection to the row that says `words`.
    pub(crate) fn select(&mut self, words: &str) -> &mut Self {
        self.press(&["home"]);
        for _ in 0..100 {
            let screen = self.screen();
            let row = screen.lines().find(|line| line.starts_with("│>"));
            if row.is_some_and(|row| row.contains(words)) {
                return self;
            }
            self.press(&["j"]);
        }
        panic!("no row says {words:?}\n{}", self.screen());
    }

    /// Waits until the open sheet takes keys.
    pub(crate) fn look_at_sheet(&mut self) -> &mut Self {
        self.see();
        self.cockpit.look();
        self.see();
        self
    }

    /// The frame, as the program draws it now; what the model keeps of it is kept.
    pub(crate) fn see(&mut self) -> Buffer {
        let (buf, drawn) = self.frame(self.size.0, self.size.1);
        self.cockpit.model.rows_per_page = drawn.page;
        self.cockpit.model.ends = drawn.ends;
        buf
    }

    /// A frame of that size.
    pub(crate) fn frame(&mut self, width: u16, height: u16) -> (Buffer, Drawn) {
        let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
        let planner = Arc::clone(&self.cockpit.planner);
        let context = Context {
            now: self.cockpit.now(),
            moment: Moment(self.cockpit.millis),
            planner: &*planner,
            policy: &self.cockpit.policy,
        };
        let keys = &self.keys;
        let drawn = draw(
            &mut buf,
            &self.look,
            &context,
            &self.cockpit.model,
            &|action: Action| keys.keys_of(action),
            &mut self.memory,
        );
        (buf, drawn)
    }

    /// What can be read on the screen.
    pub(crate) fn screen(&mut self) -> String {
        rows(&self.see()).join("\n")
    }

    #[track_caller]
    pub(crate) fn sees(&mut self, words: &str) -> &mut Self {
        let screen = self.screen();
        assert!(screen.contains(words), "{words:?} is not on the screen\n{screen}");
        self
    }

    #[track_caller]
    pub(crate) fn sees_not(&mut self, words: &str) -> &mut Self {
        let screen = self.screen();
        assert!(!screen.contains(words), "{words:?} is on the screen\n{screen}");
        self
    }
}

/// A shipped theme at that depth.
pub(crate) fn dressed(theme: &str, depth: Depth, glyphs: GlyphSet) -> Look {
    Look {
        theme: Shelf::shipped().load(theme, depth).unwrap(),
        glyphs,
    }
}
