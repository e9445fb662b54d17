//! Resuming: takes `spec.paused` away, guarded by the whole template that becomes live with it.

use serde_json::json;

use crate::domain::{Class, Goal, Plan, Refusal, RefusalKind, Rollout, Step, Untrusted};
use crate::drivers::request::{json_patch, remove, test};

use super::super::words;
use super::object::Object;
use super::parts::{change, digest, guarded, informative, kubectl, path, target, uid_test, version_suffix};

pub(super) fn resume(rollout: &Rollout, object: &Object) -> Result<Plan, Refusal> {
    if !object.is_paused() {
        return Err(Refusal::new(
            RefusalKind::AlreadySo,
            "it is not paused any more",
            "there is nothing to resume",
        ));
    }
    let template = object.field("/spec/template");
    let operations = vec![
        uid_test(rollout),
        test("/spec/paused", json!(true)),
        test("/spec/template", template.clone()),
        remove("/spec/paused"),
    ];
    let mut changes = vec![change("paused", "yes", "no")];
    changes.extend(words::pending_edit(rollout));
    Ok(Plan {
        step: Step::Resume,
        class: Class::Forward,
        against: Vec::new(),
        target: target(rollout),
        writes: vec![json_patch(&path(rollout), operations)],
        goal: Goal::Paused(false),
        sentence: words::resume(rollout),
        changes,
        facts: vec![
            guarded("uid", &rollout.uid),
            guarded("paused", &Untrusted::from("yes")),
            guarded("template", &digest(&template)),
            informative("pods", &words::pods(rollout)),
        ],
        notes: Vec::new(),
        token: version_suffix(rollout),
        way_back: "pausing it again stops it within a second; pods replaced by then stay replaced".to_owned(),
        kubectl: kubectl(rollout, "rollout resume", ""),
    })
}
