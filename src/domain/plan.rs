//! Exactly what would be sent. A plan's digest is its equality, and the command line's token.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{Class, Image, RolloutKey, Step, Untrusted};

/// How a write travels. Kubernetes now; HTTP and commands later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Transport {
    Kubernetes,
}

/// The HTTP method of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Method {
    Patch,
}

impl Method {
    /// As it stands in a request line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Patch => "PATCH",
        }
    }
}

/// One request that changes something, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Write {
    pub transport: Transport,
    pub method: Method,
    /// Path from the server's root with its query, without `dryRun`.
    pub path: String,
    pub content_type: &'static str,
    /// The body that is shown, dry run, digested and sent.
    pub body: Arc<str>,
    /// The body as people and the record may see it, one operation a line: values of environment variables are replaced by
    /// a hash of them. Not part of the digest.
    pub shown: Arc<str>,
}

/// The object that a plan acts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub key: RolloutKey,
    pub uid: Untrusted,
    /// Of the object as it was shown: the server counts it up with every change of the spec.
    pub generation: i64,
    /// Where it is read: path from the server's root.
    pub path: String,
    /// For access reviews.
    pub group: &'static str,
    pub resource: &'static str,
    pub subresource: Option<&'static str>,
}

/// Who makes sure that a fact still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactCheck {
    /// Tested by the server, in the request.
    Guarded,
    /// Read again after the confirming key and before the request.
    JustBefore,
    /// Shown, never compared.
    Informative,
}

/// One thing that the sheet says is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub what: String,
    pub value: Untrusted,
    pub check: FactCheck,
}

/// One field that the plan changes, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub field: String,
    pub from: Untrusted,
    pub to: Untrusted,
}

/// A consequence or limit of a plan, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The word before it on the sheet: `stays`, `takes`, `loses`.
    pub label: &'static str,
    pub words: Untrusted,
    /// It speaks against confirming.
    pub bad: bool,
}

/// What a plan is equal by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The first 12 hexadecimal digits: enough to tell plans apart, short enough to be typed.
    pub fn short(self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

/// The state that a plan means to bring about: what its effect is told by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    Paused(bool),
    RestartedAt(Untrusted),
    /// A template: by its digest, and by its images where admission changes something else on its way in.
    Template {
        digest: u64,
        from: u64,
        images: Vec<(Untrusted, Option<Image>)>,
    },
    Replicas(u32),
}

/// What would be sent, why, and how to get back. Only what [`Plan::digest`] covers is compared at confirmation; the rest is
/// told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub step: Step,
    pub class: Class,
    /// What makes it an override; empty otherwise.
    pub against: Vec<String>,
    pub target: Target,
    /// Sent in order, one confirmation for all; one in nearly every case.
    pub writes: Vec<Write>,
    pub goal: Goal,
    /// The change in one sentence.
    pub sentence: String,
    pub changes: Vec<Change>,
    pub facts: Vec<Fact>,
    /// What a human should know before confirming and no request can change: what does not roll back, who overrules it.
    pub notes: Vec<Note>,
    /// The text that confirms a forward or back step in production.
    pub token: String,
    /// How to get back, and how long it takes.
    pub way_back: String,
    /// The `kubectl` command that does about the same, without the guards.
    pub kubectl: String,
}

impl Plan {
    /// Covers cluster, object, incarnation and every request byte for byte.
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(text.as_bytes());
        };
        part(self.step.verb());
        part(self.class.word());
        part(self.target.key.cluster.0.raw());
        part(&self.target.path);
        part(self.target.uid.raw());
        for write in &self.writes {
            part(write.method.word());
            part(&write.path);
            part(write.content_type);
            part(&write.body);
        }
        Digest(hash.finalize().into())
    }
}
