//! What goes with what owns it.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::{deployment, name};

async fn map(at: &Place, name: &str, owners: &[&Value]) -> Value {
    let owners: Vec<Value> = owners
        .iter()
        .map(|it| json!({ "apiVersion": "v1", "kind": "ConfigMap", "name": it["metadata"]["name"], "uid": it["metadata"]["uid"] }))
        .collect();
    let it = json!({ "metadata": { "name": name, "ownerReferences": owners } });
    at.call.post(&at.core("configmaps"), &it).await.ok()
}

pub(crate) async fn what_a_deployment_owns_goes_with_it(at: &Place) {
    at.running(&deployment("web", 2)).await;
    let options = json!({ "propagationPolicy": "Background" });
    at.call.delete(&at.apps("deployments/web"), &options).await.ok();
    at.until("sets and pods are gone", async || {
        (at.sets("web").await.is_empty() && at.pods("web").await.is_empty()).then_some(())
    })
    .await;
}

pub(crate) async fn orphans_stay_and_have_no_owner(at: &Place) {
    at.running(&deployment("web", 2)).await;
    let options = json!({ "propagationPolicy": "Orphan" });
    at.call.delete(&at.apps("deployments/web"), &options).await.ok();
    at.until("the Deployment is gone", async || {
        (at.call.get(&at.apps("deployments/web")).await.status == 404).then_some(())
    })
    .await;
    let set = at.until("the set has no owner", async || {
        let set = at.sets("web").await.into_iter().next()?;
        let owners = set["metadata"]["ownerReferences"].as_array().map_or(0, Vec::len);
        (owners == 0).then_some(set)
    });
    assert_eq!(set.await["spec"]["replicas"], 2);
    assert_eq!(at.pods("web").await.len(), 2);
}

pub(crate) async fn what_was_orphaned_is_taken_over_by_the_next(at: &Place) {
    at.running(&deployment("web", 2)).await;
    let before = at.sets("web").await.remove(0);
    let options = json!({ "propagationPolicy": "Orphan" });
    at.call.delete(&at.apps("deployments/web"), &options).await.ok();
    at.until("the Deployment is gone", async || {
        (at.call.get(&at.apps("deployments/web")).await.status == 404).then_some(())
    })
    .await;
    let next = at.running(&deployment("web", 2)).await;
    let sets = at.sets("web").await;
    assert_eq!((sets.len(), name(&sets[0])), (1, name(&before)));
    assert_eq!(
        sets[0]["metadata"]["ownerReferences"][0]["uid"],
        next["metadata"]["uid"]
    );
}

pub(crate) async fn whose_owner_never_was_is_collected(at: &Place) {
    let nobody = json!({ "metadata": { "name": "nobody", "uid": "11111111-2222-4333-8444-555555555555" } });
    map(at, "orphan", &[&nobody]).await;
    at.until("it is collected", async || {
        (at.call.get(&at.core("configmaps/orphan")).await.status == 404).then_some(())
    })
    .await;
}

pub(crate) async fn one_living_owner_is_enough(at: &Place) {
    let (first, second) = (map(at, "first", &[]).await, map(at, "second", &[]).await);
    map(at, "child", &[&first, &second]).await;
    map(at, "only", &[&first]).await;
    at.call
        .delete(&at.core("configmaps/first"), &Value::Null)
        .await
        .ok();
    at.until("what had no other owner is gone", async || {
        (at.call.get(&at.core("configmaps/only")).await.status == 404).then_some(())
    })
    .await;
    let child = at.until("the child has one owner left", async || {
        let child = at.call.get(&at.core("configmaps/child")).await.ok();
        (child["metadata"]["ownerReferences"].as_array().map(Vec::len) == Some(1)).then_some(child)
    });
    assert_eq!(child.await["metadata"]["ownerReferences"][0]["name"], "second");
}
