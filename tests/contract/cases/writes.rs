//! Creating, replacing and deleting.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::{deployment, name, version};

fn map(name: &str) -> Value {
    json!({ "metadata": { "name": name }, "data": { "key": "old" } })
}

pub(crate) async fn a_new_deployment_is_filled_in(at: &Place) {
    let answer = at.call.post(&at.apps("deployments"), &deployment("web", 0)).await;
    assert_eq!(answer.status, 201);
    let it = answer.ok();
    assert_eq!(
        (&it["kind"], &it["apiVersion"]),
        (&"Deployment".into(), &"apps/v1".into())
    );
    let spec = &it["spec"];
    assert_eq!(
        (
            &spec["revisionHistoryLimit"],
            &spec["progressDeadlineSeconds"],
            &spec["strategy"]
        ),
        (
            &10.into(),
            &600.into(),
            &json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": "25%" } })
        )
    );
    let pod = &spec["template"]["spec"];
    for (field, value) in [
        ("restartPolicy", json!("Always")),
        ("dnsPolicy", json!("ClusterFirst")),
        ("schedulerName", json!("default-scheduler")),
        ("securityContext", json!({})),
    ] {
        assert_eq!(pod[field], value, "{field}");
    }
    let container = &pod["containers"][0];
    assert_eq!(
        (
            &container["imagePullPolicy"],
            &container["terminationMessagePath"],
            &container["ports"][0]["protocol"]
        ),
        (
            &"IfNotPresent".into(),
            &"/dev/termination-log".into(),
            &"TCP".into()
        )
    );
    let meta = &it["metadata"];
    assert_eq!(
        (&meta["generation"], meta["uid"].as_str().map(str::len)),
        (&1.into(), Some(36))
    );
    assert!(meta["creationTimestamp"].is_string() && version(&it) > 0);
    assert_eq!(it.get("status"), Some(&json!({})));
}

pub(crate) async fn replicas_default_to_one(at: &Place) {
    let mut it = deployment("web", 1);
    it["spec"].as_object_mut().expect("a spec").remove("replicas");
    assert_eq!(at.deploy(&it).await["spec"]["replicas"], 1);
}

pub(crate) async fn what_exists_is_not_made_again(at: &Place) {
    at.call.post(&at.core("configmaps"), &map("a")).await.ok();
    let told = at
        .call
        .post(&at.core("configmaps"), &map("a"))
        .await
        .refused(409, "AlreadyExists");
    assert_eq!(told["message"], "configmaps \"a\" already exists");
    assert_eq!(told["details"], json!({ "name": "a", "kind": "configmaps" }));
}

pub(crate) async fn nothing_is_made_in_a_namespace_that_is_not_there(at: &Place) {
    let told = at
        .call
        .post("/api/v1/namespaces/none-such/configmaps", &map("a"))
        .await
        .refused(404, "NotFound");
    assert_eq!(told["message"], "namespaces \"none-such\" not found");
}

pub(crate) async fn names_are_made_up_when_asked_for(at: &Place) {
    let it = json!({ "metadata": { "generateName": "note-" } });
    let made = at.call.post(&at.core("configmaps"), &it).await.ok();
    let other = at.call.post(&at.core("configmaps"), &it).await.ok();
    assert!(
        name(&made).starts_with("note-") && name(&made).len() == 10,
        "{made}"
    );
    assert_ne!(name(&made), name(&other));
    assert_eq!(made["metadata"]["generateName"], "note-");
}

pub(crate) async fn an_object_of_another_place_is_refused(at: &Place) {
    let mut it = map("a");
    it["metadata"]["namespace"] = json!("elsewhere");
    at.call
        .post(&at.core("configmaps"), &it)
        .await
        .refused(400, "BadRequest");
    at.call.post(&at.core("configmaps"), &map("a")).await.ok();
    at.call
        .put(&at.core("configmaps/a"), &map("b"))
        .await
        .refused(400, "BadRequest");
}

pub(crate) async fn what_is_not_there_is_told_in_full(at: &Place) {
    for path in [
        "deployments/none",
        "deployments/none/scale",
        "deployments/none/status",
    ] {
        let told = at.call.get(&at.apps(path)).await.refused(404, "NotFound");
        assert_eq!(told["message"], "deployments.apps \"none\" not found", "{path}");
        assert_eq!(
            told["details"],
            json!({ "name": "none", "group": "apps", "kind": "deployments" })
        );
    }
    let gone = at.call.delete(&at.apps("deployments/none"), &Value::Null).await;
    gone.refused(404, "NotFound");
    let patched = at.call.merge(&at.apps("deployments/none"), &json!({})).await;
    patched.refused(404, "NotFound");
    let put = at
        .call
        .put(&at.apps("deployments/none"), &deployment("none", 1))
        .await;
    put.refused(404, "NotFound");
    assert_eq!(
        at.call.get("/api/v1/namespaces/none-such/pods/a").await.status,
        404
    );
}

