//! Strategic merge patches: merge patches in which the elements of some lists are found by a key. Which lists those are is known
//! for the kinds that are served; the order that a client wishes for is not kept.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// Applies one.
pub(super) fn strategic_patch(object: &Value, body: &[u8]) -> Result<Value, Refusal> {
    let patch: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("error decoding patch: {error}")))?;
    let Value::Object(patch) = patch else {
        return Err(Refusal::bad_request(
            "error decoding patch: an object was expected",
        ));
    };
    let mut changed = object.clone();
    merge(&mut changed, patch);
    Ok(changed)
}

/// What the elements of a list are found by; `None` where the list is replaced as a whole.
fn key_of(field: &str, elements: &[Value]) -> Option<&'static str> {
    match field {
        "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "env" | "imagePullSecrets" => {
            Some("name")
        }
        "volumeMounts" => Some("mountPath"),
        "conditions" => Some("type"),
        "ownerReferences" => Some("uid"),
        "ports" if elements.iter().any(|it| it.get("containerPort").is_some()) => Some("containerPort"),
        "ports" => Some("port"),
        _ => None,
    }
}

fn merge(into: &mut Value, mut patch: Map<String, Value>) {
    let directive = patch.remove("$patch");
    let kept = patch.remove("$retainKeys");
    if directive.as_ref().and_then(Value::as_str) == Some("replace") || !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let Some(into) = into.as_object_mut() else {
        return;
    };
    for (field, value) in patch {
        if field.starts_with('$') {
            delete_from(into, &field, &value);
            continue;
        }
        match value {
            Value::Null => drop(into.remove(&field)),
            Value::Object(inner) => {
                if inner.get("$patch").and_then(Value::as_str) == Some("delete") {
                    into.remove(&field);
                } else {
                    merge(into.entry(field).or_insert(Value::Null), inner);
                }
            }
            Value::Array(elements) => match key_of(&field, &elements) {
                Some(key) => merge_list(into.entry(field).or_insert(Value::Null), elements, key),
                None => drop(into.insert(field, Value::Array(elements))),
            },
            Value::Bool(_) | Value::Number(_) | Value::String(_) => drop(into.insert(field, value)),
        }
    }
    if let Some(Value::Array(kept)) = kept {
        into.retain(|field, _| kept.iter().any(|it| it.as_str() == Some(field)));
    }
}

/// `$deleteFromPrimitiveList/FIELD` takes words out of a list. The other directives wish for an order.
fn delete_from(into: &mut Map<String, Value>, directive: &str, words: &Value) {
    let list = directive
        .strip_prefix("$deleteFromPrimitiveList/")
        .and_then(|field| into.get_mut(field)?.as_array_mut());
    if let (Some(list), Some(words)) = (list, words.as_array()) {
        list.retain(|word| !words.contains(word));
    }
}

fn merge_list(into: &mut Value, elements: Vec<Value>, key: &str) {
    if !into.is_array() {
        *into = Value::Array(Vec::new());
    }
    let Some(into) = into.as_array_mut() else {
        return;
    };
    for element in elements {
        let Value::Object(element) = element else {
            continue;
        };
        let name = element.get(key).cloned();
        let place = into.iter().position(|it| it.get(key) == name.as_ref());
        if element.get("$patch").and_then(Value::as_str) == Some("delete") {
            if let Some(place) = place {
                into.remove(place);
            }
            continue;
        }
        if let Some(found) = place.and_then(|place| into.get_mut(place)) {
            merge(found, element);
        } else {
            let mut new = Value::Null;
            merge(&mut new, element);
            into.push(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn containers_are_found_by_their_name_and_everything_else_is_merged() {
        let pod = json!({ "spec": {
            "paused": true, "strategy": { "type": "RollingUpdate", "rollingUpdate": {} }, "args": ["a", "b"],
            "containers": [{ "name": "app", "image": "a:v1", "env": [{ "name": "A", "value": "1" }] }, { "name": "side", "image": "s" }],
        }});
        let patch = json!({ "spec": {
            "paused": null, "args": ["c"],
            "strategy": { "$retainKeys": ["type"], "type": "Recreate" },
            "$setElementOrder/containers": [{ "name": "app" }],
            "containers": [
                { "name": "app", "image": "a:v2", "env": [{ "name": "B", "value": "2" }] },
                { "name": "side", "$patch": "delete" },
                { "name": "new", "image": "n" },
            ],
        }});
        let told = strategic_patch(&pod, patch.to_string().as_bytes()).unwrap();
        assert_eq!(
            told,
            json!({ "spec": {
                "strategy": { "type": "Recreate" }, "args": ["c"],
                "containers": [
                    { "name": "app", "image": "a:v2", "env": [{ "name": "A", "value": "1" }, { "name": "B", "value": "2" }] },
                    { "name": "new", "image": "n" },
                ],
            }})
        );
        assert_eq!(strategic_patch(&pod, b"3").unwrap_err().code, 400);
    }
}
