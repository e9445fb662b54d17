//! Pod templates as JSON: what differs between two, and which configuration they name. Knows nothing of who runs them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::{Change, Image, Untrusted};

use super::request::masked;

/// Lists whose items are known by a field rather than by their place.
const KEYED: [(&str, &str); 10] = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("env", "name"),
    ("volumes", "name"),
    ("volumeMounts", "mountPath"),
    ("ports", "containerPort"),
    ("imagePullSecrets", "name"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
];

/// The label that the controller adds to the template of a `ReplicaSet`.
const HASH_LABEL: &str = "pod-template-hash";

/// The template of a `ReplicaSet` as its workload had it: without the controller's own label.
pub(super) fn without_hash(mut template: Value) -> Value {
    if let Some(labels) = template
        .pointer_mut("/metadata/labels")
        .and_then(Value::as_object_mut)
    {
        labels.remove(HASH_LABEL);
    }
    template
}

/// The regular containers of a template in its order, each with its image.
pub(super) fn images_of(template: &Value) -> Vec<(Untrusted, Option<Image>)> {
    let text = |item: &Value, field: &str| item.get(field).and_then(Value::as_str).map(Untrusted::from);
    items(template.get("spec").unwrap_or(&Value::Null), "containers")
        .map(|item| {
            let name = text(item, "name").unwrap_or_else(|| Untrusted::from(""));
            (name, text(item, "image").map(Image))
        })
        .collect()
}

/// What differs between two templates, field by field: images first, then in reading order. Values of the environment are
/// told by a hash.
pub fn template_changes(before: &Value, after: &Value) -> Vec<Change> {
    let (before, after) = (
        without_hash(masked(before.clone())),
        without_hash(masked(after.clone())),
    );
    let mut changes = Vec::new();
    compare("", Some(&before), Some(&after), &mut changes);
    let is_image = |change: &Change| change.field.rsplit('.').next() == Some("image");
    changes.sort_by_key(|change| !is_image(change));
    changes
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                compare(&below(path, name), old.get(name), new.get(name), changes);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if key_of(path, old, new).is_some() => {
            let key = key_of(path, old, new).unwrap_or_default();
            let (mut seen, already) = (BTreeSet::new(), changes.len());
            for item in new.iter().chain(old) {
                let name = named(item, key);
                if seen.insert(name.clone()) {
                    let find = |list: &[Value]| list.iter().find(|it| named(it, key) == name).cloned();
                    let (old, new) = (find(old), find(new));
                    compare(&format!("{path}[{name}]"), old.as_ref(), new.as_ref(), changes);
                }
            }
            if changes.len() == already {
                changes.push(order(path, old, new, key));
            }
        }
        (before, after) => changes.push(Change {
            field: path.to_owned(),
            from: text(before),
            to: text(after),
        }),
    }
}

/// Same items in another order: that is a change too.
fn order(path: &str, old: &[Value], new: &[Value], key: &str) -> Change {
    let names = |list: &[Value]| {
        let names: Vec<String> = list.iter().map(|item| named(item, key)).collect();
        Untrusted::from(names.join(", "))
    };
    Change {
        field: format!("{path} (order)"),
        from: names(old),
        to: names(new),
    }
}

/// The field that items of this list are known by, if each item has another value of it.
fn key_of(path: &str, old: &[Value], new: &[Value]) -> Option<&'static str> {
    let last = path.rsplit(['.', ']']).next().unwrap_or(path);
    let (_, key) = KEYED.iter().find(|(list, _)| *list == last)?;
    let distinct = |list: &[Value]| {
        let names: BTreeSet<String> = list
            .iter()
            .filter(|item| item.get(key).is_some())
            .map(|item| named(item, key))
            .collect();
        names.len() == list.len()
    };
    (distinct(old) && distinct(new)).then_some(*key)
}

fn named(item: &Value, key: &str) -> String {
    match item.get(key) {
        Some(Value::String(name)) => name.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// `spec` stands for itself: nearly every field is below it.
fn below(path: &str, name: &str) -> String {
    let plain = name
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || "-_".contains(character));
    match (path, plain) {
        ("" | "spec", true) => name.to_owned(),
        ("" | "spec", false) => format!("[{name}]"),
        (_, true) => format!("{path}.{name}"),
        (_, false) => format!("{path}[{name}]"),
    }
}

/// A field for the screen; a dash where there is none.
pub(super) fn text(value: Option<&Value>) -> Untrusted {
    match value {
        None => Untrusted::from("–"),
        Some(Value::String(text)) => Untrusted::from(text.as_str()),
        Some(other) => Untrusted::from(other.to_string()),
    }
}

/// A `ConfigMap` or Secret that a template names. What is in it does not roll back with the template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ConfigName {
    pub(super) secret: bool,
    pub(super) name: String,
    /// Pods start without it.
    pub(super) optional: bool,
}

