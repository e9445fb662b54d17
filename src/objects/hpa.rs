//! What is kept of a `HorizontalPodAutoscaler`: whose replicas it sets, and within which bounds.

use serde::Deserialize;

use crate::domain::{Name, Untrusted};

use super::Interner;
use super::raw::{Null, RawMeta, Text, count};

/// A `HorizontalPodAutoscaler`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autoscaler {
    pub name: Name,
    pub target_kind: Untrusted,
    pub target_name: Untrusted,
    pub min: u32,
    pub max: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawAutoscaler<'a> {
    #[serde(borrow)]
    metadata: Null<RawMeta<'a>>,
    spec: Null<RawSpec<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawSpec<'a> {
    #[serde(borrow)]
    scale_target_ref: Null<RawTarget<'a>>,
    min_replicas: Option<i64>,
    max_replicas: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawTarget<'a> {
    #[serde(borrow)]
    kind: Null<Text<'a>>,
    name: Null<Text<'a>>,
}

impl Autoscaler {
    /// Reads one; `None` when it has no name.
    pub(super) fn decode(item: &[u8], interner: &mut Interner) -> serde_json::Result<Option<Self>> {
        let RawAutoscaler {
            metadata: Null(meta),
            spec: Null(spec),
        } = serde_json::from_slice(item)?;
        let target = spec.scale_target_ref.0;
        Ok(meta.name(interner).map(|name| Self {
            name,
            target_kind: interner.text(&target.kind.0.0),
            target_name: interner.text(&target.name.0.0),
            min: count(spec.min_replicas, 1),
            max: count(spec.max_replicas, 0),
        }))
    }
}
