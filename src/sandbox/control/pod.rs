//! What scheduler and kubelet do with a pod: give it a node, start its containers, tell how they are, and end it after its
//! deletion. What containers do is in `picture`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::controllers::how;
use super::events::{self, Note};
use super::picture::{Behaviour, Doing, Picture, picture};
use crate::sandbox::json::{at, list, number, set, text};
use crate::sandbox::objects::{How, Objects, Part, stamp};
use crate::sandbox::resource::{PODS, Resource, by_id};
use crate::sandbox::store::Key;

/// How long a pod takes to end when it is asked to.
const ENDS_WITHIN: i64 = 2;

/// Nodes of the sandbox.
const NODES: usize = 3;

/// Brings a pod up to what it is now. Says when that will be something else.
pub(super) fn reconcile(
    objects: &mut Objects,
    key: &Key,
    now: Timestamp,
    behaviours: &BTreeMap<String, Behaviour>,
) -> Option<Timestamp> {
    let resource = by_id(PODS)?;
    let mut pod = objects.store.value(key)?;
    if let Ok(end) = text(&pod, &["metadata", "deletionTimestamp"]).parse::<Timestamp>() {
        let grace = number(&pod, &["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0);
        let gone = end - SignedDuration::from_secs((grace - ENDS_WITHIN).max(0));
        if now < gone {
            return Some(gone);
        }
        objects.store.remove(key);
        return None;
    }
    let created: Timestamp = text(&pod, &["metadata", "creationTimestamp"]).parse().ok()?;
    if text(&pod, &["spec", "nodeName"]).is_empty() {
        pod = bind(objects, resource, key, pod, now)?;
    }
    let usual = Behaviour::default();
    let of = |container: &Value| behaviours.get(text(container, &["image"])).unwrap_or(&usual);
    let containers = list(&pod, &["spec", "containers"]);
    let pictures: Vec<(Value, Picture)> = containers
        .iter()
        .map(|container| (container.clone(), picture(of(container), created, now)))
        .collect();
    let until = pictures.iter().filter_map(|(_, picture)| picture.until).min();
    let status = status(&pictures, created);
    let before = at(&pod, &["status"]).clone();
    if before != status {
        let mut changed = pod.clone();
        set(&mut changed, &["status"], status.clone());
        objects
            .replace(resource, key, Part::Status, changed, kubelet(now))
            .ok()?;
        for (index, (container, picture)) in pictures.iter().enumerate() {
            let word = |status: &Value| {
                let state = list(status, &["containerStatuses"]).get(index);
                state.map(|state| text(state, &["state", "waiting", "reason"]).to_owned())
            };
            if word(&before) != word(&status) {
                tell(objects, &pod, container, picture, now);
            }
        }
    }
    until
}

fn kubelet(now: Timestamp) -> How<'static> {
    How {
        manager: "kubelet",
        ..how(now)
    }
}

fn bind(
    objects: &mut Objects,
    resource: &Resource,
    key: &Key,
    mut pod: Value,
    now: Timestamp,
) -> Option<Value> {
    let sum: usize = key.name.bytes().map(usize::from).sum();
    set(
        &mut pod,
        &["spec", "nodeName"],
        format!("node-{}", sum % NODES + 1),
    );
    let scheduler = How {
        manager: "kube-scheduler",
        ..how(now)
    };
    objects.replace(resource, key, Part::Main, pod, scheduler).ok()
}

fn status(pictures: &[(Value, Picture)], created: Timestamp) -> Value {
    let readies: Vec<Option<Timestamp>> = pictures.iter().map(|(_, picture)| ready_since(picture)).collect();
    let ready: Option<Timestamp> = readies
        .iter()
        .copied()
        .collect::<Option<Vec<_>>>()
        .and_then(|all| all.into_iter().max());
    let unready_since = pictures
        .iter()
        .map(|(_, picture)| picture.changed)
        .max()
        .unwrap_or(created);
    let runs = |picture: &Picture| !matches!(picture.doing, Doing::Creating | Doing::CannotPull(_));
    let phase = if pictures.iter().all(|(_, picture)| runs(picture)) {
        "Running"
    } else {
        "Pending"
    };
    let condition = |kind: &str, holds: bool, since: Timestamp| {
        let word = if holds { "True" } else { "False" };
        json!({ "type": kind, "status": word, "lastTransitionTime": stamp(since) })
    };
    let since = ready.unwrap_or(unready_since);
    let mut of_ready = [
        condition("Ready", ready.is_some(), since),
        condition("ContainersReady", ready.is_some(), since),
    ];
    if ready.is_none() {
        for condition in &mut of_ready {
            set(condition, &["reason"], "ContainersNotReady");
        }
    }
    let [whole, containers] = of_ready;
    json!({
        "phase": phase,
        "conditions": [
            condition("PodScheduled", true, created), condition("Initialized", true, created), whole, containers,
        ],
        "startTime": stamp(created),
        "qosClass": "BestEffort",
        "containerStatuses": pictures.iter().map(|(container, picture)| container_status(container, picture)).collect::<Vec<_>>(),
    })
}

fn ready_since(picture: &Picture) -> Option<Timestamp> {
    match picture.doing {
        Doing::Running { ready_since, .. } => ready_since,
        Doing::Creating | Doing::CannotPull(_) | Doing::BackingOff => None,
    }
}

fn container_status(container: &Value, picture: &Picture) -> Value {
    let image = text(container, &["image"]);
    let state = match &picture.doing {
        Doing::Creating => json!({ "waiting": { "reason": "ContainerCreating" } }),
        Doing::CannotPull(word) => {
            json!({ "waiting": { "reason": word, "message": pull_words(word, image) } })
        }
        Doing::Running { since, .. } => json!({ "running": { "startedAt": stamp(*since) } }),
        Doing::BackingOff => json!({ "waiting": {
            "reason": "CrashLoopBackOff",
            "message": format!("back-off restarting failed container={}", text(container, &["name"])),
        }}),
    };
    let last = picture.last.map_or_else(
        || json!({}),
        |(from, to)| {
            json!({ "terminated": {
                "reason": "Error", "exitCode": 1, "startedAt": stamp(from), "finishedAt": stamp(to),
            }})
        },
    );
    json!({
        "name": text(container, &["name"]), "image": image, "imageID": "",
        "ready": ready_since(picture).is_some(),
        "started": matches!(picture.doing, Doing::Running { .. }),
        "restartCount": picture.restarts, "state": state, "lastState": last,
    })
}

fn pull_words(word: &str, image: &str) -> String {
    if word == "ErrImagePull" {
        format!("failed to pull and unpack image {image:?}: {image}: not found")
    } else {
        format!("Back-off pulling image {image:?}")
    }
}

/// The Event that goes with a container that came to wait.
fn tell(objects: &mut Objects, pod: &Value, container: &Value, picture: &Picture, now: Timestamp) {
    let image = text(container, &["image"]);
    let (reason, message) = match picture.doing {
        Doing::CannotPull("ErrImagePull") => ("Failed", format!("Failed to pull image {image:?}: not found")),
        Doing::CannotPull(_) => ("BackOff", format!("Back-off pulling image {image:?}")),
        Doing::BackingOff => (
            "BackOff",
            format!(
                "Back-off restarting failed container {}",
                text(container, &["name"])
            ),
        ),
        Doing::Creating | Doing::Running { .. } => return,
    };
    let note = Note {
        warning: true,
        reason,
        message: &message,
        by: "kubelet",
    };
    events::tell(objects, pod, note, now);
}
