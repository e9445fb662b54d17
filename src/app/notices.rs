//! What the program had to say, and what it sent: two rings that forget the oldest and count what they forgot.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::{MessageTone, RequestId};

/// What is told once in a run, however often it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Once {
    /// The multiplexer does not say whether panes are synchronised.
    PanesUnknown,
    /// Notes on objects are refused for lack of a right.
    NotesForbidden,
}

/// One message, repeated `count` times.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub at: Timestamp,
    pub tone: MessageTone,
    pub text: String,
    pub count: u32,
}

/// One request that was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub id: RequestId,
    pub at: Timestamp,
    pub what: String,
    /// `None` while it is under way.
    pub outcome: Option<(MessageTone, String)>,
    pub answered_at: Option<Timestamp>,
}

/// The newest `LIMIT` of something.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring<T> {
    items: VecDeque<T>,
    forgotten: u64,
}

/// Enough for a long incident, small enough to keep.
const LIMIT: usize = 500;

impl<T> Default for Ring<T> {
    fn default() -> Self {
        Self {
            items: VecDeque::new(),
            forgotten: 0,
        }
    }
}

impl<T> Ring<T> {
    /// Adds the newest.
    pub fn push(&mut self, item: T) {
        if self.items.len() == LIMIT {
            self.items.pop_front();
            self.forgotten += 1;
        }
        self.items.push_back(item);
    }

    /// Newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.items.iter().rev()
    }

    /// The newest.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.items.back_mut()
    }

    /// Newest first, to be changed.
    pub fn newest_first_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.items.iter_mut().rev()
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many were forgotten.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

impl Ring<Message> {
    /// Tells something; the same thing again is counted, not repeated.
    pub fn tell(&mut self, at: Timestamp, tone: MessageTone, text: String) {
        match self.last_mut() {
            Some(last) if last.text == text => {
                last.at = at;
                last.count = last.count.saturating_add(1);
            }
            Some(_) | None => self.push(Message {
                at,
                tone,
                text,
                count: 1,
            }),
        }
    }
}
