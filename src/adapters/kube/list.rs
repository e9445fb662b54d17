//! Splits lists and watches into single objects as bytes arrive, whatever the size of the chunks.
//!
//! Only the frame is read here: where an object begins and ends. Memory is bounded by one object.

use serde::Deserialize;

use crate::domain::Untrusted;

use super::held::{Held, Piece};
use super::scan::Scanned;
use super::status::first_words;

/// An object larger than this is told, not kept: etcd itself takes 1.5 MB.
pub const LARGEST_ITEM: usize = 8 << 20;

/// Names and list metadata are short.
const LARGEST_OTHER: usize = 64 << 10;

/// Why bytes are no list or watch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    #[error("it is not JSON of a list but begins with `{words}`")]
    NotAList { words: Untrusted },
    #[error("it goes wrong after {at} bytes: {what} was expected")]
    Unexpected { at: usize, what: &'static str },
    #[error("it ends in the middle, after {at} bytes")]
    Truncated { at: usize },
}

/// What a list says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListMeta {
    pub resource_version: Option<String>,
    /// Where the next page begins.
    pub r#continue: Option<String>,
    pub remaining_item_count: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    BeforeKey,
    Key,
    AfterKey,
    /// Before and in a value that is kept (metadata) or passed over.
    Value {
        keep: bool,
    },
    BeforeItems,
    BetweenItems,
    Item,
    End,
}

/// Emits each element of the top-level `items` of a list.
#[derive(Debug)]
pub struct ItemSplitter {
    place: Place,
    held: Held,
    meta: ListMeta,
    seen: usize,
    largest: usize,
}

impl Default for ItemSplitter {
    fn default() -> Self {
        Self::with_largest(LARGEST_ITEM)
    }
}

impl ItemSplitter {
    /// With another bound on single items.
    pub fn with_largest(largest: usize) -> Self {
        Self {
            place: Place::Start,
            held: Held::new(LARGEST_OTHER),
            meta: ListMeta::default(),
            seen: 0,
            largest,
        }
    }

