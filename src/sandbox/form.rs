//! The forms in which objects are handed out: one, a list, the metadata alone, a table, the scale.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::json::{at, number, set};
use super::resource::{DEPLOYMENTS, Resource};
use super::table;

/// How much of each object is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    /// `PartialObjectMetadata`.
    Metadata,
    /// Rows, and what goes with each.
    Table(Beside),
}

/// What of the object goes with its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    Nothing,
    Metadata,
    Whole,
}

impl Extent {
    /// What an `Accept` header asks for, and `includeObject` besides. Of several, the first that is known.
    pub(super) fn of(accept: &str, include: &str) -> Self {
        let known = accept.split(',').find_map(|one| {
            let parts: Vec<&str> = one.split(';').map(str::trim).collect();
            // Nothing but JSON is spoken.
            if !["application/json", "*/*"].contains(parts.first()?) {
                return None;
            }
            let form = parts.iter().find_map(|part| part.strip_prefix("as="));
            match form {
                None => Some(Self::Whole),
                _ if parts.contains(&"v=v1beta1") => None,
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") => Some(Self::Metadata),
                Some("Table") => Some(Self::Table(match include {
                    "None" => Beside::Nothing,
                    "Object" => Beside::Whole,
                    _ => Beside::Metadata,
                })),
                Some(_) => None,
            }
        });
        known.unwrap_or(Self::Whole)
    }

    /// The object in that form, at that time.
    pub(super) fn one(self, resource: &Resource, bytes: &Bytes, now: Timestamp) -> Bytes {
        let read = || served(resource, serde_json::from_slice(bytes).unwrap_or_default());
        match self {
            Self::Whole if resource.converts() => Bytes::from(read().to_string()),
            Self::Whole => bytes.clone(),
            Self::Metadata => Bytes::from(metadata(&read()).to_string()),
            Self::Table(beside) => {
                let object = read();
                let version = at(&object, &["metadata", "resourceVersion"]);
                let row = beside.row(resource, &object, now);
                let meta = json!({ "resourceVersion": version });
                Bytes::from(
                    json!({
                        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta,
                        "columnDefinitions": table::head(resource), "rows": [row],
                    })
                    .to_string(),
                )
            }
        }
    }

    /// Many, without reading them. In a list of a built-in kind only the list says what it is of.
    pub(super) fn many<'a>(
        self,
        resource: &Resource,
        meta: &Value,
        objects: impl Iterator<Item = &'a Bytes>,
        now: Timestamp,
    ) -> Bytes {
        let head = match self {
            Self::Whole => {
                let (kind, version) = (resource.list_kind(), resource.api_version());
                format!(r#"{{"kind":"{kind}","apiVersion":"{version}","metadata":{meta},"items":["#)
            }
            Self::Metadata => format!(
                r#"{{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{meta},"items":["#
            ),
            Self::Table(_) => format!(
                r#"{{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{meta},"columnDefinitions":{},"rows":["#,
                table::head(resource)
            ),
        };
        let own = format!(
            r#"{{"apiVersion":"{}","kind":"{}","#,
            resource.api_version(),
            resource.kind
        );
        let mut body = head.into_bytes();
        for (index, object) in objects.enumerate() {
            if index > 0 {
                body.push(b',');
            }
            if let Self::Table(beside) = self {
                let object = served(resource, serde_json::from_slice(object).unwrap_or_default());
                body.extend_from_slice(beside.row(resource, &object, now).to_string().as_bytes());
                continue;
            }
            let object = self.one(resource, object, now);
            let rest = object
                .strip_prefix(own.as_bytes())
                .filter(|_| self == Self::Whole && resource.custom.is_none());
            match rest {
                Some(rest) => {
                    body.push(b'{');
                    body.extend_from_slice(rest);
                }
                None => body.extend_from_slice(&object),
            }
        }
        body.extend_from_slice(b"]}");
        Bytes::from(body)
    }
}

impl Beside {
    fn row(self, resource: &Resource, object: &Value, now: Timestamp) -> Value {
        match self {
            Self::Nothing => table::row(resource, object, &Value::Null, now),
            Self::Metadata => table::row(resource, object, &metadata(object), now),
            Self::Whole => table::row(resource, object, object, now),
        }
    }
}

fn metadata(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": at(object, &["metadata"]),
    })
}

/// An object as this version of its kind has it.
pub(super) fn served(resource: &Resource, mut object: Value) -> Value {
    if resource.converts() {
        set(&mut object, &["apiVersion"], resource.api_version());
    }
    object
}

/// The replicas that a `Scale` asks for, at their place in the object.
pub(super) fn set_replicas(resource: &Resource, object: &mut Value, replicas: i64) {
    let path = resource.custom.as_ref().map(|custom| custom.replicas.as_slice());
    let path: Vec<&str> = match path.filter(|path| !path.is_empty()) {
        Some(path) => path.iter().map(String::as_str).collect(),
        None => vec!["spec", "replicas"],
    };
    set(object, &path, replicas);
}

/// The `Scale` of a workload.
pub(super) fn scale(resource: &Resource, object: &Value) -> Value {
    let mut scale = json!({ "kind": "Scale", "apiVersion": "autoscaling/v1", "spec": {} });
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        set(
            &mut scale,
            &["metadata", field],
            at(object, &["metadata", field]).clone(),
        );
    }
    // As Go leaves out what is zero.
    let custom = resource.custom.as_deref();
    let count = |custom: Option<&[String]>, usual: &[&str]| match custom {
        Some(path) => number(object, &path.iter().map(String::as_str).collect::<Vec<_>>()),
        None => number(object, usual),
    };
    let wanted = count(custom.map(|it| it.replicas.as_slice()), &["spec", "replicas"]);
    if let Some(replicas) = wanted.filter(|it| *it != 0) {
        set(&mut scale, &["spec", "replicas"], replicas);
    }
    let there = count(
        custom.map(|it| it.replicas_there.as_slice()),
        &["status", "replicas"],
    );
    set(&mut scale, &["status", "replicas"], there.unwrap_or(0));
    if let Some(custom) = custom {
        let path: Vec<&str> = custom.selector.iter().map(String::as_str).collect();
        let selector = super::json::text(object, &path);
        if !path.is_empty() && !selector.is_empty() {
            set(&mut scale, &["status", "selector"], selector);
        }
        return scale;
    }
    let pairs = at(object, &["spec", "selector", "matchLabels"]).as_object();
    let pairs: Vec<String> = pairs
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    if resource.id() == DEPLOYMENTS || !pairs.is_empty() {
        set(&mut scale, &["status", "selector"], pairs.join(","));
    }
    scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_that_is_known_is_taken() {
        let table = Extent::Table(Beside::Metadata);
        for (accept, extent) in [
            ("", Extent::Whole),
            ("*/*", Extent::Whole),
            (
                "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
                table,
            ),
            (
                "application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1, application/json",
                Extent::Whole,
            ),
            (
                "application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
                Extent::Whole,
            ),
            (
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
                Extent::Metadata,
            ),
        ] {
            assert_eq!(Extent::of(accept, ""), extent, "{accept}");
        }
    }
}
