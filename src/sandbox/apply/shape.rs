//! How a value is taken apart: by its fields, by the keys of its elements, by its elements, or not at all.

use serde_json::{Map, Value};

/// What a value is made of, as the owners of its parts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Each field has owners of its own.
    Fields,
    /// Each element is found by these fields of it.
    Keyed(&'static [&'static str]),
    /// Each element stands for itself.
    Set,
    /// One owner for all of it.
    Whole,
}

/// The shape of what stands in a field.
pub(super) fn shape(field: &str, value: &Value) -> Shape {
    match value {
        // Selectors and the like change as a whole, or select what nobody meant.
        Value::Object(_) if ["selector", "nodeSelector"].contains(&field) => Shape::Whole,
        Value::Object(_) => Shape::Fields,
        Value::Array(elements) if elements.iter().all(Value::is_object) => keyed(field, elements),
        Value::Array(elements) if field == "finalizers" && elements.iter().all(Value::is_string) => {
            Shape::Set
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Shape::Whole,
    }
}

fn keyed(field: &str, elements: &[Value]) -> Shape {
    let keys: &[&str] = match field {
        "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "env" | "imagePullSecrets" => {
            &["name"]
        }
        "volumeMounts" => &["mountPath"],
        "conditions" => &["type"],
        "ownerReferences" => &["uid"],
        "hostAliases" => &["ip"],
        "ports" if elements.iter().any(|it| it.get("containerPort").is_some()) => {
            &["containerPort", "protocol"]
        }
        "ports" => &["port", "protocol"],
        _ => return Shape::Whole,
    };
    // Elements that lack their key, or have the same one, cannot be told apart.
    let names: Vec<String> = elements.iter().map(|it| key(keys, it)).collect();
    let has_key = |it: &Value| keys.first().is_some_and(|first| it.get(first).is_some());
    let unique = names
        .iter()
        .enumerate()
        .all(|(index, name)| !names.iter().skip(index + 1).any(|other| other == name));
    if elements.iter().all(has_key) && unique {
        Shape::Keyed(keys)
    } else {
        Shape::Whole
    }
}

/// The parts of a value of that shape, by what the API calls them.
pub(super) fn parts(shape: Shape, value: &Value) -> Vec<(String, &Value)> {
    match (shape, value) {
        (Shape::Fields, Value::Object(fields)) => fields
            .iter()
            .map(|(field, value)| (format!("f:{field}"), value))
            .collect(),
        (Shape::Keyed(keys), Value::Array(elements)) => {
            elements.iter().map(|it| (key(keys, it), it)).collect()
        }
        (Shape::Set, Value::Array(elements)) => elements.iter().map(|it| (format!("v:{it}"), it)).collect(),
        (Shape::Fields | Shape::Keyed(_) | Shape::Set | Shape::Whole, _) => Vec::new(),
    }
}

/// What an element is called.
pub(super) fn key(keys: &[&str], element: &Value) -> String {
    let named = keys.iter().filter_map(|key| {
        let value = element.get(key).cloned();
        let usual = (*key == "protocol").then(|| Value::from("TCP"));
        Some(((*key).to_owned(), value.or(usual)?))
    });
    format!("k:{}", Value::Object(named.collect::<Map<String, Value>>()))
}

/// The name of the field that a part is called by; empty for elements.
pub(super) fn field(part: &str) -> &str {
    part.strip_prefix("f:").unwrap_or_default()
}
