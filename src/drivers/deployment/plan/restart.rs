//! Restarting: the annotation that `kubectl rollout restart` sets, with the server's time, guarded by the whole template.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::{Class, Goal, Materials, Plan, Refusal, RefusalKind, Rollout, Seconds, Step, Untrusted};
use crate::drivers::request::{add, json_patch, test};
use crate::objects::RESTARTED_AT;

use super::super::words;
use super::object::Object;
use super::parts::{LONGEST_TOKEN, change, digest, guarded, informative, kubectl, path, target, uid_test};

pub(super) fn restart(rollout: &Rollout, object: &Object, materials: &Materials) -> Result<Plan, Refusal> {
    if object.is_paused() {
        return Err(Refusal::new(
            RefusalKind::NotNow,
            "it was paused meanwhile, so nothing would restart",
            "resume it first",
        ));
    }
    let Some(stamp) = materials.stamp else {
        return Err(Refusal::new(
            RefusalKind::Stale,
            "the server's time is not known yet",
            "wait for it",
        ));
    };
    let written = |stamp: Timestamp| stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let template = object.field("/spec/template");
    let before = template
        .pointer("/metadata/annotations")
        .and_then(|it| it.get(RESTARTED_AT))
        .and_then(Value::as_str);
    // The same second again would change nothing, and would be called done.
    let stamp = match written(stamp) {
        same if before == Some(&*same) => written(Seconds(1).after(stamp)),
        other => other,
    };
    let from = before.unwrap_or("never").to_owned();
    let operations = vec![
        uid_test(rollout),
        test("/spec/paused", object.field("/spec/paused")),
        test("/spec/template", template.clone()),
        stamped(&template, &stamp),
    ];
    let wanted = rollout.counts.wanted;
    Ok(Plan {
        step: Step::Restart,
        class: Class::Forward,
        against: Vec::new(),
        target: target(rollout),
        writes: vec![json_patch(&path(rollout), operations)],
        goal: Goal::RestartedAt(Untrusted::from(stamp.as_str())),
        sentence: words::restart(rollout),
        changes: vec![change("restarted at", &from, &stamp)],
        facts: vec![
            guarded("uid", &rollout.uid),
            guarded("paused", &Untrusted::from("no")),
            guarded("template", &digest(&template)),
            informative("pods", &words::pods(rollout)),
        ],
        notes: Vec::new(),
        token: wanted.to_string().chars().take(LONGEST_TOKEN).collect(),
        way_back: words::restart_back(rollout).to_owned(),
        kubectl: kubectl(rollout, "rollout restart", ""),
    })
}

/// Sets the annotation, making the objects above it where they are missing.
fn stamped(template: &Value, stamp: &str) -> Value {
    let annotations = json!({ RESTARTED_AT: stamp });
    let is_object = |pointer: &str| template.pointer(pointer).is_some_and(Value::is_object);
    match (is_object("/metadata"), is_object("/metadata/annotations")) {
        (true, true) => {
            let key = RESTARTED_AT.replace('~', "~0").replace('/', "~1");
            add(
                &format!("/spec/template/metadata/annotations/{key}"),
                json!(stamp),
            )
        }
        (true, false) => add("/spec/template/metadata/annotations", annotations),
        (false, _) => add("/spec/template/metadata", json!({ "annotations": annotations })),
    }
}
