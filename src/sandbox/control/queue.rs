//! What is to be looked at now, and what at which time: each object once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::sandbox::store::Key;

/// Objects that wait to be looked at.
#[derive(Debug, Default)]
pub(super) struct Queue {
    now: BTreeSet<Key>,
    later: BTreeSet<(Timestamp, Key)>,
    times: BTreeMap<Key, Timestamp>,
}

impl Queue {
    /// To be looked at as soon as possible.
    pub(super) fn add(&mut self, key: Key) {
        self.now.insert(key);
    }

    /// To be looked at then; replaces an earlier appointment.
    pub(super) fn appoint(&mut self, key: &Key, at: Option<Timestamp>) {
        if let Some(before) = self.times.remove(key) {
            self.later.remove(&(before, key.clone()));
        }
        if let Some(at) = at {
            self.times.insert(key.clone(), at);
            self.later.insert((at, key.clone()));
        }
    }

    /// The next one whose time has come.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Key> {
        while let Some((at, _)) = self.later.first()
            && *at <= now
            && let Some((_, key)) = self.later.pop_first()
        {
            self.times.remove(&key);
            self.now.insert(key);
        }
        self.now.pop_first()
    }

    /// The earliest appointment.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.later.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_one_appointment_and_comes_when_it_is_time() {
        let (mut queue, key) = (Queue::default(), Key::new("pods", "shop", "a"));
        let at = |second| Timestamp::from_second(second).unwrap();
        queue.appoint(&key, Some(at(10)));
        queue.appoint(&key, Some(at(20)));
        assert_eq!((queue.due(), queue.next(at(19))), (Some(at(20)), None));
        assert_eq!((queue.next(at(20)), queue.due()), (Some(key.clone()), None));
        queue.appoint(&key, Some(at(30)));
        queue.appoint(&key, None);
        assert_eq!(queue.next(at(40)), None);
    }
}
