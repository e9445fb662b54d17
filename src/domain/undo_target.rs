//! Which revision an undo goes back to when nobody says: the one that serves still, else the one last seen whole. Never "the
//! number before": after a bad release and a bad hotfix that is a bad one too. Chooses nothing rather than guess.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Revision, RevisionRole, Rollout, Untrusted};

/// When revisions were last known to become fully available, by the uid of the object that stands for each. The cluster
/// tells it of the current one only; of the others it is what this program saw while they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenWhole(BTreeMap<Untrusted, Timestamp>);

impl SeenWhole {
    /// Takes that the revision behind `uid` became whole at `at`. True when that is news.
    pub fn note(&mut self, uid: &Untrusted, at: Timestamp) -> bool {
        match self.0.get(uid) {
            Some(known) if *known >= at => false,
            Some(_) | None => {
                self.0.insert(uid.clone(), at);
                true
            }
        }
    }

    /// Since when, or when last, all pods of `revision` were available.
    pub fn of(&self, revision: &Revision) -> Option<Timestamp> {
        let seen = || self.0.get(revision.uid.as_ref()?).copied();
        revision.whole_since.or_else(seen)
    }

    /// Every uid with its time.
    pub fn iter(&self) -> impl Iterator<Item = (&Untrusted, Timestamp)> {
        self.0.iter().map(|(uid, at)| (uid, *at))
    }
}

/// Why a revision is offered first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// It still has ready pods, more than any other.
    Serves { ready: u32 },
    /// No other was seen fully available later.
    SeenWhole { at: Timestamp },
}

/// True when an undo can go to `revision`: it is another one than what is asked for now, and its template can be named.
pub fn can_undo_to(rollout: &Rollout, revision: &Revision) -> bool {
    let asked_for = rollout
        .target()
        .is_some_and(|target| std::ptr::eq(target, revision));
    !asked_for && revision.uid.is_some() && revision.object.is_some() && revision.hash.is_some()
}

/// The revision to go back to, and why that one; `None` when nothing speaks for any.
pub fn undo_target<'a>(rollout: &'a Rollout, seen: &SeenWhole) -> Option<(&'a Revision, Because)> {
    let choosable = || {
        rollout
            .revisions
            .iter()
            .filter(|revision| can_undo_to(rollout, revision))
    };
    let moving = rollout
        .target()
        .is_some_and(|target| target.role == RevisionRole::New);
    let serving = choosable()
        .filter(|revision| moving && revision.ready > 0)
        .max_by_key(|revision| (revision.ready, seen.of(revision)));
    let whole = || {
        choosable()
            .filter_map(|revision| Some((revision, seen.of(revision)?)))
            .max_by_key(|(_, at)| *at)
    };
    serving
        .map(|revision| {
            (
                revision,
                Because::Serves {
                    ready: revision.ready,
                },
            )
        })
        .or_else(|| whole().map(|(revision, at)| (revision, Because::SeenWhole { at })))
}
