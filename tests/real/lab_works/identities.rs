//! Each identity may do what it says, and nothing else.

use http::Method;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::json;

use crate::fault_proxy::{FaultProxy, Upstream};
use crate::lab::{Caller, Identity, Namespace, Patch, lab};

/// List pods everywhere, list them here, list namespaces, patch, create and delete a Deployment: the statuses.
async fn attempts(namespace: &Namespace, caller: &Caller) -> [u16; 6] {
    let web = namespace.apps("deployments/web?dryRun=All");
    let other = json!({
        "metadata": { "name": "other" },
        "spec": {
            "selector": { "matchLabels": { "app": "other" } },
            "template": { "metadata": { "labels": { "app": "other" } }, "spec": { "containers": [{ "name": "app", "image": "x" }] } },
        },
    });
    [
        caller.get("/api/v1/pods").await.status,
        caller.get(&namespace.core("pods")).await.status,
        caller.get("/api/v1/namespaces").await.status,
        caller
            .patch(Patch::Merge, &web, &json!({ "spec": { "paused": true } }))
            .await
            .status,
        caller
            .post(&namespace.apps("deployments?dryRun=All"), &other)
            .await
            .status,
        caller.delete(&web).await.status,
    ]
}

#[tokio::test]
async fn each_identity_may_do_what_it_says_and_nothing_else() {
    let namespace = lab().namespace().await;
    namespace.deployment("web").replicas(0).create().await;
    namespace.admit().await;
    for (identity, expected) in [
        (Identity::Admin, [200, 200, 200, 200, 201, 200]),
        (Identity::Viewer, [200, 200, 200, 403, 403, 403]),
        (Identity::Operator, [200, 200, 200, 200, 403, 403]),
        (Identity::Namespaced, [403, 200, 403, 200, 403, 403]),
        (Identity::Lister, [200, 200, 200, 403, 403, 403]),
        (Identity::NoPatch, [200, 200, 200, 403, 201, 200]),
        (Identity::Nothing, [403, 403, 403, 403, 403, 403]),
    ] {
        assert_eq!(
            attempts(&namespace, &lab().caller(identity)).await,
            expected,
            "{}",
            identity.name()
        );
    }
}

#[tokio::test]
async fn the_lister_may_watch_only_where_it_was_admitted() {
    let (here, elsewhere) = (lab().namespace().await, lab().namespace().await);
    here.admit_also(Identity::Lister).await;
    let caller = lab().caller(Identity::Lister);
    let watch = "pods?watch=1&timeoutSeconds=1";
    assert_eq!(caller.attempt_watch(&here.core(watch)).await, 200);
    assert_eq!(caller.attempt_watch(&elsewhere.core(watch)).await, 403);
    assert_eq!(caller.get(&elsewhere.core("pods")).await.status, 200);
}

#[tokio::test]
async fn the_one_admitted_to_a_namespace_sees_no_other() {
    let (here, elsewhere) = (lab().namespace().await, lab().namespace().await);
    here.admit().await;
    let caller = lab().caller(Identity::Namespaced);
    assert_eq!(caller.get(&here.core("pods")).await.status, 200);
    assert_eq!(caller.get(&elsewhere.core("pods")).await.status, 403);
}

#[tokio::test]
async fn an_unknown_token_is_told_so() {
    let caller = Caller::new(lab().url(), Some("expired-token".into()), Some(lab().ca()));
    assert_eq!(caller.get("/api/v1/pods").await.status, 401);
}

#[tokio::test]
async fn a_kubeconfig_leads_its_identity_to_the_server_or_to_a_proxy() {
    let namespace = lab().namespace().await;
    let proxy = FaultProxy::start(Upstream::new(lab().url(), &lab().ca()));
    for through in [None, Some(proxy.url())] {
        let path = lab().kubeconfig(Identity::Viewer, namespace.name(), through);
        let kubeconfig = Kubeconfig::read_from(path).expect("a kubeconfig");
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .expect("a config");
        assert_eq!(config.default_namespace, namespace.name());
        let client = kube::Client::try_from(config).expect("a client");
        let review = http::Request::post("/apis/authentication.k8s.io/v1/selfsubjectreviews");
        let body =
            json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" }).to_string();
        let review = review
            .header("content-type", "application/json")
            .body(body.into_bytes())
            .expect("a request");
        let answer: serde_json::Value = client.request(review).await.expect("an answer");
        assert_eq!(answer["status"]["userInfo"]["username"], "viewer");
    }
    assert_eq!(proxy.reached(&Method::POST).len(), 1);
}
