//! Who has to look at what when something changes, and when by themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::autoscaler::{self, Loads, Wishes};
use super::queue::Queue;
use super::selecting::{Selecting, pairs};
use super::{Behaviour, deployment, disruption, endpoint_slice, garbage, pod, replica_set};
use crate::sandbox::json::{at, text};
use crate::sandbox::objects::{How, Objects};
use crate::sandbox::resource::{BUDGETS, DEPLOYMENTS, PODS, REPLICA_SETS, SCALERS, SERVICES, SLICES};
use crate::sandbox::store::{Change, Key, Stored};

/// Who the controllers are to the API.
pub(super) fn how(now: Timestamp) -> How<'static> {
    How {
        manager: "kube-controller-manager",
        now,
        dry_run: false,
    }
}

/// Looks taken at one instant. Controllers that never agree must not hold up time.
const MOST: usize = 200_000;

/// All controllers.
#[derive(Debug)]
pub(in crate::sandbox) struct Controllers {
    queue: Queue,
    /// Changes up to here were seen.
    seen: u64,
    /// Looks that were taken at this instant.
    looks: usize,
    behaviours: Arc<BTreeMap<String, Behaviour>>,
    selecting: Selecting,
    /// Autoscalers by what they scale.
    scalers: BTreeMap<Key, BTreeSet<Key>>,
    loads: Loads,
    wishes: Wishes,
}

impl Controllers {
    /// Controllers for containers that behave so, by their image.
    pub(in crate::sandbox) fn new(behaviours: BTreeMap<String, Behaviour>) -> Self {
        Self {
            queue: Queue::default(),
            seen: 0,
            looks: 0,
            behaviours: Arc::new(behaviours),
            selecting: Selecting::default(),
            scalers: BTreeMap::new(),
            loads: Loads::new(),
            wishes: Wishes::new(),
        }
    }

    /// How much each pod has to do now, by whoever measures it. Autoscalers go by it from here on.
    pub(in crate::sandbox) fn report(&mut self, objects: &Objects, loads: Loads) {
        if self.loads.is_empty() {
            for (key, _) in objects.store.list(SCALERS, None) {
                self.queue.add(key.clone());
            }
        }
        self.loads = loads;
    }

    /// When something is to be done next.
    pub(in crate::sandbox) fn due(&self) -> Option<Timestamp> {
        self.queue.due()
    }

    /// Does what is to be done by now, in so many looks at most. True when nothing is left, or when it has gone on for so long
    /// that they will never agree.
    pub(in crate::sandbox) fn step(&mut self, objects: &mut Objects, now: Timestamp, looks: usize) -> bool {
        for _ in 0..looks {
            // What goes with something else is noticed in its turn.
            while self.notice(objects, now) {}
            self.looks += 1;
            let next = (self.looks <= MOST).then(|| self.queue.next(now)).flatten();
            let Some(key) = next else {
                self.looks = 0;
                return true;
            };
            let mut again = None;
            match &*key.resource {
                DEPLOYMENTS => again = deployment::reconcile(objects, &key, now),
                REPLICA_SETS => again = replica_set::reconcile(objects, &key, now),
                PODS => again = pod::reconcile(objects, &key, now, &self.behaviours),
                SERVICES => endpoint_slice::reconcile(objects, &key, &self.selecting, now),
                BUDGETS => disruption::reconcile(objects, &key, &self.selecting, now),
                SCALERS => {
                    again = autoscaler::reconcile(objects, &key, &self.loads, &mut self.wishes, now);
                }
                _ => {}
            }
            self.queue.appoint(&key, again);
        }
        false
    }

    /// Sees what changed since the last look. True when it changed something itself.
    fn notice(&mut self, objects: &mut Objects, now: Timestamp) -> bool {
        let (mut gone, mut new, mut freed) = (Vec::new(), Vec::new(), Vec::new());
        if let Ok(changes) = objects.store.since(self.seen) {
            for change in changes {
                self.look_at(objects, change);
                if change.deleted {
                    gone.push(change.object.uid.clone());
                    let owners = change.object.owners.iter().cloned();
                    freed.extend(owners.map(|owner| (change.key.namespace.clone(), owner)));
                } else if change.before.is_none() && !change.object.owners.is_empty() {
                    new.push(change.key.clone());
                }
            }
        } else {
            self.look_at_all(objects);
        }
        self.seen = objects.store.version();
        for uid in gone {
            garbage::after(objects, &uid, now);
        }
        for key in new {
            garbage::look(objects, &key, now);
        }
        for (namespace, owner) in freed {
            objects.let_go(&namespace, &owner);
        }
        objects.store.version() > self.seen
    }

