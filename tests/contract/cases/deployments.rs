//! What a Deployment does with its sets while it moves.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::{
    Fare, condition, count, deployment, is_complete, name, revision, rolling, template,
};

/// What the sets of an app ask for and have, change by change.
async fn history(at: &Place, since: &Value) -> Vec<BTreeMap<String, (usize, usize)>> {
    let mut now = BTreeMap::new();
    let mut all = Vec::new();
    for (word, set) in at.changes(&at.apps("replicasets"), since).await {
        if word == "DELETED" {
            now.remove(name(&set));
        } else {
            let pair = (
                count(&set["spec"]["replicas"]),
                count(&set["status"]["availableReplicas"]),
            );
            now.insert(name(&set).to_owned(), pair);
        }
        all.push(now.clone());
    }
    all
}

/// Rolls to another version and gives what the sets went through, and the names of the old and the new one.
async fn moved(at: &Place, it: &Value) -> (Vec<BTreeMap<String, (usize, usize)>>, String, String) {
    at.running(it).await;
    let old = name(&at.sets("web").await[0]).to_owned();
    let since = at.version(&at.apps("replicasets")).await;
    at.roll("web", &template("web", Fare::ReadyAfter, 2)).await;
    at.rolled_out("web").await;
    let new = name(at.sets("web").await.last().expect("a set")).to_owned();
    (history(at, &since).await, old, new)
}

pub(crate) async fn never_more_pods_than_the_surge_allows(at: &Place) {
    let (history, old, _) = moved(at, &rolling("web", 4, 1, 1)).await;
    for now in history {
        let asked: usize = now.values().map(|(wanted, _)| wanted).sum::<usize>()
            + if now.contains_key(&old) { 0 } else { 4 };
        assert!(asked <= 5, "{now:?}");
    }
}

pub(crate) async fn never_fewer_available_than_may_be_missing(at: &Place) {
    at.running(&rolling("web", 4, 1, 1)).await;
    let since = at.version(&at.apps("deployments")).await;
    at.roll("web", &template("web", Fare::ReadyAfter, 2)).await;
    at.rolled_out("web").await;
    for (_, it) in at.changes(&at.apps("deployments"), &since).await {
        assert!(count(&it["status"]["availableReplicas"]) >= 3, "{}", it["status"]);
    }
}

pub(crate) async fn with_nothing_to_spare_the_new_come_first(at: &Place) {
    let (history, old, new) = moved(at, &rolling("web", 3, 1, 0)).await;
    for now in history {
        let (wanted, _) = now.get(&old).copied().unwrap_or((3, 3));
        let (_, available) = now.get(&new).copied().unwrap_or_default();
        assert!(wanted + available >= 3, "{now:?}");
    }
}

pub(crate) async fn without_room_the_old_go_first(at: &Place) {
    let (history, old, _) = moved(at, &rolling("web", 3, 0, 1)).await;
    for now in history {
        let asked: usize = now.values().map(|(wanted, _)| wanted).sum::<usize>()
            + if now.contains_key(&old) { 0 } else { 3 };
        assert!(asked <= 3, "{now:?}");
    }
}

pub(crate) async fn recreate_never_has_two_versions(at: &Place) {
    let mut it = deployment("web", 3);
    it["spec"]["strategy"] = json!({ "type": "Recreate" });
    at.running(&it).await;
    let mut alive: BTreeMap<String, String> = BTreeMap::new();
    for pod in at.pods("web").await {
        alive.insert(name(&pod).to_owned(), image(&pod));
    }
    let since = at.version(&at.core("pods")).await;
    at.roll("web", &template("web", Fare::Ready, 2)).await;
    at.rolled_out("web").await;
    for (word, pod) in at.changes(&at.core("pods"), &since).await {
        if word == "DELETED" {
            alive.remove(name(&pod));
        } else {
            alive.insert(name(&pod).to_owned(), image(&pod));
        }
        let versions: std::collections::BTreeSet<&String> = alive.values().collect();
        assert!(versions.len() <= 1, "{alive:?}");
    }
    assert_eq!(alive.len(), 3);
}

fn image(pod: &Value) -> String {
    pod["spec"]["containers"][0]["image"]
        .as_str()
        .expect("an image")
        .to_owned()
}

pub(crate) async fn a_bad_one_leaves_the_good_ones_alone(at: &Place) {
    at.running(&rolling("web", 4, 1, 1)).await;
    at.roll("web", &template("web", Fare::ImagePull, 2)).await;
    let it = at.until("it is as far as it comes", async || {
        let it = at.deployment("web").await;
        let status = &it["status"];
        (count(&status["updatedReplicas"]) == 2 && count(&status["replicas"]) == 5).then_some(it)
    });
    let it = it.await;
    assert_eq!(
        (
            count(&it["status"]["availableReplicas"]),
            count(&it["status"]["unavailableReplicas"])
        ),
        (3, 2)
    );
    assert_eq!(condition(&it, "Available")["status"], "True");
    at.a_moment().await;
    let wanted: Vec<usize> = at
        .sets("web")
        .await
        .iter()
        .map(|set| count(&set["spec"]["replicas"]))
        .collect();
    assert_eq!(wanted, [3, 2]);
}

