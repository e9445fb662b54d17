//! Pausing: `spec.paused`, guarded by the images that are shown. Waits for nothing.

use serde_json::{Value, json};

use crate::domain::{Class, Goal, Plan, Rollout, Step, Strategy, Untrusted};
use crate::drivers::request::{add, json_patch, test};

use super::super::words;
use super::parts::{change, guarded, informative, kubectl, path, suffix, target, uid_test};

/// A `Recreate` in between has scaled its old pods away; a pause there scales an old `ReplicaSet` up again.
pub(super) fn revives_old_pods(rollout: &Rollout) -> bool {
    rollout.strategy == Strategy::Recreate && rollout.previous().is_some()
}

pub(super) fn pause(rollout: &Rollout) -> Plan {
    let mut operations = vec![
        uid_test(rollout),
        test(
            "/spec/paused",
            rollout.written.paused.map_or(Value::Null, Value::Bool),
        ),
    ];
    let mut facts = vec![
        guarded("uid", &rollout.uid),
        guarded("paused", &Untrusted::from("no")),
    ];
    for (index, (container, image)) in rollout.written.images.iter().enumerate() {
        if let Some(image) = image {
            operations.push(test(
                &format!("/spec/template/spec/containers/{index}/image"),
                json!(image.0.raw()),
            ));
            facts.push(guarded(&format!("image of {container}"), &image.0));
        }
    }
    operations.push(add("/spec/paused", json!(true)));
    facts.push(informative("pods", &words::pods(rollout)));
    let mut plan = Plan {
        step: Step::Pause,
        class: Class::Stop,
        against: Vec::new(),
        target: target(rollout),
        writes: vec![json_patch(&path(rollout), operations)],
        goal: Goal::Paused(true),
        sentence: words::pause(rollout),
        changes: vec![change("paused", "no", "yes")],
        facts,
        notes: Vec::new(),
        token: String::new(),
        way_back: "resume it: the controller goes on within a second".to_owned(),
        kubectl: kubectl(rollout, "rollout pause", ""),
    };
    if revives_old_pods(rollout) {
        plan.class = Class::Override;
        plan.token = suffix(rollout);
        plan.against.push(
            "pausing a Recreate that is under way makes the controller scale an old ReplicaSet up again"
                .to_owned(),
        );
    }
    plan
}
