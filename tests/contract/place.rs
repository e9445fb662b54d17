//! Where a case is played: a namespace of its own, with short words for what cases do there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Caller, Lab};

/// How long anything may take: enough for a machine that does other things besides.
const PATIENCE: Duration = Duration::from_secs(90);

/// A namespace in a world.
pub(crate) struct Place {
    pub(crate) lab: Arc<dyn Lab>,
    pub(crate) call: Caller,
    pub(crate) namespace: String,
}

impl Place {
    pub(crate) async fn make(lab: Arc<dyn Lab>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let call = lab.caller(None);
        let namespace = format!("case-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        call.post(
            "/api/v1/namespaces",
            &json!({ "metadata": { "name": namespace } }),
        )
        .await
        .ok();
        Self { lab, call, namespace }
    }

    /// A path here, of the core group.
    pub(crate) fn core(&self, what: &str) -> String {
        format!("/api/v1/namespaces/{}/{what}", self.namespace)
    }

    /// A path here, of the group `apps`.
    pub(crate) fn apps(&self, what: &str) -> String {
        self.of("apps/v1", what)
    }

    /// A path here, of another group.
    pub(crate) fn of(&self, version: &str, what: &str) -> String {
        format!("/apis/{version}/namespaces/{}/{what}", self.namespace)
    }

    /// The items of a collection.
    pub(crate) async fn list(&self, path: &str) -> Vec<Value> {
        let list = self.call.get(path).await.ok();
        list["items"].as_array().cloned().unwrap_or_default()
    }

    pub(crate) async fn pods(&self, app: &str) -> Vec<Value> {
        self.list(&self.core(&format!("pods?labelSelector=app%3D{app}")))
            .await
    }

    /// The `ReplicaSet`s of an app, by revision.
    pub(crate) async fn sets(&self, app: &str) -> Vec<Value> {
        let mut sets = self
            .list(&self.apps(&format!("replicasets?labelSelector=app%3D{app}")))
            .await;
        sets.sort_by_key(revision);
        sets
    }

    /// Creates a Deployment.
    pub(crate) async fn deploy(&self, deployment: &Value) -> Value {
        self.call.post(&self.apps("deployments"), deployment).await.ok()
    }

    pub(crate) async fn deployment(&self, name: &str) -> Value {
        self.call
            .get(&self.apps(&format!("deployments/{name}")))
            .await
            .ok()
    }

    /// Creates one and waits for it to be complete.
    pub(crate) async fn running(&self, deployment: &Value) -> Value {
        self.deploy(deployment).await;
        self.rolled_out(deployment["metadata"]["name"].as_str().expect("a name"))
            .await
    }

    /// Gives a Deployment another template.
    pub(crate) async fn roll(&self, name: &str, template: &Value) -> Value {
        let path = self.apps(&format!("deployments/{name}"));
        let change = json!([{ "op": "replace", "path": "/spec/template", "value": template }]);
        self.call.json_patch(&path, &change).await.ok()
    }

    pub(crate) async fn change(&self, name: &str, patch: Value) -> Value {
        self.call
            .merge(&self.apps(&format!("deployments/{name}")), &patch)
            .await
            .ok()
    }

    /// Waits until all replicas are new and available, and nothing else is left.
    pub(crate) async fn rolled_out(&self, name: &str) -> Value {
        self.until("the rollout is complete", async || {
            let it = self.deployment(name).await;
            (is_complete(&it) && self.pods(name).await.len() == count(&it["spec"]["replicas"])).then_some(it)
        })
        .await
    }

