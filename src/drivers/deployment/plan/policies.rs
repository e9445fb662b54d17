//! `NetworkPolicies` that select pods of one revision and not of another: who may talk to them changes with the labels. Read
//! only when labels differ; evaluated as the API does it (`matchLabels` and `matchExpressions`, all of them).

use serde_json::Value;

use crate::domain::{Answer, Materials, Need, Note, Rollout, Untrusted};
use crate::drivers::request::segment;

use super::object::Object;
use super::parts::note;

/// Policies told at most.
const MOST: usize = 10;

/// Where the policies of its namespace are read.
pub(super) fn need(rollout: &Rollout) -> Need {
    let namespace = segment(rollout.key.name.namespace.raw());
    Need::Object {
        path: format!("/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies"),
    }
}

/// Whether going from the template of now to `then` changes labels of pods.
pub(super) fn labels_differ(object: &Object, then: &Value) -> bool {
    labels(&object.field("/spec/template")) != labels(then)
}

/// The policies that hold for one of them only.
pub(super) fn notes(rollout: &Rollout, object: &Object, then: &Value, materials: &Materials) -> Vec<Note> {
    if !labels_differ(object, then) {
        return Vec::new();
    }
    let cannot = |why: &str| {
        let words = format!("whether NetworkPolicies select this revision's labels is not known: {why}");
        vec![note("policies", words, false)]
    };
    let list: Value = match materials.answer(&need(rollout)) {
        Some(Answer::Found(text)) => match serde_json::from_str(text) {
            Ok(list) => list,
            Err(error) => return cannot(&error.to_string()),
        },
        Some(Answer::Failed(why)) => return cannot(why),
        Some(Answer::Gone) | None => return cannot("they are not served here"),
    };
    let now = labels(&object.field("/spec/template"));
    let then = labels(then);
    let items = list.pointer("/items").and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(|policy| {
            let selector = policy.pointer("/spec/podSelector")?;
            let name = Untrusted::from(policy.pointer("/metadata/name")?.as_str()?);
            match (selects(selector, &now), selects(selector, &then)) {
                (true, false) => Some(note(
                    "loses",
                    format!("NetworkPolicy {name} does not select this revision's labels: what it allows and forbids ends"),
                    true,
                )),
                (false, true) => Some(note(
                    "gains",
                    format!("NetworkPolicy {name} selects this revision's labels: what it allows and forbids begins"),
                    true,
                )),
                (true, true) | (false, false) => None,
            }
        })
        .take(MOST)
        .collect()
}

/// The labels of a template, without the controller's own.
fn labels(template: &Value) -> Value {
    let mut labels = template
        .pointer("/metadata/labels")
        .cloned()
        .unwrap_or(Value::Null);
    if let Some(labels) = labels.as_object_mut() {
        labels.remove("pod-template-hash");
    }
    labels
}

fn selects(selector: &Value, labels: &Value) -> bool {
    let wanted = selector.get("matchLabels").and_then(Value::as_object);
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    wanted
        .into_iter()
        .flatten()
        .all(|(name, value)| labels.get(name) == Some(value))
        && expressions.into_iter().flatten().all(|it| holds(it, labels))
}

/// An operator that is not known selects nothing, as the server would not have taken it.
fn holds(expression: &Value, labels: &Value) -> bool {
    let text = |field: &str| expression.get(field).and_then(Value::as_str).unwrap_or_default();
    let values = expression.get("values").and_then(Value::as_array);
    let value = labels.get(text("key"));
    let listed = value.is_some_and(|value| values.is_some_and(|it| it.contains(value)));
    match text("operator") {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _unknown => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_selector_selects_as_the_api_says() {
        let labels = json!({ "app": "web", "track": "canary" });
        let expression = |operator: &str, key: &str, values: &[&str]| json!({ "matchExpressions": [{ "key": key, "operator": operator, "values": values }] });
        let cases = [
            (json!({}), true),
            (json!({ "matchLabels": { "app": "web" } }), true),
            (json!({ "matchLabels": { "app": "web", "tier": "x" } }), false),
            (expression("In", "track", &["canary", "stable"]), true),
            (expression("In", "tier", &["x"]), false),
            (expression("NotIn", "track", &["canary"]), false),
            (expression("NotIn", "tier", &["x"]), true),
            (expression("Exists", "track", &[]), true),
            (expression("DoesNotExist", "track", &[]), false),
            (expression("Gt", "track", &["1"]), false),
        ];
        for (selector, selected) in cases {
            assert_eq!(selects(&selector, &labels), selected, "{selector}");
        }
    }
}
