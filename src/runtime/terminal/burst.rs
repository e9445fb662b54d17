//! Keys faster than fingers are a paste that was not marked as one, or the tail of something broken: they are dropped
//! until it is quiet. A held key and the arrows pass at any speed.

use std::time::{Duration, Instant};

use crate::app::{Key, KeyCode};

use super::key;

/// How close together keys must be to belong to one burst.
const WINDOW: Duration = Duration::from_millis(20);

/// How many different presses fit into the window: nobody types faster.
const MOST: usize = 6;

/// How long it must be quiet before keys count again.
const QUIET: Duration = Duration::from_millis(150);

/// What becomes of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passes,
    /// This key shows that it and the keys just before it came from no finger.
    Trips,
    Dropped,
}

/// Watches the pace of the keys.
#[derive(Debug, Default)]
pub(super) struct Burst {
    recent: Vec<(Key, Instant)>,
    dropping: Option<Dropping>,
}

#[derive(Debug)]
struct Dropping {
    count: usize,
    last: Instant,
}

impl Burst {
    /// Judges a key that arrived at `now`.
    pub(super) fn judge(&mut self, key: Key, now: Instant) -> Verdict {
        if let Some(dropping) = &mut self.dropping {
            dropping.count += 1;
            dropping.last = now;
            return Verdict::Dropped;
        }
        if key::moves(key) {
            return Verdict::Passes;
        }
        self.recent
            .retain(|(_, at)| now.saturating_duration_since(*at) < WINDOW);
        match self.recent.last_mut() {
            Some((last, at)) if *last == key => *at = now,
            _ => self.recent.push((key, now)),
        }
        let different = self.recent.len();
        if different > MOST || (different > 1 && ends_a_line(key)) {
            self.recent.clear();
            self.dropping = Some(Dropping { count: 1, last: now });
            return Verdict::Trips;
        }
        Verdict::Passes
    }

    /// Counts keys that had passed and were taken back before anybody saw them.
    pub(super) fn took_back(&mut self, keys: usize) {
        if let Some(dropping) = &mut self.dropping {
            dropping.count += keys;
        }
    }

    /// When it will have been quiet long enough.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.dropping.as_ref().map(|dropping| dropping.last + QUIET)
    }

    /// How many keys were dropped, once it has been quiet long enough.
    pub(super) fn expire(&mut self, now: Instant) -> Option<usize> {
        self.deadline().filter(|deadline| *deadline <= now)?;
        self.dropping.take().map(|dropping| dropping.count)
    }
}

/// Enter and control keys: what a paste must never press.
fn ends_a_line(key: Key) -> bool {
    key.ctrl || matches!(key.code, KeyCode::Enter | KeyCode::Tab)
}