    /// Waits until there is something.
    pub(crate) async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(
                Instant::now() < end,
                "it never came to this: {what}\n{}",
                self.world().await
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Lets controllers do what they would do, where nothing is expected to happen.
    pub(crate) async fn a_moment(&self) {
        tokio::time::sleep(Duration::from_millis(1500)).await;
    }

    /// What a person would look at first.
    async fn world(&self) -> String {
        let mut world = String::new();
        for path in [
            self.apps("deployments"),
            self.apps("replicasets"),
            self.core("pods"),
        ] {
            for item in self.list(&path).await {
                let line = format!(
                    "{path}: {} {} {}\n",
                    item["metadata"]["name"], item["spec"]["replicas"], item["status"]
                );
                world.push_str(&line);
            }
        }
        world
    }

    /// Every change of a collection since a version, up to what it holds now.
    pub(crate) async fn changes(&self, path: &str, since: &Value) -> Vec<(String, Value)> {
        let newest = self.list(path).await.iter().map(version).max().unwrap_or(0);
        let since = since.as_str().expect("a version");
        let sign = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{sign}watch=1&resourceVersion={since}&timeoutSeconds=60");
        let mut watch = self.call.watch(&path).await.expect("a watch");
        let mut all = Vec::new();
        while all.last().is_none_or(|(_, it)| version(it) < newest) {
            all.push(watch.next().await.expect("the newest change comes"));
        }
        all
    }

    /// The version of a collection now.
    pub(crate) async fn version(&self, path: &str) -> Value {
        self.call.get(path).await.ok()["metadata"]["resourceVersion"].clone()
    }

    pub(crate) async fn leave(self) {
        let path = format!("/api/v1/namespaces/{}", self.namespace);
        self.call.delete(&path, &Value::Null).await;
    }
}

/// What becomes of a pod.
#[derive(Clone, Copy)]
pub(crate) enum Fare {
    Ready,
    ReadyAfter,
    NeverReady,
    ImagePull,
    CrashLoop,
}

/// A template whose pods fare so.
pub(crate) fn template(app: &str, fare: Fare, version: u32) -> Value {
    let stage = match fare {
        Fare::Ready => "ready",
        Fare::ReadyAfter => "ready-after",
        Fare::NeverReady => "never-ready",
        Fare::ImagePull => "image-pull",
        Fare::CrashLoop => "crash-loop",
    };
    json!({
        "metadata": { "labels": { "app": app }, "annotations": { "flightdeck.dev/test-stage": stage } },
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "containers": [{ "name": "app", "image": format!("case/{stage}:v{version}"), "ports": [{ "name": "web", "containerPort": 8080 }] }],
        },
    })
}

/// A Deployment of good pods.
pub(crate) fn deployment(name: &str, replicas: u32) -> Value {
    json!({
        "metadata": { "name": name, "labels": { "app": name } },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": name } },
            "template": template(name, Fare::Ready, 1),
        },
    })
}

/// The same with other bounds of a rolling update.
pub(crate) fn rolling(name: &str, replicas: u32, surge: u32, unavailable: u32) -> Value {
    let mut it = deployment(name, replicas);
    it["spec"]["strategy"] = json!({ "rollingUpdate": { "maxSurge": surge, "maxUnavailable": unavailable } });
    it
}

/// As its status says, everything is as wanted.
pub(crate) fn is_complete(it: &Value) -> bool {
    let (wanted, status) = (count(&it["spec"]["replicas"]), &it["status"]);
    status["observedGeneration"] == it["metadata"]["generation"]
        && ["replicas", "updatedReplicas", "availableReplicas"]
            .iter()
            .all(|field| count(&status[*field]) == wanted)
}

pub(crate) fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap_or(0)).expect("a small number")
}

pub(crate) fn version(object: &Value) -> u64 {
    let text = object["metadata"]["resourceVersion"].as_str();
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

pub(crate) fn revision(object: &Value) -> u64 {
    let note = object["metadata"]["annotations"]["deployment.kubernetes.io/revision"].as_str();
    note.and_then(|text| text.parse().ok()).unwrap_or(0)
}

pub(crate) fn condition(object: &Value, kind: &str) -> Value {
    let all = object["status"]["conditions"].as_array();
    let found = all.into_iter().flatten().find(|it| it["type"] == kind);
    found.cloned().unwrap_or_default()
}

pub(crate) fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().expect("a name")
}
