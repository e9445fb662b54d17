//! How well a source is heard: per kind of object, and whether what is known may still be believed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Seconds, Untrusted};

/// The kinds that are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ObjectKind {
    Deployment,
    ReplicaSet,
    Pod,
    Service,
    EndpointSlice,
    HorizontalPodAutoscaler,
    PodDisruptionBudget,
    Event,
    Namespace,
    ArgoRollout,
}

impl ObjectKind {
    /// Every kind, workloads first: under a cap on connections the first ones win.
    pub const ALL: [Self; 10] = [
        Self::Deployment,
        Self::ReplicaSet,
        Self::Pod,
        Self::ArgoRollout,
        Self::Event,
        Self::Service,
        Self::EndpointSlice,
        Self::HorizontalPodAutoscaler,
        Self::PodDisruptionBudget,
        Self::Namespace,
    ];

    /// The plural resource name of the API, as in RBAC rules.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::ReplicaSet => "replicasets",
            Self::Pod => "pods",
            Self::Service => "services",
            Self::EndpointSlice => "endpointslices",
            Self::HorizontalPodAutoscaler => "horizontalpodautoscalers",
            Self::PodDisruptionBudget => "poddisruptionbudgets",
            Self::Event => "events",
            Self::Namespace => "namespaces",
            Self::ArgoRollout => "rollouts",
        }
    }
}

/// What is known of one kind in one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KindState {
    /// The server does not have this kind. A fact, not a fault.
    Absent,
    /// The user may not list or watch it; the server's words.
    Forbidden { message: Untrusted },
    /// The first list has not arrived whole yet.
    Listing { since: Timestamp, seen: usize },
    /// Heard from at `heard_at`; a quiet kind is heard by its bookmarks, about once a minute.
    Live { heard_at: Timestamp },
    /// Lost; what is shown is as old as `heard_at`. `retry_at` is when the next try starts.
    Stale {
        heard_at: Option<Timestamp>,
        why: Untrusted,
        retry_at: Timestamp,
        tries: u32,
    },
}

/// Whether values of a kind may be believed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// Heard from within [`FRESH_FOR`].
    Fresh,
    /// Last heard of this long ago.
    Old(Seconds),
    /// Never read, or not readable.
    Unknown,
}

/// Bookmarks come about once a minute: two missed ones and a half make a kind stale.
pub const FRESH_FOR: Seconds = Seconds(150);

impl KindState {
    /// Whether values of this kind may be believed at `now`.
    pub fn liveness(&self, now: Timestamp) -> Liveness {
        let heard = match self {
            Self::Live { heard_at } => *heard_at,
            Self::Stale {
                heard_at: Some(heard_at),
                ..
            } => return Liveness::Old(Seconds::between(*heard_at, now)),
            Self::Absent
            | Self::Forbidden { .. }
            | Self::Listing { .. }
            | Self::Stale { heard_at: None, .. } => {
                return Liveness::Unknown;
            }
        };
        let age = Seconds::between(heard, now);
        if age <= FRESH_FOR {
            Liveness::Fresh
        } else {
            Liveness::Old(age)
        }
    }
}
