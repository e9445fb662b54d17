//! Autoscalers, as far as no metrics are needed: neither world of the cases has a metrics server, so these are about bounds,
//! and about what is told while nothing is known.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::{condition, deployment};

fn scaler(least: u32, most: u32) -> Value {
    json!({
        "metadata": { "name": "web" },
        "spec": {
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" },
            "minReplicas": least, "maxReplicas": most,
            "metrics": [{ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 80 } } }],
        },
    })
}

async fn made(at: &Place, it: &Value) -> Value {
    at.call
        .post(&at.of("autoscaling/v2", "horizontalpodautoscalers"), it)
        .await
        .ok()
}

async fn until(at: &Place, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    at.until(what, async || {
        let it = at
            .call
            .get(&at.of("autoscaling/v2", "horizontalpodautoscalers/web"))
            .await
            .ok();
        is(&it).then_some(it)
    })
    .await
}

async fn replicas(at: &Place, expected: u32) {
    at.until(&format!("{expected} replicas"), async || {
        (at.deployment("web").await["spec"]["replicas"] == expected).then_some(())
    })
    .await;
}

pub(crate) async fn fewer_than_the_least_are_raised(at: &Place) {
    at.running(&deployment("web", 1)).await;
    let born = made(at, &scaler(3, 5)).await;
    replicas(at, 3).await;
    until(at, "it tells it", |it| it["status"]["desiredReplicas"] == 3).await;
    let path = at.of("autoscaling/v2", "horizontalpodautoscalers");
    let told = at.changes(&path, &born["metadata"]["resourceVersion"]).await;
    let told = told.iter().map(|(_, it)| condition(it, "AbleToScale"));
    assert!(
        told.clone()
            .any(|it| it["status"] == "True" && it["reason"] == "SucceededRescale"),
        "{:?}",
        told.collect::<Vec<_>>()
    );
    at.until("an Event tells it", async || {
        let events = at
            .list(&at.core("events?fieldSelector=reason%3DSuccessfulRescale"))
            .await;
        events.into_iter().find(|it| {
            it["message"] == "New size: 3; reason: Current number of replicas below Spec.MinReplicas"
        })
    })
    .await;
    at.rolled_out("web").await;
}

pub(crate) async fn more_than_the_most_are_lowered(at: &Place) {
    at.running(&deployment("web", 4)).await;
    made(at, &scaler(1, 2)).await;
    replicas(at, 2).await;
    at.until("an Event tells it", async || {
        let events = at
            .list(&at.core("events?fieldSelector=reason%3DSuccessfulRescale"))
            .await;
        events.into_iter().find(|it| {
            it["message"] == "New size: 2; reason: Current number of replicas above Spec.MaxReplicas"
        })
    })
    .await;
}

pub(crate) async fn what_is_scaled_to_nothing_is_left_alone(at: &Place) {
    at.deploy(&deployment("web", 0)).await;
    made(at, &scaler(2, 5)).await;
    let it = until(at, "it says so", |it| {
        condition(it, "ScalingActive")["reason"] == "ScalingDisabled"
    })
    .await;
    assert_eq!(condition(&it, "ScalingActive")["status"], "False");
    assert_eq!(at.deployment("web").await["spec"]["replicas"], 0);
}

pub(crate) async fn who_is_not_there_is_not_scaled(at: &Place) {
    made(at, &scaler(2, 5)).await;
    let it = until(at, "it says so", |it| {
        condition(it, "AbleToScale")["reason"] == "FailedGetScale"
    })
    .await;
    let told = condition(&it, "AbleToScale");
    assert_eq!(told["status"], "False");
    assert!(
        told["message"]
            .as_str()
            .is_some_and(|it| it.contains("not found")),
        "{told}"
    );
}

pub(crate) async fn it_is_filled_in_and_checked(at: &Place) {
    let mut it = scaler(1, 3);
    it["spec"].as_object_mut().expect("a spec").remove("minReplicas");
    it["spec"].as_object_mut().expect("a spec").remove("metrics");
    let made = made(at, &it).await;
    assert_eq!(made["spec"]["minReplicas"], 1);
    assert_eq!(
        made["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"],
        80
    );
    let mut wrong = scaler(4, 3);
    wrong["metadata"]["name"] = json!("wrong");
    at.call
        .post(&at.of("autoscaling/v2", "horizontalpodautoscalers"), &wrong)
        .await
        .invalid("spec.maxReplicas");
}

pub(crate) async fn it_aims_at_something(at: &Place) {
    let mut it = scaler(1, 2);
    let target = json!({ "type": "Utilization", "averageUtilization": 0 });
    it["spec"]["metrics"] = json!([{ "type": "Resource", "resource": { "name": "cpu", "target": target } }]);
    let path = at.of("autoscaling/v2", "horizontalpodautoscalers");
    let field = "spec.metrics[0].resource.target.averageUtilization";
    let told = at.call.post(&path, &it).await.invalid(field);
    let words = told["message"].as_str().unwrap_or_default();
    assert!(words.contains("must be greater than 0"), "{told}");
}
