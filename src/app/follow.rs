//! What became of each plan that was sent: from the record on disk to the effect in the cluster, and to its end if somebody
//! takes it back. Nothing here sends a write.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{
    Answer, EffectSeen, Goal, Need, Outcome, Plan, Planner, Rollout, RolloutKey, Seconds, Untrusted,
};

use super::RequestId;

/// How long an effect is watched for being taken back.
pub const FOLLOW_FOR: Seconds = Seconds(300);

/// How long an accepted write that is not observed holds up the next step forward.
pub const LOCK_FOR: Seconds = Seconds(30);

/// A lost write is called not applied only when its guard still holds this long after it was sent: the longest that a
/// request may linger in the API server, and a little more.
pub const SETTLED_AFTER: Seconds = Seconds(65);

/// How often the state is read while an outcome is unknown.
const RESOLVE_EVERY: Seconds = Seconds(5);

/// Managers whose entries tell nothing about who took a change back: this program, and the controller that keeps books.
const OURS: [&str; 2] = ["flightdeck", "kube-controller-manager"];

/// One confirmed plan on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Follow {
    pub id: RequestId,
    pub plan: Arc<Plan>,
    pub sent_at: Timestamp,
    /// As typed; empty when none was asked for.
    pub reason: String,
    /// The object as the dry run showed it, until it can be compared, and what admission said it would change.
    pub expected: Option<(Arc<str>, Vec<Untrusted>)>,
    /// The fields that were written otherwise than the dry run showed.
    pub differs: Vec<Untrusted>,
    /// Why the record could not be written; the plan went on without, as its class allows.
    pub record_problem: Option<Untrusted>,
    pub recorded: bool,
    /// What the server answered, or that it did not.
    pub answer: Option<Outcome>,
    /// When the object first showed the change, and when the controller had done what was meant.
    pub written_at: Option<Timestamp>,
    pub done_at: Option<Timestamp>,
    pub end: Option<End>,
    /// The read that resolves an unknown outcome: in flight, or due.
    pub resolving: Option<RequestId>,
    pub resolve_at: Option<Timestamp>,
}

/// Nothing more will happen to this plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Refused, or never sent.
    NotDone,
    /// What was wanted was there before the request came.
    AlreadySo,
    /// Watched for [`FOLLOW_FOR`] and still there.
    Lasting,
    Reverted {
        by: Option<Untrusted>,
        after: Seconds,
    },
    /// A later plan on the same rollout took over.
    Superseded,
    Gone,
    /// Unknown first, then seen not to have been applied.
    NotApplied,
}

impl Follow {
    /// A plan about to be recorded and sent.
    pub fn new(id: RequestId, plan: Arc<Plan>, sent_at: Timestamp) -> Self {
        Self {
            id,
            plan,
            sent_at,
            reason: String::new(),
            expected: None,
            differs: Vec::new(),
            record_problem: None,
            recorded: false,
            answer: None,
            written_at: None,
            done_at: None,
            end: None,
            resolving: None,
            resolve_at: None,
        }
    }

    /// The rollout that it acts on.
    pub fn key(&self) -> &RolloutKey {
        &self.plan.target.key
    }

    /// True while the request has left and no answer came.
    pub fn is_in_flight(&self) -> bool {
        self.end.is_none() && self.answer.is_none()
    }

    /// True while it holds up the next step forward on its rollout.
    pub fn locks(&self, now: Timestamp) -> bool {
        if self.end.is_some() {
            return false;
        }
        match &self.answer {
            None => true,
            Some(Outcome::Unknown { .. }) => self.written_at.is_none(),
            Some(_) => self.written_at.is_none() && Seconds::between(self.sent_at, now) < LOCK_FOR,
        }
    }

    /// True while nobody knows whether it was applied.
    pub fn is_unknown(&self) -> bool {
        self.end.is_none()
            && self.written_at.is_none()
            && matches!(self.answer, Some(Outcome::Unknown { .. }))
    }

    /// True when somebody should look: the outcome is unknown, or the change was taken back.
    pub fn needs_attention(&self) -> bool {
        matches!(self.end, Some(End::Reverted { .. }))
            || (self.end.is_none()
                && self.written_at.is_none()
                && matches!(self.answer, Some(Outcome::Unknown { .. })))
    }

    /// Compares what was written with what the dry run showed. One dry run can be compared with one write alone.
    pub fn compare(&mut self, planner: &dyn Planner, outcome: &Outcome) {
        if let Outcome::Accepted {
            object: Some(written),
            ..
        } = outcome
            && let Some((dry, also)) = self.expected.take()
            && self.plan.writes.len() == 1
        {
            self.differs = planner.differs(&self.plan, &also, (&dry, written));
        }
    }

