//! Patches as the API server takes them: JSON Patch, and merge patches. What a patched object may be is not decided here.

use serde_json::Value;

use super::refusal::Refusal;

/// Applies an RFC 6902 patch, whole or not at all. As in the real server a `test` for `null` holds where nothing is, if the
/// object above it is there.
pub(super) fn json_patch(object: &Value, body: &[u8]) -> Result<Value, Refusal> {
    let operations: Vec<Value> = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("error decoding patch: {error}")))?;
    let mut changed = object.clone();
    for operation in operations {
        if is_test_of_nothing(&operation) {
            if !is_nothing(
                &changed,
                operation.get("path").and_then(Value::as_str).unwrap_or_default(),
            ) {
                return Err(Refusal::patch_failed());
            }
            continue;
        }
        let operation = as_taken(&changed, operation);
        let one = serde_json::from_value(operation)
            .map_err(|error| Refusal::bad_request(format!("error decoding patch: {error}")))?;
        json_patch::patch(&mut changed, std::slice::from_ref(&one))
            .map_err(|_untold| Refusal::patch_failed())?;
    }
    Ok(changed)
}

/// As in the real server, what is not there is replaced all the same, if the object above it is there.
fn as_taken(object: &Value, mut operation: Value) -> Value {
    let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
    let above = path.rsplit_once('/').map(|(above, _)| above);
    let is_new = object.pointer(path).is_none()
        && above.is_some_and(|above| object.pointer(above).is_some_and(Value::is_object));
    if is_new && operation.get("op").and_then(Value::as_str) == Some("replace") {
        super::json::set(&mut operation, &["op"], "add");
    }
    operation
}

fn is_test_of_nothing(operation: &Value) -> bool {
    let is_test = operation.get("op").and_then(Value::as_str) == Some("test");
    is_test && operation.get("value").is_none_or(Value::is_null)
}

fn is_nothing(object: &Value, path: &str) -> bool {
    if let Some(found) = object.pointer(path) {
        return found.is_null();
    }
    let above = path.rsplit_once('/').map(|(above, _)| above);
    above.is_some_and(|above| object.pointer(above).is_some_and(Value::is_object))
}

/// Applies an RFC 7386 patch.
pub(super) fn merge_patch(object: &Value, body: &[u8]) -> Result<Value, Refusal> {
    let patch: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("error decoding patch: {error}")))?;
    if !patch.is_object() {
        return Err(Refusal::bad_request(
            "error decoding patch: an object was expected",
        ));
    }
    let mut changed = object.clone();
    json_patch::merge(&mut changed, &patch);
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(operations: &Value) -> Result<Value, u16> {
        let object = json!({ "spec": { "replicas": 3, "empty": null } });
        json_patch(&object, operations.to_string().as_bytes()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn absence_can_be_tested_and_absence_of_what_is_there_fails() {
        let test = |path: &str, value: Value| {
            patched(&json!([{ "op": "test", "path": path, "value": value }])).map(drop)
        };
        assert_eq!(test("/spec/paused", Value::Null), Ok(()));
        assert_eq!(test("/spec/empty", Value::Null), Ok(()));
        assert_eq!(test("/spec/replicas", json!(3)), Ok(()));
        assert_eq!(test("/spec/paused", json!(false)), Err(422));
        assert_eq!(test("/spec/replicas", Value::Null), Err(422));
        assert_eq!(test("/spec/a/b", Value::Null), Err(422), "its parent is missing");
    }

    #[test]
    fn what_is_not_there_is_replaced_and_not_removed() {
        let one = |op: &str, path: &str| patched(&json!([{ "op": op, "path": path, "value": true }]));
        assert_eq!(one("replace", "/spec/paused").unwrap()["spec"]["paused"], true);
        assert_eq!(one("replace", "/spec/none/paused"), Err(422));
        assert_eq!(one("remove", "/spec/paused"), Err(422));
        assert_eq!(patched(&json!({ "op": "add" })), Err(400));
        assert_eq!(patched(&json!([{ "op": "jump", "path": "/a" }])), Err(400));
    }

    #[test]
    fn null_in_a_merge_patch_removes() {
        let object = json!({ "a": 1, "b": { "c": 2, "d": 3 } });
        let merged = merge_patch(&object, br#"{"a":null,"b":{"c":4}}"#).unwrap();
        assert_eq!(merged, json!({ "b": { "c": 4, "d": 3 } }));
        assert_eq!(merge_patch(&object, b"[]").unwrap_err().code, 400);
    }
}
