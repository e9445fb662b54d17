//! Who has to look at what when something changes, and when by themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::queue::Queue;
use super::{Behaviour, deployment, endpoint_slice, pod, replica_set};
use crate::sandbox::objects::{Deletion, How, Objects};
use crate::sandbox::resource::{DEPLOYMENTS, PODS, REPLICA_SETS, SERVICES};
use crate::sandbox::store::{Change, Key, Stored};

/// Who the controllers are to the API.
pub(super) fn how(now: Timestamp) -> How<'static> {
    How {
        manager: "kube-controller-manager",
        now,
        dry_run: false,
    }
}

/// Looks taken in one step. Controllers that never agree must not hold up everybody else.
const MOST: usize = 20_000;

/// All controllers.
#[derive(Debug)]
pub(in crate::sandbox) struct Controllers {
    queue: Queue,
    /// Changes up to here were seen.
    seen: u64,
    behaviours: Arc<BTreeMap<String, Behaviour>>,
}

impl Controllers {
    /// Controllers for containers that behave so, by their image.
    pub(in crate::sandbox) fn new(behaviours: BTreeMap<String, Behaviour>) -> Self {
        Self {
            queue: Queue::default(),
            seen: 0,
            behaviours: Arc::new(behaviours),
        }
    }

    /// When something is to be done next.
    pub(in crate::sandbox) fn due(&self) -> Option<Timestamp> {
        self.queue.due()
    }

    /// Does everything that is to be done by now.
    pub(in crate::sandbox) fn step(&mut self, objects: &mut Objects, now: Timestamp) {
        for _ in 0..MOST {
            // What goes with something else is noticed in its turn.
            while self.notice(objects, now) {}
            let Some(key) = self.queue.next(now) else {
                return;
            };
            let again = match &*key.resource {
                DEPLOYMENTS => deployment::reconcile(objects, &key, now),
                REPLICA_SETS => replica_set::reconcile(objects, &key, now),
                PODS => pod::reconcile(objects, &key, now, &self.behaviours),
                SERVICES => endpoint_slice::reconcile(objects, &key, now),
                _ => None,
            };
            self.queue.appoint(&key, again);
        }
    }

    /// Sees what changed since the last look. True when it changed something itself.
    fn notice(&mut self, objects: &mut Objects, now: Timestamp) -> bool {
        let mut gone = Vec::new();
        let mut freed = Vec::new();
        match objects.store.since(self.seen) {
            Ok(changes) => {
                for change in changes {
                    look_at(&mut self.queue, objects, change);
                    if change.deleted {
                        gone.push(change.object.uid.clone());
                        let owners = change.object.owners.iter().cloned();
                        freed.extend(owners.map(|owner| (change.key.namespace.clone(), owner)));
                    }
                }
            }
            // More than is remembered: everything is looked at.
            Err(_gone) => {
                for resource in [DEPLOYMENTS, REPLICA_SETS, PODS, SERVICES] {
                    for (key, _) in objects.store.list(resource, None) {
                        self.queue.add(key.clone());
                    }
                }
            }
        }
        self.seen = objects.store.version();
        for uid in gone {
            let owned: Vec<Key> = objects.store.owned(&uid).map(|(key, _)| key.clone()).collect();
            for key in owned {
                if let Some(resource) = objects.kinds.by_id(&key.resource).cloned() {
                    // It may be gone by now, which is as well.
                    drop(objects.delete(&resource, &key, &Deletion::default(), how(now)));
                }
            }
        }
        for (namespace, owner) in freed {
            objects.let_go(&namespace, &owner);
        }
        objects.store.version() > self.seen
    }
}

fn look_at(queue: &mut Queue, objects: &Objects, change: &Change) {
    let key = &change.key;
    match &*key.resource {
        DEPLOYMENTS | SERVICES => queue.add(key.clone()),
        REPLICA_SETS => {
            queue.add(key.clone());
            add_owners(queue, key, &change.object, "Deployment", DEPLOYMENTS);
        }
        PODS => {
            queue.add(key.clone());
            add_owners(queue, key, &change.object, "ReplicaSet", REPLICA_SETS);
            // A Deployment that recreates waits for pods to be gone.
            if change.deleted {
                let sets = change
                    .object
                    .owners
                    .iter()
                    .filter(|owner| owner.kind == "ReplicaSet");
                for set in sets {
                    let set = Key::new(REPLICA_SETS, &key.namespace, &set.name);
                    if let Some(stored) = objects.store.get(&set) {
                        add_owners(queue, &set, stored, "Deployment", DEPLOYMENTS);
                    }
                }
            }
            for (service, _) in objects.store.list(SERVICES, Some(&key.namespace)) {
                queue.add(service.clone());
            }
        }
        _ => {}
    }
}

fn add_owners(queue: &mut Queue, key: &Key, object: &Stored, kind: &str, resource: &str) {
    for owner in object.owners.iter().filter(|owner| owner.kind == kind) {
        queue.add(Key::new(resource, &key.namespace, &owner.name));
    }
}
