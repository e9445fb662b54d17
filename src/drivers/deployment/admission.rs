//! What admission would change beside the plan: the object that a dry run gave back, compared with the one that was read, and
//! later with the one that was written.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::{Answer, Materials, Plan, Untrusted};

/// Fields told at most; a webhook that rewrites everything is told by its first few.
const MOST: usize = 8;

/// Parts of an object that a human or admission writes; the rest is the server's.
const PARTS: [&str; 3] = ["/spec", "/metadata/labels", "/metadata/annotations"];

/// The fields that differ and that the plan does not name. Empty where nothing was read to compare with.
pub(super) fn also(plan: &Plan, materials: &Materials, object: &str) -> Vec<Untrusted> {
    // A subresource answers with an object of its own, of which nothing was read.
    if plan.target.subresource.is_some() {
        return Vec::new();
    }
    // More than the target may have been read, in any order.
    let itself = materials
        .answers
        .iter()
        .find(|(need, _)| need.path() == plan.target.path);
    let read = itself.and_then(|(_, answer)| match answer {
        Answer::Found(text) => Some(text),
        Answer::Gone | Answer::Failed(_) => None,
    });
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (Some(before), Some(after)) = (read.and_then(|text| parse(text)), parse(object)) else {
        return Vec::new();
    };
    let mut found = BTreeSet::new();
    for part in PARTS {
        differences(part, before.pointer(part), after.pointer(part), &mut found);
    }
    let named = changed_paths(plan);
    let is_ours = |path: &String| {
        named
            .iter()
            .any(|name| path.starts_with(name.as_str()) || name.starts_with(path.as_str()))
    };
    found
        .into_iter()
        .filter(|path| !is_ours(path))
        .take(MOST)
        .map(Untrusted::from)
        .collect()
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
