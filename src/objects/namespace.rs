//! What is kept of a Namespace: that it exists.

use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::Name;

use super::raw::{Null, RawMeta};
use super::{Interner, Pairs};

/// A Namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    pub name: Name,
    pub deleted_at: Option<Timestamp>,
    pub labels: Pairs,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawNamespace<'a> {
    #[serde(borrow)]
    metadata: Null<RawMeta<'a>>,
}

impl Namespace {
    /// Reads one; `None` when it has no name.
    pub(super) fn decode(item: &[u8], interner: &mut Interner) -> serde_json::Result<Option<Self>> {
        let meta = serde_json::from_slice::<RawNamespace<'_>>(item)?.metadata.0;
        let Some(name) = meta.name(interner) else {
            return Ok(None);
        };
        Ok(Some(Self {
            name,
            deleted_at: meta.deleted_at(),
            labels: meta.labels.0.keep(interner),
        }))
    }
}
