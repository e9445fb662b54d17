//! What became of a plan.

use std::sync::Arc;

use super::{Seconds, Untrusted};

/// Which rule refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// The step does not fit the state (restarting what is paused).
    NotNow,
    /// What was wanted is so already: there is nothing to do.
    AlreadySo,
    /// Read-only mode.
    ReadOnly,
    /// The user lacks a right.
    Forbidden,
    /// The object is gone, or was made anew.
    Gone,
    /// What is known is too old for this class of step.
    Stale,
    /// A guarded fact changed since it was shown.
    Changed,
    /// The server said no (admission, validation).
    Denied,
    /// Another action on this rollout is still open.
    InFlight,
    /// The record cannot be written.
    NoRecord,
    /// The cluster behind the context is not the one that was shown.
    OtherCluster,
    /// Keys go to other panes of a terminal multiplexer, too.
    Synchronized,
    /// An owner writes these fields.
    Owned,
    /// This driver cannot do it (yet).
    Unsupported,
}

impl RefusalKind {
    /// The stable word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotNow => "notNow",
            Self::Synchronized => "synchronized",
            Self::AlreadySo => "alreadySo",
            Self::ReadOnly => "readOnly",
            Self::Forbidden => "forbidden",
            Self::Gone => "gone",
            Self::Stale => "stale",
            Self::Changed => "changed",
            Self::Denied => "denied",
            Self::InFlight => "inFlight",
            Self::NoRecord => "noRecord",
            Self::OtherCluster => "otherCluster",
            Self::Owned => "owned",
            Self::Unsupported => "unsupported",
        }
    }
}

/// A refusal in words: what, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub kind: RefusalKind,
    pub why: String,
    /// What to do instead; empty when there is nothing.
    pub next: String,
}

impl Refusal {
    /// Puts both halves together.
    pub fn new(kind: RefusalKind, why: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            kind,
            why: why.into(),
            next: next.into(),
        }
    }

    /// One sentence for a menu or message line.
    pub fn sentence(&self) -> String {
        if self.next.is_empty() {
            self.why.clone()
        } else {
            format!("{}; {}", self.why, self.next)
        }
    }
}

/// How far an accepted write has come. States are reported, not authorship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EffectSeen {
    /// The object does not show the change (yet).
    NotYet,
    /// The object shows the change; the controller has not acted on it.
    Written,
    /// The controller did what was meant.
    Done,
    /// The change was there and is no more; who wrote last, if known.
    Reverted { by: Option<Untrusted> },
    /// The object is gone or was made anew.
    Gone,
    /// What was read shows neither the change nor the state that the plan's guard names, or could not be read.
    CannotTell,
}

/// What became of one confirmed plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing left this machine, or the server took nothing in (429).
    NotSent { why: Untrusted },
    /// The server said no.
    Refused(Refusal),
    /// The wanted state was there already.
    AlreadySo,
    /// The server said yes; its audit id, if it gave one, and the object as it is now, if that could be read.
    Accepted {
        object: Option<Arc<str>>,
        audit_id: Option<Untrusted>,
        warnings: Vec<Untrusted>,
    },
    /// Sent, and no answer: it may or may not have been applied.
    Unknown { why: Untrusted },
    /// Looked for after an unknown outcome: not applied, shown by a read 65 s later that still finds the old state.
    NotApplied,
    /// The effect was seen this long after the request.
    EffectSeen { after: Seconds },
    /// The change was taken back.
    Reverted { by: Option<Untrusted>, after: Seconds },
}
