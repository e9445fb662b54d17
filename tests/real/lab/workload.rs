//! Deployments whose pods fare as told. What becomes of a pod is written in `stages.yaml`; this file only picks from it.

use std::time::Duration;

use serde_json::{Value, json};

use super::Namespace;

/// What becomes of the pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Ready,
    ReadyAfter(Duration),
    NeverReady,
    ImagePull,
    CrashLoop,
    /// On a template every replacement is evicted too, without end: better given to one pod.
    Evicted,
    HangsInTerminating,
}

impl Stage {
    /// The annotations that make kwok treat a pod so.
    pub(crate) fn annotations(self) -> Value {
        let name = match self {
            Self::Ready => "ready",
            Self::ReadyAfter(time) => {
                let delay = format!("{}ms", time.as_millis());
                return json!({ "flightdeck.dev/test-stage": "ready-after", "flightdeck.dev/test-delay": delay });
            }
            Self::NeverReady => "never-ready",
            Self::ImagePull => "image-pull",
            Self::CrashLoop => "crash-loop",
            Self::Evicted => "evicted",
            Self::HangsInTerminating => "hangs-in-terminating",
        };
        json!({ "flightdeck.dev/test-stage": name, "flightdeck.dev/test-delay": null })
    }
}

/// A Deployment in the making: one container called `app`, pods labelled `app: <name>`.
pub(crate) struct Deployment<'a> {
    namespace: &'a Namespace,
    name: String,
    manifest: Value,
}

impl<'a> Deployment<'a> {
    pub(super) fn new(namespace: &'a Namespace, name: &str) -> Self {
        let manifest = json!({
            "metadata": { "name": name, "labels": { "app": name } },
            "spec": {
                "replicas": 1,
                "selector": { "matchLabels": { "app": name } },
                "template": {
                    "metadata": { "labels": { "app": name } },
                    "spec": {
                        "terminationGracePeriodSeconds": 1,
                        "containers": [{ "name": "app", "image": format!("shop/{name}:v1") }],
                    },
                },
            },
        });
        Self {
            namespace,
            name: name.to_owned(),
            manifest,
        }
    }

    pub(crate) fn image(mut self, image: &str) -> Self {
        self.manifest["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
        self
    }

    pub(crate) fn replicas(mut self, count: u32) -> Self {
        self.manifest["spec"]["replicas"] = json!(count);
        self
    }

    pub(crate) fn stage(mut self, stage: Stage) -> Self {
        let mut annotations = stage.annotations();
        if let Some(entries) = annotations.as_object_mut() {
            entries.retain(|_, value| !value.is_null());
        }
        self.manifest["spec"]["template"]["metadata"]["annotations"] = annotations;
        self
    }

    /// Asks for a node that does not exist: the scheduler says why not.
    pub(crate) fn on_no_node(mut self) -> Self {
        self.manifest["spec"]["template"]["spec"]["nodeSelector"] = json!({ "disk": "none-such" });
        self
    }

    /// Any other field of the spec, such as `progressDeadlineSeconds`.
    pub(crate) fn spec(mut self, field: &str, value: Value) -> Self {
        self.manifest["spec"][field] = value;
        self
    }

    /// Creates it and returns it as the API server stored it.
    pub(crate) async fn create(self) -> Value {
        let answer = self
            .namespace
            .admin
            .post(&self.namespace.apps("deployments"), &self.manifest)
            .await;
        assert!(
            answer.status == 201,
            "Deployment {} was not created: {}",
            self.name,
            answer.body
        );
        answer.body
    }
}
