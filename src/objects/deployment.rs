//! What is kept of a Deployment.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::{Manager, Name, Seconds, Untrusted};

use super::condition::{RawCondition, RawShare};
use super::raw::{Labels, Null, RawMeta, Text, count, seconds};
use super::{Condition, Controller, Interner, Pairs, PodTemplate, Share, template};

/// A Deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    pub name: Name,
    pub uid: Untrusted,
    pub created_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    pub generation: i64,
    pub observed_generation: i64,
    pub replicas: u32,
    /// `None` when the field is absent, which a guard must tell from `false`.
    pub paused: Option<bool>,
    /// Every old pod is stopped before a new one starts.
    pub recreate: bool,
    pub max_surge: Share,
    pub max_unavailable: Share,
    pub min_ready: Seconds,
    /// `None` when it was set to the largest number, which means none.
    pub progress_deadline: Option<Seconds>,
    pub history_limit: u32,
    /// `matchLabels`.
    pub selector: Pairs,
    pub template: PodTemplate,
    pub conditions: Arc<[Condition]>,
    /// Pods as the controller counts them.
    pub existing: u32,
    pub updated: u32,
    pub ready: u32,
    pub available: u32,
    pub labels: Pairs,
    pub marks: Marks,
    pub owner: Option<Controller>,
    pub managers: Vec<Manager>,
}

/// The annotations and labels that tell revisions and owners.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Marks {
    pub revision: Option<u64>,
    pub change_cause: Option<Untrusted>,
    /// The Argo CD Application.
    pub argo_cd: Option<Untrusted>,
    /// The Flux object: `Kustomization/name` or `HelmRelease/name`.
    pub flux: Option<Untrusted>,
    /// The Helm release.
    pub helm: Option<Untrusted>,
    /// `kubectl apply` left what it applied.
    pub applied: bool,
}

/// Deadlines of this many seconds mean that there is none.
const NO_DEADLINE: Seconds = Seconds(2_147_483_647);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawDeployment<'a> {
    #[serde(borrow)]
    metadata: Null<RawMeta<'a>>,
    spec: Null<RawSpec<'a>>,
    status: Null<RawStatus<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawSpec<'a> {
    replicas: Option<i64>,
    paused: Option<bool>,
    #[serde(borrow)]
    strategy: Null<RawStrategy<'a>>,
    min_ready_seconds: Option<i64>,
    progress_deadline_seconds: Option<i64>,
    revision_history_limit: Option<i64>,
    selector: Null<RawSelector<'a>>,
    template: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStrategy<'a> {
    #[serde(borrow)]
    r#type: Null<Text<'a>>,
    rolling_update: Null<RawRolling>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawRolling {
    max_surge: Option<RawShare>,
    max_unavailable: Option<RawShare>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawSelector<'a> {
    #[serde(borrow)]
    pub(super) match_labels: Null<Labels<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStatus<'a> {
    observed_generation: Option<i64>,
    replicas: Option<i64>,
    updated_replicas: Option<i64>,
    ready_replicas: Option<i64>,
    available_replicas: Option<i64>,
    #[serde(borrow)]
    conditions: Null<Vec<RawCondition<'a>>>,
}

impl Deployment {
    /// Reads one; `None` when it has no name.
    pub(super) fn decode(item: &[u8], interner: &mut Interner) -> serde_json::Result<Option<Self>> {
        let RawDeployment {
            metadata: Null(meta),
            spec: Null(spec),
            status: Null(status),
        } = serde_json::from_slice(item)?;
        let Some(name) = meta.name(interner) else {
            return Ok(None);
        };
        let quarter = Share::Percent(25);
        let rolling = spec.strategy.0.rolling_update.0;
        let share = |raw: Option<&RawShare>| raw.map_or(quarter, |raw| raw.keep(quarter));
        Ok(Some(Self {
            name,
            uid: interner.text(&meta.uid.0.0),
            created_at: meta.created_at(),
            deleted_at: meta.deleted_at(),
            generation: meta.generation.unwrap_or(0),
            observed_generation: status.observed_generation.unwrap_or(0),
            replicas: count(spec.replicas, 1),
            paused: spec.paused,
            recreate: spec.strategy.0.r#type.0.0 == "Recreate",
            max_surge: share(rolling.max_surge.as_ref()),
            max_unavailable: share(rolling.max_unavailable.as_ref()),
            min_ready: seconds(spec.min_ready_seconds, 0),
            progress_deadline: Some(seconds(spec.progress_deadline_seconds, 600))
                .filter(|deadline| *deadline < NO_DEADLINE),
            history_limit: count(spec.revision_history_limit, 10),
            selector: spec.selector.0.match_labels.0.keep(interner),
            template: template::keep(spec.template, interner)?,
            conditions: status.conditions.0.iter().map(|raw| raw.keep(interner)).collect(),
            existing: count(status.replicas, 0),
            updated: count(status.updated_replicas, 0),
            ready: count(status.ready_replicas, 0),
            available: count(status.available_replicas, 0),
            marks: marks(&meta),
            owner: meta.controller(interner),
            managers: meta.managers(interner),
            labels: meta.labels.0.keep(interner),
        }))
    }

    /// Pods that are replaced at the same time while it rolls.
    pub fn at_a_time(&self) -> u32 {
        if self.recreate {
            return self.replicas;
        }
        let more = self.max_surge.up(self.replicas);
        self.may_miss()
            .saturating_add(more)
            .clamp(1, self.replicas.max(1))
    }

    /// Pods that may be missing while it rolls: both shares zero cannot be, the API counts one then.
    pub fn may_miss(&self) -> u32 {
        if self.recreate {
            return self.replicas;
        }
        let missing = self.max_unavailable.down(self.replicas);
        if missing == 0 && self.max_surge.up(self.replicas) == 0 {
            1
        } else {
            missing.min(self.replicas)
        }
    }
}

/// The marks on any workload: Rollouts of Argo carry the same.
pub(super) fn marks(meta: &RawMeta<'_>) -> Marks {
    let (labels, notes) = (&meta.labels.0, &meta.annotations.0);
    let argo_cd = notes
        .get("argocd.argoproj.io/tracking-id")
        .and_then(|id| id.0.split(':').next().map(Untrusted::from))
        .or_else(|| labels.text("argocd.argoproj.io/instance"));
    let flux = [
        ("kustomize.toolkit.fluxcd.io", "Kustomization"),
        ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ]
    .into_iter()
    .find_map(|(prefix, kind)| {
        let name = labels.text(&format!("{prefix}/name"))?;
        let namespace = labels.text(&format!("{prefix}/namespace"));
        let namespace = namespace.map(|it| format!("{}/", it.raw())).unwrap_or_default();
        Some(Untrusted::from(format!("{kind}/{namespace}{}", name.raw())))
    });
    let managed_by_helm = labels
        .get("app.kubernetes.io/managed-by")
        .is_some_and(|by| by.0 == "Helm");
    Marks {
        revision: notes
            .get("deployment.kubernetes.io/revision")
            .and_then(|text| text.0.parse().ok()),
        change_cause: notes.text("kubernetes.io/change-cause"),
        argo_cd,
        flux,
        helm: notes
            .text("meta.helm.sh/release-name")
            .or_else(|| managed_by_helm.then(|| labels.text("app.kubernetes.io/instance"))?),
        applied: notes
            .get("kubectl.kubernetes.io/last-applied-configuration")
            .is_some(),
    }
}
