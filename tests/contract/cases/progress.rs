//! What a Deployment says of its way: conditions and their words.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::{Fare, condition, deployment, name, rolling, template};

pub(crate) async fn a_complete_one_says_so(at: &Place) {
    at.running(&deployment("web", 2)).await;
    let set = name(&at.sets("web").await[0]).to_owned();
    let told = at.until("it is complete", async || {
        let told = condition(&at.deployment("web").await, "Progressing");
        (told["reason"] == "NewReplicaSetAvailable").then_some(told)
    });
    let told = told.await;
    let words = format!("ReplicaSet \"{set}\" has successfully progressed.");
    assert_eq!(
        (&told["status"], &told["message"]),
        (&"True".into(), &words.as_str().into())
    );
    assert!(told["lastUpdateTime"].is_string() && told["lastTransitionTime"].is_string());
    let available = condition(&at.deployment("web").await, "Available");
    assert_eq!(
        (&available["status"], &available["reason"], &available["message"]),
        (
            &"True".into(),
            &"MinimumReplicasAvailable".into(),
            &"Deployment has minimum availability.".into()
        )
    );
}

pub(crate) async fn one_that_moves_says_so(at: &Place) {
    at.running(&rolling("web", 3, 1, 0)).await;
    let since = at.version(&at.apps("deployments")).await;
    at.roll("web", &template("web", Fare::ReadyAfter, 2)).await;
    at.rolled_out("web").await;
    let changes = at.changes(&at.apps("deployments"), &since).await;
    let mut reasons: Vec<String> = changes
        .iter()
        .filter_map(|(_, it)| condition(it, "Progressing")["reason"].as_str().map(str::to_owned))
        .collect();
    reasons.dedup();
    let end = reasons.iter().rposition(|it| it == "ReplicaSetUpdated");
    assert!(end.is_some(), "{reasons:?}");
    assert_eq!(reasons.last().map(String::as_str), Some("NewReplicaSetAvailable"));
    assert!(
        changes
            .iter()
            .all(|(_, it)| condition(it, "Available")["status"] == "True")
    );
}

async fn stuck(at: &Place, fare: Fare) -> Value {
    let mut it = deployment("web", 2);
    it["spec"]["progressDeadlineSeconds"] = json!(2);
    at.running(&it).await;
    at.roll("web", &template("web", fare, 2)).await;
    let it = at.until("the deadline is over", async || {
        let it = at.deployment("web").await;
        (condition(&it, "Progressing")["reason"] == "ProgressDeadlineExceeded").then_some(it)
    });
    it.await
}

pub(crate) async fn one_that_does_not_come_on_says_so(at: &Place) {
    let it = stuck(at, Fare::ImagePull).await;
    let new = name(&at.sets("web").await[1]).to_owned();
    let told = condition(&it, "Progressing");
    let words = format!("ReplicaSet \"{new}\" has timed out progressing.");
    assert_eq!(
        (&told["status"], &told["message"]),
        (&"False".into(), &words.as_str().into())
    );
}

pub(crate) async fn what_is_stuck_recovers_with_the_next(at: &Place) {
    stuck(at, Fare::NeverReady).await;
    at.roll("web", &template("web", Fare::Ready, 3)).await;
    at.rolled_out("web").await;
    at.until("it says so", async || {
        (condition(&at.deployment("web").await, "Progressing")["reason"] == "NewReplicaSetAvailable")
            .then_some(())
    })
    .await;
}

pub(crate) async fn too_few_is_told(at: &Place) {
    let mut it = deployment("web", 2);
    it["spec"]["template"] = template("web", Fare::NeverReady, 1);
    at.deploy(&it).await;
    let told = at.until("it is told", async || {
        let told = condition(&at.deployment("web").await, "Available");
        told.is_object().then_some(told)
    });
    let told = told.await;
    assert_eq!(
        (&told["status"], &told["reason"], &told["message"]),
        (
            &"False".into(),
            &"MinimumReplicasUnavailable".into(),
            &"Deployment does not have minimum availability.".into()
        )
    );
}

pub(crate) async fn pods_that_cannot_be_made_are_told(at: &Place) {
    let mut it = deployment("web", 2);
    it["spec"]["template"]["spec"]["priorityClassName"] = json!("none-such");
    at.deploy(&it).await;
    let words = "no PriorityClass with name none-such was found";
    let told = at.until("the failure is told", async || {
        let told = condition(&at.deployment("web").await, "ReplicaFailure");
        told.is_object().then_some(told)
    });
    let told = told.await;
    assert_eq!(
        (&told["status"], &told["reason"]),
        (&"True".into(), &"FailedCreate".into())
    );
    assert!(
        told["message"]
            .as_str()
            .is_some_and(|it| it.contains(words) && it.contains("forbidden")),
        "{told}"
    );
    let set = at.sets("web").await.remove(0);
    assert_eq!(condition(&set, "ReplicaFailure")["reason"], "FailedCreate");
    at.until("an Event tells it", async || {
        let events = at
            .list(&at.core("events?fieldSelector=reason%3DFailedCreate"))
            .await;
        events
            .into_iter()
            .find(|it| it["type"] == "Warning" && it["involvedObject"]["kind"] == "ReplicaSet")
    })
    .await;
}
