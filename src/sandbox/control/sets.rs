//! The `ReplicaSet`s of a Deployment as its controller sees them: which is the new one, and what all of them add up to.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::controllers::how;
use crate::sandbox::ids::template_hash;
use crate::sandbox::json::{at, number, set, take, text};
use crate::sandbox::objects::{Objects, Part};
use crate::sandbox::resource::{REPLICA_SETS, by_id};
use crate::sandbox::store::Key;

pub(super) const HASH: &str = "pod-template-hash";
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) key: Key,
    pub(super) value: Value,
    /// What is asked of it, and what there is.
    pub(super) wanted: i64,
    pub(super) existing: i64,
    pub(super) ready: i64,
    pub(super) available: i64,
    pub(super) revision: i64,
    /// Of how many pods of the Deployment it knows.
    pub(super) desired: Option<i64>,
    pub(super) maximum: Option<i64>,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Sets {
    pub(super) new: Option<Set>,
    /// Oldest first.
    pub(super) old: Vec<Set>,
}

impl Set {
    fn of(key: &Key, value: Value) -> Self {
        let status = |field| number(&value, &["status", field]).unwrap_or(0);
        let note = |name| {
            at(&value, &["metadata", "annotations", name])
                .as_str()?
                .parse()
                .ok()
        };
        Self {
            key: key.clone(),
            wanted: number(&value, &["spec", "replicas"]).unwrap_or(0),
            existing: status("replicas"),
            ready: status("readyReplicas"),
            available: status("availableReplicas"),
            revision: note(REVISION).unwrap_or(0),
            desired: note(DESIRED),
            maximum: note(MAXIMUM),
            value,
        }
    }

    fn template(&self) -> Value {
        let mut template = at(&self.value, &["spec", "template"]).clone();
        take(&mut template, &["metadata", "labels", HASH]);
        template
    }

    /// Its age, for an order.
    fn order(&self) -> (&str, &str) {
        (
            text(&self.value, &["metadata", "creationTimestamp"]),
            &self.key.name,
        )
    }
}

impl Sets {
    /// Those of a Deployment now.
    pub(super) fn of(objects: &Objects, deployment: &Value) -> Self {
        let uid = text(deployment, &["metadata", "uid"]);
        let owned = objects
            .store
            .owned(uid)
            .filter(|(key, _)| *key.resource == *REPLICA_SETS);
        let mut all: Vec<Set> = owned
            .map(|(key, stored)| Set::of(key, stored.value()))
            .filter(|set| at(&set.value, &["metadata", "deletionTimestamp"]).is_null())
            .collect();
        all.sort_by(|a, b| a.order().cmp(&b.order()));
        let template = at(deployment, &["spec", "template"]);
        let new = all.iter().position(|set| set.template() == *template);
        let new = new.map(|index| all.remove(index));
        Self { new, old: all }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Set> {
        self.old.iter().chain(&self.new)
    }

    /// The sum of something over all of them.
    pub(super) fn sum(&self, of: impl Fn(&Set) -> i64) -> i64 {
        self.all().map(of).sum()
    }

    fn last_revision(&self) -> i64 {
        self.old.iter().map(|set| set.revision).max().unwrap_or(0)
    }
}

/// How a Deployment wants to be rolled out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) replicas: i64,
    pub(super) surge: i64,
    pub(super) unavailable: i64,
    pub(super) recreate: bool,
}

impl Wish {
    pub(super) fn of(deployment: &Value) -> Self {
        let replicas = number(deployment, &["spec", "replicas"]).unwrap_or(1);
        let recreate = text(deployment, &["spec", "strategy", "type"]) == "Recreate";
        let rolling = at(deployment, &["spec", "strategy", "rollingUpdate"]);
        let share = |field: &str, rounding: i64| {
            let value = at(rolling, &[field]);
            let percent = value
                .as_str()
                .and_then(|text| text.strip_suffix('%')?.parse::<i64>().ok());
            match percent {
                Some(percent) => (replicas * percent + rounding) / 100,
                None => value.as_i64().unwrap_or(0),
            }
        };
        let (surge, unavailable) = if recreate {
            (0, replicas)
        } else {
            (share("maxSurge", 99), share("maxUnavailable", 0))
        };
        Self {
            replicas,
            surge,
            // Both zero would never move.
            unavailable: if surge == 0 && unavailable == 0 {
                1
            } else {
                unavailable.min(replicas)
            },
            recreate,
        }
    }