    /// Takes in what the server answered.
    pub fn answered(&mut self, mut outcome: Outcome, now: Timestamp) {
        // Compared by now, and not kept: an object may be large.
        if let Outcome::Accepted { object, .. } = &mut outcome {
            *object = None;
        }
        match &outcome {
            Outcome::NotSent { .. } | Outcome::Refused(_) => self.end = Some(End::NotDone),
            Outcome::Unknown { .. } => self.resolve_at = Some(now),
            // Somebody else did it: what becomes of that is theirs.
            Outcome::AlreadySo => self.end = Some(End::AlreadySo),
            Outcome::Accepted { .. }
            | Outcome::NotApplied
            | Outcome::EffectSeen { .. }
            | Outcome::Reverted { .. } => {}
        }
        self.answer = Some(outcome);
    }

    /// Compares with the rollout as it is now. Returns whether something worth telling happened.
    pub fn observe(&mut self, planner: &dyn Planner, rollout: Option<&Rollout>, now: Timestamp) -> bool {
        if self.end.is_some() || self.answer.is_none() {
            return false;
        }
        let before = (self.written_at.is_some(), self.done_at.is_some());
        match planner.effect(&self.plan, rollout) {
            EffectSeen::Done => {
                self.written_at.get_or_insert(now);
                self.done_at.get_or_insert(now);
            }
            EffectSeen::Written => {
                self.written_at.get_or_insert(now);
            }
            EffectSeen::Reverted { by } => self.revert(by, now),
            EffectSeen::NotYet if self.written_at.is_some() => {
                let by = rollout.and_then(|rollout| self.author(rollout));
                self.revert(by, now);
            }
            EffectSeen::NotYet | EffectSeen::CannotTell => {}
            EffectSeen::Gone => self.end = Some(End::Gone),
        }
        self.end.is_some() || before != (self.written_at.is_some(), self.done_at.is_some())
    }

    /// Who wrote to the object itself since this was sent, if that was one alone. The controller's status is nobody's edit.
    fn author(&self, rollout: &Rollout) -> Option<Untrusted> {
        // Whoever takes a field away leaves no trace among the managers; blame would fall on whoever wrote anything else.
        if matches!(self.plan.goal, Goal::Paused(true)) || self.is_restart_taken_away(rollout) {
            return None;
        }
        let since = self
            .sent_at
            .saturating_sub(jiff::SignedDuration::from_secs(1))
            .ok()?;
        let mut writers = rollout.managers.iter().filter(|it| {
            it.subresource.is_none()
                && it.at.is_some_and(|at| at >= since)
                && !OURS.contains(&it.manager.shown().as_str())
        });
        let first = writers.next()?;
        writers.next().is_none().then(|| first.manager.clone())
    }

    fn is_restart_taken_away(&self, rollout: &Rollout) -> bool {
        matches!(self.plan.goal, Goal::RestartedAt(_)) && rollout.written.restarted_at.is_none()
    }

    fn revert(&mut self, by: Option<Untrusted>, now: Timestamp) {
        let after = Seconds::between(self.written_at.unwrap_or(self.sent_at), now);
        self.end = Some(End::Reverted { by, after });
    }

    /// Lets time pass. Returns the read that is due, if one is.
    pub fn tick(&mut self, now: Timestamp) -> Option<Need> {
        if self.end.is_none()
            && self.written_at.is_some()
            && Seconds::between(self.sent_at, now) >= FOLLOW_FOR
        {
            self.end = Some(End::Lasting);
        }
        let due = self.end.is_none()
            && self.written_at.is_none()
            && self.resolving.is_none()
            && self.resolve_at.is_some_and(|at| at <= now);
        due.then(|| Need::Object {
            path: self.plan.target.path.clone(),
        })
    }

    /// Takes in the state read after an unknown outcome.
    pub fn resolved(&mut self, planner: &dyn Planner, object: &Answer, now: Timestamp) {
        self.resolving = None;
        let settled = Seconds::between(self.sent_at, now) >= SETTLED_AFTER;
        match (object, planner.resolve(&self.plan, object)) {
            (Answer::Failed(_), _) | (_, EffectSeen::CannotTell) => {
                self.resolve_at = Some(RESOLVE_EVERY.after(now));
            }
            (_, EffectSeen::Written | EffectSeen::Done) => {
                self.written_at.get_or_insert(now);
                self.resolve_at = None;
            }
            (_, EffectSeen::NotYet) if settled => self.end = Some(End::NotApplied),
            (_, EffectSeen::NotYet) => {
                let next = RESOLVE_EVERY.after(now);
                self.resolve_at = Some(next.max(now).min(SETTLED_AFTER.after(self.sent_at).max(next)));
            }
            (_, EffectSeen::Reverted { by }) => self.revert(by, now),
            (_, EffectSeen::Gone) => self.end = Some(End::Gone),
        }
    }
}
