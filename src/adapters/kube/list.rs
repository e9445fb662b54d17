//! Splits lists and watches into single objects as bytes arrive, whatever the size of the chunks.
//!
//! Only the frame is read here: where an object begins and ends. Memory is bounded by one object.

use serde::Deserialize;

use crate::domain::Untrusted;

use super::scan::{Scan, Scanned};
use super::status::first_words;

/// An object larger than this is told, not kept: etcd itself takes 1.5 MB.
pub const LARGEST_ITEM: usize = 8 << 20;

/// Names and list metadata are short.
const LARGEST_OTHER: usize = 64 << 10;

/// What came out of a chunk.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// One object, complete.
    Item(&'a [u8]),
    /// One object that was too large to keep, and its size.
    TooLarge { bytes: usize },
}

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
        match self.place {
            Place::End => Ok(self.meta),
            _ => Err(SplitError::Truncated { at: self.seen }),
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
            (Place::Start, b'{') => Ok(self.go(Place::BeforeKey)),
            (Place::Start, _) => Err(SplitError::NotAList {
                words: first_words(rest),
            }),
            (Place::BeforeKey | Place::BetweenItems, b',') => Ok(1),
            (Place::BeforeKey, b'}') => Ok(self.go(Place::End)),
            (Place::BeforeKey, b'"') => {
                self.begin(Place::Key, LARGEST_OTHER);
                Ok(0)
            }
            (Place::AfterKey, b':') => self.after_key(),
            (Place::BeforeItems, b'[') => Ok(self.go(Place::BetweenItems)),
            // An empty list of a Go server may be `null`.
            (Place::BeforeItems, b'n') => {
                self.begin(Place::Value { keep: false }, LARGEST_OTHER);
                Ok(0)
            }
            (Place::BetweenItems, b']') => Ok(self.go(Place::BeforeKey)),
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

    fn after_key(&mut self) -> Result<usize, SplitError> {
        match self.held.kept() {
            br#""items""# => self.place = Place::BeforeItems,
            br#""metadata""# => self.begin(Place::Value { keep: true }, LARGEST_OTHER),
            _ => self.begin(Place::Value { keep: false }, LARGEST_OTHER),
        }
        Ok(1)
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

/// A value that is being read: its scan, and what of it came in earlier chunks.
#[derive(Debug)]
struct Held {
    scan: Scan,
    bytes: Vec<u8>,
    size: usize,
    largest: usize,
}

impl Held {
    fn new(largest: usize) -> Self {
        Self::reusing(Vec::new(), largest)
    }

    fn reusing(mut bytes: Vec<u8>, largest: usize) -> Self {
        const WORTH_KEEPING: usize = 256 << 10;
        if bytes.capacity() > WORTH_KEEPING {
            bytes = Vec::new();
        }
        bytes.clear();
        Self {
            scan: Scan::default(),
            bytes,
            size: 0,
            largest,
        }
    }

    fn is_fresh(&self) -> bool {
        self.size == 0
    }

    /// Reads on; keeps what it read unless the value ends here.
    fn scan(&mut self, rest: &[u8], keep: bool) -> Option<Scanned> {
        let scanned = self.scan.read(rest)?;
        self.size += scanned.used;
        if !scanned.complete && keep && self.size <= self.largest {
            self.bytes
                .extend_from_slice(rest.get(..scanned.used).unwrap_or_default());
        }
        Some(scanned)
    }

    fn hand_out(&mut self, last: &[u8], out: &mut impl FnMut(Piece<'_>)) {
        if self.size > self.largest {
            out(Piece::TooLarge { bytes: self.size });
        } else if self.bytes.is_empty() {
            out(Piece::Item(last));
        } else {
            self.bytes.extend_from_slice(last);
            out(Piece::Item(&self.bytes));
        }
        self.bytes.clear();
        self.size = 0;
    }

    fn whole(&mut self, last: &[u8]) -> Vec<u8> {
        self.keep_whole(last);
        std::mem::take(&mut self.bytes)
    }

    fn keep_whole(&mut self, last: &[u8]) {
        if self.size <= self.largest {
            self.bytes.extend_from_slice(last);
        }
    }

    fn kept(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Everything that came out, and how it ended.
    fn split(bytes: &[u8], cuts: &[usize], largest: usize) -> (Vec<String>, Result<ListMeta, SplitError>) {
        let mut splitter = ItemSplitter::with_largest(largest);
        let mut items = Vec::new();
        let mut from = 0;
        for to in cuts.iter().copied().chain([bytes.len()]) {
            let result = splitter.push(&bytes[from..to], |piece| {
                items.push(match piece {
                    Piece::Item(item) => String::from_utf8(item.to_vec()).unwrap(),
                    Piece::TooLarge { bytes } => format!("too large: {bytes}"),
                });
            });
            if let Err(error) = result {
                return (items, Err(error));
            }
            from = to;
        }
        (items, splitter.finish())
    }

    const LIST: &str = r#" {"kind":"PodList","apiVersion":"v1","other":{"items":[1,{"a":"]"}]},
        "metadata":{"resourceVersion":"42","remainingItemCount":3,"continue":"abc"},
        "items" : [ {"a":"}\"]{\\"} , {"b":[[]]},5,"text" ,null], "after":-1.5e3 } "#;

    #[test]
    fn the_elements_of_items_and_nothing_else() {
        let (items, meta) = split(LIST.as_bytes(), &[], LARGEST_ITEM);
        assert_eq!(
            items,
            [r#"{"a":"}\"]{\\"}"#, r#"{"b":[[]]}"#, "5", r#""text""#, "null"]
        );
        let meta = meta.unwrap();
        assert_eq!(meta.resource_version.as_deref(), Some("42"));
        assert_eq!(meta.r#continue.as_deref(), Some("abc"));
        assert_eq!(meta.remaining_item_count, Some(3));
    }

    #[test]
    fn metadata_may_come_last_and_items_may_be_null() {
        let (items, meta) = split(
            br#"{"items":[{}],"metadata":{"resourceVersion":"7"}}"#,
            &[],
            LARGEST_ITEM,
        );
        assert_eq!(
            (items.len(), meta.unwrap().resource_version.as_deref()),
            (1, Some("7"))
        );
        let (items, meta) = split(
            br#"{"items":null,"metadata":{"resourceVersion":"8"}}"#,
            &[],
            LARGEST_ITEM,
        );
        assert_eq!(
            (items.len(), meta.unwrap().resource_version.as_deref()),
            (0, Some("8"))
        );
    }

    #[test]
    fn an_item_that_is_too_large_costs_only_itself() {
        let list = format!(
            r#"{{"items":[{{}},"{}",{{"x":1}}],"metadata":{{}}}}"#,
            "y".repeat(500)
        );
        let (items, meta) = split(list.as_bytes(), &[100, 300], 64);
        assert_eq!(items, ["{}", "too large: 502", r#"{"x":1}"#]);
        assert!(meta.is_ok());
    }

    #[test]
    fn what_is_no_list_is_told() {
        let (_, page) = split(b"<html><title>Sign in</title></html>", &[], LARGEST_ITEM);
        assert!(page.unwrap_err().to_string().contains("Sign in"));
        for wrong in [
            r#"{"items":{}}"#,
            r#"{"items" 5}"#,
            "{5:1}",
            r#"{"items":[]} x"#,
            r#"{"items":[}]}"#,
        ] {
            let (_, result) = split(wrong.as_bytes(), &[], LARGEST_ITEM);
            assert!(
                matches!(result, Err(SplitError::Unexpected { .. })),
                "{wrong}: {result:?}"
            );
        }
    }

    #[test]
    fn every_truncation_is_noticed() {
        let text = LIST.trim_end();
        for end in 1..text.len() {
            let (_, result) = split(&text.as_bytes()[..end], &[], LARGEST_ITEM);
            assert!(result.is_err(), "{}", &text[..end]);
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(
            items in prop::collection::vec(json(), 0..8),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
            pretty in any::<bool>(),
        ) {
            let list = serde_json::json!({"kind": "List", "items": items, "metadata": {"resourceVersion": "9"}});
            let text = if pretty { serde_json::to_vec_pretty(&list) } else { serde_json::to_vec(&list) }.unwrap();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len())).collect();
            cuts.sort_unstable();
            let (found, meta) = split(&text, &cuts, LARGEST_ITEM);
            let found: Vec<serde_json::Value> = found.iter().map(|item| serde_json::from_str(item).unwrap()).collect();
            prop_assert_eq!(found, items);
            prop_assert_eq!(meta.unwrap().resource_version, Some("9".to_owned()));
        }

        #[test]
        fn garbage_never_panics_and_ends_the_same_in_any_chunks(
            bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\ inullitems0".to_vec()), 0..60),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let (whole, whole_end) = split(&bytes, &[], 16);
            let (parts, parts_end) = split(&bytes, &cuts, 16);
            prop_assert_eq!(whole, parts);
            prop_assert_eq!(whole_end.is_ok(), parts_end.is_ok());
        }

        #[test]
        fn events_of_a_watch_in_any_chunks(
            events in prop::collection::vec(json(), 0..8),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let lines: Vec<String> = events.iter().map(|object| serde_json::json!({"object": object}).to_string()).collect();
            let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            cuts.sort_unstable();
            let mut splitter = WatchSplitter::default();
            let mut found = Vec::new();
            let mut from = 0;
            for to in cuts.into_iter().chain([text.len()]) {
                splitter.push(&text.as_bytes()[from..to], |piece| match piece {
                    Piece::Item(item) => found.push(String::from_utf8(item.to_vec()).unwrap()),
                    Piece::TooLarge { .. } => panic!("nothing is too large"),
                }).unwrap();
                from = to;
            }
            prop_assert!(splitter.is_between());
            prop_assert_eq!(found, lines);
        }
    }
}
