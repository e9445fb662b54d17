//! Everything that may be asked of the outside. A write can only be expressed as an [`Approved`], which only the guard makes.

use jiff::Timestamp;

use crate::domain::{Cluster, Need, RolloutKey, Step, Untrusted, Write};

use super::{Approved, ObjectNote};

/// Tells one request from another, so that late answers to old questions are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A question of rights: may the user do this?
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessQuestion {
    pub verb: &'static str,
    pub group: &'static str,
    pub resource: &'static str,
    pub subresource: Option<&'static str>,
    pub namespace: Untrusted,
    pub name: Untrusted,
}

/// A request that changes nothing, and asks the server what it would say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    Access(AccessQuestion),
    /// The write with `dryRun=All`.
    DryRun(Write),
    /// Who the server thinks we are.
    Identity,
    /// Whether the decision record can be written.
    Record,
    /// Whether keys go to other panes of a terminal multiplexer, too.
    Panes,
}

/// One request, by what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Reads an object whole, past every cache.
    Read(Need),
    Probe(Probe),
    /// Tells others what was done, and changes no workload.
    Note(ObjectNote),
    /// Changes a workload.
    Write(Approved),
}

/// Something to be done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Send {
        cluster: Cluster,
        id: RequestId,
        request: Request,
    },
    /// Something more is known of a decision: one line of the record.
    Note {
        id: RequestId,
        rollout: RolloutKey,
        step: Step,
        words: String,
    },
    /// These revisions (by uid) became whole: to be known to the next run.
    Remember(Vec<(Untrusted, Timestamp)>),
    /// Every event of this rollout is wanted now (it is open), or of none.
    Follow(Option<RolloutKey>),
    /// Put text on the clipboard.
    Copy(String),
    /// List everything anew.
    Refresh,
    Redraw,
    Suspend,
    /// Lend the terminal to the login command of the context.
    Login,
    /// Stop; writes in flight are waited for.
    Quit,
}
