//! The forms in which objects are handed out: one, a list, the metadata alone, the scale.

use bytes::Bytes;
use serde_json::{Value, json};

use super::json::{at, number, set};
use super::resource::{DEPLOYMENTS, Resource};

/// How much of each object is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    /// `PartialObjectMetadata`.
    Metadata,
}

impl Extent {
    /// What an `Accept` header asks for. Tables are not made: whoever asks for one takes plain objects too.
    pub(super) fn of(accept: &str) -> Self {
        let first = accept.split(',').next().unwrap_or_default();
        if first.contains("as=PartialObjectMetadata") {
            Self::Metadata
        } else {
            Self::Whole
        }
    }

    /// The object in that form.
    pub(super) fn one(self, resource: &Resource, bytes: &Bytes) -> Bytes {
        match self {
            Self::Whole if resource.converts() => {
                let object = serde_json::from_slice(bytes).unwrap_or_default();
                Bytes::from(served(resource, object).to_string())
            }
            Self::Whole => bytes.clone(),
            Self::Metadata => {
                let object: Value = serde_json::from_slice(bytes).unwrap_or_default();
                let partial = json!({
                    "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                    "metadata": at(&object, &["metadata"]),
                });
                Bytes::from(partial.to_string())
            }
        }
    }

    /// Many, without reading them.
    pub(super) fn many<'a>(
        self,
        resource: &Resource,
        meta: &Value,
        objects: impl Iterator<Item = &'a Bytes>,
    ) -> Bytes {
        let (kind, version) = match self {
            Self::Whole => (resource.list_kind(), resource.api_version()),
            Self::Metadata => (
                "PartialObjectMetadataList".to_owned(),
                "meta.k8s.io/v1".to_owned(),
            ),
        };
        let head = format!(r#"{{"kind":"{kind}","apiVersion":"{version}","metadata":{meta},"items":["#);
        let mut body = head.into_bytes();
        for (index, object) in objects.enumerate() {
            if index > 0 {
                body.push(b',');
            }
            body.extend_from_slice(&self.one(resource, object));
        }
        body.extend_from_slice(b"]}");
        Bytes::from(body)
    }
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
