//! Pods that cannot be made, and as many as there is to do.

use super::*;
use crate::sandbox::resource::SCALERS;

#[test]
fn pods_that_cannot_be_made_are_told_once() {
    let lab = lab("", "");
    lab.change(|web| {
        set(
            web,
            &["spec", "template", "spec", "priorityClassName"],
            "none-such",
        );
    });
    assert_eq!(lab.reason("ReplicaFailure"), "FailedCreate");
    lab.pass(30);
    let version = lab.cluster.with(|state| state.objects.store.version());
    lab.pass(200);
    assert_eq!(lab.cluster.with(|state| state.objects.store.version()), version);
    lab.change(|web| drop(take(web, &["spec", "template", "spec", "priorityClassName"])));
    lab.pass(60);
    assert_eq!(lab.status("availableReplicas"), 4);
    let web = lab.web();
    let told = list(&web, &["status", "conditions"]);
    assert!(told.iter().all(|it| it["type"] != "ReplicaFailure"), "{told:?}");
}

#[test]
fn an_autoscaler_follows_the_load_up_at_once_and_down_when_it_is_calm() {
    let lab = lab("", "");
    lab.change(|web| {
        web["spec"]["template"]["spec"]["containers"][0]["resources"] =
            json!({ "requests": { "cpu": "100m" } });
    });
    lab.pass(60);
    let how = How {
        manager: "ann",
        now: lab.clock.now(),
        dry_run: false,
    };
    let target = json!({ "type": "Utilization", "averageUtilization": 50 });
    let scaler = json!({ "metadata": { "name": "web", "namespace": "shop" }, "spec": {
        "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" }, "minReplicas": 2, "maxReplicas": 10,
        "metrics": [{ "type": "Resource", "resource": { "name": "cpu", "target": target } }],
    }});
    let load = |millicores: u64| {
        lab.cluster.with(|state| {
            let pods = state.objects.store.list(PODS, None);
            let loads = pods.map(|(key, _)| (key.clone(), millicores)).collect();
            state.controllers.report(&state.objects, loads);
        });
    };
    load(75);
    lab.cluster
        .with(|state| state.objects.create(by_id(SCALERS).unwrap(), scaler, how))
        .unwrap();
    lab.pass(0);
    assert_eq!(lab.web()["spec"]["replicas"], 6, "four at 75 % are six at 50 %");
    lab.pass(60);
    load(10);
    lab.pass(30);
    assert_eq!(lab.web()["spec"]["replicas"], 6, "a moment of calm is none");
    for _ in 0..30 {
        load(10);
        lab.pass(15);
    }
    assert_eq!(lab.web()["spec"]["replicas"], 2);
    let scaler = lab.all(SCALERS).remove(0);
    assert_eq!(
        scaler["status"]["currentMetrics"][0]["resource"]["current"]["averageUtilization"],
        10
    );
}
