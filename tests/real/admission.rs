//! Admission that decides otherwise when it is meant: the dry run shows one thing, and another is written.

use std::time::Duration;

use serde_json::json;

use crate::lab::{Identity, Patch, lab};
use crate::seat::{Seat, act};

/// Takes every pause of this namespace back, and lets dry runs pass.
async fn no_pause_but_in_dry_runs(namespace: &str) {
    let admin = lab().caller(Identity::Admin);
    let name = format!("no-pause-{namespace}");
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingAdmissionPolicy",
        "metadata": { "name": name },
        "spec": {
            "failurePolicy": "Fail",
            "reinvocationPolicy": "Never",
            "matchConstraints": {
                "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": namespace } },
                "resourceRules": [{
                    "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"],
                }],
            },
            "matchConditions": [{ "name": "meant", "expression": "!request.dryRun && has(object.spec.paused)" }],
            "mutations": [{
                "patchType": "JSONPatch",
                "jsonPatch": { "expression": "[JSONPatch{op: \"remove\", path: \"/spec/paused\"}]" },
            }],
        },
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingAdmissionPolicyBinding",
        "metadata": { "name": name },
        "spec": { "policyName": name },
    });
    let path = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies";
    admin.post(path, &policy).await.success();
    let path = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings";
    admin.post(path, &binding).await.success();
}

#[tokio::test]
async fn what_was_written_otherwise_than_the_dry_run_showed_is_told() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    no_pause_but_in_dry_runs(seat.namespace.name()).await;
    let path = seat.namespace.apps("deployments/web");
    let at_work = async || {
        let pause = json!({ "spec": { "paused": true } });
        let admin = seat.namespace.admin();
        let after = admin.patch(Patch::Merge, &path, &pause).await.success();
        let is_at_work = after["spec"]["paused"].is_null();
        if !is_at_work {
            let resume = json!({ "spec": { "paused": null } });
            admin.patch(Patch::Merge, &path, &resume).await.success();
        }
        is_at_work
    };
    seat.namespace
        .wait_until(Duration::from_secs(30), "the policy is at work", at_work)
        .await;
    let pty = seat.at_web(&[]);
    act(&pty, " ", "PAUSE");
    pty.wait_for("from the dry run: /spec/paused");
    let record = seat.record();
    assert!(
        record.contains("differs from the dry run: /spec/paused"),
        "{record}"
    );
}
