//! An API server that says no: by policy, by quota, or because a webhook cannot take part in a dry run.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Caller, Namespace, Patch};

const ACTIVE_WITHIN: Duration = Duration::from_secs(20);

impl Namespace {
    /// From now on every change of this Deployment's spec is refused with the message (422, the policy's name in front of it).
    pub(crate) async fn refuse_with(&self, deployment: &str, message: &str) {
        let name = format!("refuse-{}-{deployment}", self.name);
        let path = self.apps(&format!("deployments/{deployment}"));
        let label = json!({ "metadata": { "labels": { "flightdeck.dev/test-refuse": "true" } } });
        self.admin.patch(Patch::Merge, &path, &label).await.success();
        let policy = json!({
            "metadata": { "name": name },
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {
                    "objectSelector": { "matchLabels": { "flightdeck.dev/test-refuse": "true" } },
                    "resourceRules": [{ "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"] }],
                },
                // Only the spec: the controller must still be able to write its annotations.
                "validations": [{ "expression": "object.spec == oldObject.spec", "message": message }],
            },
        });
        let binding = json!({
            "metadata": { "name": name },
            "spec": {
                "policyName": name,
                "validationActions": ["Deny"],
                "matchResources": { "namespaceSelector": self.only_here() },
            },
        });
        let group = "/apis/admissionregistration.k8s.io/v1";
        self.admin
            .post(&format!("{group}/validatingadmissionpolicies"), &policy)
            .await
            .success();
        self.admin
            .post(&format!("{group}/validatingadmissionpolicybindings"), &binding)
            .await
            .success();
        let probe = json!({ "spec": { "minReadySeconds": 7 } });
        self.wait_until(ACTIVE_WITHIN, "the policy refuses", async || {
            self.admin
                .patch(Patch::Merge, &format!("{path}?dryRun=All"), &probe)
                .await
                .status
                == 422
        })
        .await;
    }

    /// Limits what the namespace may hold, such as `{"pods": "2"}`; returns once the limit counts.
    pub(crate) async fn quota(&self, hard: Value) {
        self.admin
            .post(
                &self.core("resourcequotas"),
                &json!({ "metadata": { "name": "quota" }, "spec": { "hard": hard } }),
            )
            .await
            .success();
        self.wait_until(ACTIVE_WITHIN, "the quota is counted", async || {
            !self.admin.get(&self.core("resourcequotas/quota")).await.body["status"]["used"].is_null()
        })
        .await;
    }

    /// From now on a dry run of a Deployment's change is answered 400, while the change itself passes: a webhook whose side
    /// effects are unknown. The API server takes such a one no more, yet obeys those that it was given years ago; so it is
    /// written where those are, into etcd.
    pub(crate) async fn no_dry_run(&self, deployment: &str) {
        let name = format!("old-webhook-{}", self.name);
        let webhook = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": { "name": name, "uid": format!("uid-{name}"), "creationTimestamp": "2019-01-01T00:00:00Z" },
            "webhooks": [{
                "name": "old.flightdeck.dev",
                "clientConfig": { "url": "https://127.0.0.1:9/nobody" },
                "rules": [{ "operations": ["UPDATE"], "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"], "scope": "*" }],
                "failurePolicy": "Ignore",
                "matchPolicy": "Equivalent",
                "namespaceSelector": self.only_here(),
                "objectSelector": {},
                "sideEffects": "Unknown",
                "timeoutSeconds": 1,
                "admissionReviewVersions": ["v1"],
            }],
        });
        let key = format!("/registry/validatingwebhookconfigurations/{name}");
        let put =
            json!({ "key": base64(key.into_bytes()), "value": base64(webhook.to_string().into_bytes()) });
        Caller::new(self.lab.etcd_url(), None, None)
            .post("/v3/kv/put", &put)
            .await
            .success();
        let probe = json!({ "metadata": { "annotations": { "flightdeck.dev/probe": "1" } } });
        let path = self.apps(&format!("deployments/{deployment}?dryRun=All"));
        self.wait_until(ACTIVE_WITHIN, "the webhook is asked", async || {
            self.admin.patch(Patch::Merge, &path, &probe).await.status == 400
        })
        .await;
    }

    fn only_here(&self) -> Value {
        json!({ "matchLabels": { "kubernetes.io/metadata.name": self.name } })
    }
}

fn base64(bytes: Vec<u8>) -> Value {
    serde_json::to_value(k8s_openapi::ByteString(bytes)).expect("bytes are written as base64")
}
