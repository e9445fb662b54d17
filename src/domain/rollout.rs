//! A rollout: one workload, and where it stands between two revisions.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::{
    CanaryStep, Cluster, Finding, Gravity, Image, Manager, Name, Owner, Pod, Revision, RevisionRole,
    Untrusted, Weights,
};

/// Who moves a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Driver {
    Deployment,
    Argo,
}

impl Driver {
    /// The word that `kubectl` and people use for the object.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Argo => "rollout",
        }
    }

    /// API group and plural resource, as RBAC rules name them.
    pub fn api(self) -> (&'static str, &'static str) {
        match self {
            Self::Deployment => ("apps", "deployments"),
            Self::Argo => ("argoproj.io", "rollouts"),
        }
    }

    /// In words, for the head of the rollout screen.
    pub fn by(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::Argo => "Argo Rollouts",
        }
    }
}

/// What a rollout is known by: source and path. The object behind it may be deleted and made anew; see [`Rollout::uid`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RolloutKey {
    pub cluster: Cluster,
    pub driver: Driver,
    pub name: Name,
}

impl fmt::Display for RolloutKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

/// How it moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    Rolling,
    Recreate,
    BlueGreen,
    Canary,
}

impl Strategy {
    /// The word of the fleet's column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rolling => "rolling",
            Self::Recreate => "recreate",
            Self::BlueGreen => "blue-green",
            Self::Canary => "canary",
        }
    }
}

/// What a rollout needs of a human, most first: the order of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Waiting,
    Failing,
    Stuck,
    Moving,
    Unknown,
    Idle,
}

/// Pods, as the controller counts them in the workload's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// `spec.replicas`.
    pub wanted: u32,
    /// All pods, of the new revision, ready, available.
    pub existing: u32,
    pub updated: u32,
    pub ready: u32,
    pub available: u32,
}

/// One rollout, complete in itself: everything a screen shows of it and an action's guard asks of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    pub key: RolloutKey,
    /// The incarnation: differs when an object of the same name was made anew.
    pub uid: Untrusted,
    pub strategy: Strategy,
    pub created_at: Option<Timestamp>,
    pub generation: i64,
    pub observed_generation: i64,
    /// `spec.paused`.
    pub paused: bool,
    pub counts: Counts,
    /// Newest first. Includes revisions without pods, kept for going back.
    pub revisions: Vec<Revision>,
    /// The rules that hold, gravest first.
    pub findings: Vec<Finding>,
    /// Since when it is in its present condition, as far as the API tells.
    pub since: Option<Timestamp>,
    /// Steps of a canary; empty for the others.
    pub steps: Vec<CanaryStep>,
    pub weights: Weights,
    /// Its pods, newest revision first; `None` when pods were not read.
    pub pods: Option<Vec<Arc<Pod>>>,
    pub owners: Vec<Owner>,
    /// Who wrote to the object, latest first.
    pub managers: Vec<Manager>,
    /// An autoscaler that sets the number of pods, by name, with its bounds.
    pub autoscaler: Option<(Untrusted, u32, u32)>,
    /// Services whose selectors match the new template, by name.
    pub services: Vec<Untrusted>,
    pub labels: Arc<[(Untrusted, Untrusted)]>,
    pub written: Written,
}

/// What the workload's own object says, field by field: what guards test, and what the effect of a step is told by.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Written {
    /// `spec.paused`; `None` when the field is absent, which a guard must tell from `false`.
    pub paused: Option<bool>,
    /// The controller has seen that it is paused, and acts on it.
    pub controller_paused: bool,
    /// The template's annotation of the last restart.
    pub restarted_at: Option<Untrusted>,
    /// Equal for templates that are the same but for what controllers add.
    pub template: u64,
    /// The template's regular containers in order, each with its image as it is written.
    pub images: Vec<(Untrusted, Option<Image>)>,
    /// How many superseded revisions are kept.
    pub history_limit: u32,
    /// Pods that the strategy lets be replaced at the same time.
    pub at_a_time: u32,
}

impl Rollout {
    /// What it needs of a human at `now`.
    pub fn state(&self, now: Timestamp) -> State {
        match self.finding(now).map(|finding| finding.gravity) {
            Some(Gravity::Failing) => State::Failing,
            Some(Gravity::Stuck) => State::Stuck,
            Some(Gravity::Held) => State::Waiting,
            Some(Gravity::Moving) => State::Moving,
            Some(Gravity::Note) | None => State::Idle,
        }
    }

    /// The gravest rule that counts at `now`.
    pub fn finding(&self, now: Timestamp) -> Option<&Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.counts(now))
            .min_by_key(|finding| finding.gravity)
    }

    /// The next instant after `now` at which a rule begins to count: when the rollout must be looked at again.
    pub fn turns_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.findings
            .iter()
            .filter_map(|finding| finding.from)
            .filter(|from| *from > now)
            .min()
    }

    /// The revision that the template asks for.
    pub fn target(&self) -> Option<&Revision> {
        self.with_role(&[RevisionRole::New, RevisionRole::Current, RevisionRole::Canary])
            .or_else(|| self.with_role(&[RevisionRole::Stable]))
    }

    /// The revision that it is moving away from, while it moves.
    pub fn previous(&self) -> Option<&Revision> {
        let target = self.target()?;
        match target.role {
            RevisionRole::New => self.with_role(&[RevisionRole::Old, RevisionRole::Stable]),
            RevisionRole::Canary => self.with_role(&[RevisionRole::Stable]),
            RevisionRole::Current | RevisionRole::Stable | RevisionRole::Old | RevisionRole::Kept => None,
        }
    }

    fn with_role(&self, roles: &[RevisionRole]) -> Option<&Revision> {
        self.revisions
            .iter()
            .find(|revision| roles.contains(&revision.role))
    }
}

/// An object that could not be understood: it is told, and nothing else suffers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// Kind and name as far as they could be read.
    pub what: Untrusted,
    pub why: Untrusted,
}
