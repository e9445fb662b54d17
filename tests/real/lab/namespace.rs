//! A namespace per test: nothing of one test is seen by another, and nothing waits for its removal.

use std::fmt::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::workload::{Deployment, Stage};
use super::{Caller, ControlPlane, Identity, Patch};

/// Deleted when dropped, without waiting.
pub(crate) struct Namespace {
    pub(super) lab: &'static ControlPlane,
    pub(super) name: String,
    pub(super) admin: Caller,
}

impl Namespace {
    pub(super) async fn create(lab: &'static ControlPlane) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        // libtest names the thread after the test: a log then says whose objects it speaks of.
        let thread = std::thread::current();
        let test = thread
            .name()
            .and_then(|name| name.rsplit("::").next())
            .unwrap_or("test")
            .replace('_', "-");
        let test: String = test
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(40)
            .collect::<String>()
            .to_lowercase();
        let name = format!("{test}-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let admin = lab.caller(Identity::Admin);
        admin
            .post("/api/v1/namespaces", &json!({ "metadata": { "name": name } }))
            .await
            .success();
        Self { lab, name, admin }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Requests with every right, for arranging and looking.
    pub(crate) fn admin(&self) -> &Caller {
        &self.admin
    }

    /// The path of a collection of the core group here, such as `pods`.
    pub(crate) fn core(&self, what: &str) -> String {
        format!("/api/v1/namespaces/{}/{what}", self.name)
    }

    /// The path of a collection or object of the group `apps` here, such as `deployments/web`.
    pub(crate) fn apps(&self, what: &str) -> String {
        format!("/apis/apps/v1/namespaces/{}/{what}", self.name)
    }

    /// Lets `Identity::Namespaced` into this namespace.
    pub(crate) async fn admit(&self) {
        self.admit_also(Identity::Namespaced).await;
    }

    /// Gives an identity what `Identity::Namespaced` may do here.
    pub(crate) async fn admit_also(&self, identity: Identity) {
        let path = format!(
            "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
            self.name
        );
        let binding = json!({
            "metadata": { "name": identity.name() },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "flightdeck:in-one-namespace" },
            "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": identity.name() }],
        });
        self.admin.post(&path, &binding).await.success();
        let allowed = self.lab.caller(identity);
        let watch = self.core("pods?watch=1&timeoutSeconds=1");
        self.wait_until(Duration::from_secs(10), "the role binding counts", async || {
            allowed.attempt_watch(&watch).await == 200
        })
        .await;
    }

    /// Describes a Deployment to create here.
    pub(crate) fn deployment(&self, name: &str) -> Deployment<'_> {
        Deployment::new(self, name)
    }

    /// The Deployment as it is now.
    pub(crate) async fn get_deployment(&self, name: &str) -> Value {
        self.admin
            .get(&self.apps(&format!("deployments/{name}")))
            .await
            .success()
    }

    pub(crate) async fn set_image(&self, name: &str, image: &str) -> Value {
        self.merge(name, json!({ "spec": { "template": { "spec": { "containers": [{ "name": "app", "image": image }] } } } })).await
    }

    /// A new revision whose pods fare as told.
    pub(crate) async fn roll_out(&self, name: &str, image: &str, stage: Stage) -> Value {
        let template = json!({
            "metadata": { "annotations": stage.annotations() },
            "spec": { "containers": [{ "name": "app", "image": image }] },
        });
        self.merge(name, json!({ "spec": { "template": template } }))
            .await
    }

    async fn merge(&self, name: &str, patch: Value) -> Value {
        self.admin
            .patch(
                Patch::Strategic,
                &self.apps(&format!("deployments/{name}")),
                &patch,
            )
            .await
            .success()
    }

    /// The pods of a Deployment.
    pub(crate) async fn pods(&self, name: &str) -> Vec<Value> {
        let list = self
            .admin
            .get(&self.core(&format!("pods?labelSelector=app%3D{name}")))
            .await
            .success();
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until at least one pod of a Deployment is as described, and returns it.
    pub(crate) async fn wait_for_pod(&self, name: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(pod) = self.pods(name).await.into_iter().find(|pod| is(pod)) {
                return pod;
            }
            self.pause_or_fail(deadline, what).await;
        }
    }

    /// Waits until all replicas of the newest revision are available and no other is left.
    pub(crate) async fn wait_until_rolled_out(&self, name: &str) -> Value {
        self.wait_until(Duration::from_secs(30), "the rollout is complete", async || {
            let deployment = self.get_deployment(name).await;
            let (wanted, status) = (&deployment["spec"]["replicas"], &deployment["status"]);
            status["observedGeneration"] == deployment["metadata"]["generation"]
                && ["replicas", "updatedReplicas", "availableReplicas"]
                    .iter()
                    .all(|count| status[*count] == *wanted)
        })
        .await;
        self.get_deployment(name).await
    }

    /// Asks until the condition holds. When the time is up the test fails and shows the namespace as it is then.
    pub(crate) async fn wait_until(&self, time: Duration, what: &str, condition: impl AsyncFn() -> bool) {
        let deadline = Instant::now() + time;
        while !condition().await {
            self.pause_or_fail(deadline, what).await;
        }
    }

    async fn pause_or_fail(&self, deadline: Instant, what: &str) {
        if Instant::now() > deadline {
            let world = self.world().await;
            panic!("In time it never came to this: {what}.\n{world}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    /// What a person would look at first.
    async fn world(&self) -> String {
        if let Some(failure) = self.lab.failure() {
            return failure;
        }
        let mut world = format!(
            "Namespace {}; logs of the servers: {}\n",
            self.name,
            self.lab.folder().display()
        );
        for path in [
            self.apps("deployments"),
            self.apps("replicasets"),
            self.core("pods"),
            self.core("events"),
        ] {
            let Ok(list) = self
                .admin
                .attempt(http::Method::GET, &path, "application/json", None)
                .await
            else {
                world.push_str("The API server does not answer.\n");
                return world;
            };
            for item in list.body["items"].as_array().into_iter().flatten() {
                let shown = if item["involvedObject"].is_null() {
                    &item["status"]
                } else {
                    &item["message"]
                };
                let kind = path.rsplit('/').next().unwrap_or_default();
                let _ = writeln!(
                    world,
                    "{kind} {} {shown}",
                    item["metadata"]["name"].as_str().unwrap_or_default()
                );
            }
        }
        world
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let (lab, path) = (self.lab, format!("/api/v1/namespaces/{}", self.name));
        // The test's own runtime may be ending. The thread is not joined: with the process the servers end too.
        std::thread::spawn(move || {
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                let _ = runtime.block_on(async {
                    lab.caller(Identity::Admin)
                        .attempt(http::Method::DELETE, &path, "application/json", None)
                        .await
                });
            }
        });
    }
}
