//! Status and scale: parts of an object with an address of their own.

use serde_json::json;

use crate::contract::Place;
use crate::contract::place::{deployment, version};

pub(crate) async fn a_status_is_written_at_its_own_place_only(at: &Place) {
    let made = at.deploy(&deployment("web", 0)).await;
    let name = "poddisruptionbudgets/web";
    let group = "policy/v1";
    let budget = json!({ "metadata": { "name": "web" }, "spec": { "selector": { "matchLabels": { "app": "none" } } }, "status": { "expectedPods": 9 } });
    let made_budget = at
        .call
        .post(&at.of(group, "poddisruptionbudgets"), &budget)
        .await
        .ok();
    assert_ne!(
        made_budget["status"]["expectedPods"], 9,
        "a status is not created"
    );
    assert!(version(&made) > 0);
    let path = at.of(group, name);
    let note = json!([{ "op": "add", "path": "/metadata/labels", "value": { "a": "b" } }, { "op": "replace", "path": "/spec/selector", "value": { "matchLabels": { "app": "x" } } }]);
    let told = at.call.json_patch(&format!("{path}/status"), &note).await.ok();
    assert_eq!(
        told["spec"]["selector"]["matchLabels"]["app"], "none",
        "a status carries no spec"
    );
    assert_eq!(told["kind"], "PodDisruptionBudget");
    let get = at.call.get(&format!("{path}/status")).await.ok();
    assert_eq!(get["metadata"]["uid"], made_budget["metadata"]["uid"]);
}

pub(crate) async fn a_status_in_the_main_part_is_left_out(at: &Place) {
    let before = at.running(&deployment("web", 1)).await;
    let told = at.change("web", json!({ "status": { "replicas": 77 } })).await;
    assert_eq!(told["status"]["replicas"], 1);
    assert_eq!(told["metadata"]["generation"], before["metadata"]["generation"]);
}

pub(crate) async fn the_scale_is_an_object_of_its_own(at: &Place) {
    let it = at.running(&deployment("web", 2)).await;
    let path = at.apps("deployments/web/scale");
    let scale = at.call.get(&path).await.ok();
    assert_eq!(
        (&scale["kind"], &scale["apiVersion"]),
        (&"Scale".into(), &"autoscaling/v1".into())
    );
    assert_eq!(
        (
            &scale["spec"]["replicas"],
            &scale["status"]["replicas"],
            &scale["status"]["selector"]
        ),
        (&2.into(), &2.into(), &"app=web".into())
    );
    for field in ["uid", "name", "namespace", "resourceVersion", "creationTimestamp"] {
        assert_eq!(scale["metadata"][field], it["metadata"][field], "{field}");
    }
    let change = json!([
        { "op": "test", "path": "/metadata/uid", "value": it["metadata"]["uid"] },
        { "op": "test", "path": "/spec/replicas", "value": 2 },
        { "op": "replace", "path": "/spec/replicas", "value": 3 },
    ]);
    let told = at.call.json_patch(&path, &change).await.ok();
    assert_eq!(
        (&told["kind"], &told["spec"]["replicas"]),
        (&"Scale".into(), &3.into())
    );
    at.call.json_patch(&path, &change).await.refused(422, "Invalid");
    assert_eq!(at.rolled_out("web").await["spec"]["replicas"], 3);
}

pub(crate) async fn nothing_is_left_out_of_a_scale_as_zero(at: &Place) {
    at.deploy(&deployment("web", 0)).await;
    let path = at.apps("deployments/web/scale");
    let scale = at.call.get(&path).await.ok();
    assert!(scale["spec"].get("replicas").is_none(), "{scale}");
    let guarded = json!([{ "op": "test", "path": "/spec/replicas", "value": null }, { "op": "add", "path": "/spec/replicas", "value": 1 }]);
    assert_eq!(
        at.call.json_patch(&path, &guarded).await.ok()["spec"]["replicas"],
        1
    );
}

pub(crate) async fn a_scale_is_put_and_merged(at: &Place) {
    at.deploy(&deployment("web", 0)).await;
    let path = at.apps("deployments/web/scale");
    assert_eq!(
        at.call
            .merge(&path, &json!({ "spec": { "replicas": 2 } }))
            .await
            .ok()["spec"]["replicas"],
        2
    );
    let mut scale = at.call.get(&path).await.ok();
    scale["spec"]["replicas"] = json!(1);
    scale["metadata"]["resourceVersion"] = json!("1");
    at.call.put(&path, &scale).await.refused(409, "Conflict");
    let dry = at
        .call
        .merge(
            &format!("{path}?dryRun=All"),
            &json!({ "spec": { "replicas": 5 } }),
        )
        .await
        .ok();
    assert_eq!(dry["spec"]["replicas"], 5);
    assert_eq!(at.deployment("web").await["spec"]["replicas"], 2);
}

pub(crate) async fn a_scale_below_nothing_is_refused(at: &Place) {
    at.deploy(&deployment("web", 1)).await;
    let told = at
        .call
        .merge(
            &at.apps("deployments/web/scale"),
            &json!({ "spec": { "replicas": -1 } }),
        )
        .await;
    let told = told.invalid("spec.replicas");
    assert_eq!(told["details"]["kind"], "Scale");
}