    /// As many pods as there may be at a time.
    pub(super) fn most(self) -> i64 {
        self.replicas + if self.replicas > 0 { self.surge } else { 0 }
    }
}

/// Asks a set for another number of pods, and notes what the Deployment wants.
pub(super) fn scale(objects: &mut Objects, target: &Set, to: i64, wish: Wish, now: Timestamp) -> bool {
    let mut value = target.value.clone();
    set(&mut value, &["spec", "replicas"], to);
    note(&mut value, DESIRED, &wish.replicas.to_string());
    note(&mut value, MAXIMUM, &wish.most().to_string());
    let changed = value != target.value;
    changed && store(objects, &target.key, value, now)
}

fn note(value: &mut Value, name: &str, text: &str) {
    set(value, &["metadata", "annotations", name], text);
}

fn store(objects: &mut Objects, key: &Key, value: Value, now: Timestamp) -> bool {
    let Some(resource) = by_id(REPLICA_SETS) else {
        return false;
    };
    objects
        .replace(resource, key, Part::Main, value, how(now))
        .is_ok()
}

/// The annotations that a set has from its Deployment.
fn inherited(deployment: &Value) -> Map<String, Value> {
    let own = [REVISION, HISTORY, DESIRED, MAXIMUM, APPLIED];
    let all = at(deployment, &["metadata", "annotations"]).as_object();
    let all = all
        .into_iter()
        .flatten()
        .filter(|(key, _)| !own.contains(&key.as_str()));
    all.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Brings the new set's revision and annotations up to date.
pub(super) fn renumber(objects: &mut Objects, deployment: &Value, sets: &Sets, now: Timestamp) {
    let Some(new) = &sets.new else {
        return;
    };
    let mut value = new.value.clone();
    let due = sets.last_revision() + 1;
    if new.revision < due {
        if new.revision > 0 {
            let path = ["metadata", "annotations", HISTORY];
            let before = text(&value, &path);
            let history = if before.is_empty() {
                new.revision.to_string()
            } else {
                format!("{before},{}", new.revision)
            };
            set(&mut value, &path, history);
        }
        note(&mut value, REVISION, &due.to_string());
    }
    for (key, text) in inherited(deployment) {
        set(&mut value, &["metadata", "annotations", &key], text);
    }
    let settle = number(deployment, &["spec", "minReadySeconds"]).unwrap_or(0);
    set(&mut value, &["spec", "minReadySeconds"], settle);
    if value != new.value {
        store(objects, &new.key, value, now);
    }
}

/// Makes the set of the newest template. False when it cannot be made.
pub(super) fn create(
    objects: &mut Objects,
    deployment: &Value,
    sets: &Sets,
    replicas: i64,
    now: Timestamp,
) -> bool {
    let Some(resource) = by_id(REPLICA_SETS) else {
        return false;
    };
    let wish = Wish::of(deployment);
    let mut template = at(deployment, &["spec", "template"]).clone();
    let collisions = number(deployment, &["status", "collisionCount"]).unwrap_or(0);
    let hash = template_hash(&template.to_string(), collisions);
    set(&mut template, &["metadata", "labels", HASH], hash.as_str());
    let labels = at(&template, &["metadata", "labels"]).clone();
    let mut selector = at(deployment, &["spec", "selector"]).clone();
    set(&mut selector, &["matchLabels", HASH], hash.as_str());
    let mut annotations = inherited(deployment);
    annotations.insert(REVISION.to_owned(), json!((sets.last_revision() + 1).to_string()));
    annotations.insert(DESIRED.to_owned(), json!(wish.replicas.to_string()));
    annotations.insert(MAXIMUM.to_owned(), json!(wish.most().to_string()));
    let (name, uid) = (
        text(deployment, &["metadata", "name"]),
        text(deployment, &["metadata", "uid"]),
    );
    let object = json!({
        "metadata": {
            "name": format!("{name}-{hash}"),
            "namespace": text(deployment, &["metadata", "namespace"]),
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": uid, "controller": true,
                "blockOwnerDeletion": true,
            }],
        },
        "spec": {
            "replicas": replicas, "selector": selector, "template": template,
            "minReadySeconds": number(deployment, &["spec", "minReadySeconds"]).unwrap_or(0),
        },
    });
    objects.create(resource, object, how(now)).is_ok()
}
