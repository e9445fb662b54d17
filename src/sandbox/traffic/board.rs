//! Who stands behind which Service now, and what runs there: read off the objects whenever one changes, and kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use crate::sandbox::objects::Objects;
use crate::sandbox::resource::{PODS, SLICES};
use crate::sandbox::store::{Key, Stored};

/// Namespace and name.
pub(super) type Place = (Arc<str>, Arc<str>);

/// A container that answers requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Container {
    pub(super) image: Arc<str>,
    pub(super) restarts: u32,
    /// `None` while it does not run.
    pub(super) since: Option<Timestamp>,
}

/// An endpoint of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) pod: Arc<str>,
    pub(super) is_ready: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Board {
    seen: u64,
    /// By slice, the Service and its endpoints.
    slices: BTreeMap<Place, (Arc<str>, Vec<Endpoint>)>,
    pods: BTreeMap<Place, Container>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Slice {
    metadata: SliceMeta,
    endpoints: Vec<RawEndpoint>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SliceMeta {
    labels: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawEndpoint {
    conditions: Conditions,
    target_ref: Target,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Conditions {
    ready: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Target {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pod {
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    container_statuses: Vec<RawContainer>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawContainer {
    image: String,
    restart_count: u32,
    state: BTreeMap<String, Running>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Running {
    started_at: Option<Timestamp>,
}

impl Board {
    /// Sees what changed since the last look.
    pub(super) fn look(&mut self, objects: &Objects) {
        if let Ok(changes) = objects.store.since(self.seen) {
            for change in changes {
                let object = (!change.deleted).then_some(&change.object);
                self.note(&change.key, object);
            }
        } else {
            // More than is remembered: everything is looked at.
            self.slices.clear();
            self.pods.clear();
            for resource in [PODS, SLICES] {
                for (key, stored) in objects.store.list(resource, None) {
                    self.note(key, Some(stored));
                }
            }
        }
        self.seen = objects.store.version();
    }

    fn note(&mut self, key: &Key, object: Option<&Arc<Stored>>) {
        let place = (Arc::clone(&key.namespace), Arc::clone(&key.name));
        match (&*key.resource, object) {
            (PODS, Some(stored)) => {
                let found = container(stored, self.pods.get(&place));
                self.pods.insert(place, found);
            }
            (PODS, None) => drop(self.pods.remove(&place)),
            (SLICES, Some(stored)) => {
                if let Some(slice) = slice(stored) {
                    self.slices.insert(place, slice);
                }
            }
            (SLICES, None) => drop(self.slices.remove(&place)),
            _ => {}
        }
    }

    /// The endpoints of a Service.
    pub(super) fn endpoints(&self, service: &Place) -> impl Iterator<Item = &Endpoint> {
        let first = (Arc::clone(&service.0), Arc::from(""));
        let namespace = Arc::clone(&service.0);
        let name = Arc::clone(&service.1);
        self.slices
            .range(first..)
            .take_while(move |((its, _), _)| *its == namespace)
            .filter(move |(_, (owner, _))| *owner == name)
            .flat_map(|(_, (_, endpoints))| endpoints)
    }

    /// What a pod runs.
    pub(super) fn container(&self, namespace: &Arc<str>, pod: &Arc<str>) -> Option<&Container> {
        self.pods.get(&(Arc::clone(namespace), Arc::clone(pod)))
    }
}

/// Pods of one image share its name.
fn container(stored: &Stored, before: Option<&Container>) -> Container {
    let pod: Pod = serde_json::from_slice(&stored.bytes).unwrap_or_default();
    let first = pod
        .status
        .container_statuses
        .into_iter()
        .next()
        .unwrap_or_default();
    let image = before
        .map(|it| Arc::clone(&it.image))
        .filter(|it| **it == *first.image);
    Container {
        image: image.unwrap_or_else(|| first.image.into()),
        restarts: first.restart_count,
        since: first.state.get("running").and_then(|it| it.started_at),
    }
}

fn slice(stored: &Stored) -> Option<(Arc<str>, Vec<Endpoint>)> {
    let slice: Slice = serde_json::from_slice(&stored.bytes).ok()?;
    let service = slice.metadata.labels.get("kubernetes.io/service-name")?;
    let endpoints = slice.endpoints.into_iter().map(|it| Endpoint {
        pod: it.target_ref.name.into(),
        is_ready: it.conditions.ready != Some(false),
    });
    Some((service.as_str().into(), endpoints.collect()))
}
