//! The disruption controller: how many pods of a budget may be taken away now. Whoever wants to take one asks
//! `evict`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::controllers::how;
use super::selecting::Selecting;
use crate::sandbox::json::{at, list, number, set, text};
use crate::sandbox::objects::{Objects, Part, stamp};
use crate::sandbox::resource::{BUDGETS, DEPLOYMENTS, REPLICA_SETS, by_id};
use crate::sandbox::store::Key;

/// Counts the pods of a budget.
pub(super) fn reconcile(objects: &mut Objects, key: &Key, selecting: &Selecting, now: Timestamp) {
    let (Some(mut budget), Some(resource)) = (objects.store.value(key), by_id(BUDGETS)) else {
        return;
    };
    let (mut existing, mut healthy) = (0_i64, 0_i64);
    let mut sets = BTreeSet::new();
    for (_, stored) in selecting.pods(objects, key) {
        let Some(pod) = stored.pod.as_deref().filter(|pod| !pod.over) else {
            continue;
        };
        existing += 1;
        healthy += i64::from(!pod.going && pod.ready_since.is_some());
        let owners = stored.owners.iter().filter(|owner| owner.kind == "ReplicaSet");
        sets.extend(owners.map(|owner| Key::new(REPLICA_SETS, &key.namespace, &owner.name)));
    }
    let (least, most) = (
        at(&budget, &["spec", "minAvailable"]),
        at(&budget, &["spec", "maxUnavailable"]),
    );
    let (expected, desired) = if !most.is_null() {
        let expected = asked_for(objects, &sets);
        (expected, (expected - share(most, expected)).max(0))
    } else if let Some(least) = least.as_i64() {
        (existing, least)
    } else if least.is_null() {
        (existing, 1)
    } else {
        let expected = asked_for(objects, &sets);
        (expected, share(least, expected))
    };
    let allowed = if expected > 0 {
        (healthy - desired).max(0)
    } else {
        0
    };
    let generation = at(&budget, &["metadata", "generation"]).clone();
    let status = json!({
        "disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": expected,
        "observedGeneration": generation, "conditions": [condition(&budget, allowed > 0, now)],
    });
    set(&mut budget, &["status"], status);
    drop(objects.replace(resource, key, Part::Status, budget, how(now)));
}

fn condition(budget: &Value, sufficient: bool, now: Timestamp) -> Value {
    let (word, reason) = if sufficient {
        ("True", "SufficientPods")
    } else {
        ("False", "InsufficientPods")
    };
    let before = list(budget, &["status", "conditions"]).iter();
    let since = before
        .filter(|it| text(it, &["status"]) == word)
        .map(|it| text(it, &["lastTransitionTime"]).to_owned())
        .next();
    json!({
        "type": "DisruptionAllowed", "status": word, "reason": reason, "message": "",
        "observedGeneration": at(budget, &["metadata", "generation"]),
        "lastTransitionTime": since.unwrap_or_else(|| stamp(now)),
    })
}

/// How many pods their owners ask for: of a Deployment all, not those of one of its sets.
fn asked_for(objects: &Objects, sets: &BTreeSet<Key>) -> i64 {
    let mut counted = BTreeSet::new();
    let mut sum = 0;
    for set in sets {
        let Some(stored) = objects.store.get(set) else {
            continue;
        };
        let owner = stored.owners.iter().find(|owner| owner.kind == "Deployment");
        let owner = owner.map(|owner| Key::new(DEPLOYMENTS, &set.namespace, &owner.name));
        let owner = owner
            .filter(|owner| objects.store.get(owner).is_some())
            .unwrap_or_else(|| set.clone());
        if let Some(value) = objects.store.value(&owner)
            && counted.insert(owner)
        {
            sum += number(&value, &["spec", "replicas"]).unwrap_or(1);
        }
    }
    sum
}

/// A number, or a share of all, rounded up.
fn share(value: &Value, of: i64) -> i64 {
    let percent = value
        .as_str()
        .and_then(|text| text.strip_suffix('%')?.parse::<i64>().ok());
    match percent {
        Some(percent) => (of * percent + 99) / 100,
        None => value.as_i64().unwrap_or(0),
    }
}
