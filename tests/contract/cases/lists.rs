//! Lists: whole, in pages, at versions, by selectors, without specs.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::{deployment, name, version};

/// Config maps `a` to `e`; the first three are of the front.
async fn five(at: &Place) {
    for (name, tier) in [
        ("a", "front"),
        ("b", "front"),
        ("c", "front"),
        ("d", "back"),
        ("e", ""),
    ] {
        let labels = if tier.is_empty() {
            json!({})
        } else {
            json!({ "tier": tier })
        };
        let map = json!({ "metadata": { "name": name, "labels": labels }, "data": { "key": name } });
        at.call.post(&at.core("configmaps"), &map).await.ok();
    }
}

fn names(list: &Value) -> String {
    let items = list["items"].as_array().expect("items");
    // The real cluster may put its own into a namespace.
    items.iter().map(name).filter(|name| name.len() == 1).collect()
}

pub(crate) async fn a_list_says_what_it_is_and_of_which_version(at: &Place) {
    five(at).await;
    let list = at.call.get(&at.core("configmaps")).await.ok();
    assert_eq!(
        (&list["kind"], &list["apiVersion"]),
        (&"ConfigMapList".into(), &"v1".into())
    );
    assert_eq!(names(&list), "abcde");
    let newest = list["items"].as_array().expect("items").iter().map(version).max();
    assert!(Some(version(&list)) >= newest);
    let item = &list["items"][0];
    assert!(
        item.get("kind").is_none() && item.get("apiVersion").is_none(),
        "{item}"
    );
}

pub(crate) async fn pages_are_of_one_version_whatever_happens_between_them(at: &Place) {
    five(at).await;
    let path = at.core("configmaps?labelSelector=tier");
    let first = at.call.get(&format!("{path}&limit=2")).await.ok();
    assert_eq!(names(&first), "ab");
    at.call.delete(&at.core("configmaps/c"), &Value::Null).await.ok();
    at.call
        .post(
            &at.core("configmaps"),
            &json!({ "metadata": { "name": "f", "labels": { "tier": "x" } } }),
        )
        .await
        .ok();
    let page = first["metadata"]["continue"]
        .as_str()
        .expect("there is more")
        .to_owned();
    let mut seen = names(&first);
    let mut page = Some(page).filter(|page| !page.is_empty());
    while let Some(here) = page {
        let next = at
            .call
            .get(&format!("{path}&limit=2&continue={}", encoded(&here)))
            .await
            .ok();
        seen.push_str(&names(&next));
        assert_eq!(
            next["metadata"]["resourceVersion"],
            first["metadata"]["resourceVersion"]
        );
        // There may be an empty last page.
        page = next["metadata"]["continue"]
            .as_str()
            .filter(|page| !page.is_empty())
            .map(str::to_owned);
    }
    assert_eq!(seen, "abcd");
}

pub(crate) async fn the_rest_is_counted_without_a_selector(at: &Place) {
    five(at).await;
    let all = at.list(&at.core("configmaps")).await.len();
    let first = at.call.get(&at.core("configmaps?limit=2")).await.ok();
    assert_eq!(first["metadata"]["remainingItemCount"], all - 2);
    let some = at
        .call
        .get(&at.core("configmaps?limit=2&labelSelector=tier"))
        .await
        .ok();
    assert!(
        some["metadata"].get("remainingItemCount").is_none(),
        "{}",
        some["metadata"]
    );
}

pub(crate) async fn a_page_that_nobody_remembers_is_410(at: &Place) {
    let page = at.lab.forgotten().await.page;
    let path = at.core(&format!("events?limit=2&continue={}", encoded(&page)));
    at.call.get(&path).await.refused(410, "Expired");
}

pub(crate) async fn a_page_that_never_was_is_400(at: &Place) {
    let told = at
        .call
        .get(&at.core("configmaps?limit=2&continue=nonsense"))
        .await;
    let told = told.refused(400, "BadRequest");
    assert!(
        told["message"]
            .as_str()
            .is_some_and(|it| it.contains("continue key is not valid")),
        "{told}"
    );
}

pub(crate) async fn from_the_cache_everything_comes_at_once(at: &Place) {
    five(at).await;
    let list = at.until("the cache has all", async || {
        let list = at
            .call
            .get(&at.core("configmaps?resourceVersion=0&limit=2"))
            .await
            .ok();
        (names(&list) == "abcde").then_some(list)
    });
    assert!(list.await["metadata"].get("continue").is_none());
}

pub(crate) async fn a_list_can_be_had_as_it_was(at: &Place) {
    five(at).await;
    let path = at.core("configmaps");
    let then = at.version(&path).await;
    at.call.delete(&at.core("configmaps/a"), &Value::Null).await.ok();
    at.call
        .merge(&at.core("configmaps/b"), &json!({ "data": { "key": "new" } }))
        .await
        .ok();
    let then = then.as_str().expect("a version");
    let exact = at
        .call
        .get(&format!(
            "{path}?resourceVersion={then}&resourceVersionMatch=Exact"
        ))
        .await
        .ok();
    assert_eq!(
        (names(&exact).as_str(), &exact["metadata"]["resourceVersion"]),
        ("abcde", &then.into())
    );
    let items = exact["items"].as_array().expect("items");
    let b = items.iter().find(|it| name(it) == "b").expect("b");
    assert_eq!(b["data"]["key"], "b");
    let newer = at
        .call
        .get(&format!(
            "{path}?resourceVersion={then}&resourceVersionMatch=NotOlderThan"
        ))
        .await
        .ok();
    assert_eq!(names(&newer), "bcde", "what is newer is as good");
}

