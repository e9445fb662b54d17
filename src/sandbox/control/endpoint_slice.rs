//! The `EndpointSlice` controller: which pods stand behind a Service, at most a hundred to a slice. A pod keeps its slice, so
//! that one that changes costs one write.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::controllers::how;
use super::selecting::Selecting;
use crate::sandbox::facts::Pod;
use crate::sandbox::json::{at, list, set, text};
use crate::sandbox::objects::{Deletion, Objects, Part};
use crate::sandbox::resource::{SERVICES, SLICES, by_id};
use crate::sandbox::store::{Key, Stored};

/// As many endpoints as the real controller puts into a slice.
const MOST: usize = 100;

/// Brings the slices of a Service up to date. Pods that change bring it back here.
pub(super) fn reconcile(objects: &mut Objects, key: &Key, selecting: &Selecting, now: Timestamp) {
    let Some(service) = objects.store.value(key) else {
        return;
    };
    if at(&service, &["spec", "selector"])
        .as_object()
        .is_none_or(serde_json::Map::is_empty)
    {
        return;
    }
    let publish = at(&service, &["spec", "publishNotReadyAddresses"]).as_bool() == Some(true);
    let mut first = None;
    let mut wanted: BTreeMap<String, Value> = BTreeMap::new();
    for (key, stored) in selecting.pods(objects, key) {
        if let Some(pod) = stored.pod.as_deref().filter(|pod| !pod.over)
            && let Some(endpoint) = endpoint(key, stored, pod, publish)
        {
            first = first.or(Some(stored));
            wanted.insert(stored.uid.clone(), endpoint);
        }
    }
    let ports = ports(&service, first.map(|stored| stored.value()).as_ref());
    let mut slices: Vec<(Key, Value, Vec<Value>)> = objects
        .store
        .owned(text(&service, &["metadata", "uid"]))
        .filter(|(key, _)| *key.resource == *SLICES)
        .map(|(key, stored)| (key.clone(), stored.value()))
        .map(|(key, slice)| {
            // Those that are there stay where they are.
            let kept = list(&slice, &["endpoints"]).iter();
            let kept = kept.filter_map(|it| wanted.remove(text(it, &["targetRef", "uid"])));
            let kept = kept.collect();
            (key, slice, kept)
        })
        .collect();
    let mut new = wanted.into_values();
    for (_, _, endpoints) in &mut slices {
        let room = MOST.saturating_sub(endpoints.len());
        endpoints.extend(new.by_ref().take(room));
    }
    let some = slices.iter().any(|(_, _, endpoints)| !endpoints.is_empty());
    for (index, (key, slice, endpoints)) in slices.iter_mut().enumerate() {
        // One stays, even if it is empty.
        if endpoints.is_empty() && (some || index > 0) {
            remove(objects, key, now);
        } else {
            fill(slice, std::mem::take(endpoints), &ports);
            change(objects, key, slice.clone(), now);
        }
    }
    let mut rest: Vec<Value> = new.by_ref().take(MOST).collect();
    let mut any = !slices.is_empty();
    while !rest.is_empty() || !any {
        create(objects, &service, rest, &ports, now);
        any = true;
        rest = new.by_ref().take(MOST).collect();
    }
}

fn remove(objects: &mut Objects, key: &Key, now: Timestamp) {
    if let Some(resource) = by_id(SLICES) {
        drop(objects.delete(resource, key, &Deletion::default(), how(now)));
    }
}

fn change(objects: &mut Objects, key: &Key, slice: Value, now: Timestamp) {
    if let Some(resource) = by_id(SLICES)
        && let Err(refusal) = objects.replace(resource, key, Part::Main, slice, how(now))
    {
        tracing::debug!(?refusal, "an EndpointSlice of the sandbox was not stored");
    }
}

/// As Go writes it: no list where there is nothing.
fn fill(slice: &mut Value, endpoints: Vec<Value>, ports: &Value) {
    let ports = if endpoints.is_empty() { &Value::Null } else { ports };
    set(slice, &["ports"], ports.clone());
    let endpoints = if endpoints.is_empty() {
        Value::Null
    } else {
        Value::Array(endpoints)
    };
    set(slice, &["endpoints"], endpoints);
}

fn create(objects: &mut Objects, service: &Value, endpoints: Vec<Value>, ports: &Value, now: Timestamp) {
    let Some(resource) = by_id(SLICES) else {
        return;
    };
    let name = text(service, &["metadata", "name"]);
    let mut slice = json!({
        "metadata": {
            "generateName": format!("{name}-"), "namespace": text(service, &["metadata", "namespace"]),
            "labels": {
                "kubernetes.io/service-name": name,
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            },
            "ownerReferences": [{
                "apiVersion": "v1", "kind": "Service", "name": name,
                "uid": text(service, &["metadata", "uid"]), "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "addressType": "IPv4",
    });
    fill(&mut slice, endpoints, ports);
    if let Err(refusal) = objects.create(resource, slice, how(now)) {
        tracing::debug!(?refusal, "an EndpointSlice of the sandbox was not stored");
    }
}

/// A pod without an address is no endpoint yet.
fn endpoint(key: &Key, stored: &Stored, pod: &Pod, publish: bool) -> Option<Value> {
    let serving = pod.ready_since.is_some();
    let mut endpoint = json!({
        "addresses": [pod.address?.to_string()],
        "conditions": { "ready": publish || (serving && !pod.going), "serving": serving, "terminating": pod.going },
        "targetRef": {
            "kind": "Pod", "namespace": &*key.namespace, "name": &*key.name, "uid": stored.uid,
        },
    });
    if !pod.node.is_empty() {
        set(&mut endpoint, &["nodeName"], pod.node.as_str());
    }
    Some(endpoint)
}

/// The ports as numbers; a name stands for what the pods call so.
fn ports(service: &Value, pod: Option<&Value>) -> Value {
    let containers = pod
        .map(|pod| list(pod, &["spec", "containers"]))
        .unwrap_or_default();
    let named = |name: &str| {
        let all = containers.iter().flat_map(|it| list(it, &["ports"]));
        all.filter(|it| text(it, &["name"]) == name)
            .map(|it| at(it, &["containerPort"]).clone())
            .next()
    };
    let ports = list(service, &["spec", "ports"]).iter().filter_map(|port| {
        let target = at(port, &["targetPort"]);
        let number = match target.as_str() {
            Some(name) => named(name)?,
            None if target.is_null() => at(port, &["port"]).clone(),
            None => target.clone(),
        };
        let protocol = Some(text(port, &["protocol"])).filter(|it| !it.is_empty());
        Some(json!({ "name": text(port, &["name"]), "port": number, "protocol": protocol.unwrap_or("TCP") }))
    });
    Value::Array(ports.collect())
}

/// The Service that a slice belongs to.
pub(super) fn service_of(key: &Key, slice: &Stored) -> Option<Key> {
    let name = slice.label("kubernetes.io/service-name")?;
    Some(Key::new(SERVICES, &key.namespace, name))
}