    /// Takes the next bytes and hands out what became complete.
    ///
    /// # Errors
    ///
    /// When they cannot belong to a list; the rest is lost then.
    pub fn push(&mut self, bytes: &[u8], mut out: impl FnMut(Piece<'_>)) -> Result<(), SplitError> {
        let mut rest = bytes;
        while let Some(first) = rest.first().copied() {
            let used = self.step(first, rest, &mut out)?;
            self.seen += used;
            rest = rest.get(used..).unwrap_or_default();
        }
        Ok(())
    }

    /// The list is over: what it said of itself.
    ///
    /// # Errors
    ///
    /// When it is not over at all.
    pub fn finish(self) -> Result<ListMeta, SplitError> {
        if self.place == Place::End {
            Ok(self.meta)
        } else {
            Err(SplitError::Truncated { at: self.seen })
        }
    }

    /// How many of `rest` belong to what stands here; at least one, or the place changes.
    fn step(&mut self, first: u8, rest: &[u8], out: &mut impl FnMut(Piece<'_>)) -> Result<usize, SplitError> {
        let in_value =
            matches!(self.place, Place::Key | Place::Item | Place::Value { .. }) && !self.held.is_fresh();
        if first.is_ascii_whitespace() && !in_value {
            return Ok(1);
        }
        match (self.place, first) {
            (Place::Start, b'{') | (Place::BetweenItems, b']') => Ok(self.go(Place::BeforeKey)),
            (Place::Start, _) => Err(SplitError::NotAList {
                words: first_words(rest),
            }),
            (Place::BeforeKey | Place::BetweenItems, b',') => Ok(1),
            (Place::BeforeKey, b'}') => Ok(self.go(Place::End)),
            (Place::BeforeKey, b'"') => {
                self.begin(Place::Key, LARGEST_OTHER);
                Ok(0)
            }
            (Place::AfterKey, b':') => Ok(self.after_key()),
            (Place::BeforeItems, b'[') => Ok(self.go(Place::BetweenItems)),
            // An empty list of a Go server may be `null`.
            (Place::BeforeItems, b'n') => {
                self.begin(Place::Value { keep: false }, LARGEST_OTHER);
                Ok(0)
            }
            (Place::BetweenItems, _) => {
                self.begin(Place::Item, self.largest);
                Ok(0)
            }
            (Place::Key | Place::Value { .. } | Place::Item, _) => self.value(rest, out),
            (Place::BeforeKey, _) => Err(self.unexpected("a field name")),
            (Place::AfterKey, _) => Err(self.unexpected("a colon")),
            (Place::BeforeItems, _) => Err(self.unexpected("a list of items")),
            (Place::End, _) => Err(self.unexpected("the end")),
        }
    }

    fn value(&mut self, rest: &[u8], out: &mut impl FnMut(Piece<'_>)) -> Result<usize, SplitError> {
        let keep = self.place != (Place::Value { keep: false });
        let Scanned { used, complete } = self
            .held
            .scan(rest, keep)
            .ok_or_else(|| self.unexpected("a value"))?;
        if !complete {
            return Ok(used);
        }
        match self.place {
            Place::Item => {
                self.held.hand_out(rest.get(..used).unwrap_or_default(), out);
                self.place = Place::BetweenItems;
            }
            Place::Key => self.place = Place::AfterKey,
            Place::Value { keep } => {
                if keep {
                    let text = self.held.whole(rest.get(..used).unwrap_or_default());
                    self.meta = serde_json::from_slice(&text).unwrap_or_default();
                }
                self.place = Place::BeforeKey;
            }
            Place::Start
            | Place::BeforeKey
            | Place::AfterKey
            | Place::BeforeItems
            | Place::BetweenItems
            | Place::End => {}
        }
        if self.place == Place::AfterKey {
            // The name is looked at once the colon is there.
            self.held.keep_whole(rest.get(..used).unwrap_or_default());
        }
        Ok(used)
    }

    fn after_key(&mut self) -> usize {
        match self.held.kept() {
            br#""items""# => self.place = Place::BeforeItems,
            br#""metadata""# => self.begin(Place::Value { keep: true }, LARGEST_OTHER),
            _ => self.begin(Place::Value { keep: false }, LARGEST_OTHER),
        }
        1
    }

    fn begin(&mut self, place: Place, largest: usize) {
        self.place = place;
        self.held = Held::reusing(std::mem::take(&mut self.held.bytes), largest);
    }

    fn go(&mut self, place: Place) -> usize {
        self.place = place;
        1
    }

    fn unexpected(&self, what: &'static str) -> SplitError {
        SplitError::Unexpected { at: self.seen, what }
    }
}

/// Emits each event of a watch: one JSON object after the other.
#[derive(Debug)]
pub struct WatchSplitter {
    held: Held,
    seen: usize,
}

impl Default for WatchSplitter {
    fn default() -> Self {
        Self {
            held: Held::new(LARGEST_ITEM),
            seen: 0,
        }
    }
}

impl WatchSplitter {
    /// Takes the next bytes and hands out the events that became complete.
    ///
    /// # Errors
    ///
    /// When they are no events.
    pub fn push(&mut self, bytes: &[u8], mut out: impl FnMut(Piece<'_>)) -> Result<(), SplitError> {
        let mut rest = bytes;
        while let Some(first) = rest.first().copied() {
            let mut used = 1;
            if !self.held.is_fresh() || !first.is_ascii_whitespace() {
                if self.held.is_fresh() && first != b'{' {
                    return Err(SplitError::NotAList {
                        words: first_words(rest),
                    });
                }
                let wrong = SplitError::Unexpected {
                    at: self.seen,
                    what: "an event",
                };
                let scanned = self.held.scan(rest, true).ok_or(wrong)?;
                used = scanned.used;
                if scanned.complete {
                    self.held.hand_out(rest.get(..used).unwrap_or_default(), &mut out);
                    self.held = Held::reusing(std::mem::take(&mut self.held.bytes), LARGEST_ITEM);
                }
            }
            self.seen += used;
            rest = rest.get(used..).unwrap_or_default();
        }
        Ok(())
    }

    /// Whether the bytes so far end between two events.
    pub fn is_between(&self) -> bool {
        self.held.is_fresh()
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