/// Every `ConfigMap` and Secret that pods of this template read, each once.
pub(super) fn config_names(template: &Value) -> Vec<ConfigName> {
    let mut found = Vec::new();
    let spec = template.get("spec").unwrap_or(&Value::Null);
    for volume in items(spec, "volumes") {
        source(volume, "configMap", "name", false, &mut found);
        source(volume, "secret", "secretName", true, &mut found);
        for part in items(volume.get("projected").unwrap_or(&Value::Null), "sources") {
            source(part, "configMap", "name", false, &mut found);
            source(part, "secret", "name", true, &mut found);
        }
    }
    for container in items(spec, "initContainers").chain(items(spec, "containers")) {
        for from in items(container, "envFrom") {
            source(from, "configMapRef", "name", false, &mut found);
            source(from, "secretRef", "name", true, &mut found);
        }
        for variable in items(container, "env") {
            let from = variable.get("valueFrom").unwrap_or(&Value::Null);
            source(from, "configMapKeyRef", "name", false, &mut found);
            source(from, "secretKeyRef", "name", true, &mut found);
        }
    }
    // One that is needed anywhere is needed.
    found.sort();
    found.dedup_by(|later, first| (later.secret, &later.name) == (first.secret, &first.name));
    found
}

fn items<'a>(value: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    value.get(list).and_then(Value::as_array).into_iter().flatten()
}

fn source(holder: &Value, field: &str, key: &str, secret: bool, found: &mut Vec<ConfigName>) {
    let Some(reference) = holder.get(field) else {
        return;
    };
    if let Some(name) = reference.get(key).and_then(Value::as_str) {
        found.push(ConfigName {
            secret,
            name: name.to_owned(),
            optional: reference.get("optional") == Some(&Value::Bool(true)),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(before: &Value, after: &Value) -> Vec<String> {
        template_changes(before, after)
            .into_iter()
            .map(|it| format!("{}: {} -> {}", it.field, it.from, it.to))
            .collect()
    }

    #[test]
    fn differences_are_told_by_names_and_images_come_first() {
        let before = json!({
            "metadata": { "labels": { "app": "web", "pod-template-hash": "abc" } },
            "spec": { "containers": [
                { "name": "web", "image": "shop/web:v1", "resources": { "limits": { "memory": "1Gi" } } },
                { "name": "side", "image": "side:1" },
            ] },
        });
        let after = json!({
            "metadata": { "labels": { "app": "web" }, "annotations": { "a/b": "1" } },
            "spec": { "containers": [
                { "name": "web", "image": "shop/web:v2", "resources": { "limits": { "memory": "2Gi" } },
                  "env": [{ "name": "TOKEN", "value": "s3cret" }] },
            ], "futureField": { "x": 1 } },
        });
        assert_eq!(
            lines(&before, &after),
            [
                "containers[web].image: shop/web:v1 -> shop/web:v2",
                "metadata.annotations: – -> {\"a/b\":\"1\"}",
                "containers[web].env: – -> [{\"name\":\"TOKEN\",\"value\":\"sha256:1ec1c26b50d5\"}]",
                "containers[web].resources.limits.memory: 1Gi -> 2Gi",
                "containers[side]: {\"image\":\"side:1\",\"name\":\"side\"} -> –",
                "futureField: – -> {\"x\":1}",
            ]
        );
    }

    #[test]
    fn another_order_is_a_change() {
        let list = |names: [&str; 2]| json!({ "spec": { "containers": [{ "name": names[0] }, { "name": names[1] }] } });
        assert_eq!(
            lines(&list(["a", "b"]), &list(["b", "a"])),
            ["containers (order): a, b -> b, a"]
        );
    }

    #[test]
    fn configuration_is_found_wherever_a_template_names_it() {
        let template = json!({ "spec": {
            "volumes": [
                { "name": "a", "configMap": { "name": "web-config" } },
                { "name": "b", "secret": { "secretName": "web-tls", "optional": true } },
                { "name": "c", "projected": { "sources": [{ "secret": { "name": "ca" } }] } },
            ],
            "containers": [{
                "envFrom": [{ "configMapRef": { "name": "web-env" } }],
                "env": [{ "name": "X", "valueFrom": { "secretKeyRef": { "name": "web-tls", "key": "x" } } }],
            }],
        } });
        let names: Vec<String> = config_names(&template)
            .into_iter()
            .map(|it| {
                format!(
                    "{}{}{}",
                    if it.secret { "s:" } else { "c:" },
                    it.name,
                    if it.optional { "?" } else { "" }
                )
            })
            .collect();
        assert_eq!(names, ["c:web-config", "c:web-env", "s:ca", "s:web-tls"]);
    }
}
