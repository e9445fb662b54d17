//! Why a rollout does not move, as a rule with its numbers.
//!
//! Drivers find reasons; time decides which of them already count (a pod may take a while to end before it hangs). The words
//! are made in the view.

use jiff::Timestamp;

use super::{Seconds, Untrusted};

/// How bad it is. The order is the order of attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gravity {
    /// Users may be served worse than before, or the controller gave up.
    Failing,
    /// It will not go on without somebody doing something.
    Stuck,
    /// Somebody decided that it waits, and must decide that it goes on.
    Held,
    /// It moves, or waits for what moves.
    Moving,
    /// Worth knowing, nothing to be done.
    Note,
}

/// One rule that holds, with its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `spec.paused` is set. `pending_edit`: the template was changed while paused, and nothing runs it yet.
    Paused {
        since: Option<Timestamp>,
        pending_edit: bool,
    },
    /// The controller has not looked at the newest spec.
    NotObserved { generation: i64, observed: i64 },
    /// An image cannot be pulled. `word` is the API's (`ImagePullBackOff`, `ErrImagePull`, `InvalidImageName`).
    ImagePull {
        pods: u32,
        of: u32,
        word: Untrusted,
        image: Option<Untrusted>,
        message: Option<Untrusted>,
    },
    /// A container starts and ends again and again.
    CrashLoop {
        pods: u32,
        of: u32,
        container: Untrusted,
        restarts: u32,
        exit_code: Option<i32>,
        last: Option<Untrusted>,
    },
    /// A container cannot be made (`CreateContainerConfigError`, `RunContainerError`, …).
    CannotStart {
        pods: u32,
        of: u32,
        word: Untrusted,
        message: Option<Untrusted>,
    },
    /// Containers run and do not become ready. `message` is the kubelet's, from its Event.
    ProbeFailing {
        pods: u32,
        of: u32,
        container: Untrusted,
        running_since: Timestamp,
        message: Option<Untrusted>,
    },
    /// No node takes the pod.
    Unschedulable { pods: u32, of: u32, message: Untrusted },
    /// The API refuses to make pods (quota, admission, limits): the message of `ReplicaFailure`.
    CannotCreatePods { message: Untrusted, quota: bool },
    /// `progressDeadlineSeconds` passed without progress.
    DeadlineExceeded {
        deadline: Seconds,
        message: Option<Untrusted>,
    },
    /// Progress is being waited for; the controller gives up at `until`.
    DeadlineRunning { until: Timestamp, deadline: Seconds },
    /// Pods are ready and must stay so for `wait` before they count; the last of them at `until`.
    MinReady {
        pods: u32,
        wait: Seconds,
        until: Timestamp,
    },
    /// Fewer pods of the new revision than wanted are there yet.
    TooFewUpdated { updated: u32, wanted: u32 },
    /// Fewer are ready (or available) than wanted.
    TooFewReady { ready: u32, wanted: u32 },
    /// Pods of older revisions have still to go.
    OldPodsRemain { pods: u32 },
    /// A pod was to be gone by `since` and is still there.
    TerminatingHangs {
        pods: u32,
        since: Timestamp,
        oldest: Untrusted,
    },
    /// Pods were evicted (the node ran short of something, or was drained).
    Evicted { pods: u32, message: Option<Untrusted> },
    /// `Recreate`: every old pod is stopped before a new one starts.
    OutageInWaiting { pods: u32 },
    /// `Recreate`, in between: nothing serves.
    Outage { wanted: u32 },
    /// Deletion of the workload was asked for.
    BeingDeleted { since: Timestamp },
    /// A canary waits at a step for a human.
    CanaryPause {
        step: u32,
        of: u32,
        since: Option<Timestamp>,
    },
    /// A canary waits at a step for time to pass.
    CanaryPauseUntil { step: u32, of: u32, until: Timestamp },
    /// The rollout was aborted; the stable revision serves.
    Aborted {
        at: Option<Timestamp>,
        message: Option<Untrusted>,
    },
    /// The controller's own words, where this program has no rule of its own.
    Controller {
        phase: Untrusted,
        message: Option<Untrusted>,
    },
    /// An object that would tell could not be read, so nothing is claimed.
    CannotTell { what: Untrusted },
}

/// A reason with its gravity, and from when on it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub reason: Reason,
    pub gravity: Gravity,
    /// `None`: it counts now. Otherwise it counts from that instant on.
    pub from: Option<Timestamp>,
    pub side: Side,
}

/// Which pods a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The workload as a whole, or its newest revision.
    Newest,
    /// A revision that is on its way out.
    Older,
}

impl Finding {
    /// A reason that counts at once.
    pub fn now(gravity: Gravity, reason: Reason) -> Self {
        Self {
            reason,
            gravity,
            from: None,
            side: Side::Newest,
        }
    }

    /// A reason that counts from `at` on.
    pub fn from(at: Timestamp, gravity: Gravity, reason: Reason) -> Self {
        Self {
            reason,
            gravity,
            from: Some(at),
            side: Side::Newest,
        }
    }

    /// The same, about the side at `index`, of which the newest is the first.
    #[must_use]
    pub fn of_side(self, index: usize) -> Self {
        let side = if index == 0 { Side::Newest } else { Side::Older };
        Self { side, ..self }
    }

    /// Whether it counts at `now`.
    pub fn counts(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now)
    }
}
