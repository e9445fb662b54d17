//! What is kept of a `ReplicaSet`: one revision of a Deployment or of an Argo Rollout.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::{Name, Untrusted};

use super::condition::RawCondition;
use super::raw::{Null, RawMeta, Text, count};
use super::{Condition, Interner, PodTemplate, template};

/// A `ReplicaSet`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaSet {
    pub name: Name,
    pub uid: Untrusted,
    /// Uid of its controller.
    pub owner: Option<Untrusted>,
    pub created_at: Option<Timestamp>,
    /// The controller's hash of the template: label `pod-template-hash`, or Argo's.
    pub hash: Option<Untrusted>,
    /// The number that its controller gave it.
    pub revision: Option<u64>,
    pub change_cause: Option<Untrusted>,
    /// When Argo scales it down, once something else serves.
    pub scale_down_at: Option<Timestamp>,
    pub template: PodTemplate,
    pub wanted: u32,
    pub existing: u32,
    pub ready: u32,
    pub available: u32,
    pub conditions: Arc<[Condition]>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawReplicaSet<'a> {
    #[serde(borrow)]
    metadata: Null<RawMeta<'a>>,
    spec: Null<RawSpec<'a>>,
    status: Null<RawStatus<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawSpec<'a> {
    replicas: Option<i64>,
    #[serde(borrow)]
    template: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStatus<'a> {
    replicas: Option<i64>,
    ready_replicas: Option<i64>,
    available_replicas: Option<i64>,
    #[serde(borrow)]
    conditions: Null<Vec<RawCondition<'a>>>,
}

impl ReplicaSet {
    /// Reads one; `None` when it has no name.
    pub(super) fn decode(item: &[u8], interner: &mut Interner) -> serde_json::Result<Option<Self>> {
        let RawReplicaSet {
            metadata: Null(meta),
            spec: Null(spec),
            status: Null(status),
        } = serde_json::from_slice(item)?;
        let Some(name) = meta.name(interner) else {
            return Ok(None);
        };
        let (labels, notes) = (&meta.labels.0, &meta.annotations.0);
        Ok(Some(Self {
            name,
            uid: interner.text(&meta.uid.0.0),
            owner: meta.controller_uid(interner),
            created_at: meta.created_at(),
            hash: labels
                .text("rollouts-pod-template-hash")
                .or_else(|| labels.text("pod-template-hash")),
            revision: [
                "deployment.kubernetes.io/revision",
                "rollout.argoproj.io/revision",
            ]
            .into_iter()
            .find_map(|key| notes.get(key)?.0.parse().ok()),
            change_cause: notes.text("kubernetes.io/change-cause"),
            scale_down_at: notes.get("scale-down-deadline").and_then(Text::instant),
            template: template::keep(spec.template, interner)?,
            wanted: count(spec.replicas, 1),
            existing: count(status.replicas, 0),
            ready: count(status.ready_replicas, 0),
            available: count(status.available_replicas, 0),
            conditions: status.conditions.0.iter().map(|raw| raw.keep(interner)).collect(),
        }))
    }
}