pub(crate) async fn versions_that_make_no_sense_are_refused(at: &Place) {
    let path = at.core("configmaps");
    let told = at.call.get(&format!("{path}?resourceVersion=x")).await;
    assert_eq!(told.status, 400, "{}", told.body);
    for query in [
        "resourceVersionMatch=Exact",
        "resourceVersion=0&resourceVersionMatch=Exact",
        "resourceVersion=1&resourceVersionMatch=Nearly",
    ] {
        at.call
            .get(&format!("{path}?{query}"))
            .await
            .refused(422, "Invalid");
    }
}

pub(crate) async fn a_version_that_has_not_come_is_504(at: &Place) {
    let far = version(&at.call.get(&at.core("configmaps")).await.ok()) + 1_000_000;
    let told = at
        .call
        .get(&at.core(&format!("configmaps?resourceVersion={far}")))
        .await
        .refused(504, "Timeout");
    assert_eq!(told["details"]["causes"][0]["reason"], "ResourceVersionTooLarge");
}

pub(crate) async fn labels_select(at: &Place) {
    five(at).await;
    for (selector, expected) in [
        ("tier%3Dfront", "abc"),
        ("tier%3D%3Dback", "d"),
        ("tier%21%3Dfront", "de"),
        ("tier+in+%28front%2Cback%29", "abcd"),
        ("tier+notin+%28front%29", "de"),
        ("tier", "abcd"),
        ("%21tier", "e"),
        ("tier%2Ctier%21%3Dback", "abc"),
    ] {
        let list = at
            .call
            .get(&at.core(&format!("configmaps?labelSelector={selector}")))
            .await
            .ok();
        assert_eq!(names(&list), expected, "{selector}");
    }
    let told = at.call.get(&at.core("configmaps?labelSelector=a+within+b")).await;
    told.refused(400, "BadRequest");
}

pub(crate) async fn fields_select(at: &Place) {
    five(at).await;
    at.running(&deployment("web", 2)).await;
    let list = at
        .call
        .get(&at.core("configmaps?fieldSelector=metadata.name%3Db"))
        .await
        .ok();
    assert_eq!(names(&list), "b");
    let list = at
        .call
        .get(&format!(
            "/api/v1/configmaps?fieldSelector=metadata.namespace%3D{}",
            at.namespace
        ))
        .await
        .ok();
    assert_eq!(names(&list), "abcde");
    for (selector, expected) in [
        ("status.phase%3DRunning", 2),
        ("status.phase%21%3DRunning", 0),
        ("spec.nodeName%3Dnone", 0),
        ("spec.nodeName%21%3D", 2),
    ] {
        let pods = at.list(&at.core(&format!("pods?fieldSelector={selector}"))).await;
        assert_eq!(pods.len(), expected, "{selector}");
    }
    let told = at
        .call
        .get(&at.core("pods?fieldSelector=spec.replicas%3D1"))
        .await
        .refused(400, "BadRequest");
    assert!(
        told["message"]
            .as_str()
            .is_some_and(|it| it.contains("field label not supported: spec.replicas")),
        "{told}"
    );
    at.call
        .get(&at.core("configmaps?fieldSelector=data.key%3Da"))
        .await
        .refused(400, "BadRequest");
}

pub(crate) async fn events_are_selected_by_what_they_are_of(at: &Place) {
    at.running(&deployment("web", 1)).await;
    let events = |selector: &str| {
        let path = at.core(&format!("events?fieldSelector={selector}"));
        async move { at.list(&path).await }
    };
    let told = at.until("an event of the Deployment", async || {
        let found = events("involvedObject.kind%3DDeployment%2CinvolvedObject.name%3Dweb").await;
        found.into_iter().find(|it| it["reason"] == "ScalingReplicaSet")
    });
    let told = told.await;
    assert_eq!(
        (&told["type"], &told["involvedObject"]["name"]),
        (&"Normal".into(), &"web".into())
    );
    assert_eq!(events("type%21%3DNormal").await.len(), 0);
    assert_eq!(events("reason%3DScalingReplicaSet").await.len(), 1);
}

pub(crate) async fn metadata_can_be_had_alone(at: &Place) {
    five(at).await;
    let list = at.call.metadata_list(&at.core("configmaps")).await.ok();
    assert_eq!(
        (&list["kind"], &list["apiVersion"]),
        (&"PartialObjectMetadataList".into(), &"meta.k8s.io/v1".into())
    );
    assert_eq!(names(&list), "abcde");
    let items = list["items"].as_array().expect("items");
    assert!(
        items
            .iter()
            .all(|it| it.get("data").is_none() && it["kind"] == "PartialObjectMetadata"),
        "{list}"
    );
    let one = at.call.metadata(&at.core("configmaps/a")).await.ok();
    assert_eq!(
        (&one["kind"], &one["metadata"]["labels"]["tier"]),
        (&"PartialObjectMetadata".into(), &"front".into())
    );
    assert!(one.get("data").is_none());
}

pub(crate) async fn a_namespace_that_is_not_there_is_empty(at: &Place) {
    let list = at.call.get("/api/v1/namespaces/none-such/pods").await.ok();
    assert_eq!((&list["kind"], &list["items"]), (&"PodList".into(), &json!([])));
}

fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "%{byte:02X}");
        text
    })
}
