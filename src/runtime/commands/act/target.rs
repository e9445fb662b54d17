//! The revision that an undo without a number means. None where nothing tells that one of them was healthy.

use crate::domain::{Revision, Rollout};

/// While it moves, the revision that still has ready pods; else the only other one that is kept.
pub(super) fn undo_target(rollout: &Rollout) -> Option<&Revision> {
    let target = rollout.target().and_then(|target| target.uid.as_ref());
    let others = || {
        let of_another = |it: &&Revision| it.uid.is_some() && it.uid.as_ref() != target;
        rollout.revisions.iter().filter(of_another)
    };
    let serving = others().filter(|it| it.ready > 0).max_by_key(|it| it.ready);
    serving.or_else(|| {
        let mut all = others();
        let only = all.next()?;
        all.next().is_none().then_some(only)
    })
}
