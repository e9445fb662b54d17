//! Pod templates: images, labels and a digest that tells whether two are the same.
//!
//! The rest of a template is not kept; a write that carries one is built from a raw read.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::domain::{Image, Untrusted};

use super::raw::{Labels, Null, Text};
use super::{Interner, Pairs};

/// The annotation that `kubectl rollout restart` sets, and so does this program.
pub const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// Labels that controllers add to the templates of their `ReplicaSet`s.
const HASH_LABELS: [&str; 2] = ["pod-template-hash", "rollouts-pod-template-hash"];

/// What is kept of a pod template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodTemplate {
    pub labels: Pairs,
    /// Regular containers, in the template's order.
    pub containers: Arc<[Container]>,
    pub init_containers: Arc<[Container]>,
    /// Equal for templates that differ in controllers' hash labels only.
    pub digest: u64,
    pub restarted_at: Option<Untrusted>,
}

/// A container of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Container {
    pub name: Untrusted,
    pub image: Option<Image>,
}

impl PodTemplate {
    /// Each container with its image, init containers first: what a revision shows.
    pub fn images(&self) -> Vec<(Untrusted, Image)> {
        self.init_containers
            .iter()
            .chain(self.containers.iter())
            .filter_map(|container| Some((container.name.clone(), container.image.clone()?)))
            .collect()
    }

    /// The image of the container of that name.
    pub fn image_of(&self, name: &Untrusted) -> Option<&Image> {
        self.containers
            .iter()
            .chain(self.init_containers.iter())
            .find(|container| container.name == *name)?
            .image
            .as_ref()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawTemplate<'a> {
    #[serde(borrow)]
    metadata: Null<RawTemplateMeta<'a>>,
    spec: Null<RawPodSpec<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawTemplateMeta<'a> {
    #[serde(borrow)]
    labels: Null<Labels<'a>>,
    annotations: Null<Labels<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawPodSpec<'a> {
    #[serde(borrow)]
    containers: Null<Vec<RawContainer<'a>>>,
    init_containers: Null<Vec<RawContainer<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawContainer<'a> {
    #[serde(borrow)]
    name: Null<Text<'a>>,
    image: Option<Text<'a>>,
}

/// Reads a template; one that is absent is empty.
pub(super) fn keep(raw: Option<&RawValue>, interner: &mut Interner) -> serde_json::Result<PodTemplate> {
    let text = raw.map_or("null", RawValue::get);
    let template = serde_json::from_str::<Null<RawTemplate<'_>>>(text)?.0;
    let meta = template.metadata.0;
    Ok(PodTemplate {
        restarted_at: meta.annotations.0.text(RESTARTED_AT),
        labels: meta.labels.0.keep(interner),
        containers: containers(&template.spec.0.containers.0, interner),
        init_containers: containers(&template.spec.0.init_containers.0, interner),
        digest: digest(&serde_json::from_str(text)?),
    })
}

fn containers(raw: &[RawContainer<'_>], interner: &mut Interner) -> Arc<[Container]> {
    raw.iter()
        .map(|container| Container {
            name: interner.text(&container.name.0.0),
            image: container
                .image
                .as_ref()
                .map(|image| Image(interner.text(&image.0))),
        })
        .collect()
}

/// A digest over all fields of a template, whatever their order, without nulls and controllers' hash labels.
pub fn digest(template: &Value) -> u64 {
    let mut hash = Sha256::new();
    fold(template, &mut hash);
    let bytes: [u8; 32] = hash.finalize().into();
    bytes
        .iter()
        .take(8)
        .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

fn fold(value: &Value, hash: &mut Sha256) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields
                .iter()
                .filter(|(key, value)| !value.is_null() && !HASH_LABELS.contains(&key.as_str()))
                .collect();
            fields.sort_by_key(|(key, _)| key.as_str());
            hash.update(b"{");
            for (key, value) in fields {
                hash.update(Value::from(key.as_str()).to_string());
                hash.update(b":");
                fold(value, hash);
            }
            hash.update(b"}");
        }
        Value::Array(items) => {
            hash.update(b"[");
            for item in items {
                fold(item, hash);
                hash.update(b",");
            }
            hash.update(b"]");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => hash.update(value.to_string()),
    }
}
