//! Watches: from versions, from the beginning, until their time is over.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::caller::METADATA;
use crate::contract::place::{name, version};

async fn put(at: &Place, name: &str, app: &str) -> Value {
    let map = json!({ "metadata": { "name": name, "labels": { "app": app } }, "data": { "app": app } });
    at.call.post(&at.core("configmaps"), &map).await.ok()
}

async fn label(at: &Place, name: &str, app: &str) -> Value {
    let change = json!({ "metadata": { "labels": { "app": app } } });
    at.call
        .merge(&at.core(&format!("configmaps/{name}")), &change)
        .await
        .ok()
}

/// Words and names of what comes until the end.
async fn told(at: &Place, query: &str) -> Vec<(String, Value)> {
    let path = at.core(&format!("configmaps?watch=1&{query}"));
    at.call.watch(&path).await.expect("a watch").until_end().await
}

fn words(events: &[(String, Value)]) -> Vec<String> {
    let own = |(word, it): &&(String, Value)| word == "BOOKMARK" || name(it).len() == 1;
    let words = events.iter().filter(own).map(|(word, it)| match word.as_str() {
        "BOOKMARK" => word.clone(),
        _ => format!("{word} {}", name(it)),
    });
    words.collect()
}

pub(crate) async fn changes_come_in_order_from_a_version_on(at: &Place) {
    put(at, "a", "x").await;
    let since = at.version(&at.core("configmaps")).await;
    put(at, "b", "x").await;
    label(at, "a", "y").await;
    at.call.delete(&at.core("configmaps/b"), &Value::Null).await.ok();
    put(at, "b", "z").await;
    let events = told(
        at,
        &format!(
            "timeoutSeconds=2&resourceVersion={}",
            since.as_str().expect("a version")
        ),
    )
    .await;
    assert_eq!(words(&events), ["ADDED b", "MODIFIED a", "DELETED b", "ADDED b"]);
    let versions: Vec<u64> = events.iter().map(|(_, it)| version(it)).collect();
    assert!(
        versions.is_sorted(),
        "a deletion has a version of its own: {versions:?}"
    );
    assert_eq!(
        events[0].1["kind"], "ConfigMap",
        "an object of a watch says what it is"
    );
}

pub(crate) async fn a_watch_goes_on_where_another_ended(at: &Place) {
    let since = at.version(&at.core("configmaps")).await;
    put(at, "a", "x").await;
    put(at, "b", "x").await;
    put(at, "c", "x").await;
    let path = at.core(&format!(
        "configmaps?watch=1&resourceVersion={}",
        since.as_str().expect("a version")
    ));
    let mut first = at.call.watch(&path).await.expect("a watch");
    let seen = loop {
        let (_, it) = first.next().await.expect("an event");
        if name(&it) == "b" {
            break version(&it);
        }
    };
    drop(first);
    let rest = told(at, &format!("timeoutSeconds=2&resourceVersion={seen}")).await;
    assert_eq!(words(&rest), ["ADDED c"]);
}

pub(crate) async fn what_is_no_longer_selected_is_deleted_as_it_was(at: &Place) {
    put(at, "a", "x").await;
    let since = at.version(&at.core("configmaps")).await;
    let left = label(at, "a", "y").await;
    let back = label(at, "a", "x").await;
    label(at, "a", "z").await;
    put(at, "b", "z").await;
    let events = told(
        at,
        &format!(
            "timeoutSeconds=2&labelSelector=app%3Dx&resourceVersion={}",
            since.as_str().expect("a version")
        ),
    )
    .await;
    assert_eq!(words(&events), ["DELETED a", "ADDED a", "DELETED a"]);
    let gone = &events[0].1;
    assert_eq!(
        (&gone["metadata"]["labels"]["app"], version(gone)),
        (&"x".into(), version(&left))
    );
    assert_eq!(version(&events[1].1), version(&back));
}

pub(crate) async fn what_there_is_comes_first_and_its_end_is_marked(at: &Place) {
    put(at, "a", "x").await;
    put(at, "b", "x").await;
    let events = told(
        at,
        "timeoutSeconds=2&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan",
    )
    .await;
    let words = words(&events);
    assert_eq!(&words[..3], ["ADDED a", "ADDED b", "BOOKMARK"]);
    let (_, mark) = events
        .iter()
        .find(|(word, _)| word == "BOOKMARK")
        .expect("a bookmark");
    assert_eq!(
        mark["metadata"]["annotations"]["k8s.io/initial-events-end"],
        "true"
    );
    let newest = events
        .iter()
        .filter(|(word, _)| word == "ADDED")
        .map(|(_, it)| version(it))
        .max();
    assert!(Some(version(mark)) >= newest);
    assert_eq!(
        (&mark["kind"], &mark["apiVersion"]),
        (&"ConfigMap".into(), &"v1".into())
    );
}

pub(crate) async fn what_there_is_can_be_left_out(at: &Place) {
    put(at, "a", "x").await;
    let since = at.version(&at.core("configmaps")).await;
    let since = since.as_str().expect("a version");
    let query = format!(
        "timeoutSeconds=2&sendInitialEvents=false&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&resourceVersion={since}"
    );
    let events = told(at, &query).await;
    assert!(!words(&events).contains(&"ADDED a".to_owned()), "{events:?}");
}

