//! The API server refuses on demand, and of identical guarded writes exactly one wins.

use std::time::Duration;

use serde_json::json;

use crate::lab::{Patch, Stage, lab};

#[tokio::test]
async fn a_policy_refuses_with_its_message() {
    let namespace = lab().namespace().await;
    for name in ["web", "free"] {
        namespace.deployment(name).create().await;
        namespace.wait_until_rolled_out(name).await;
    }
    namespace
        .refuse_with("web", "releases are frozen until Monday")
        .await;
    let change = json!({ "spec": { "template": { "metadata": { "annotations": { "change": "1" } } } } });
    let refused = namespace
        .admin()
        .patch(Patch::Merge, &namespace.apps("deployments/web"), &change)
        .await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.message().ends_with("releases are frozen until Monday"),
        "{}",
        refused.message()
    );
    assert_eq!(refused.body["reason"], "Invalid");
    namespace
        .admin()
        .patch(Patch::Merge, &namespace.apps("deployments/free"), &change)
        .await
        .success();
}

#[tokio::test]
async fn a_quota_keeps_new_pods_from_being_made() {
    let namespace = lab().namespace().await;
    namespace.quota(json!({ "pods": "2" })).await;
    namespace.deployment("web").replicas(3).create().await;
    namespace
        .wait_until(
            Duration::from_secs(20),
            "a pod is refused by the quota",
            async || {
                let sets = namespace
                    .admin()
                    .get(&namespace.apps("replicasets"))
                    .await
                    .success();
                let condition = &sets["items"][0]["status"]["conditions"][0];
                condition["type"] == "ReplicaFailure"
                    && condition["message"]
                        .as_str()
                        .is_some_and(|why| why.contains("exceeded quota: quota"))
            },
        )
        .await;
    assert!(namespace.pods("web").await.len() <= 2);
}

#[tokio::test]
async fn an_old_webhook_forbids_the_dry_run_and_not_the_change() {
    let namespace = lab().namespace().await;
    namespace.deployment("web").create().await;
    namespace.no_dry_run("web").await;
    let pause = json!({ "spec": { "paused": true } });
    let dry = namespace
        .admin()
        .patch(
            Patch::Merge,
            &namespace.apps("deployments/web?dryRun=All"),
            &pause,
        )
        .await;
    assert_eq!(dry.status, 400);
    assert_eq!(
        dry.message(),
        "admission webhook \"old.flightdeck.dev\" does not support dry run"
    );
    namespace
        .admin()
        .patch(Patch::Merge, &namespace.apps("deployments/web"), &pause)
        .await
        .success();
}

#[tokio::test]
async fn of_identical_guarded_patches_sent_at_once_exactly_one_wins() {
    let namespace = lab().namespace().await;
    namespace
        .deployment("web")
        .replicas(0)
        .stage(Stage::Ready)
        .create()
        .await;
    let path = namespace.apps("deployments/web");
    for round in 0..10 {
        let before = namespace.get_deployment("web").await;
        let change = json!([
            { "op": "test", "path": "/metadata/uid", "value": before["metadata"]["uid"] },
            { "op": "test", "path": "/spec/template", "value": before["spec"]["template"] },
            { "op": "replace", "path": "/spec/template/spec/containers/0/image", "value": format!("shop/web:r{round}") },
        ]);
        let admin = namespace.admin();
        let sent = (0..4).map(|_| admin.patch(Patch::Json, &path, &change));
        let mut statuses: Vec<u16> = futures::future::join_all(sent)
            .await
            .into_iter()
            .map(|answer| answer.status)
            .collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422, 422, 422], "round {round}");
    }
}
