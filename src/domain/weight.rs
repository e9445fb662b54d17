//! Shares of traffic, and the steps of a canary that move them.

use jiff::Timestamp;

use super::Seconds;

/// A share of traffic in per cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(u8);

impl Weight {
    /// `None` outside 0..=100.
    pub fn percent(value: i64) -> Option<Self> {
        u8::try_from(value).ok().filter(|value| *value <= 100).map(Self)
    }

    /// 0..=100.
    pub fn value(self) -> u8 {
        self.0
    }
}

/// Three weights that ought to agree: what the step asks for, what the controller says it set, what the router does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Weights {
    pub asked: Option<Weight>,
    pub controller: Option<Weight>,
    /// `None` when nobody read the router: never the same as agreement.
    pub router: Option<Weight>,
}

impl Weights {
    /// True when at least two are known and all that are known are the same.
    pub fn agree(self) -> Option<bool> {
        let known: Vec<Weight> = [self.asked, self.controller, self.router]
            .into_iter()
            .flatten()
            .collect();
        let first = known.first()?;
        (known.len() > 1).then(|| known.iter().all(|weight| weight == first))
    }
}

/// What a step of a canary does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CanaryStepKind {
    SetWeight(Weight),
    /// `None`: until a human decides.
    Pause(Option<Seconds>),
    Analysis,
    Experiment,
    SetScale,
    /// Header or mirror routes, plugins, and what this program does not know: the step's own word.
    Other(String),
}

/// One step with where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanaryStep {
    pub kind: CanaryStepKind,
    pub done: bool,
    pub current: bool,
    /// When a pause that is being waited out began.
    pub since: Option<Timestamp>,
}