pub(crate) async fn initial_events_are_asked_for_in_full(at: &Place) {
    for query in [
        "sendInitialEvents=true&allowWatchBookmarks=true",
        "sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=Exact&resourceVersion=1",
        "resourceVersionMatch=NotOlderThan",
    ] {
        let path = at.core(&format!("configmaps?watch=1&timeoutSeconds=2&{query}"));
        let refusal = at.call.watch(&path).await.err().expect("no watch");
        refusal.refused(422, "Invalid");
    }
}

pub(crate) async fn without_a_version_everything_comes_first(at: &Place) {
    put(at, "a", "x").await;
    for query in ["timeoutSeconds=2", "timeoutSeconds=2&resourceVersion=0"] {
        at.until("the cache has it", async || {
            let events = told(at, query).await;
            (words(&events) == ["ADDED a"]).then_some(())
        })
        .await;
    }
}

pub(crate) async fn a_version_that_nobody_remembers_is_an_error_in_the_stream(at: &Place) {
    let version = at.lab.forgotten().await.version;
    let path = at.core(&format!(
        "events?watch=1&timeoutSeconds=5&resourceVersion={version}"
    ));
    let events = at.call.watch(&path).await.expect("a watch").until_end().await;
    let (word, status) = events.first().expect("an event");
    assert_eq!(word, "ERROR");
    assert_eq!(
        (&status["kind"], &status["code"], &status["reason"]),
        (&"Status".into(), &410.into(), &"Expired".into())
    );
    assert_eq!(events.len(), 1, "and it is the last");
}

pub(crate) async fn a_version_that_is_none_is_refused(at: &Place) {
    let path = at.core("configmaps?watch=1&timeoutSeconds=2&resourceVersion=x");
    let refusal = at.call.watch(&path).await.err().expect("no watch");
    let words = refusal.body["message"].as_str().unwrap_or_default();
    assert!(
        refusal.status >= 400 && words.contains("Invalid value"),
        "{}",
        refusal.body
    );
}

pub(crate) async fn a_quiet_watch_shows_a_bookmark_before_it_ends(at: &Place) {
    put(at, "a", "x").await;
    let since = at.version(&at.core("configmaps")).await;
    let since = since.as_str().expect("a version");
    let quiet = told(
        at,
        &format!("timeoutSeconds=6&allowWatchBookmarks=true&resourceVersion={since}"),
    )
    .await;
    let (word, mark) = quiet.last().expect("a bookmark");
    assert_eq!(word, "BOOKMARK");
    assert!(
        version(mark) >= since.parse().expect("a number") && mark["metadata"].get("name").is_none(),
        "{mark}"
    );
    let without = told(at, &format!("timeoutSeconds=3&resourceVersion={since}")).await;
    assert_eq!(words(&without), [""; 0]);
}

pub(crate) async fn one_object_is_watched_by_its_name(at: &Place) {
    put(at, "a", "x").await;
    put(at, "b", "x").await;
    let since = at.version(&at.core("configmaps")).await;
    label(at, "b", "y").await;
    label(at, "a", "y").await;
    let events = told(
        at,
        &format!(
            "timeoutSeconds=2&fieldSelector=metadata.name%3Da&resourceVersion={}",
            since.as_str().expect("a version")
        ),
    )
    .await;
    assert_eq!(words(&events), ["MODIFIED a"]);
}

pub(crate) async fn other_namespaces_are_not_told_of(at: &Place) {
    let since = at.version("/api/v1/configmaps").await;
    let since = since.as_str().expect("a version");
    put(at, "a", "x").await;
    let path =
        format!("/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=2&resourceVersion={since}");
    let elsewhere = at.call.watch(&path).await.expect("a watch").until_end().await;
    assert!(
        elsewhere
            .iter()
            .all(|(_, it)| it["metadata"]["namespace"] == "default")
    );
    let path = format!("/api/v1/configmaps?watch=1&timeoutSeconds=2&resourceVersion={since}");
    let all = at.call.watch(&path).await.expect("a watch").until_end().await;
    assert!(
        all.iter()
            .any(|(_, it)| it["metadata"]["namespace"] == at.namespace.as_str())
    );
}

pub(crate) async fn metadata_can_be_watched_alone(at: &Place) {
    let since = at.version(&at.core("configmaps")).await;
    put(at, "a", "x").await;
    let path = at.core(&format!(
        "configmaps?watch=1&timeoutSeconds=2&resourceVersion={}",
        since.as_str().expect("a version")
    ));
    let events = at
        .call
        .watch_as(&path, METADATA)
        .await
        .expect("a watch")
        .until_end()
        .await;
    let (_, it) = events.iter().find(|(_, it)| name(it) == "a").expect("a");
    assert_eq!(
        (&it["kind"], &it["apiVersion"]),
        (&"PartialObjectMetadata".into(), &"meta.k8s.io/v1".into())
    );
    assert!(it.get("data").is_none());
}
