//! The `ReplicaSet` controller: as many pods as are asked for, and counts of what they are.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::controllers::how;
use crate::sandbox::json::{at, list, number, set, text};
use crate::sandbox::objects::{Deletion, Objects, Part};
use crate::sandbox::resource::{PODS, REPLICA_SETS, by_id};
use crate::sandbox::store::Key;

/// Brings a set one step further. Says when a pod will have been ready for long enough.
pub(super) fn reconcile(objects: &mut Objects, key: &Key, now: Timestamp) -> Option<Timestamp> {
    let mut object = objects.store.value(key)?;
    if !at(&object, &["metadata", "deletionTimestamp"]).is_null() {
        return None;
    }
    let wanted = number(&object, &["spec", "replicas"]).unwrap_or(0);
    let wanted = usize::try_from(wanted).unwrap_or(0);
    let pods = active(objects, &object);
    if pods.len() < wanted {
        for _ in pods.len()..wanted {
            create(objects, &object, now);
        }
    } else if pods.len() > wanted {
        remove(objects, &pods, pods.len() - wanted, now);
    }
    let pods = active(objects, &object);
    let settle = number(&object, &["spec", "minReadySeconds"]).unwrap_or(0);
    let (mut ready, mut available, mut again) = (0, 0, None);
    for since in pods.iter().filter_map(|(_, pod)| ready_since(pod)) {
        ready += 1;
        let at = since + SignedDuration::from_secs(settle);
        if at <= now {
            available += 1;
        } else {
            again = Some(again.map_or(at, |before: Timestamp| before.min(at)));
        }
    }
    let mut status = json!({
        "replicas": pods.len(),
        "observedGeneration": at(&object, &["metadata", "generation"]),
    });
    for (field, count) in [
        ("fullyLabeledReplicas", pods.len()),
        ("readyReplicas", ready),
        ("availableReplicas", available),
    ] {
        if count > 0 {
            set(&mut status, &[field], count);
        }
    }
    set(&mut object, &["status"], status);
    if let Some(resource) = by_id(REPLICA_SETS) {
        drop(objects.replace(resource, key, Part::Status, object, how(now)));
    }
    again
}

/// The pods that count: neither over nor going.
fn active(objects: &Objects, set: &Value) -> Vec<(Key, Value)> {
    let owned = objects.store.owned(text(set, &["metadata", "uid"]));
    owned
        .filter(|(key, _)| *key.resource == *PODS)
        .map(|(key, stored)| (key.clone(), stored.value()))
        .filter(|(_, pod)| {
            at(pod, &["metadata", "deletionTimestamp"]).is_null()
                && !["Succeeded", "Failed"].contains(&text(pod, &["status", "phase"]))
        })
        .collect()
}

/// Since when a pod is ready; `None` when it is not.
pub(super) fn ready_since(pod: &Value) -> Option<Timestamp> {
    let conditions = list(pod, &["status", "conditions"]);
    let ready = conditions.iter().find(|it| text(it, &["type"]) == "Ready")?;
    (text(ready, &["status"]) == "True").then(|| text(ready, &["lastTransitionTime"]).parse().ok())?
}

fn create(objects: &mut Objects, set_of: &Value, now: Timestamp) {
    let Some(resource) = by_id(PODS) else {
        return;
    };
    let name = text(set_of, &["metadata", "name"]);
    let template = at(set_of, &["spec", "template"]);
    let mut pod = json!({
        "metadata": at(template, &["metadata"]),
        "spec": at(template, &["spec"]),
    });
    for (field, value) in [
        ("generateName", json!(format!("{name}-"))),
        ("namespace", at(set_of, &["metadata", "namespace"]).clone()),
        (
            "ownerReferences",
            json!([{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name,
                "uid": at(set_of, &["metadata", "uid"]), "controller": true, "blockOwnerDeletion": true,
            }]),
        ),
    ] {
        set(&mut pod, &["metadata", field], value);
    }
    if let Err(refusal) = objects.create(resource, pod, how(now)) {
        tracing::debug!(?refusal, "a pod of the sandbox was not made");
    }
}

/// Those that serve nobody first, then the youngest.
fn remove(objects: &mut Objects, pods: &[(Key, Value)], count: usize, now: Timestamp) {
    let Some(resource) = by_id(PODS) else {
        return;
    };
    let mut order: Vec<&(Key, Value)> = pods.iter().collect();
    order.sort_by_key(|(key, pod)| {
        let created = text(pod, &["metadata", "creationTimestamp"]).to_owned();
        (
            ready_since(pod).is_some(),
            std::cmp::Reverse(created),
            key.clone(),
        )
    });
    for (key, _) in order.into_iter().take(count) {
        drop(objects.delete(resource, key, &Deletion::default(), how(now)));
    }
}
