//! What admission would change beside the plan: the object that a dry run gave back, compared with the one that was read, and
//! later with the one that was written.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::{Answer, Materials, Need, Plan, Untrusted};

/// Fields told at most; a webhook that rewrites everything is told by its first few.
const MOST: usize = 8;

/// Parts of an object that a human or admission writes; the rest is the server's.
const PARTS: [&str; 3] = ["/spec", "/metadata/labels", "/metadata/annotations"];

/// The fields that are not as the plan alone would make them. Empty where nothing was read to compare with, or where what came
/// back is of another kind (a `Scale`).
pub(super) fn also(plan: &Plan, materials: &Materials, object: &str) -> Vec<Untrusted> {
    let need = Need::Object {
        path: plan.target.path.clone(),
    };
    let Some(Answer::Found(read)) = materials.answer(&need) else {
        return Vec::new();
    };
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (Some(expected), Some(after)) = (parse(read).and_then(|it| planned(plan, it)), parse(object)) else {
        return Vec::new();
    };
    if expected.get("kind") != after.get("kind") {
        return Vec::new();
    }
    let mut found = BTreeSet::new();
    for part in PARTS {
        differences(part, expected.pointer(part), after.pointer(part), &mut found);
    }
    found.into_iter().take(MOST).map(Untrusted::from).collect()
}

/// The object as the plan alone makes it.
fn planned(plan: &Plan, mut object: Value) -> Option<Value> {
    for write in &plan.writes {
        let mut operations: Vec<json_patch::PatchOperation> = serde_json::from_str(&write.body).ok()?;
        // The server takes `null` for what is absent, which this library does not: tests change nothing.
        operations.retain(|operation| !matches!(operation, json_patch::PatchOperation::Test(_)));
        json_patch::patch(&mut object, &operations).ok()?;
    }
    Some(object)
}

/// The fields that the dry run showed otherwise than they were written: of those that the plan changes and those that
/// admission said it would. What else changed meanwhile is somebody else's.
pub(super) fn differs(plan: &Plan, also: &[Untrusted], (dry, written): (&str, &str)) -> Vec<Untrusted> {
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (Some(dry), Some(written)) = (parse(dry), parse(written)) else {
        return Vec::new();
    };
    let mut found = BTreeSet::new();
    let admission = also.iter().map(|path| path.raw().to_owned());
    for path in changed_paths(plan).into_iter().chain(admission) {
        differences(&path, dry.pointer(&path), written.pointer(&path), &mut found);
    }
    found.into_iter().take(MOST).map(Untrusted::from).collect()
}

/// The paths that the plan's operations change.
fn changed_paths(plan: &Plan) -> Vec<String> {
    plan.writes
        .iter()
        .filter_map(|write| serde_json::from_str::<Vec<Value>>(&write.body).ok())
        .flatten()
        .filter(|operation| operation.get("op").and_then(Value::as_str) != Some("test"))
        .filter_map(|operation| operation.get("path").and_then(Value::as_str).map(str::to_owned))
        .collect()
}

fn differences(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut BTreeSet<String>) {
    if before == after {
        return;
    }
    if let (Some(Value::Object(before)), Some(Value::Object(after))) = (before, after) {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let below = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
            differences(&below, before.get(name), after.get(name), found);
        }
    } else {
        found.insert(path.to_owned());
    }
}
