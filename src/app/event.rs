//! Everything that can happen: the one list of what may wake the program.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    Answer, Cluster, Digest, Environment, KindState, Name, ObjectKind, Oddity, Outcome, Rollout, RolloutKey,
    Untrusted,
};

use super::{Action, Earlier, Key, NoteProblem, RequestId, TrafficReading};

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A key, and what the key map makes of it where no text is typed.
    Key {
        key: Key,
        action: Option<Action>,
        repeat: bool,
    },
    /// A whole paste.
    Paste(String),
    /// Input that was dropped before it could act, in words.
    InputDropped {
        what: &'static str,
        count: usize,
    },
    /// A frame that shows this sheet with this plan has been handed to the terminal.
    Painted {
        sheet: u64,
        digest: Digest,
    },
    /// Time passed.
    Tick,
    /// The machine slept, or was suspended, or its clock was set: nothing heard before now may be believed.
    Jumped {
        why: &'static str,
    },
    Source(Cluster, SourceEvent),
    Answer {
        cluster: Cluster,
        id: RequestId,
        answer: RequestAnswer,
    },
    Record(RecordEvent),
    /// Something to tell the user.
    Message {
        tone: MessageTone,
        text: String,
    },
}

/// What is news of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordEvent {
    /// Lines that could not be written are on disk now.
    CaughtUp,
    /// What other runs decided in the last hour, and what nobody knows the outcome of.
    Earlier(Vec<Earlier>),
}

/// What became of a connection and of what is watched through it.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceEvent {
    /// The kubeconfig was read. `environment` and `read_only` are those of the context.
    Opened {
        environment: Environment,
        read_only: bool,
        server: Untrusted,
        user: Untrusted,
    },
    /// It is being opened since then; the login command that runs for it, if one does.
    Opening {
        since: Timestamp,
        login: Option<Untrusted>,
    },
    /// No connection can be made, in words; tried again at `retry_at`, if ever.
    Unreachable {
        why: Untrusted,
        retry_at: Option<Timestamp>,
    },
    /// The cluster behind the context is another one now: writing stops.
    PinBroken {
        why: Untrusted,
    },
    /// The state of one kind in one namespace (`None`: all).
    Kind {
        kind: ObjectKind,
        namespace: Option<Arc<str>>,
        state: KindState,
    },
    /// This is not watched any more: something else is in its place, or nothing.
    Unwatched {
        kind: ObjectKind,
        namespace: Option<Arc<str>>,
    },
    /// The server does not answer, in words; asked again at `retry_at`. Nothing of it is proven to be alive.
    Silent {
        why: Untrusted,
        retry_at: Timestamp,
    },
    /// The server answers again. What was heard before `at` is believed when it is heard again.
    Answers {
        at: Timestamp,
    },
    /// Rollouts as they are now; `None`: gone.
    Rollouts(Vec<(RolloutKey, Option<Arc<Rollout>>)>),
    /// The server's clock minus ours.
    Clock {
        ahead: SignedDuration,
    },
    /// Everything that is listed has been listed once.
    Complete,
    Odd(Oddity),
    /// Something about the scope worth telling, e.g. what lies beyond the cap on watches.
    Scope {
        note: Untrusted,
    },
    /// Events of the open rollout, newest first.
    Events {
        key: RolloutKey,
        lines: Vec<EventLine>,
    },
    /// What the users of the open rollout feel.
    Traffic(Box<TrafficReading>),
}

/// One event of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    pub at: Option<Timestamp>,
    pub warning: bool,
    pub reason: Untrusted,
    pub about: Name,
    pub kind: Untrusted,
    pub message: Untrusted,
    pub count: u32,
}

/// May the user do it?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    Yes,
    No {
        why: Untrusted,
    },
    /// Reviews may be forbidden too, or not answered: the server decides when asked.
    Unknown {
        why: Untrusted,
    },
}

/// Whether what is typed here is typed elsewhere, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Panes {
    /// Keys come here alone.
    Apart,
    /// Every key goes to all panes of the window: what is confirmed here is confirmed there.
    Synchronized,
    /// The multiplexer did not say; that refuses nothing.
    Unknown { why: Untrusted },
}

/// What a dry run said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// `object`: as it would be after the write; `also`: fields that admission changes beside those of the plan.
    Accepted {
        object: Option<Arc<str>>,
        also: Vec<Untrusted>,
        warnings: Vec<Untrusted>,
    },
    Denied {
        words: Untrusted,
    },
    /// A `test` of the patch failed: the object is not as shown.
    Changed,
    Unsupported {
        words: Untrusted,
    },
    TimedOut,
    /// It could not be asked.
    Failed {
        words: Untrusted,
    },
}

/// What came back for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestAnswer {
    Read {
        answer: Answer,
        server_time: Option<Timestamp>,
    },
    Access(Permission),
    DryRun(DryRun),
    Identity(Option<Untrusted>),
    /// The record could be opened for writing, or what is wrong with it.
    RecordProbed {
        problem: Option<Untrusted>,
    },
    Panes(Panes),
    /// A note was taken, or what is wrong.
    Noted(Option<NoteProblem>),
    /// The record of the write is (not) on disk; sent before the request leaves.
    Recorded {
        problem: Option<Untrusted>,
    },
    Written(Outcome),
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageTone {
    Info,
    Good,
    Warn,
    Bad,
}
