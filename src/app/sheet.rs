//! The sheet: what a confirmation looks like as a state machine. It gathers, offers, arms, and is confirmed; what it shows is
//! exactly what would be sent. It sends nothing itself.

use std::sync::Arc;

use jiff::Timestamp;
use tui_input::Input;

use crate::domain::{
    Choice, ClusterMark, Digest, Materials, Moment, Need, Plan, PlanQuestion, Refusal, Rollout, RolloutKey,
    Step, Untrusted,
};

use super::{Authority, Check, DryRun, Panes, Permission, RequestId};

/// Where a sheet stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// What the plan is made of is being read.
    Gathering,
    /// The plan is known; it must be seen before it can be confirmed.
    Offered,
    /// It was on the screen long enough: keys count.
    Armed,
    /// Confirmed; the target is read once more.
    Rechecking,
    /// Handed over; the follow of this id has the rest.
    Sent(RequestId),
    /// It cannot be done.
    Refused(Refusal),
    /// A guarded fact changed: it shows the difference and must be seen and confirmed again.
    Changed,
}

/// Which field has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Field {
    #[default]
    Token,
    Reason,
}

/// One open sheet.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub id: u64,
    pub key: RolloutKey,
    /// The incarnation that the user looked at when the sheet was opened.
    pub uid: Untrusted,
    pub step: Step,
    /// What was chosen before it opened.
    pub choice: Choice,
    pub stage: Stage,
    pub opened_at: Timestamp,
    pub last_key: Moment,
    /// When the present plan was first painted, or the last key during arming.
    pub seen: Option<Moment>,
    pub plan: Option<Arc<Plan>>,
    /// The plan before the last change, to show the difference.
    pub before: Option<Arc<Plan>>,
    pub materials: Materials,
    /// Reads under way, with what they are for.
    pub reading: Vec<(RequestId, Need)>,
    pub reading_since: Option<Moment>,
    /// What was read since the sheet opened, or since it was confirmed.
    pub read: Vec<Need>,
    pub permission: Check<Permission>,
    pub dry_run: Check<DryRun>,
    pub dry_run_id: Option<RequestId>,
    /// The object as the dry run showed it.
    pub expected: Option<Arc<str>>,
    /// What is wrong with the record; `None` when it can be written.
    pub record: Check<Option<Untrusted>>,
    pub panes: Check<Panes>,
    pub token: Input,
    pub reason: Input,
    pub field: Field,
    pub scroll: usize,
    /// The requests are shown whole, not a line for each operation.
    pub whole: bool,
    /// What the watch showed of the guarded facts when the plan was made: when it differs, they are read again.
    pub fingerprint: Option<String>,
    /// A word on the last key that did not do what was meant.
    pub hint: Option<String>,
    /// On whose word it is sent once it is confirmed.
    pub authority: Authority,
    /// What the cluster is told by, where a plan's token may confirm.
    pub cluster: Option<ClusterMark>,
    /// Why the last confirmation did not send it.
    pub objection: Option<Refusal>,
}

impl Sheet {
    /// A sheet that has nothing yet.
    pub fn open(
        id: u64,
        key: RolloutKey,
        uid: Untrusted,
        step: Step,
        choice: Choice,
        opened_at: Timestamp,
        moment: Moment,
    ) -> Self {
        Self {
            id,
            key,
            uid,
            step,
            choice,
            stage: Stage::Gathering,
            opened_at,
            last_key: moment,
            seen: None,
            plan: None,
            before: None,
            materials: Materials::default(),
            reading: Vec::new(),
            reading_since: None,
            read: Vec::new(),
            permission: Check::NotAsked,
            dry_run: Check::NotAsked,
            dry_run_id: None,
            expected: None,
            record: Check::NotAsked,
            panes: Check::NotAsked,
            token: Input::default(),
            reason: Input::default(),
            field: Field::Token,
            scroll: 0,
            whole: false,
            fingerprint: None,
            hint: None,
            authority: Authority::Sheet(id),
            cluster: None,
            objection: None,
        }
    }

    /// What a plan for `rollout` is made of.
    pub fn question<'a>(&'a self, rollout: &'a Rollout) -> PlanQuestion<'a> {
        PlanQuestion {
            rollout,
            step: self.step,
            choice: &self.choice,
            materials: &self.materials,
        }
    }

    /// The digest of the plan that is shown.
    pub fn digest(&self) -> Option<Digest> {
        self.plan.as_ref().map(|plan| plan.digest())
    }

    /// Puts a plan on the sheet. The same plan again changes nothing; another one turns the sheet into a difference that must
    /// be seen and confirmed anew.
    pub fn offer(&mut self, plan: Plan) -> Offered {
        match &self.plan {
            Some(shown) if shown.digest() == plan.digest() => {
                self.plan = Some(Arc::new(plan));
                return Offered::Same;
            }
            Some(shown) => {
                self.before = Some(Arc::clone(shown));
                self.stage = Stage::Changed;
            }
            None => self.stage = Stage::Offered,
        }
        self.plan = Some(Arc::new(plan));
        self.seen = None;
        self.token.reset();
        self.dry_run = Check::NotAsked;
        self.dry_run_id = None;
        self.expected = None;
        Offered::New
    }

    /// Ends in a refusal, unless it was sent already.
    pub fn refuse(&mut self, refusal: Refusal) {
        if !matches!(self.stage, Stage::Sent(_)) {
            self.stage = Stage::Refused(refusal);
        }
    }

    /// A frame with this plan reached the terminal.
    pub fn painted(&mut self, digest: Digest, moment: Moment) {
        if self.digest() == Some(digest) {
            self.seen.get_or_insert(moment);
        }
    }

    /// Arms once the plan was seen for `arming_millis`.
    pub fn ripen(&mut self, moment: Moment, arming_millis: u64) {
        let waited = self
            .seen
            .is_some_and(|seen| moment.millis_since(seen) >= arming_millis);
        if waited && matches!(self.stage, Stage::Offered | Stage::Changed) {
            self.stage = Stage::Armed;
        }
    }

    /// True while keys may not confirm because the plan was not seen long enough.
    pub fn is_arming(&self) -> bool {
        matches!(self.stage, Stage::Offered | Stage::Changed)
    }

    /// True when nothing more can be done on it.
    pub fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Sent(_) | Stage::Refused(_))
    }

    /// True when text goes into a field.
    pub fn takes_text(&self) -> bool {
        self.stage == Stage::Armed
    }
}

/// What [`Sheet::offer`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    New,
    Same,
}
