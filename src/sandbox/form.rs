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
    pub(super) fn one(self, bytes: &Bytes) -> Bytes {
        match self {
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

    /// Many, without reading them. In a list of a built-in kind only the list says what it is of.
    pub(super) fn many<'a>(
        self,
        resource: &Resource,
        meta: &Value,
        objects: impl Iterator<Item = &'a Bytes>,
    ) -> Bytes {
        let (kind, version) = match self {
            Self::Whole => (format!("{}List", resource.kind), resource.api_version()),
            Self::Metadata => (
                "PartialObjectMetadataList".to_owned(),
                "meta.k8s.io/v1".to_owned(),
            ),
        };
        let own = format!(
            r#"{{"apiVersion":"{}","kind":"{}","#,
            resource.api_version(),
            resource.kind
        );
        let head = format!(r#"{{"kind":"{kind}","apiVersion":"{version}","metadata":{meta},"items":["#);
        let mut body = head.into_bytes();
        for (index, object) in objects.enumerate() {
            if index > 0 {
                body.push(b',');
            }
            let object = self.one(object);
            match object.strip_prefix(own.as_bytes()) {
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
    if let Some(replicas) = number(object, &["spec", "replicas"]).filter(|it| *it != 0) {
        set(&mut scale, &["spec", "replicas"], replicas);
    }
    set(
        &mut scale,
        &["status", "replicas"],
        number(object, &["status", "replicas"]).unwrap_or(0),
    );
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
