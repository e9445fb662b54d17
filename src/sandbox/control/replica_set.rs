//! The `ReplicaSet` controller: as many pods as are asked for, and counts of what they are.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::adoption;
use super::controllers::how;
use super::events::{self, Note};
use crate::sandbox::facts::Pod;
use crate::sandbox::json::{at, list, number, set, text};
use crate::sandbox::objects::{Deletion, Objects, Part, stamp};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::resource::{PODS, REPLICA_SETS, by_id};
use crate::sandbox::store::Key;

/// When a pod that could not be made is tried again.
const AGAIN: SignedDuration = SignedDuration::from_secs(300);

/// Pods that are made in one look; others have their turn between two.
const AT_ONCE: usize = 100;

/// Brings a set one step further. Says when a pod will have been ready for long enough.
pub(super) fn reconcile(objects: &mut Objects, key: &Key, now: Timestamp) -> Option<Timestamp> {
    let mut object = objects.store.value(key)?;
    if !at(&object, &["metadata", "deletionTimestamp"]).is_null() {
        return None;
    }
    adoption::settle(objects, &object, "ReplicaSet", PODS, now);
    let wanted = number(&object, &["spec", "replicas"]).unwrap_or(0);
    let wanted = usize::try_from(wanted).unwrap_or(0);
    let mut pods = active(objects, &object);
    let mut failure = None;
    let missing = wanted.saturating_sub(pods.len());
    if missing > 0 {
        for _ in 0..missing.min(AT_ONCE) {
            if let Err(refusal) = create(objects, &object, now) {
                failure = Some(refusal);
                break;
            }
        }
        pods = active(objects, &object);
    } else if pods.len() > wanted {
        remove(objects, pods, wanted, now);
        pods = active(objects, &object);
    }
    let settle = number(&object, &["spec", "minReadySeconds"]).unwrap_or(0);
    let (mut ready, mut available) = (0, 0);
    let mut again = match &failure {
        Some(_) => Some(now + AGAIN),
        None => (missing > AT_ONCE).then_some(now),
    };
    for since in pods.iter().filter_map(|(_, pod)| pod.ready_since) {
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
    if let Some(refusal) = failure {
        let told = failed(objects, &object, &refusal, now);
        set(&mut status, &["conditions"], told);
    }
    set(&mut object, &["status"], status);
    if let Some(resource) = by_id(REPLICA_SETS) {
        drop(objects.replace(resource, key, Part::Status, object, how(now)));
    }
    again
}

/// The pods that count: neither over nor going.
fn active(objects: &Objects, set: &Value) -> Vec<(Key, Pod)> {
    let owned = objects.store.owned(text(set, &["metadata", "uid"]));
    owned
        .filter_map(|(key, stored)| Some((key.clone(), *stored.pod.clone()?)))
        .filter(|(_, pod)| pod.is_active())
        .collect()
}

fn create(objects: &mut Objects, set_of: &Value, now: Timestamp) -> Result<(), Refusal> {
    let Some(resource) = by_id(PODS) else {
        return Ok(());
    };
    let name = text(set_of, &["metadata", "name"]);
    let template = at(set_of, &["spec", "template"]);
    let mut pod = json!({ "metadata": {}, "spec": at(template, &["spec"]) });
    for field in ["labels", "annotations", "finalizers"] {
        let value = at(template, &["metadata", field]);
        if !value.is_null() {
            set(&mut pod, &["metadata", field], value.clone());
        }
    }
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
    objects.create(resource, pod, how(now)).map(drop)
}

/// The condition that says that pods cannot be made, and an Event of it.
fn failed(objects: &mut Objects, set_of: &Value, refusal: &Refusal, now: Timestamp) -> Value {
    let why = text(&refusal.status(), &["message"]).to_owned();
    let before = list(set_of, &["status", "conditions"]).iter();
    let before = before
        .filter(|it| text(it, &["type"]) == "ReplicaFailure")
        .find(|it| text(it, &["message"]) == why);
    if let Some(before) = before {
        return json!([before]);
    }
    let message = format!("Error creating: {why}");
    let note = Note {
        warning: true,
        reason: "FailedCreate",
        message: &message,
        by: "replicaset-controller",
    };
    events::tell(objects, set_of, note, now);
    json!([{
        "type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": why,
        "lastTransitionTime": stamp(now),
    }])
}

/// Those that run nowhere first, then those that serve nobody, then the youngest.
fn remove(objects: &mut Objects, mut pods: Vec<(Key, Pod)>, wanted: usize, now: Timestamp) {
    let Some(resource) = by_id(PODS) else {
        return;
    };
    let count = pods.len() - wanted;
    pods.sort_by(|(a, one), (b, other)| {
        let order = |pod: &Pod| (!pod.node.is_empty(), pod.ready_since.is_some());
        order(one)
            .cmp(&order(other))
            .then(other.created.cmp(&one.created))
            .then(a.cmp(b))
    });
    for (key, _) in pods.into_iter().take(count) {
        drop(objects.delete(resource, &key, &Deletion::default(), how(now)));
    }
}
