//! A revision together with its pods: what rules are asked of.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::domain::{Pod, Revision, RevisionRole, Untrusted};
use crate::objects::{ObjectStore, Reference, ReplicaSet};

/// One revision, the `ReplicaSet` that stands for it (none for a template that nothing runs yet), and its pods.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) revision: Revision,
    pub(super) set: Option<Arc<ReplicaSet>>,
    pub(super) pods: Vec<Arc<Pod>>,
}

impl Side {
    /// The side of a `ReplicaSet`. Its pods stay empty when they were not read.
    pub(super) fn of(set: &Arc<ReplicaSet>, store: &ObjectStore, pods_read: bool) -> Self {
        let pods = if pods_read {
            store
                .pods
                .by(&Reference::Owner(set.uid.clone()))
                .cloned()
                .collect()
        } else {
            Vec::new()
        };
        Self {
            revision: Revision {
                number: set.revision,
                hash: set.hash.clone(),
                object: Some(set.name.name.clone()),
                uid: Some(set.uid.clone()),
                role: RevisionRole::Kept,
                images: set.template.images(),
                created_at: set.created_at,
                change_cause: set.change_cause.clone(),
                wanted: set.wanted,
                existing: set.existing,
                ready: set.ready,
                available: set.available,
                whole_since: None,
                leaves: Vec::new(),
            },
            set: Some(Arc::clone(set)),
            pods,
        }
    }

    /// True while it has pods, or is to have some.
    pub(super) fn lives(&self) -> bool {
        self.revision.existing > 0 || self.revision.wanted > 0
    }
}

/// The `ReplicaSet`s of a workload, newest first.
pub(super) fn sets(store: &ObjectStore, owner: &Untrusted) -> Vec<Arc<ReplicaSet>> {
    let mut sets: Vec<_> = store
        .replica_sets
        .by(&Reference::Owner(owner.clone()))
        .cloned()
        .collect();
    sets.sort_by_key(|set| (Reverse(set.revision), Reverse(set.created_at), set.name.clone()));
    sets
}

/// A number of things as the API counts.
pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
