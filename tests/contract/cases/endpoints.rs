//! Who stands behind a Service.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::{Fare, deployment, name, template};

async fn service(at: &Place, spec: Value) -> Value {
    let it = json!({ "metadata": { "name": "web" }, "spec": spec });
    at.call.post(&at.core("services"), &it).await.ok()
}

fn usual() -> Value {
    json!({ "selector": { "app": "web" }, "ports": [{ "name": "http", "port": 80, "targetPort": "web" }] })
}

async fn slices(at: &Place) -> Vec<Value> {
    at.list(&at.of(
        "discovery.k8s.io/v1",
        "endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dweb",
    ))
    .await
}

async fn endpoints(at: &Place) -> Vec<Value> {
    let all = slices(at).await;
    all.iter()
        .flat_map(|slice| slice["endpoints"].as_array().cloned().unwrap_or_default())
        .collect()
}

async fn until(at: &Place, what: &str, is: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    at.until(what, async || {
        let all = endpoints(at).await;
        is(&all).then_some(all)
    })
    .await
}

fn is_ready(endpoint: &Value) -> bool {
    endpoint["conditions"]["ready"] == true
}

pub(crate) async fn ready_pods_are_ready_endpoints(at: &Place) {
    let of = service(at, usual()).await;
    at.running(&deployment("web", 2)).await;
    let all = until(at, "two are ready", |all| {
        all.len() == 2 && all.iter().all(is_ready)
    })
    .await;
    let pods = at.pods("web").await;
    for endpoint in &all {
        assert_eq!(
            endpoint["conditions"],
            json!({ "ready": true, "serving": true, "terminating": false })
        );
        let pod = pods
            .iter()
            .find(|pod| pod["metadata"]["uid"] == endpoint["targetRef"]["uid"])
            .expect("its pod");
        assert_eq!(endpoint["addresses"], json!([pod["status"]["podIP"]]));
        assert_eq!(endpoint["nodeName"], pod["spec"]["nodeName"]);
        assert_eq!(
            (&endpoint["targetRef"]["kind"], &endpoint["targetRef"]["name"]),
            (&"Pod".into(), &pod["metadata"]["name"])
        );
    }
    let slice = slices(at).await.remove(0);
    assert_eq!(slice["addressType"], "IPv4");
    assert_eq!(
        slice["ports"],
        json!([{ "name": "http", "port": 8080, "protocol": "TCP" }]),
        "a name is the number it stands for"
    );
    assert_eq!(
        slice["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"],
        "endpointslice-controller.k8s.io"
    );
    let owner = &slice["metadata"]["ownerReferences"][0];
    assert_eq!(
        (&owner["kind"], &owner["uid"]),
        (&"Service".into(), &of["metadata"]["uid"])
    );
    assert!(name(&slice).starts_with("web-"));
}

pub(crate) async fn pods_that_are_not_ready_are_told_as_that(at: &Place) {
    service(at, usual()).await;
    let mut it = deployment("web", 1);
    it["spec"]["template"] = template("web", Fare::NeverReady, 1);
    at.deploy(&it).await;
    let all = until(at, "it is there", |all| all.len() == 1).await;
    assert_eq!(
        all[0]["conditions"],
        json!({ "ready": false, "serving": false, "terminating": false })
    );
}

pub(crate) async fn pods_that_are_not_ready_can_be_published(at: &Place) {
    let mut spec = usual();
    spec["publishNotReadyAddresses"] = json!(true);
    service(at, spec).await;
    let mut it = deployment("web", 1);
    it["spec"]["template"] = template("web", Fare::NeverReady, 1);
    at.deploy(&it).await;
    let all = until(at, "it is there", |all| all.len() == 1 && is_ready(&all[0])).await;
    assert_eq!(all[0]["conditions"]["serving"], false);
}

pub(crate) async fn who_goes_still_serves(at: &Place) {
    service(at, usual()).await;
    let mut pod = template("web", Fare::Ready, 1);
    pod["metadata"]["name"] = json!("held");
    pod["metadata"]["finalizers"] = json!(["example.com/hold"]);
    at.call.post(&at.core("pods"), &pod).await.ok();
    until(at, "it is ready", |all| all.len() == 1 && is_ready(&all[0])).await;
    let path = at.core("pods/held");
    at.call.delete(&path, &Value::Null).await.ok();
    let all = until(at, "it is terminating", |all| {
        all.len() == 1 && all[0]["conditions"]["terminating"] == true
    })
    .await;
    assert_eq!(
        all[0]["conditions"],
        json!({ "ready": false, "serving": true, "terminating": true })
    );
    at.call
        .merge(&path, &json!({ "metadata": { "finalizers": null } }))
        .await
        .ok();
    until(at, "it is gone", <[Value]>::is_empty).await;
}

