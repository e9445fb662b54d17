//! What is kept of a `PodDisruptionBudget`: whose evictions it limits. It never holds a Deployment's rollout.

use serde::Deserialize;

use crate::domain::Name;

use super::deployment::RawSelector;
use super::raw::{Null, RawMeta, count};
use super::{Interner, Pairs};

/// A `PodDisruptionBudget`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisruptionBudget {
    pub name: Name,
    /// `matchLabels`.
    pub selector: Pairs,
    /// Evictions allowed now, as its controller counts them.
    pub allowed: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawBudget<'a> {
    #[serde(borrow)]
    metadata: Null<RawMeta<'a>>,
    spec: Null<RawSpec<'a>>,
    status: Null<RawStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawSpec<'a> {
    #[serde(borrow)]
    selector: Null<RawSelector<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStatus {
    disruptions_allowed: Option<i64>,
}

impl DisruptionBudget {
    /// Reads one; `None` when it has no name.
    pub(super) fn decode(item: &[u8], interner: &mut Interner) -> serde_json::Result<Option<Self>> {
        let RawBudget {
            metadata: Null(meta),
            spec: Null(spec),
            status: Null(status),
        } = serde_json::from_slice(item)?;
        let Some(name) = meta.name(interner) else {
            return Ok(None);
        };
        Ok(Some(Self {
            name,
            selector: spec.selector.0.match_labels.0.keep(interner),
            allowed: count(status.disruptions_allowed, 0),
        }))
    }
}
