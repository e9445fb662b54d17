//! One pod, as much of it as a release needs. Kept for every pod of the cluster, so it is small and shares its strings.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Name, Untrusted};

/// The phase that the API reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PodPhase {
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

/// What one container is doing, when it is not simply running and ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerState {
    pub name: Untrusted,
    pub ready: bool,
    pub restarts: u32,
    /// The reason for waiting (`ImagePullBackOff`, `CrashLoopBackOff`, …) or, if terminated, for that.
    pub waiting: Option<Untrusted>,
    /// The message that goes with the reason.
    pub message: Option<Untrusted>,
    /// Why and with what code it ended last time (`OOMKilled`, 137), if it ever did.
    pub last_reason: Option<Untrusted>,
    pub last_exit_code: Option<i32>,
    /// Since when it runs; `None` while it does not.
    pub running_since: Option<Timestamp>,
}

/// One pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    pub name: Name,
    pub uid: Untrusted,
    /// Uid of its controller (a `ReplicaSet`), if it has one.
    pub owner: Option<Untrusted>,
    pub labels: Arc<[(Untrusted, Untrusted)]>,
    pub phase: PodPhase,
    /// Reason on the pod itself: `Evicted`, `NodeLost`, …
    pub reason: Option<Untrusted>,
    pub message: Option<Untrusted>,
    pub node: Option<Untrusted>,
    pub created_at: Option<Timestamp>,
    /// When its deletion was asked for plus the grace that it was given: `deletionTimestamp` of the API.
    pub deleted_at: Option<Timestamp>,
    /// The condition `Ready`, and since when.
    pub ready: bool,
    pub ready_since: Option<Timestamp>,
    /// The message of `PodScheduled=False`, when no node takes it.
    pub unschedulable: Option<Untrusted>,
    pub containers: Arc<[ContainerState]>,
}

impl Pod {
    /// Restarts of all its containers.
    pub fn restarts(&self) -> u32 {
        self.containers.iter().map(|container| container.restarts).sum()
    }

    /// True once its deletion was asked for.
    pub fn is_terminating(&self) -> bool {
        self.deleted_at.is_some()
    }
}
