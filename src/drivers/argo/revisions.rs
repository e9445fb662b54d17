//! The revisions of an Argo Rollout: its `ReplicaSet`s, told apart by the hash that its status names.

use crate::domain::RevisionRole;
use crate::drivers::side::{Side, sets};
use crate::objects::{ArgoRollout, ArgoStrategy, ObjectStore};

use super::steps::is_promoted;

/// The sides, newest first.
pub(super) fn sides(store: &ObjectStore, rollout: &ArgoRollout, pods_read: bool) -> Vec<Side> {
    let status = &rollout.status;
    let canary = matches!(rollout.strategy, ArgoStrategy::Canary { .. });
    let mut sides: Vec<Side> = sets(store, &rollout.uid)
        .iter()
        .map(|set| Side::of(set, store, pods_read))
        .collect();
    for side in &mut sides {
        let lives = side.lives();
        let revision = &mut side.revision;
        let is = |hash: &crate::domain::Untrusted| revision.hash.as_ref() == Some(hash) && !hash.is_empty();
        revision.role = if is(&status.stable_hash) {
            if is_promoted(rollout) {
                RevisionRole::Current
            } else {
                RevisionRole::Stable
            }
        } else if is(&status.current_hash) {
            if canary {
                RevisionRole::Canary
            } else {
                RevisionRole::New
            }
        } else if lives {
            RevisionRole::Old
        } else {
            RevisionRole::Kept
        };
    }
    sides
}
