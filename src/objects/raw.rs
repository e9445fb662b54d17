//! What JSON of the Kubernetes API is read into before anything is kept: text borrowed from the bytes, `null` as good as absent.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::domain::{Manager, Name, Seconds, Untrusted};

use super::{Controller, Interner, Pairs};

/// Longest message that is kept, in characters. The API allows more; nobody reads more.
const LONGEST_MESSAGE: usize = 1024;

/// A string, borrowed from the bytes where it has no escapes.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl Text<'_> {
    pub(super) fn instant(&self) -> Option<Timestamp> {
        self.0.parse().ok()
    }

    /// A copy of its own, for strings that do not repeat.
    pub(super) fn own(&self) -> Untrusted {
        Untrusted::from(&*self.0)
    }

    /// A copy of its own, cut at the longest message.
    pub(super) fn message(&self) -> Untrusted {
        match self.0.char_indices().nth(LONGEST_MESSAGE) {
            Some((end, _)) => Untrusted::from(format!("{}…", self.0.get(..end).unwrap_or_default())),
            None => self.own(),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing<'a>(PhantomData<&'a str>);
        impl<'de: 'a, 'a> Visitor<'de> for Borrowing<'a> {
            type Value = Text<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrowing(PhantomData))
    }
}

/// A value that may be `null`, which means its default.
#[derive(Debug, Default)]
pub(super) struct Null<T>(pub(super) T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Null<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(|value| Self(value.unwrap_or_default()))
    }
}

/// A map of strings, as labels and annotations are.
#[derive(Debug, Default)]
pub(super) struct Labels<'a>(pub(super) Vec<(Text<'a>, Text<'a>)>);

impl Labels<'_> {
    pub(super) fn get(&self, key: &str) -> Option<&Text<'_>> {
        self.0
            .iter()
            .find(|(its_key, _)| its_key.0 == key)
            .map(|(_, value)| value)
    }

    pub(super) fn text(&self, key: &str) -> Option<Untrusted> {
        self.get(key).map(Text::own)
    }

    /// Shared and sorted by key, so that equal sets are one.
    pub(super) fn keep(mut self, interner: &mut Interner) -> Pairs {
        self.0.sort();
        let pairs = self
            .0
            .iter()
            .map(|(key, value)| (interner.text(&key.0), interner.text(&value.0)))
            .collect();
        interner.pairs(pairs)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Labels<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<'a>(PhantomData<&'a str>);
        impl<'de: 'a, 'a> Visitor<'de> for Entries<'a> {
            type Value = Labels<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels<'a>, A::Error> {
                let mut pairs = Vec::new();
                while let Some((key, value)) = map.next_entry::<Text<'a>, Null<Text<'a>>>()? {
                    pairs.push((key, value.0));
                }
                Ok(Labels(pairs))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// `metadata` of any object.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawMeta<'a> {
    #[serde(borrow)]
    name: Null<Text<'a>>,
    namespace: Null<Text<'a>>,
    pub(super) uid: Null<Text<'a>>,
    creation_timestamp: Option<Text<'a>>,
    deletion_timestamp: Option<Text<'a>>,
    pub(super) generation: Option<i64>,
    pub(super) labels: Null<Labels<'a>>,
    pub(super) annotations: Null<Labels<'a>>,
    owner_references: Null<Vec<RawOwner<'a>>>,
    managed_fields: Null<Vec<RawManager<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawOwner<'a> {
    #[serde(borrow)]
    api_version: Null<Text<'a>>,
    kind: Null<Text<'a>>,
    name: Null<Text<'a>>,
    uid: Null<Text<'a>>,
    controller: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawManager<'a> {
    #[serde(borrow)]
    manager: Null<Text<'a>>,
    subresource: Option<Text<'a>>,
    time: Option<Text<'a>>,
}

impl RawMeta<'_> {
    /// The full name; `None` when the object has none, which no object of a server lacks.
    pub(super) fn name(&self, interner: &mut Interner) -> Option<Name> {
        (!self.name.0.0.is_empty()).then(|| Name {
            namespace: interner.text(&self.namespace.0.0),
            name: self.name.0.own(),
        })
    }

    pub(super) fn created_at(&self) -> Option<Timestamp> {
        self.creation_timestamp.as_ref().and_then(Text::instant)
    }

    pub(super) fn deleted_at(&self) -> Option<Timestamp> {
        self.deletion_timestamp.as_ref().and_then(Text::instant)
    }

    /// The owner that is its controller.
    pub(super) fn controller(&self, interner: &mut Interner) -> Option<Controller> {
        let owner = self
            .owner_references
            .0
            .iter()
            .find(|owner| owner.controller == Some(true))?;
        Some(Controller {
            api_version: interner.text(&owner.api_version.0.0),
            kind: interner.text(&owner.kind.0.0),
            name: interner.text(&owner.name.0.0),
            uid: interner.text(&owner.uid.0.0),
        })
    }

    /// Uid of its controller.
    pub(super) fn controller_uid(&self, interner: &mut Interner) -> Option<Untrusted> {
        self.owner_references
            .0
            .iter()
            .find(|owner| owner.controller == Some(true))
            .map(|owner| interner.text(&owner.uid.0.0))
    }

    /// Who wrote to it, latest first.
    pub(super) fn managers(&self, interner: &mut Interner) -> Vec<Manager> {
        let mut managers: Vec<Manager> = self
            .managed_fields
            .0
            .iter()
            .map(|entry| Manager {
                manager: interner.text(&entry.manager.0.0),
                subresource: entry.subresource.as_ref().map(|text| interner.text(&text.0)),
                at: entry.time.as_ref().and_then(Text::instant),
            })
            .collect();
        managers.sort_by_key(|manager| std::cmp::Reverse(manager.at));
        managers
    }
}

/// A number of the API as a count: what is negative or missing is `missing`.
pub(super) fn count(value: Option<i64>, missing: u32) -> u32 {
    value
        .and_then(|value| u32::try_from(value).ok())
        .unwrap_or(missing)
}

/// A number of the API as a span.
pub(super) fn seconds(value: Option<i64>, missing: u64) -> Seconds {
    Seconds(
        value
            .and_then(|value| u64::try_from(value).ok())
            .unwrap_or(missing),
    )
}
