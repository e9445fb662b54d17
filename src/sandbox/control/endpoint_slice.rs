//! The `EndpointSlice` controller: which pods stand behind a Service, one slice each.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::controllers::how;
use super::replica_set::ready_since;
use crate::sandbox::json::{at, list, set, text};
use crate::sandbox::objects::{Objects, Part};
use crate::sandbox::resource::{PODS, SLICES, by_id};
use crate::sandbox::store::{Key, Stored};

/// Writes the slice of a Service. Pods that change bring it back here.
pub(super) fn reconcile(objects: &mut Objects, key: &Key, now: Timestamp) -> Option<Timestamp> {
    let resource = by_id(SLICES)?;
    let service = objects.store.value(key)?;
    let selector = at(&service, &["spec", "selector"])
        .as_object()
        .filter(|it| !it.is_empty())?;
    let selected = |pod: &Stored| {
        selector
            .iter()
            .all(|(label, value)| pod.label(label).is_some_and(|its| Some(its) == value.as_str()))
    };
    let pods = objects.store.list(PODS, Some(&key.namespace));
    let endpoints: Vec<Value> = pods
        .filter(|(_, pod)| selected(pod))
        .map(|(_, pod)| endpoint(&pod.value()))
        .collect();
    let ports: Vec<Value> = list(&service, &["spec", "ports"])
        .iter()
        .map(|port| json!({ "name": text(port, &["name"]), "port": at(port, &["targetPort"]), "protocol": "TCP" }))
        .collect();
    let name = format!("{}-slice", key.name);
    let place = Key::new(SLICES, &key.namespace, &name);
    let told = if let Some(mut slice) = objects.store.value(&place) {
        set(&mut slice, &["endpoints"], endpoints);
        set(&mut slice, &["ports"], ports);
        objects.replace(resource, &place, Part::Main, slice, how(now))
    } else {
        let slice = json!({
            "metadata": {
                "name": name, "namespace": &*key.namespace,
                "labels": { "kubernetes.io/service-name": &*key.name },
                "ownerReferences": [{
                    "apiVersion": "v1", "kind": "Service", "name": &*key.name,
                    "uid": text(&service, &["metadata", "uid"]), "controller": true, "blockOwnerDeletion": true,
                }],
            },
            "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
        });
        objects.create(resource, slice, how(now))
    };
    if let Err(refusal) = told {
        tracing::debug!(?refusal, "an EndpointSlice of the sandbox was not stored");
    }
    None
}

fn endpoint(pod: &Value) -> Value {
    let terminating = !at(pod, &["metadata", "deletionTimestamp"]).is_null();
    let serving = ready_since(pod).is_some();
    json!({
        "addresses": [],
        "conditions": { "ready": serving && !terminating, "serving": serving, "terminating": terminating },
        "nodeName": at(pod, &["spec", "nodeName"]),
        "targetRef": {
            "kind": "Pod", "namespace": at(pod, &["metadata", "namespace"]),
            "name": at(pod, &["metadata", "name"]), "uid": at(pod, &["metadata", "uid"]),
        },
    })
}
