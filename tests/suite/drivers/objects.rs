//! Builds Deployments, `ReplicaSet`s, pods and what stands around them, as JSON.
//!
//! Everything is called `shop/web` and healthy until a test says otherwise: version `v2` runs, `v1` is kept.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub(crate) const DEPLOYMENT: &str = "web-uid";

/// So many seconds after the beginning of every story.
pub(crate) fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

/// One object. What a test needs different is set by its path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Thing(pub(crate) Value);

impl Thing {
    /// Sets a field, and makes the objects above it that are missing.
    pub(crate) fn with(mut self, path: &str, value: impl Into<Value>) -> Self {
        let mut place = &mut self.0;
        for key in path.trim_start_matches('/').split('/') {
            let key = key.replace("~1", "/");
            if place.is_null() {
                *place = json!({});
            }
            place = match place {
                Value::Array(items) => &mut items[key.parse::<usize>().unwrap()],
                other => &mut other[key],
            };
        }
        *place = value.into();
        self
    }

    pub(crate) fn named(self, name: &str) -> Self {
        self.with("/metadata/name", name)
    }

    /// Pods as a workload's status counts them.
    pub(crate) fn counts(self, existing: u32, updated: u32, ready: u32, available: u32) -> Self {
        self.with("/status/replicas", existing)
            .with("/status/updatedReplicas", updated)
            .with("/status/readyReplicas", ready)
            .with("/status/availableReplicas", available)
    }

    /// Replaces the condition of that type, or adds it.
    pub(crate) fn condition(
        mut self,
        kind: &str,
        status: &str,
        reason: &str,
        message: &str,
        at: Timestamp,
    ) -> Self {
        let condition = json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": at.to_string(), "lastUpdateTime": at.to_string(),
        });
        let conditions = &mut self.0["status"]["conditions"];
        if !conditions.is_array() {
            *conditions = json!([]);
        }
        let conditions = conditions.as_array_mut().unwrap();
        conditions.retain(|known| known["type"] != kind);
        conditions.push(condition);
        self
    }

    /// The only container of a pod is in this state, and the pod is not ready.
    pub(crate) fn container(self, state: Value) -> Self {
        self.with("/status/containerStatuses/0/state", state)
            .with("/status/containerStatuses/0/ready", false)
            .with("/status/conditions/0/status", "False")
    }

    pub(crate) fn waiting(self, reason: &str, message: &str) -> Self {
        self.container(json!({ "waiting": { "reason": reason, "message": message } }))
            .with("/status/phase", "Pending")
    }

    pub(crate) fn running_unready(self, since: Timestamp) -> Self {
        self.container(json!({ "running": { "startedAt": since.to_string() } }))
    }

    pub(crate) fn ended_before(self, reason: &str, exit_code: i32, restarts: u32) -> Self {
        self.with(
            "/status/containerStatuses/0/lastState",
            json!({ "terminated": { "reason": reason, "exitCode": exit_code } }),
        )
        .with("/status/containerStatuses/0/restartCount", restarts)
    }
}

/// Complete: every pod runs `v2`.
pub(crate) fn deployment(wanted: u32) -> Thing {
    let thing = Thing(json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web", "namespace": "shop", "uid": DEPLOYMENT, "generation": 3,
            "creationTimestamp": at(-86400).to_string(),
            "labels": { "app": "web" },
            "annotations": { "deployment.kubernetes.io/revision": "2" },
        },
        "spec": {
            "replicas": wanted,
            "selector": { "matchLabels": { "app": "web" } },
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": "25%" } },
            "progressDeadlineSeconds": 600,
            "template": template("v2"),
        },
        "status": { "observedGeneration": 3 },
    }));
    thing
        .counts(wanted, wanted, wanted, wanted)
        .condition("Available", "True", "MinimumReplicasAvailable", "", at(-3600))
        .condition("Progressing", "True", "NewReplicaSetAvailable", "", at(-3600))
}

/// Half way from `v1` to `v2`: the controller last saw progress at the beginning.
pub(crate) fn moving(wanted: u32) -> Thing {
    deployment(wanted).condition("Progressing", "True", "ReplicaSetUpdated", "", at(0))
}

