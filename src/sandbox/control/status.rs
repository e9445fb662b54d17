//! What a Deployment's status tells: counts and conditions, with the clock of the progress deadline.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::controllers::how;
use super::sets::{REVISION, Sets, Wish};
use crate::sandbox::json::{at, list, number, set, text};
use crate::sandbox::objects::{Objects, Part, stamp};
use crate::sandbox::resource::{DEPLOYMENTS, by_id};
use crate::sandbox::store::Key;

/// Deadlines of this many seconds mean that there is none.
const NO_DEADLINE: i64 = 2_147_483_647;

/// As the status that was written says, everything is as wanted.
pub(super) fn is_complete(deployment: &Value) -> bool {
    let wanted = number(deployment, &["spec", "replicas"]).unwrap_or(1);
    let status = |field| number(deployment, &["status", field]).unwrap_or(0);
    status("updatedReplicas") == wanted
        && status("replicas") == wanted
        && status("availableReplicas") == wanted
        && status("observedGeneration") >= number(deployment, &["metadata", "generation"]).unwrap_or(0)
}

/// Writes what is now. Says when the deadline is to be looked at.
pub(super) fn write(objects: &mut Objects, key: &Key, made: bool, now: Timestamp) -> Option<Timestamp> {
    let resource = by_id(DEPLOYMENTS)?;
    let before = objects.store.value(key)?;
    let sets = Sets::of(objects, &before);
    let mut object = numbered(before, &sets);
    let mut status = counts(&object, &sets);
    let old = at(&object, &["status"]).clone();
    let mut conditions = Conditions {
        all: list(&old, &["conditions"]).to_vec(),
        now,
    };
    available(&mut conditions, &object, &sets);
    failure(&mut conditions, &sets);
    let again = progressing(&mut conditions, &object, &old, &status, &sets, made);
    set(&mut status, &["conditions"], conditions.all);
    set(&mut object, &["status"], status);
    // It may have been deleted meanwhile.
    drop(objects.replace(resource, key, Part::Status, object, how(now)));
    again
}

/// The Deployment carries the number of its newest set.
fn numbered(mut object: Value, sets: &Sets) -> Value {
    let revision = sets.new.as_ref().map_or(0, |new| new.revision);
    if revision > 0 {
        let path = ["metadata", "annotations", REVISION];
        set(&mut object, &path, revision.to_string());
    }
    object
}

/// What keeps its sets from making pods is told of the Deployment, too.
fn failure(conditions: &mut Conditions, sets: &Sets) {
    let newest_first = sets.new.iter().chain(sets.old.iter().rev());
    let told = newest_first
        .flat_map(|set| list(&set.value, &["status", "conditions"]))
        .find(|it| text(it, &["type"]) == "ReplicaFailure");
    match told {
        Some(told) => conditions.say(
            "ReplicaFailure",
            text(told, &["status"]),
            text(told, &["reason"]),
            text(told, &["message"]),
        ),
        None => conditions
            .all
            .retain(|it| text(it, &["type"]) != "ReplicaFailure"),
    }
}

/// As Go writes them: what is zero is left out.
fn counts(object: &Value, sets: &Sets) -> Value {
    let mut status = json!({ "observedGeneration": at(object, &["metadata", "generation"]) });
    let existing = sets.sum(|set| set.existing);
    let available = sets.sum(|set| set.available);
    for (field, count) in [
        ("replicas", existing),
        ("updatedReplicas", sets.new.as_ref().map_or(0, |new| new.existing)),
        ("readyReplicas", sets.sum(|set| set.ready)),
        ("availableReplicas", available),
        ("unavailableReplicas", sets.sum(|set| set.wanted) - available),
    ] {
        if count > 0 {
            set(&mut status, &[field], count);
        }
    }
    status
}

fn available(conditions: &mut Conditions, object: &Value, sets: &Sets) {
    let wish = Wish::of(object);
    let (word, reason, message) = if sets.sum(|set| set.available) >= wish.replicas - wish.unavailable {
        (
            "True",
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
        )
    } else {
        (
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        )
    };
    conditions.say("Available", word, reason, message);
}

