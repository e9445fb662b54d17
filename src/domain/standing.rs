//! Whether a rollout is done, failed, or to be waited for: the one question that scripts ask.
//!
//! The same words as `kubectl rollout status`, judged earlier: trouble of the new revision's pods is a failure before its
//! deadline has passed. Trouble of older revisions is none, since it may be what the new one mends.

use jiff::Timestamp;

use super::{Driver, Finding, Gravity, Reason, Rollout, Side, State};

/// Where a rollout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Every wanted pod runs the newest revision and is available, and nothing speaks against it.
    Done,
    /// The controller gave up, or it will not go on without somebody.
    Failed,
    /// It moves, is held, or cannot be told.
    Waiting,
}

impl Standing {
    /// The word of the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
        }
    }
}

impl Rollout {
    /// Where it stands at `now`, by the clock of its server.
    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.failure(now).is_some() {
            return Standing::Failed;
        }
        match self.state(now) {
            State::Idle => Standing::Done,
            // Held with nothing behind it: as complete as if nobody held it.
            State::Waiting if self.is_in_place() => Standing::Done,
            State::Waiting | State::Failing | State::Stuck | State::Moving | State::Unknown => {
                Standing::Waiting
            }
        }
    }

    /// The gravest rule that makes it failed at `now`.
    pub fn failure(&self, now: Timestamp) -> Option<&Finding> {
        self.findings
            .iter()
            .filter(|it| it.counts(now) && fails(it))
            .min_by_key(|it| it.gravity)
    }

    /// A Deployment whose newest template is seen, run by every wanted pod, and by nothing else.
    fn is_in_place(&self) -> bool {
        let counts = self.counts;
        let pending_edit = self.findings.iter().any(|it| {
            matches!(
                it.reason,
                Reason::Paused {
                    pending_edit: true,
                    ..
                }
            )
        });
        self.key.driver == Driver::Deployment
            && !pending_edit
            && self.observed_generation >= self.generation
            && counts.updated >= counts.wanted
            && counts.existing <= counts.updated
            && counts.available >= counts.updated
    }
}

/// An outage while `Recreate` replaces its pods is the strategy's way, not a failure.
fn fails(finding: &Finding) -> bool {
    let grave = matches!(finding.gravity, Gravity::Failing | Gravity::Stuck);
    grave && finding.side != Side::Older && !matches!(finding.reason, Reason::Outage { .. })
}