    /// More happened than is remembered: everything is looked at, and learnt anew.
    fn look_at_all(&mut self, objects: &Objects) {
        self.selecting = Selecting::default();
        self.scalers.clear();
        for resource in [DEPLOYMENTS, REPLICA_SETS, PODS, SERVICES, BUDGETS, SCALERS] {
            for (key, stored) in objects.store.list(resource, None) {
                self.learn(objects, key, Some(stored));
                self.queue.add(key.clone());
            }
        }
    }

    fn look_at(&mut self, objects: &Objects, change: &Change) {
        let key = &change.key;
        match &*key.resource {
            SERVICES | BUDGETS | SCALERS => {
                let object = Some(&*change.object).filter(|_| !change.deleted);
                self.learn(objects, key, object);
                self.queue.add(key.clone());
            }
            DEPLOYMENTS => {
                self.queue.add(key.clone());
                for scaler in self.scalers.get(key).into_iter().flatten() {
                    self.queue.add(scaler.clone());
                }
                // Its budgets go by what it asks for.
                if change.before.is_some() {
                    for (budget, _) in objects.store.list(BUDGETS, Some(&key.namespace)) {
                        self.queue.add(budget.clone());
                    }
                }
            }
            REPLICA_SETS => {
                self.queue.add(key.clone());
                self.add_owners(objects, change, "Deployment", DEPLOYMENTS);
            }
            PODS => {
                self.queue.add(key.clone());
                self.add_owners(objects, change, "ReplicaSet", REPLICA_SETS);
                // A Deployment that recreates waits for pods to be gone.
                if change.deleted {
                    self.add_owners_of_owners(objects, change);
                }
                for chooser in self.selecting.moved(change) {
                    self.queue.add(chooser);
                }
            }
            SLICES if change.deleted => {
                if let Some(service) = endpoint_slice::service_of(key, &change.object) {
                    self.queue.add(service);
                }
            }
            _ => {}
        }
    }

    /// What somebody selects, or scales, from now on.
    fn learn(&mut self, objects: &Objects, key: &Key, object: Option<&Stored>) {
        let value = object.map(Stored::value).unwrap_or_default();
        match &*key.resource {
            SERVICES => {
                let chosen = pairs(at(&value, &["spec", "selector"])).filter(|pairs| !pairs.is_empty());
                self.selecting.choose(objects, key, chosen);
            }
            BUDGETS => {
                let selector = at(&value, &["spec", "selector"]);
                let all = selector.is_object().then(Vec::new);
                let chosen = pairs(at(selector, &["matchLabels"])).or(all);
                self.selecting.choose(objects, key, chosen);
            }
            SCALERS => {
                for scalers in self.scalers.values_mut() {
                    scalers.remove(key);
                }
                self.scalers.retain(|_, scalers| !scalers.is_empty());
                let target = at(&value, &["spec", "scaleTargetRef"]);
                let kind = text(target, &["kind"]);
                if let Some(kind) = objects.kinds.all().find(|it| it.scale && it.kind == kind) {
                    let target = Key::new(kind.id(), &key.namespace, text(target, &["name"]));
                    self.scalers.entry(target).or_default().insert(key.clone());
                } else {
                    self.wishes.remove(key);
                }
            }
            _ => {}
        }
    }

    /// Whoever owns it, or owned it; whoever might, where nobody does.
    fn add_owners(&mut self, objects: &Objects, change: &Change, kind: &str, resource: &str) {
        let key = &change.key;
        let states = [Some(&change.object), change.before.as_ref()];
        for object in states.into_iter().flatten() {
            for owner in object.owners.iter().filter(|owner| owner.kind == kind) {
                self.queue.add(Key::new(resource, &key.namespace, &owner.name));
            }
        }
        if change.object.owners.is_empty() && !change.deleted {
            for (candidate, _) in objects.store.list(resource, Some(&key.namespace)) {
                self.queue.add(candidate.clone());
            }
        }
    }

    fn add_owners_of_owners(&mut self, objects: &Objects, change: &Change) {
        let namespace = &change.key.namespace;
        for set in change
            .object
            .owners
            .iter()
            .filter(|owner| owner.kind == "ReplicaSet")
        {
            let set = Key::new(REPLICA_SETS, namespace, &set.name);
            let owners = objects.store.get(&set).map(|stored| &stored.owners);
            for owner in owners
                .into_iter()
                .flatten()
                .filter(|owner| owner.kind == "Deployment")
            {
                self.queue.add(Key::new(DEPLOYMENTS, namespace, &owner.name));
            }
        }
    }
}