pub(crate) async fn an_older_version_is_not_written_over(at: &Place) {
    let old = at.call.post(&at.core("configmaps"), &map("a")).await.ok();
    let path = at.core("configmaps/a");
    let new = at
        .call
        .merge(&path, &json!({ "data": { "key": "new" } }))
        .await
        .ok();
    assert!(version(&new) > version(&old));
    let told = at.call.put(&path, &old).await.refused(409, "Conflict");
    let words = told["message"].as_str().expect("a message");
    assert!(
        words.starts_with("Operation cannot be fulfilled on configmaps \"a\": the object has been modified"),
        "{words}"
    );
    let stale = json!({ "metadata": { "resourceVersion": old["metadata"]["resourceVersion"] }, "data": { "key": "x" } });
    at.call.merge(&path, &stale).await.refused(409, "Conflict");
    at.call.put(&path, &map("a")).await.ok();
}

pub(crate) async fn a_write_that_changes_nothing_has_no_version(at: &Place) {
    let before = at.running(&deployment("web", 1)).await;
    let same = at.change("web", json!({ "spec": { "replicas": 1 } })).await;
    assert_eq!(
        same["metadata"]["resourceVersion"],
        before["metadata"]["resourceVersion"]
    );
    let same = at.call.put(&at.apps("deployments/web"), &before).await.ok();
    assert_eq!(
        same["metadata"]["resourceVersion"],
        before["metadata"]["resourceVersion"]
    );
}

pub(crate) async fn the_generation_counts_changes_of_what_is_wanted(at: &Place) {
    at.deploy(&deployment("web", 0)).await;
    let noted = at
        .change("web", json!({ "metadata": { "annotations": { "note": "x" } } }))
        .await;
    assert_eq!(
        noted["metadata"]["generation"], 2,
        "an annotation may be a wish to its controller"
    );
    let scaled = at.change("web", json!({ "spec": { "replicas": 1 } })).await;
    assert_eq!(scaled["metadata"]["generation"], 3);
    let labelled = at
        .change("web", json!({ "metadata": { "labels": { "a": "b" } } }))
        .await;
    assert_eq!(labelled["metadata"]["generation"], 3);
}

pub(crate) async fn a_dry_run_tells_and_changes_nothing(at: &Place) {
    let path = at.core("configmaps/a");
    let told = at
        .call
        .post(&format!("{}?dryRun=All", at.core("configmaps")), &map("a"))
        .await;
    assert_eq!((told.status, &told.body["data"]["key"]), (201, &"old".into()));
    assert_eq!(at.call.get(&path).await.status, 404);
    let before = at.call.post(&at.core("configmaps"), &map("a")).await.ok();
    let dry = format!("{path}?dryRun=All");
    let told = at
        .call
        .merge(&dry, &json!({ "data": { "key": "new" } }))
        .await
        .ok();
    assert_eq!(told["data"]["key"], "new");
    at.call.delete(&dry, &Value::Null).await.ok();
    assert_eq!(at.call.get(&path).await.ok(), before);
    let other = at.call.merge(&format!("{path}?dryRun=Some"), &json!({})).await;
    other.refused(422, "Invalid");
}

pub(crate) async fn only_the_very_one_is_deleted(at: &Place) {
    let it = at.call.post(&at.core("configmaps"), &map("a")).await.ok();
    let path = at.core("configmaps/a");
    let other = json!({ "preconditions": { "uid": "11111111-2222-4333-8444-555555555555" } });
    let told = at.call.delete(&path, &other).await.refused(409, "Conflict");
    assert!(
        told["message"]
            .as_str()
            .is_some_and(|it| it.contains("the UID in the precondition")),
        "{told}"
    );
    let version = json!({ "preconditions": { "resourceVersion": "1" } });
    at.call.delete(&path, &version).await.refused(409, "Conflict");
    let this = json!({ "preconditions": { "uid": it["metadata"]["uid"] } });
    let told = at.call.delete(&path, &this).await.ok();
    assert_eq!(
        (&told["kind"], &told["status"]),
        (&"Status".into(), &"Success".into())
    );
    assert_eq!(told["details"]["uid"], it["metadata"]["uid"]);
}

pub(crate) async fn finalizers_hold_a_deletion(at: &Place) {
    let mut it = map("a");
    it["metadata"]["finalizers"] = json!(["example.com/hold"]);
    at.call.post(&at.core("configmaps"), &it).await.ok();
    let path = at.core("configmaps/a");
    at.call.delete(&path, &Value::Null).await.ok();
    let held = at.call.get(&path).await.ok();
    assert!(held["metadata"]["deletionTimestamp"].is_string(), "{held}");
    at.call
        .merge(&path, &json!({ "data": { "key": "new" } }))
        .await
        .ok();
    at.call
        .merge(&path, &json!({ "metadata": { "finalizers": null } }))
        .await
        .ok();
    at.call.get(&path).await.refused(404, "NotFound");
}

pub(crate) async fn what_is_no_object_is_refused(at: &Place) {
    let path = at.core("configmaps");
    for body in ["{", "[]", "3"] {
        let told = at
            .call
            .bytes(http::Method::POST, &path, "application/json", body.as_bytes())
            .await;
        assert_eq!(told.status, 400, "{body}: {}", told.body);
    }
    let told = at
        .call
        .bytes(http::Method::POST, &path, "text/plain", b"{}")
        .await;
    assert_eq!(told.status, 415, "{}", told.body);
    let mut words = deployment("web", 1);
    words["spec"]["replicas"] = json!("three");
    at.call
        .post(&at.apps("deployments"), &words)
        .await
        .refused(400, "BadRequest");
}
