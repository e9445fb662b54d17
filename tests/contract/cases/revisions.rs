//! Revisions: their numbers, the way back, and how many are kept.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::{Fare, deployment, name, revision, template};

const NUMBER: &str = "deployment.kubernetes.io/revision";

pub(crate) async fn revisions_are_numbered(at: &Place) {
    let first = at.running(&deployment("web", 1)).await;
    assert_eq!(first["metadata"]["annotations"][NUMBER], "1");
    at.roll("web", &template("web", Fare::Ready, 2)).await;
    let second = at.rolled_out("web").await;
    assert_eq!(second["metadata"]["annotations"][NUMBER], "2");
    let numbers: Vec<u64> = at.sets("web").await.iter().map(revision).collect();
    assert_eq!(numbers, [1, 2]);
}

pub(crate) async fn going_back_gives_the_old_set_the_next_number(at: &Place) {
    let first = at.running(&deployment("web", 1)).await;
    let old = name(&at.sets("web").await[0]).to_owned();
    at.roll("web", &template("web", Fare::Ready, 2)).await;
    at.rolled_out("web").await;
    at.roll("web", &first["spec"]["template"]).await;
    let back = at.rolled_out("web").await;
    assert_eq!(back["metadata"]["annotations"][NUMBER], "3");
    let sets = at.sets("web").await;
    assert_eq!(sets.len(), 2);
    assert_eq!(
        (name(&sets[1]), revision(&sets[1]), revision(&sets[0])),
        (old.as_str(), 3, 2)
    );
    assert_eq!(
        sets[1]["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"],
        "1"
    );
}

pub(crate) async fn a_restart_is_a_revision(at: &Place) {
    at.running(&deployment("web", 2)).await;
    let before: Vec<String> = at
        .pods("web")
        .await
        .iter()
        .map(|pod| name(pod).to_owned())
        .collect();
    let note = json!({ "spec": { "template": { "metadata": { "annotations": { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" } } } } });
    at.change("web", note).await;
    at.rolled_out("web").await;
    assert_eq!(at.sets("web").await.len(), 2);
    assert!(
        at.pods("web")
            .await
            .iter()
            .all(|pod| !before.contains(&name(pod).to_owned()))
    );
}

pub(crate) async fn only_so_many_old_ones_are_kept(at: &Place) {
    let mut it = deployment("web", 1);
    it["spec"]["revisionHistoryLimit"] = json!(1);
    at.running(&it).await;
    for version in 2..=4 {
        at.roll("web", &template("web", Fare::Ready, version)).await;
        at.rolled_out("web").await;
    }
    at.until("the oldest are gone", async || {
        let numbers: Vec<u64> = at.sets("web").await.iter().map(revision).collect();
        (numbers == [3, 4]).then_some(())
    })
    .await;
}

pub(crate) async fn sets_carry_what_their_deployment_says(at: &Place) {
    let mut it = deployment("web", 1);
    it["metadata"]["annotations"] = json!({ "kubernetes.io/change-cause": "first", "team": "shop" });
    at.running(&it).await;
    let set = at.sets("web").await.remove(0);
    let notes = &set["metadata"]["annotations"];
    assert_eq!(
        (&notes["kubernetes.io/change-cause"], &notes["team"]),
        (&"first".into(), &"shop".into())
    );
    assert_eq!(
        (
            &notes["deployment.kubernetes.io/desired-replicas"],
            &notes["deployment.kubernetes.io/max-replicas"]
        ),
        (&"1".into(), &"2".into())
    );
}

pub(crate) async fn sets_and_pods_carry_the_hash_and_their_owner(at: &Place) {
    let it = at.running(&deployment("web", 1)).await;
    let set = at.sets("web").await.remove(0);
    let hash = set["metadata"]["labels"]["pod-template-hash"]
        .as_str()
        .expect("a hash")
        .to_owned();
    assert_eq!(name(&set), format!("web-{hash}"));
    assert_eq!(
        set["spec"]["selector"]["matchLabels"],
        json!({ "app": "web", "pod-template-hash": hash })
    );
    assert_eq!(
        set["spec"]["template"]["metadata"]["labels"]["pod-template-hash"],
        hash.as_str()
    );
    let owner = |object: &Value, of: &Value, kind: &str| {
        let owner = object["metadata"]["ownerReferences"][0].clone();
        let expected = json!({
            "apiVersion": "apps/v1", "kind": kind, "name": of["metadata"]["name"], "uid": of["metadata"]["uid"],
            "controller": true, "blockOwnerDeletion": true,
        });
        assert_eq!(owner, expected);
    };
    owner(&set, &it, "Deployment");
    let pod = at.pods("web").await.remove(0);
    owner(&pod, &set, "ReplicaSet");
    assert_eq!(pod["metadata"]["labels"]["pod-template-hash"], hash.as_str());
    assert!(name(&pod).starts_with(&format!("web-{hash}-")));
}
