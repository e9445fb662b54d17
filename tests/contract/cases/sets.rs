//! `ReplicaSet`s and the pods they care for.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::{Fare, count, deployment, name, template};

fn set(app: &str, replicas: u32) -> Value {
    json!({
        "metadata": { "name": app, "labels": { "app": app } },
        "spec": { "replicas": replicas, "selector": { "matchLabels": { "app": app } }, "template": template(app, Fare::Ready, 1) },
    })
}

async fn made(at: &Place, replicas: u32) -> Value {
    at.call
        .post(&at.apps("replicasets"), &set("web", replicas))
        .await
        .ok();
    at.until("its pods are available", async || {
        let it = at.call.get(&at.apps("replicasets/web")).await.ok();
        (it["status"]["availableReplicas"] == replicas).then_some(it)
    })
    .await
}

pub(crate) async fn counts_are_told(at: &Place) {
    let it = made(at, 2).await;
    let status = &it["status"];
    for field in [
        "replicas",
        "fullyLabeledReplicas",
        "readyReplicas",
        "availableReplicas",
    ] {
        assert_eq!(status[field], 2, "{field}");
    }
    assert_eq!(status["observedGeneration"], it["metadata"]["generation"]);
}

pub(crate) async fn a_pod_that_goes_is_replaced(at: &Place) {
    at.running(&deployment("web", 2)).await;
    let gone = at.pods("web").await.remove(0);
    at.call
        .delete(&at.core(&format!("pods/{}", name(&gone))), &Value::Null)
        .await
        .ok();
    at.until("there are two others", async || {
        let pods = at.pods("web").await;
        (pods.len() == 2 && pods.iter().all(|pod| name(pod) != name(&gone))).then_some(())
    })
    .await;
    at.rolled_out("web").await;
}

pub(crate) async fn a_pod_that_has_nobody_is_taken_in(at: &Place) {
    let mut pod = template("web", Fare::Ready, 1);
    pod["metadata"]["name"] = json!("stray");
    at.call.post(&at.core("pods"), &pod).await.ok();
    let it = made(at, 2).await;
    let stray = at.until("it is taken in", async || {
        let stray = at.call.get(&at.core("pods/stray")).await.ok();
        stray["metadata"]["ownerReferences"].is_array().then_some(stray)
    });
    assert_eq!(
        stray.await["metadata"]["ownerReferences"][0]["uid"],
        it["metadata"]["uid"]
    );
    assert_eq!(at.pods("web").await.len(), 2);
}

pub(crate) async fn a_pod_that_is_labelled_otherwise_is_let_go_and_replaced(at: &Place) {
    made(at, 2).await;
    let pod = at.pods("web").await.remove(0);
    let path = at.core(&format!("pods/{}", name(&pod)));
    at.call
        .merge(&path, &json!({ "metadata": { "labels": { "app": "debug" } } }))
        .await
        .ok();
    at.until("it has no owner", async || {
        let pod = at.call.get(&path).await.ok();
        pod["metadata"]["ownerReferences"]
            .as_array()
            .is_none_or(Vec::is_empty)
            .then_some(())
    })
    .await;
    at.until("another takes its place", async || {
        (at.pods("web").await.len() == 2).then_some(())
    })
    .await;
}

pub(crate) async fn those_that_do_not_serve_go_first(at: &Place) {
    let mut waiting = template("web", Fare::Ready, 1);
    waiting["metadata"]["name"] = json!("waiting");
    waiting["spec"]["nodeSelector"] = json!({ "disk": "none-such" });
    at.call.post(&at.core("pods"), &waiting).await.ok();
    at.call.post(&at.apps("replicasets"), &set("web", 3)).await.ok();
    at.until("two of three are available", async || {
        let it = at.call.get(&at.apps("replicasets/web")).await.ok();
        (it["status"]["availableReplicas"] == 2 && it["status"]["replicas"] == 3).then_some(())
    })
    .await;
    at.call
        .merge(&at.apps("replicasets/web"), &json!({ "spec": { "replicas": 2 } }))
        .await
        .ok();
    at.until("there are two", async || {
        (at.pods("web").await.len() == 2).then_some(())
    })
    .await;
    assert!(at.pods("web").await.iter().all(|pod| name(pod) != "waiting"));
}

pub(crate) async fn it_is_scaled_like_a_deployment(at: &Place) {
    made(at, 1).await;
    let path = at.apps("replicasets/web/scale");
    let scale = at
        .call
        .merge(&path, &json!({ "spec": { "replicas": 3 } }))
        .await
        .ok();
    assert_eq!(
        (&scale["kind"], count(&scale["spec"]["replicas"])),
        (&"Scale".into(), 3)
    );
    at.until("there are three", async || {
        (at.pods("web").await.len() == 3).then_some(())
    })
    .await;
}