pub(crate) async fn another_selector_is_followed(at: &Place) {
    service(at, usual()).await;
    at.running(&deployment("web", 1)).await;
    at.running(&deployment("other", 2)).await;
    until(at, "the first", |all| all.len() == 1).await;
    let change = json!([{ "op": "replace", "path": "/spec/selector", "value": { "app": "other" } }]);
    at.call.json_patch(&at.core("services/web"), &change).await.ok();
    let all = until(at, "the others", |all| all.len() == 2 && all.iter().all(is_ready)).await;
    assert!(all.iter().all(|it| {
        it["targetRef"]["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("other-"))
    }));
}

pub(crate) async fn pods_that_are_labelled_otherwise_leave(at: &Place) {
    service(
        at,
        json!({ "selector": { "app": "web", "serving": "yes" }, "ports": [{ "port": 80 }] }),
    )
    .await;
    for pod in ["one", "two"] {
        let mut it = template("web", Fare::Ready, 1);
        it["metadata"]["name"] = json!(pod);
        it["metadata"]["labels"]["serving"] = json!("yes");
        at.call.post(&at.core("pods"), &it).await.ok();
    }
    until(at, "both", |all| all.len() == 2 && all.iter().all(is_ready)).await;
    at.call
        .merge(
            &at.core("pods/one"),
            &json!({ "metadata": { "labels": { "serving": "no" } } }),
        )
        .await
        .ok();
    let all = until(at, "one left", |all| all.len() == 1).await;
    assert_eq!(all[0]["targetRef"]["name"], "two");
}

pub(crate) async fn without_a_selector_nobody_fills_it(at: &Place) {
    service(at, json!({ "ports": [{ "port": 80 }] })).await;
    at.running(&deployment("web", 1)).await;
    at.a_moment().await;
    assert_eq!(slices(at).await.len(), 0);
}

pub(crate) async fn without_pods_there_is_an_empty_slice(at: &Place) {
    service(at, usual()).await;
    let all = at
        .until("a slice", async || slices(at).await.into_iter().next())
        .await;
    assert!(
        all["endpoints"].is_null() || all["endpoints"] == json!([]),
        "{all}"
    );
    assert!(all["ports"].is_null() || all["ports"] == json!([]), "{all}");
}

pub(crate) async fn slices_go_with_their_service(at: &Place) {
    service(at, usual()).await;
    at.until("a slice", async || slices(at).await.into_iter().next())
        .await;
    at.call.delete(&at.core("services/web"), &Value::Null).await.ok();
    at.until("it is gone", async || slices(at).await.is_empty().then_some(()))
        .await;
}

pub(crate) async fn a_slice_that_is_deleted_comes_back(at: &Place) {
    service(at, usual()).await;
    at.running(&deployment("web", 1)).await;
    until(at, "one", |all| all.len() == 1).await;
    let slice = slices(at).await.remove(0);
    let path = at.of("discovery.k8s.io/v1", &format!("endpointslices/{}", name(&slice)));
    at.call.delete(&path, &Value::Null).await.ok();
    let again = at
        .until("another", async || slices(at).await.into_iter().next())
        .await;
    assert_ne!(again["metadata"]["uid"], slice["metadata"]["uid"]);
    until(at, "one again", |all| all.len() == 1).await;
}

pub(crate) async fn no_slice_holds_more_than_a_hundred(at: &Place) {
    service(at, usual()).await;
    at.running(&deployment("web", 120)).await;
    until(at, "all are ready", |all| {
        all.len() == 120 && all.iter().all(is_ready)
    })
    .await;
    let slices = slices(at).await;
    assert!(slices.len() >= 2);
    for slice in &slices {
        assert!(slice["endpoints"].as_array().map_or(0, Vec::len) <= 100);
    }
    at.change("web", json!({ "spec": { "replicas": 3 } })).await;
    until(at, "three", |all| all.len() == 3).await;
}

pub(crate) async fn a_new_service_has_an_address(at: &Place) {
    let it = service(
        at,
        json!({ "selector": { "app": "web" }, "ports": [{ "port": 80 }] }),
    )
    .await;
    assert_eq!(it["spec"]["type"], "ClusterIP");
    assert_eq!(
        it["spec"]["ports"][0],
        json!({ "port": 80, "targetPort": 80, "protocol": "TCP" })
    );
    assert!(
        it["spec"]["clusterIP"]
            .as_str()
            .is_some_and(|it| it.parse::<std::net::IpAddr>().is_ok()),
        "{it}"
    );
    assert_eq!(it["spec"]["sessionAffinity"], "None");
}
