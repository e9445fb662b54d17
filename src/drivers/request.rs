//! What every driver's requests to Kubernetes are made of: paths, JSON patches, and bodies that may be shown.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::domain::{Method, Name, Transport, Write};

/// The manager under which the server files what this program writes.
const FIELD_MANAGER: &str = "flightdeck";

/// Where an object of the `apps` group is read and patched.
pub(super) fn apps_path(resource: &str, name: &Name) -> String {
    let (namespace, name) = (segment(name.namespace.raw()), segment(name.name.raw()));
    format!("/apis/apps/v1/namespaces/{namespace}/{resource}/{name}")
}

/// Where an object of Argo Rollouts is read.
pub(super) fn argo_path(resource: &str, name: &Name) -> String {
    let (namespace, name) = (segment(name.namespace.raw()), segment(name.name.raw()));
    format!("/apis/argoproj.io/v1alpha1/namespaces/{namespace}/{resource}/{name}")
}

/// Where an object of the core group is read.
pub(super) fn core_path(resource: &str, name: &Name) -> String {
    let (namespace, name) = (segment(name.namespace.raw()), segment(name.name.raw()));
    format!("/api/v1/namespaces/{namespace}/{resource}/{name}")
}

/// One part of a path. Names of objects need no escape; what is no name must not become a path.
pub(super) fn segment(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// A JSON patch of the object at `path`.
pub(super) fn json_patch(path: &str, operations: Vec<Value>) -> Write {
    let shown: Vec<String> = operations
        .iter()
        .map(|operation| masked(operation.clone()).to_string())
        .collect();
    Write {
        transport: Transport::Kubernetes,
        method: Method::Patch,
        path: format!("{path}?fieldManager={FIELD_MANAGER}"),
        content_type: "application/json-patch+json",
        body: Arc::from(Value::Array(operations).to_string()),
        shown: Arc::from(shown.join("\n")),
    }
}

/// The server refuses the whole patch unless `path` holds `value`; `null` tests that it is absent.
pub(super) fn test(path: &str, value: Value) -> Value {
    operation("test", path, value)
}

/// Sets `path`, which may or may not exist below an existing parent.
pub(super) fn add(path: &str, value: Value) -> Value {
    operation("add", path, value)
}

/// Sets `path`, which must exist.
pub(super) fn replace(path: &str, value: Value) -> Value {
    operation("replace", path, value)
}

fn operation(op: &str, path: &str, value: Value) -> Value {
    let mut operation = json!({ "op": op, "path": path });
    if let Some(fields) = operation.as_object_mut() {
        fields.insert("value".to_owned(), value);
    }
    operation
}

/// Takes `path` away.
pub(super) fn remove(path: &str) -> Value {
    json!({ "op": "remove", "path": path })
}

/// The same with the values of environment variables replaced by a hash: they may be secrets, and still tell whether two
/// are the same.
pub(super) fn masked(mut value: Value) -> Value {
    mask(&mut value);
    value
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                if let (true, Value::Array(variables)) = (name == "env", &mut *field) {
                    variables.iter_mut().for_each(mask_variable);
                }
                mask(field);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn mask_variable(variable: &mut Value) {
    if let Some(value) = variable.get_mut("value") {
        let hash = value
            .as_str()
            .map_or_else(|| short_hash(&value.to_string()), short_hash);
        *value = Value::String(hash);
    }
}

/// Enough of a hash to tell two texts apart.
pub(super) fn short_hash(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(6).fold("sha256:".to_owned(), |mut short, byte| {
        // Writing to memory cannot fail.
        let _ = write!(short, "{byte:02x}");
        short
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_the_environment_are_sent_and_not_shown() {
        let template = json!({ "spec": { "containers": [{ "name": "web", "env": [{ "name": "TOKEN", "value": "s3cret" }] }] } });
        let write = json_patch("/x", vec![test("/spec/template", template)]);
        assert!(write.body.contains("s3cret"));
        assert!(
            !write.shown.contains("s3cret")
                && write.shown.contains("TOKEN")
                && write.shown.contains("sha256:")
        );
    }

    #[test]
    fn what_is_no_name_does_not_become_a_path() {
        let path = apps_path("deployments", &Name::new("shop", "../../secrets?x=1"));
        assert_eq!(
            path,
            "/apis/apps/v1/namespaces/shop/deployments/..%2F..%2Fsecrets%3Fx%3D1"
        );
    }
}