pub(crate) async fn a_paused_one_makes_no_new_set_until_it_goes_on(at: &Place) {
    at.running(&deployment("web", 2)).await;
    at.change("web", json!({ "spec": { "paused": true } })).await;
    let it = at.roll("web", &template("web", Fare::Ready, 2)).await;
    at.until("the pause is seen", async || {
        let now = at.deployment("web").await;
        (now["status"]["observedGeneration"] == it["metadata"]["generation"]
            && condition(&now, "Progressing")["reason"] == "DeploymentPaused")
            .then_some(())
    })
    .await;
    at.a_moment().await;
    assert_eq!(at.sets("web").await.len(), 1);
    let told = condition(&at.deployment("web").await, "Progressing");
    assert_eq!(
        (&told["status"], &told["message"]),
        (&"Unknown".into(), &"Deployment is paused".into())
    );
    at.change("web", json!({ "spec": { "paused": null } })).await;
    at.rolled_out("web").await;
    assert_eq!(at.sets("web").await.len(), 2);
}

pub(crate) async fn a_pause_on_the_way_keeps_the_mix(at: &Place) {
    at.running(&rolling("web", 4, 1, 1)).await;
    at.roll("web", &template("web", Fare::NeverReady, 2)).await;
    at.until("it moves", async || {
        (at.sets("web").await.len() == 2).then_some(())
    })
    .await;
    at.change("web", json!({ "spec": { "paused": true } })).await;
    let paused = async || {
        let it = at.deployment("web").await;
        (condition(&it, "Progressing")["reason"] == "DeploymentPaused").then_some(())
    };
    at.until("it is paused", paused).await;
    let wanted = async || -> Vec<Value> {
        at.sets("web")
            .await
            .iter()
            .map(|set| set["spec"]["replicas"].clone())
            .collect()
    };
    let then = wanted().await;
    at.a_moment().await;
    assert_eq!(wanted().await, then);
}

pub(crate) async fn more_pods_are_shared_out_on_the_way(at: &Place) {
    at.running(&rolling("web", 10, 3, 2)).await;
    at.roll("web", &template("web", Fare::ImagePull, 2)).await;
    let wanted = async |expected: [usize; 2]| {
        at.until(&format!("the sets ask for {expected:?}"), async || {
            let sets: Vec<usize> = at
                .sets("web")
                .await
                .iter()
                .map(|set| count(&set["spec"]["replicas"]))
                .collect();
            (sets == expected).then_some(())
        })
        .await;
    };
    wanted([8, 5]).await;
    at.change("web", json!({ "spec": { "replicas": 15 } })).await;
    wanted([11, 7]).await;
}

pub(crate) async fn a_new_one_in_the_middle_takes_over(at: &Place) {
    at.running(&rolling("web", 4, 1, 1)).await;
    at.roll("web", &template("web", Fare::ImagePull, 2)).await;
    at.until("the bad one has pods", async || {
        (at.pods("web").await.len() == 5).then_some(())
    })
    .await;
    at.roll("web", &template("web", Fare::Ready, 3)).await;
    at.rolled_out("web").await;
    let sets = at.sets("web").await;
    let wanted: Vec<(u64, usize)> = sets
        .iter()
        .map(|set| (revision(set), count(&set["spec"]["replicas"])))
        .collect();
    assert_eq!(wanted, [(1, 0), (2, 0), (3, 4)]);
}

pub(crate) async fn settling_pods_are_ready_and_not_yet_available(at: &Place) {
    let mut it = deployment("web", 2);
    it["spec"]["minReadySeconds"] = json!(3);
    let since = at.version(&at.apps("deployments")).await;
    at.running(&it).await;
    let changes = at.changes(&at.apps("deployments"), &since).await;
    let settling =
        |it: &Value| count(&it["status"]["readyReplicas"]) > count(&it["status"]["availableReplicas"]);
    assert!(changes.iter().any(|(_, it)| settling(it)));
    assert_eq!(at.sets("web").await[0]["spec"]["minReadySeconds"], 3);
}

pub(crate) async fn the_same_template_moves_nothing(at: &Place) {
    let before = at.running(&deployment("web", 2)).await;
    let now = at.roll("web", &before["spec"]["template"]).await;
    assert_eq!(now["metadata"]["generation"], before["metadata"]["generation"]);
    at.a_moment().await;
    assert_eq!(at.sets("web").await.len(), 1);
}

pub(crate) async fn what_was_observed_is_told(at: &Place) {
    at.running(&deployment("web", 1)).await;
    let changed = at.change("web", json!({ "spec": { "replicas": 2 } })).await;
    assert!(!is_complete(&changed), "it was not seen yet");
    assert_ne!(
        changed["status"]["observedGeneration"],
        changed["metadata"]["generation"]
    );
    at.rolled_out("web").await;
}

pub(crate) async fn down_to_nothing_and_up_again(at: &Place) {
    at.running(&deployment("web", 2)).await;
    at.change("web", json!({ "spec": { "replicas": 0 } })).await;
    let it = at.rolled_out("web").await;
    assert!(
        it["status"].get("replicas").is_none(),
        "what is zero is left out: {}",
        it["status"]
    );
    at.change("web", json!({ "spec": { "replicas": 3 } })).await;
    at.rolled_out("web").await;
    assert_eq!(at.sets("web").await.len(), 1);
}

pub(crate) async fn what_it_asks_of_its_sets_is_an_event(at: &Place) {
    at.running(&deployment("web", 2)).await;
    let set = name(&at.sets("web").await[0]).to_owned();
    at.until("it is told", async || {
        let events = at
            .list(&at.core("events?fieldSelector=reason%3DScalingReplicaSet"))
            .await;
        let words = format!("Scaled up replica set {set} from 0 to 2");
        events
            .iter()
            .any(|it| it["message"] == words.as_str())
            .then_some(())
    })
    .await;
}
