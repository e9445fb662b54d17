//! The revisions of a Deployment: which `ReplicaSet` runs its template, which served before, which are kept.

use std::sync::Arc;

use crate::domain::{ObjectKind, Revision, RevisionRole};
use crate::drivers::side::{Side, sets};
use crate::objects::{Coverage, Deployment, ObjectStore, ReplicaSet};

/// The sides of a Deployment, newest first; the first is the one that its template asks for.
pub(super) struct Sides {
    pub(super) all: Vec<Side>,
    /// The template was changed while paused, and nothing runs it.
    pub(super) pending_edit: bool,
}

/// True once the controller has nothing left to do: the newest spec is seen, and everything runs it.
pub(super) fn complete(deployment: &Deployment) -> bool {
    let wanted = deployment.replicas;
    observed(deployment)
        && deployment.updated == wanted
        && deployment.existing == wanted
        && deployment.available == wanted
}

/// The controller has looked at the newest spec.
pub(super) fn observed(deployment: &Deployment) -> bool {
    deployment.observed_generation >= deployment.generation
}

pub(super) fn sides(store: &ObjectStore, deployment: &Deployment, pods_read: bool) -> Sides {
    let sets = sets(store, &deployment.uid);
    let newest = newest(deployment, &sets);
    let sets_read = store.coverage(ObjectKind::ReplicaSet, &deployment.name.namespace) == Coverage::Read;
    let pending_edit = deployment.paused == Some(true) && sets_read && newest.is_none();
    let role = if complete(deployment) && !pending_edit {
        RevisionRole::Current
    } else {
        RevisionRole::New
    };
    let mut all = Vec::with_capacity(sets.len() + 1);
    match &newest {
        Some(set) => all.push(Side::of(set, store, pods_read)),
        None => all.push(asked_for(deployment, sets_read)),
    }
    all.extend(
        sets.iter()
            .filter(|set| newest.as_ref().is_none_or(|newest| newest.uid != set.uid))
            .map(|set| Side::of(set, store, pods_read)),
    );
    for (index, side) in all.iter_mut().enumerate() {
        side.revision.role = match index {
            0 => role,
            _ if side.lives() => RevisionRole::Old,
            _ => RevisionRole::Kept,
        };
    }
    name_the_last_served(&mut all, role);
    Sides { all, pending_edit }
}

/// While nothing old has pods any more, the newest of the others is what served last.
fn name_the_last_served(all: &mut [Side], role: RevisionRole) {
    let moving = role == RevisionRole::New;
    if moving
        && !all.iter().any(|side| side.revision.role == RevisionRole::Old)
        && let Some(side) = all.get_mut(1)
    {
        side.revision.role = RevisionRole::Old;
    }
}

/// As the controller finds it: the oldest with an equal template. Where none is equal although the controller has seen the
/// spec (a server may default fields anew), the one that carries the Deployment's revision.
fn newest(deployment: &Deployment, sets: &[Arc<ReplicaSet>]) -> Option<Arc<ReplicaSet>> {
    let equal = sets
        .iter()
        .filter(|set| set.template.digest == deployment.template.digest)
        .min_by_key(|set| (set.created_at, &set.name));
    let numbered = || {
        let trusted = observed(deployment) && deployment.paused != Some(true);
        let number = deployment.marks.revision.filter(|_| trusted)?;
        sets.iter().find(|set| set.revision == Some(number))
    };
    equal.or_else(numbered).cloned()
}

/// A template that no `ReplicaSet` runs (or none that could be read).
fn asked_for(deployment: &Deployment, sets_read: bool) -> Side {
    let (existing, ready, available) = if sets_read {
        (0, 0, 0)
    } else {
        let updated = deployment.updated;
        (
            updated,
            updated.min(deployment.ready),
            updated.min(deployment.available),
        )
    };
    Side {
        revision: Revision {
            number: deployment.marks.revision.filter(|_| !sets_read),
            hash: None,
            object: None,
            uid: None,
            role: RevisionRole::New,
            images: deployment.template.images(),
            created_at: None,
            change_cause: deployment.marks.change_cause.clone(),
            wanted: deployment.replicas,
            existing,
            ready,
            available,
            whole_since: None,
            leaves: Vec::new(),
        },
        set: None,
        pods: Vec::new(),
    }
}
