//! Objects that no cluster takes.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::deployment;

async fn refused(at: &Place, field: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut it = deployment("web", 1);
    change(&mut it);
    at.call.post(&at.apps("deployments"), &it).await.invalid(field)
}

pub(crate) async fn a_selector_stays_as_it_is(at: &Place) {
    at.deploy(&deployment("web", 0)).await;
    let change = json!([
        { "op": "replace", "path": "/spec/selector/matchLabels", "value": { "app": "x" } },
        { "op": "replace", "path": "/spec/template/metadata/labels", "value": { "app": "x" } },
    ]);
    let told = at
        .call
        .json_patch(&at.apps("deployments/web"), &change)
        .await
        .invalid("spec.selector");
    assert!(
        told["message"]
            .as_str()
            .is_some_and(|it| it.contains("field is immutable")),
        "{told}"
    );
    assert_eq!(
        (
            &told["details"]["name"],
            &told["details"]["group"],
            &told["details"]["kind"]
        ),
        (&"web".into(), &"apps".into(), &"Deployment".into())
    );
}

pub(crate) async fn fewer_than_no_replicas_are_refused(at: &Place) {
    let told = refused(at, "spec.replicas", |it| it["spec"]["replicas"] = json!(-1)).await;
    assert_eq!(
        told["message"],
        "Deployment.apps \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0"
    );
}

pub(crate) async fn labels_have_a_form(at: &Place) {
    refused(at, "metadata.labels", |it| {
        it["metadata"]["labels"]["app"] = json!("not a label!");
    })
    .await;
    refused(at, "metadata.labels", |it| {
        it["metadata"]["labels"]["-x/"] = json!("a");
    })
    .await;
    refused(at, "metadata.annotations", |it| {
        it["metadata"]["annotations"] = json!({ "not a key": "a" });
    })
    .await;
}

pub(crate) async fn names_have_a_form(at: &Place) {
    refused(at, "metadata.name", |it| it["metadata"]["name"] = json!("Web!")).await;
    let long = "x".repeat(254);
    refused(at, "metadata.name", |it| it["metadata"]["name"] = json!(long)).await;
    let nameless = json!({ "metadata": {} });
    at.call
        .post(&at.core("configmaps"), &nameless)
        .await
        .invalid("metadata.name");
}

pub(crate) async fn a_template_must_be_selected(at: &Place) {
    refused(at, "spec.template.metadata.labels", |it| {
        it["spec"]["template"]["metadata"]["labels"] = json!({ "app": "other" });
    })
    .await;
    refused(at, "spec.selector", |it| it["spec"]["selector"] = json!({})).await;
}

pub(crate) async fn a_template_must_have_containers(at: &Place) {
    refused(at, "spec.template.spec.containers", |it| {
        it["spec"]["template"]["spec"]["containers"] = json!([]);
    })
    .await;
    for field in ["name", "image"] {
        let path = format!("spec.template.spec.containers[0].{field}");
        refused(at, &path, |it| {
            it["spec"]["template"]["spec"]["containers"][0]
                .as_object_mut()
                .expect("a container")
                .remove(field);
        })
        .await;
    }
    refused(at, "spec.template.spec.containers[1].name", |it| {
        let one = it["spec"]["template"]["spec"]["containers"][0].clone();
        it["spec"]["template"]["spec"]["containers"] = json!([one, one]);
    })
    .await;
}

pub(crate) async fn a_rolling_update_must_be_able_to_move(at: &Place) {
    refused(at, "spec.strategy.rollingUpdate.maxUnavailable", |it| {
        it["spec"]["strategy"] = json!({ "rollingUpdate": { "maxSurge": 0, "maxUnavailable": 0 } });
    })
    .await;
    refused(at, "spec.strategy.rollingUpdate.maxUnavailable", |it| {
        it["spec"]["strategy"] = json!({ "rollingUpdate": { "maxUnavailable": "101%" } });
    })
    .await;
    refused(at, "spec.strategy", |it| {
        it["spec"]["strategy"] = json!({ "type": "Sometimes" });
    })
    .await;
    refused(at, "spec.strategy.rollingUpdate", |it| {
        it["spec"]["strategy"] = json!({ "type": "Recreate", "rollingUpdate": { "maxSurge": 1 } });
    })
    .await;
}

pub(crate) async fn a_deadline_comes_after_the_settling(at: &Place) {
    refused(at, "spec.progressDeadlineSeconds", |it| {
        it["spec"]["progressDeadlineSeconds"] = json!(5);
        it["spec"]["minReadySeconds"] = json!(5);
    })
    .await;
    refused(at, "spec.minReadySeconds", |it| {
        it["spec"]["minReadySeconds"] = json!(-1);
    })
    .await;
    refused(at, "spec.revisionHistoryLimit", |it| {
        it["spec"]["revisionHistoryLimit"] = json!(-1);
    })
    .await;
}

pub(crate) async fn a_change_is_checked_like_a_new_one(at: &Place) {
    at.deploy(&deployment("web", 0)).await;
    let path = at.apps("deployments/web");
    at.call
        .merge(&path, &json!({ "spec": { "replicas": -3 } }))
        .await
        .invalid("spec.replicas");
    let dry = format!("{path}?dryRun=All");
    at.call
        .merge(&dry, &json!({ "spec": { "replicas": -3 } }))
        .await
        .invalid("spec.replicas");
}

pub(crate) async fn strangers_are_401(at: &Place) {
    let stranger = at.lab.caller(Some("wrong"));
    let told = stranger.get(&at.core("pods")).await.refused(401, "Unauthorized");
    assert_eq!(told["message"], "Unauthorized");
}

pub(crate) async fn methods_that_do_not_exist_are_405(at: &Place) {
    let told = at.call.put(&at.core("configmaps"), &json!({})).await;
    told.refused(405, "MethodNotAllowed");
    let told = at.call.post(&at.core("configmaps/a"), &json!({})).await;
    told.refused(405, "MethodNotAllowed");
}
