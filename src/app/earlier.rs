//! What other runs of the program decided, as the record tells it: shown beside what this run does. Decides nothing, and holds
//! nothing up.

use jiff::Timestamp;

use crate::domain::{Rollout, Untrusted};

use super::Model;

/// A decision of another run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// As people read it: `shop/web`.
    pub rollout: Untrusted,
    /// Of the object that it was made for.
    pub uid: Untrusted,
    pub step: Untrusted,
    pub at: Timestamp,
    /// As the server named the user; `None` when it did not.
    pub by: Option<Untrusted>,
    /// The last thing that became of it; `None` when nothing was recorded.
    pub outcome: Option<Untrusted>,
    /// Nobody knows yet whether it was applied.
    pub is_open: bool,
}

impl Model {
    /// The last decision of another run on this rollout.
    pub fn last_earlier(&self, rollout: &Rollout) -> Option<&Earlier> {
        let its = self.earlier.iter().filter(|it| it.uid == rollout.uid);
        its.max_by_key(|it| it.at)
    }

    /// Decisions of other runs on rollouts that are shown, of which nobody knows the outcome.
    pub fn open_earlier(&self) -> impl Iterator<Item = &Earlier> {
        let open = self.earlier.iter().filter(|it| it.is_open);
        open.filter(|it| self.rollouts().any(|rollout| rollout.uid == it.uid))
    }
}
