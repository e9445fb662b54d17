//! Patches: guards that hold or fail, and what each kind of patch makes of an object.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::deployment;

const FAILED: &str = "the server rejected our request due to an error in our request";

async fn patched(at: &Place, operations: Value) -> crate::contract::caller::Answer {
    at.call.json_patch(&at.apps("deployments/web"), &operations).await
}

pub(crate) async fn a_guard_that_fails_is_a_bare_422(at: &Place) {
    at.deploy(&deployment("web", 0)).await;
    for operations in [
        json!([{ "op": "test", "path": "/spec/replicas", "value": 7 }]),
        json!([{ "op": "remove", "path": "/spec/paused" }]),
        json!([{ "op": "add", "path": "/spec/none/field", "value": true }]),
        json!([{ "op": "test", "path": "/spec/none/field", "value": null }]),
        json!([{ "op": "test", "path": "/spec/paused", "value": false }]),
    ] {
        let told = patched(at, operations.clone()).await.refused(422, "Invalid");
        assert_eq!(told["message"], FAILED, "{operations}");
        assert!(told["details"]["causes"].is_null(), "{told}");
    }
}

pub(crate) async fn what_is_not_there_is_replaced_all_the_same(at: &Place) {
    at.deploy(&deployment("web", 0)).await;
    let pause = json!([{ "op": "replace", "path": "/spec/paused", "value": true }]);
    assert_eq!(patched(at, pause).await.ok()["spec"]["paused"], true);
    let deeper = json!([{ "op": "replace", "path": "/spec/none/field", "value": true }]);
    patched(at, deeper).await.refused(422, "Invalid");
}

pub(crate) async fn absence_can_be_guarded(at: &Place) {
    at.deploy(&deployment("web", 0)).await;
    let pause = json!([
        { "op": "test", "path": "/spec/paused", "value": null },
        { "op": "add", "path": "/spec/paused", "value": true },
    ]);
    assert_eq!(patched(at, pause.clone()).await.ok()["spec"]["paused"], true);
    patched(at, pause).await.refused(422, "Invalid");
    let resume = json!([
        { "op": "test", "path": "/spec/paused", "value": true },
        { "op": "remove", "path": "/spec/paused" },
    ]);
    assert!(patched(at, resume).await.ok()["spec"].get("paused").is_none());
}

pub(crate) async fn a_guarded_template_is_replaced_once(at: &Place) {
    let before = at.deploy(&deployment("web", 0)).await;
    let change = json!([
        { "op": "test", "path": "/metadata/uid", "value": before["metadata"]["uid"] },
        { "op": "test", "path": "/spec/template", "value": before["spec"]["template"] },
        { "op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "case/ready:v2" },
    ]);
    let path = at.apps("deployments/web");
    let sent = (0..4).map(|_| at.call.json_patch(&path, &change));
    let mut codes: Vec<u16> = futures::future::join_all(sent)
        .await
        .into_iter()
        .map(|it| it.status)
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, [200, 422, 422, 422]);
}

pub(crate) async fn paths_may_hold_slashes(at: &Place) {
    let mut it = deployment("web", 0);
    it["metadata"]["annotations"] = json!({ "example.com/a": "1" });
    at.deploy(&it).await;
    let change = json!([
        { "op": "test", "path": "/metadata/annotations/example.com~1a", "value": "1" },
        { "op": "replace", "path": "/metadata/annotations/example.com~1a", "value": "3" },
    ]);
    assert_eq!(
        patched(at, change).await.ok()["metadata"]["annotations"]["example.com/a"],
        "3"
    );
}

pub(crate) async fn a_patch_is_applied_as_a_whole(at: &Place) {
    let before = at.deploy(&deployment("web", 0)).await;
    let change = json!([
        { "op": "add", "path": "/spec/paused", "value": true },
        { "op": "test", "path": "/spec/replicas", "value": 9 },
    ]);
    patched(at, change).await.refused(422, "Invalid");
    assert_eq!(at.deployment("web").await["spec"], before["spec"]);
}

pub(crate) async fn copies_and_moves_are_made(at: &Place) {
    let mut it = deployment("web", 0);
    it["metadata"]["annotations"] = json!({ "a": "1" });
    at.deploy(&it).await;
    let change = json!([
        { "op": "copy", "from": "/metadata/annotations/a", "path": "/metadata/annotations/b" },
        { "op": "move", "from": "/metadata/annotations/a", "path": "/metadata/annotations/c" },
    ]);
    let notes = patched(at, change).await.ok()["metadata"]["annotations"].clone();
    assert_eq!(
        (&notes["b"], &notes["c"], notes.get("a")),
        (&"1".into(), &"1".into(), None)
    );
}

