//! What a watch tells the store. Everything that is recorded, replayed or simulated is a sequence of these.

use std::sync::Arc;

use crate::domain::{KindState, Name, ObjectKind, Oddity};

use super::Object;

/// One list and watch: a kind, in one namespace or (`None`) in all of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListScope {
    pub kind: ObjectKind,
    pub namespace: Option<Arc<str>>,
}

/// One thing that a watch learnt.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A full list begins: what it will not mention by its end is gone (mark and sweep). Nothing is removed before that.
    ListBegan(ListScope),
    /// An object as it is now.
    Applied(Object),
    Deleted {
        kind: ObjectKind,
        name: Name,
    },
    /// The list is complete: sweep.
    ListEnded(ListScope),
    /// How well this scope is heard.
    Health {
        scope: ListScope,
        state: KindState,
    },
    /// An object that could not be decoded; the list goes on without it.
    Odd(Oddity),
}
