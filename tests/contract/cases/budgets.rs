//! How many pods may be taken away, and who is refused.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::{Fare, condition, deployment, name, template};

async fn budget(at: &Place, spec: Value) {
    let mut spec = spec;
    spec["selector"] = json!({ "matchLabels": { "app": "web" } });
    let it = json!({ "metadata": { "name": "web" }, "spec": spec });
    at.call
        .post(&at.of("policy/v1", "poddisruptionbudgets"), &it)
        .await
        .ok();
}

/// Allowed, healthy, wished for, expected.
async fn told(at: &Place, expected: [u64; 4]) -> Value {
    at.until(&format!("the budget tells {expected:?}"), async || {
        let it = at
            .call
            .get(&at.of("policy/v1", "poddisruptionbudgets/web"))
            .await
            .ok();
        let status = &it["status"];
        let now = [
            "disruptionsAllowed",
            "currentHealthy",
            "desiredHealthy",
            "expectedPods",
        ]
        .map(|field| status[field].as_u64().unwrap_or(u64::MAX));
        (now == expected && status["observedGeneration"] == it["metadata"]["generation"]).then_some(it)
    })
    .await
}

async fn evict(at: &Place, pod: &Value) -> crate::contract::caller::Answer {
    let eviction = json!({ "apiVersion": "policy/v1", "kind": "Eviction", "metadata": { "name": name(pod), "namespace": at.namespace } });
    at.call
        .post(&at.core(&format!("pods/{}/eviction", name(pod))), &eviction)
        .await
}

pub(crate) async fn what_may_be_missing_is_told(at: &Place) {
    at.running(&deployment("web", 3)).await;
    budget(at, json!({ "minAvailable": 2 })).await;
    let it = told(at, [1, 3, 2, 3]).await;
    let condition = condition(&it, "DisruptionAllowed");
    assert_eq!(
        (&condition["status"], &condition["reason"]),
        (&"True".into(), &"SufficientPods".into())
    );
}

pub(crate) async fn shares_are_of_all_and_rounded_up(at: &Place) {
    at.running(&deployment("web", 5)).await;
    budget(at, json!({ "maxUnavailable": "50%" })).await;
    told(at, [3, 5, 2, 5]).await;
    at.change("web", json!({ "spec": { "replicas": 3 } })).await;
    told(at, [2, 3, 1, 3]).await;
}

pub(crate) async fn pods_that_are_not_ready_do_not_count(at: &Place) {
    let mut it = deployment("web", 2);
    it["spec"]["template"] = template("web", Fare::NeverReady, 1);
    at.deploy(&it).await;
    budget(at, json!({ "minAvailable": 1 })).await;
    let it = told(at, [0, 0, 1, 2]).await;
    let condition = condition(&it, "DisruptionAllowed");
    assert_eq!(
        (&condition["status"], &condition["reason"]),
        (&"False".into(), &"InsufficientPods".into())
    );
}

pub(crate) async fn one_too_many_is_refused(at: &Place) {
    at.running(&deployment("web", 2)).await;
    budget(at, json!({ "minAvailable": 2 })).await;
    told(at, [0, 2, 2, 2]).await;
    let pod = at.pods("web").await.remove(0);
    let refusal = evict(at, &pod).await.refused(429, "TooManyRequests");
    assert_eq!(
        refusal["message"],
        "Cannot evict pod as it would violate the pod's disruption budget."
    );
    assert_eq!(refusal["details"]["causes"][0]["reason"], "DisruptionBudget");
    let still = at.call.get(&at.core(&format!("pods/{}", name(&pod)))).await.ok();
    assert!(still["metadata"].get("deletionTimestamp").is_none());
}

pub(crate) async fn what_is_allowed_is_evicted_and_replaced(at: &Place) {
    at.running(&deployment("web", 2)).await;
    budget(at, json!({ "minAvailable": 1 })).await;
    told(at, [1, 2, 1, 2]).await;
    let pod = at.pods("web").await.remove(0);
    let answer = evict(at, &pod).await;
    assert_eq!(
        (answer.status, &answer.body["status"]),
        (201, &"Success".into()),
        "{}",
        answer.body
    );
    at.until("it is gone", async || {
        (at.call
            .get(&at.core(&format!("pods/{}", name(&pod))))
            .await
            .status
            == 404)
            .then_some(())
    })
    .await;
    told(at, [1, 2, 1, 2]).await;
}

pub(crate) async fn without_a_budget_everybody_may_be_evicted(at: &Place) {
    at.running(&deployment("web", 1)).await;
    let pod = at.pods("web").await.remove(0);
    let answer = evict(at, &pod).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    evict(at, &json!({ "metadata": { "name": "none" } }))
        .await
        .refused(404, "NotFound");
}

pub(crate) async fn a_rollout_is_not_held_by_it(at: &Place) {
    at.running(&deployment("web", 2)).await;
    budget(at, json!({ "maxUnavailable": 0 })).await;
    told(at, [0, 2, 2, 2]).await;
    at.roll("web", &template("web", Fare::Ready, 2)).await;
    at.rolled_out("web").await;
}

pub(crate) async fn more_than_all_are_refused(at: &Place) {
    let path = at.of("policy/v1", "poddisruptionbudgets");
    for field in ["minAvailable", "maxUnavailable"] {
        let mut it = json!({
            "metadata": { "name": "web" },
            "spec": { "selector": { "matchLabels": { "app": "web" } } },
        });
        it["spec"][field] = json!("150%");
        let told = at.call.post(&path, &it).await.invalid(&format!("spec.{field}"));
        let words = told["message"].as_str().unwrap_or_default();
        assert!(words.contains("must not be greater than 100%"), "{told}");
    }
}