pub(crate) async fn what_is_no_patch_is_400(at: &Place) {
    at.deploy(&deployment("web", 0)).await;
    let path = at.apps("deployments/web");
    for (kind, body) in [
        ("application/json-patch+json", "{}"),
        ("application/json-patch+json", "["),
        ("application/merge-patch+json", "[]"),
        ("application/strategic-merge-patch+json", "3"),
    ] {
        let told = at
            .call
            .bytes(http::Method::PATCH, &path, kind, body.as_bytes())
            .await;
        assert_eq!(told.status, 400, "{kind} {body}: {}", told.body);
    }
    let told = at.call.patch("application/json", &path, &json!({})).await;
    assert_eq!(told.status, 415, "{}", told.body);
}

pub(crate) async fn nobody_changes_an_identity(at: &Place) {
    at.deploy(&deployment("web", 0)).await;
    let path = at.apps("deployments/web");
    let uid = json!({ "metadata": { "uid": "11111111-2222-4333-8444-555555555555" } });
    let told = at.call.merge(&path, &uid).await;
    assert!([409, 422].contains(&told.status), "{}", told.body);
    let name = json!({ "metadata": { "name": "other" } });
    at.call.merge(&path, &name).await.refused(400, "BadRequest");
    let old = at.deployment("web").await;
    let born = json!({ "metadata": { "creationTimestamp": "2001-01-01T00:00:00Z", "generation": 99 } });
    let now = at.call.merge(&path, &born).await;
    if now.status == 200 {
        assert_eq!(
            now.body["metadata"]["creationTimestamp"],
            old["metadata"]["creationTimestamp"]
        );
    }
    assert_eq!(
        at.deployment("web").await["metadata"]["creationTimestamp"],
        old["metadata"]["creationTimestamp"]
    );
}

pub(crate) async fn null_in_a_merge_patch_takes_away(at: &Place) {
    let mut it = deployment("web", 0);
    it["metadata"]["annotations"] = json!({ "a": "1", "b": "2" });
    at.deploy(&it).await;
    let now = at
        .change(
            "web",
            json!({ "metadata": { "annotations": { "a": null, "c": "3" } } }),
        )
        .await;
    let notes = &now["metadata"]["annotations"];
    assert_eq!(
        (notes.get("a"), &notes["b"], &notes["c"]),
        (None, &"2".into(), &"3".into())
    );
    let replicas = at
        .change("web", json!({ "spec": { "revisionHistoryLimit": null } }))
        .await;
    assert_eq!(
        replicas["spec"]["revisionHistoryLimit"], 10,
        "what is taken away is filled in again"
    );
}

pub(crate) async fn a_merge_patch_replaces_lists(at: &Place) {
    at.deploy(&deployment("web", 0)).await;
    let containers = json!([{ "name": "other", "image": "case/ready:v3" }]);
    let now = at
        .change(
            "web",
            json!({ "spec": { "template": { "spec": { "containers": containers } } } }),
        )
        .await;
    let containers = now["spec"]["template"]["spec"]["containers"]
        .as_array()
        .expect("containers");
    assert_eq!((containers.len(), &containers[0]["name"]), (1, &"other".into()));
}

pub(crate) async fn a_strategic_patch_finds_containers_by_their_name(at: &Place) {
    let mut it = deployment("web", 0);
    it["spec"]["template"]["spec"]["containers"] = json!([
        { "name": "app", "image": "case/ready:v1", "env": [{ "name": "A", "value": "1" }] },
        { "name": "side", "image": "case/ready:v1" },
    ]);
    at.deploy(&it).await;
    let path = at.apps("deployments/web");
    let with =
        |containers: Value| json!({ "spec": { "template": { "spec": { "containers": containers } } } });
    let change =
        with(json!([{ "name": "app", "image": "case/ready:v2", "env": [{ "name": "B", "value": "2" }] }]));
    let now = at.call.strategic(&path, &change).await.ok();
    let containers = &now["spec"]["template"]["spec"]["containers"];
    assert_eq!(
        (&containers[0]["image"], &containers[1]["name"]),
        (&"case/ready:v2".into(), &"side".into())
    );
    let mut env: Vec<&str> = containers[0]["env"]
        .as_array()
        .expect("env")
        .iter()
        .filter_map(|it| it["name"].as_str())
        .collect();
    env.sort_unstable();
    assert_eq!(env, ["A", "B"]);
    let now = at
        .call
        .strategic(&path, &with(json!([{ "name": "side", "$patch": "delete" }])))
        .await
        .ok();
    assert_eq!(
        now["spec"]["template"]["spec"]["containers"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}
