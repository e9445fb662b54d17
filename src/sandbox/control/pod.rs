//! What scheduler and kubelet do with a pod: give it a node, start its containers, tell how they are, and end it after its
//! deletion. What containers do is in `picture`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::controllers::how;
use super::events::{self, Note};
use super::picture::{Behaviour, Doing, Failure, Picture, picture};
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
        // What holds it wakes this again when it lets go.
        if list(&pod, &["metadata", "finalizers"]).is_empty() {
            objects.store.remove(key);
        }
        return None;
    }
    let created: Timestamp = text(&pod, &["metadata", "creationTimestamp"]).parse().ok()?;
    if text(&pod, &["spec", "nodeName"]).is_empty() {
        if !fits(&pod) {
            unschedulable(objects, resource, key, pod, now);
            return None;
        }
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
    let before = at(&pod, &["status"]).clone();
    let mut status = status(&pictures, created);
    let address = match text(&before, &["podIP"]) {
        "" => objects.address(),
        address => address.to_owned(),
    };
    set(&mut status, &["podIPs"], json!([{ "ip": address }]));
    set(&mut status, &["podIP"], address);
    for (container, _) in &pictures {
        name_pod(&mut status, container, &pod);
    }
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
            let runs = |status: &Value| {
                let state = list(status, &["containerStatuses"]).get(index);
                state.is_some_and(|state| !at(state, &["state", "running"]).is_null())
            };
            if of(container).failure == Failure::Unready && runs(&status) && !runs(&before) {
                unhealthy(objects, &pod, now);
            }
        }
    }
    until
}

/// The words for a crash name the pod.
fn name_pod(status: &mut Value, container: &Value, pod: &Value) {
    let all = status.get_mut("containerStatuses").and_then(Value::as_array_mut);
    for state in all.into_iter().flatten() {
        let is_it = text(state, &["name"]) == text(container, &["name"]);
        if is_it && text(state, &["state", "waiting", "reason"]) == "CrashLoopBackOff" {
            let meta = |field| text(pod, &["metadata", field]);
            let message = format!(
                "{} pod={}_{}({})",
                text(state, &["state", "waiting", "message"]),
                meta("name"),
                meta("namespace"),
                meta("uid")
            );
            set(state, &["state", "waiting", "message"], message);
        }
    }
}

/// The nodes have no labels but those that every node has.
fn fits(pod: &Value) -> bool {
    let wanted = at(pod, &["spec", "nodeSelector"]).as_object();
    wanted.into_iter().flatten().all(|(label, value)| {
        let value = value.as_str().unwrap_or_default();
        match label.as_str() {
            "kubernetes.io/os" => value == "linux",
            "kubernetes.io/hostname" => (1..=NODES).any(|node| value == format!("node-{node}")),
            _ => false,
        }
    })
}

/// The scheduler says why a pod has no node.
fn unschedulable(objects: &mut Objects, resource: &Resource, key: &Key, mut pod: Value, now: Timestamp) {
    let message = format!(
        "0/{NODES} nodes are available: {NODES} node(s) didn't match Pod's node affinity/selector. preemption: 0/{NODES} nodes \
         are available: {NODES} Preemption is not helpful for scheduling."
    );
    let since = list(&pod, &["status", "conditions"]).first();
    if since.is_some_and(|it| text(it, &["reason"]) == "Unschedulable") {
        return;
    }
    let condition = json!([{
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
        "lastTransitionTime": stamp(now),
    }]);
    set(&mut pod, &["status", "conditions"], condition);
    let note = Note {
        warning: true,
        reason: "FailedScheduling",
        message: &message,
        by: "default-scheduler",
    };
    events::tell(objects, &pod, note, now);
    let scheduler = How {
        manager: "kube-scheduler",
        ..how(now)
    };
    drop(objects.replace(resource, key, Part::Status, pod, scheduler));
}

fn unhealthy(objects: &mut Objects, pod: &Value, now: Timestamp) {
    let note = Note {
        warning: true,
        reason: "Unhealthy",
        message: "Readiness probe failed: HTTP probe failed with statuscode: 503",
        by: "kubelet",
    };
    events::tell(objects, pod, note, now);
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
        let waiting: Vec<&str> = pictures
            .iter()
            .filter(|(_, picture)| ready_since(picture).is_none())
            .map(|(container, _)| text(container, &["name"]))
            .collect();
        let message = format!("containers with unready status: [{}]", waiting.join(" "));
        for condition in &mut of_ready {
            set(condition, &["reason"], "ContainersNotReady");
            set(condition, &["message"], message.as_str());
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
            "message": format!("back-off {} restarting failed container={}", pause(picture), text(container, &["name"])),
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

/// How long it is waited for, in the kubelet's form.
fn pause(picture: &Picture) -> String {
    let ended = picture.last.map(|(_, ended)| ended);
    let seconds = picture
        .until
        .zip(ended)
        .map_or(0, |(until, ended)| until.duration_since(ended).as_secs());
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
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