fn progressing(
    conditions: &mut Conditions,
    object: &Value,
    old: &Value,
    status: &Value,
    sets: &Sets,
    made: bool,
) -> Option<Timestamp> {
    let deadline = number(object, &["spec", "progressDeadlineSeconds"]).unwrap_or(600);
    let reason = conditions
        .find("Progressing")
        .map(|it| text(it, &["reason"]).to_owned());
    let paused = at(object, &["spec", "paused"]).as_bool() == Some(true);
    if deadline >= NO_DEADLINE {
        conditions
            .all
            .retain(|condition| text(condition, &["type"]) != "Progressing");
        return None;
    }
    let timed_out = reason.as_deref() == Some("ProgressDeadlineExceeded");
    if paused {
        if !timed_out && reason.as_deref() != Some("DeploymentPaused") {
            conditions.say(
                "Progressing",
                "Unknown",
                "DeploymentPaused",
                "Deployment is paused",
            );
        }
        return None;
    }
    if reason.as_deref() == Some("DeploymentPaused") {
        conditions.say(
            "Progressing",
            "Unknown",
            "DeploymentResumed",
            "Deployment is resumed",
        );
    }
    let name = sets.new.as_ref().map_or("", |new| &new.key.name);
    if made {
        let message = format!("Created new replica set {name:?}");
        conditions.renew("Progressing", "True", "NewReplicaSetCreated", &message);
    } else if reason.is_none() && sets.new.is_some() {
        let message = format!("Found new replica set {name:?}");
        conditions.renew("Progressing", "True", "FoundNewReplicaSet", &message);
    }
    let mut as_written = object.clone();
    set(&mut as_written, &["status"], status.clone());
    let settled = reason.as_deref() == Some("NewReplicaSetAvailable")
        && number(status, &["replicas"]) == number(status, &["updatedReplicas"])
        && !made;
    if settled {
        return None;
    }
    if is_complete(&as_written) && sets.new.is_some() {
        let message = format!("ReplicaSet {name:?} has successfully progressed.");
        conditions.say("Progressing", "True", "NewReplicaSetAvailable", &message);
        return None;
    }
    if moved(old, status) {
        let message = format!("ReplicaSet {name:?} is progressing.");
        conditions.renew("Progressing", "True", "ReplicaSetUpdated", &message);
    }
    deadline_of(conditions, name, deadline)
}

/// Gives up when nothing was nearer to its end for too long; says when that will be.
fn deadline_of(conditions: &mut Conditions, name: &str, seconds: i64) -> Option<Timestamp> {
    let progressing = conditions.find("Progressing")?;
    if text(progressing, &["reason"]) == "ProgressDeadlineExceeded" {
        return None;
    }
    let since: Timestamp = text(progressing, &["lastUpdateTime"]).parse().ok()?;
    let end = since + SignedDuration::from_secs(seconds + 1);
    if conditions.now < end {
        return Some(end);
    }
    let message = format!("ReplicaSet {name:?} has timed out progressing.");
    conditions.say("Progressing", "False", "ProgressDeadlineExceeded", &message);
    None
}

/// Something is nearer to its end than before.
fn moved(old: &Value, new: &Value) -> bool {
    let count = |status: &Value, field: &str| number(status, &[field]).unwrap_or(0);
    let outdated = |status: &Value| count(status, "replicas") - count(status, "updatedReplicas");
    outdated(new) < outdated(old)
        || ["updatedReplicas", "readyReplicas", "availableReplicas"]
            .iter()
            .any(|field| count(new, field) > count(old, field))
}

/// The conditions of a status, and when they are looked at.
struct Conditions {
    all: Vec<Value>,
    now: Timestamp,
}

impl Conditions {
    fn find(&self, kind: &str) -> Option<&Value> {
        self.all.iter().find(|it| text(it, &["type"]) == kind)
    }

    /// Puts a condition, where its state or reason is another.
    fn say(&mut self, kind: &str, word: &str, reason: &str, message: &str) {
        let same = |it: &Value| text(it, &["status"]) == word && text(it, &["reason"]) == reason;
        if !self.find(kind).is_some_and(same) {
            self.renew(kind, word, reason, message);
        }
    }

    /// Puts a condition, and moves its update time in any case.
    fn renew(&mut self, kind: &str, word: &str, reason: &str, message: &str) {
        let kept = self.find(kind).filter(|it| text(it, &["status"]) == word);
        let since = kept.map_or_else(
            || stamp(self.now),
            |it| text(it, &["lastTransitionTime"]).to_owned(),
        );
        let condition = json!({
            "type": kind, "status": word, "reason": reason, "message": message,
            "lastUpdateTime": stamp(self.now), "lastTransitionTime": since,
        });
        match self.all.iter_mut().find(|it| text(it, &["type"]) == kind) {
            Some(before) => *before = condition,
            None => self.all.push(condition),
        }
    }
}