pub(crate) fn template(version: &str) -> Value {
    json!({
        "metadata": { "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "web", "image": format!("shop/web:{version}") }] },
    })
}

/// The set that runs a version (`v1`, `v2`), whose pods are all ready.
pub(crate) fn replica_set(version: &str, pods: u32) -> Thing {
    let mut template = template(version);
    template["metadata"]["labels"]["pod-template-hash"] = json!(version);
    let thing = Thing(json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": format!("web-{version}"), "namespace": "shop", "uid": format!("web-{version}-uid"),
            "creationTimestamp": at(if version == "v1" { -7200 } else { 0 }).to_string(),
            "labels": { "app": "web", "pod-template-hash": version },
            "annotations": { "deployment.kubernetes.io/revision": version.trim_start_matches('v') },
            "ownerReferences": [owner("apps/v1", "Deployment", "web", DEPLOYMENT)],
        },
        "spec": { "replicas": pods, "template": template },
    }));
    set_counts(thing, pods, pods)
}

/// So many pods, of which so many are ready.
pub(crate) fn set_counts(set: Thing, existing: u32, ready: u32) -> Thing {
    set.with("/status/replicas", existing)
        .with("/status/readyReplicas", ready)
        .with("/status/availableReplicas", ready)
}

/// A pod of a version's set, running and ready since the beginning.
pub(crate) fn pod(version: &str, number: u32) -> Thing {
    let name = format!("web-{version}-{number}");
    Thing(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "shop", "uid": format!("{name}-uid"),
            "creationTimestamp": at(0).to_string(),
            "labels": { "app": "web", "pod-template-hash": version },
            "ownerReferences": [owner("apps/v1", "ReplicaSet", &format!("web-{version}"), &format!("web-{version}-uid"))],
        },
        "spec": { "nodeName": "node-1", "containers": [{ "name": "web", "image": format!("shop/web:{version}") }] },
        "status": {
            "phase": "Running",
            "conditions": [
                { "type": "Ready", "status": "True", "lastTransitionTime": at(5).to_string() },
                { "type": "PodScheduled", "status": "True" },
            ],
            "containerStatuses": [{
                "name": "web", "ready": true, "restartCount": 0,
                "state": { "running": { "startedAt": at(0).to_string() } },
            }],
        },
    }))
}

pub(crate) fn pods(version: &str, number: u32) -> Vec<Thing> {
    (0..number).map(|index| pod(version, index)).collect()
}

/// What the kubelet says of a probe, so many times.
pub(crate) fn unhealthy(version: &str, number: u32, count: u32, message: &str, last: Timestamp) -> Thing {
    let pod = format!("web-{version}-{number}");
    Thing(json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": { "name": format!("{pod}.17"), "namespace": "shop" },
        "involvedObject": { "kind": "Pod", "namespace": "shop", "name": pod, "uid": format!("{pod}-uid") },
        "type": "Warning", "reason": "Unhealthy", "message": message, "count": count,
        "lastTimestamp": last.to_string(),
    }))
}

pub(crate) fn autoscaler(min: u32, max: u32) -> Thing {
    Thing(json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": { "name": "web-hpa", "namespace": "shop", "uid": "hpa-uid" },
        "spec": {
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" },
            "minReplicas": min, "maxReplicas": max,
        },
    }))
}

pub(crate) fn service(name: &str) -> Thing {
    Thing(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": name, "namespace": "shop", "uid": format!("{name}-uid") },
        "spec": { "selector": { "app": "web" }, "ports": [{ "port": 80, "targetPort": 8080 }] },
    }))
}

/// A Rollout of Argo that takes the Deployment's template.
pub(crate) fn rollout_of_the_deployment() -> Thing {
    Thing(json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": { "name": "web-rollout", "namespace": "shop", "uid": "rollout-uid", "generation": 1 },
        "spec": {
            "replicas": 3,
            "workloadRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" },
            "strategy": { "canary": { "steps": [{ "setWeight": 50 }, { "pause": {} }] } },
        },
        "status": { "phase": "Healthy", "observedGeneration": "1", "stableRS": "a", "currentPodHash": "a" },
    }))
}

fn owner(api: &str, kind: &str, name: &str, uid: &str) -> Value {
    json!({ "apiVersion": api, "kind": kind, "name": name, "uid": uid, "controller": true, "blockOwnerDeletion": true })
}
