//! Watches on a store that remembers little.

use serde_json::json;

use super::*;
use crate::clock::{Clock, TestClock};
use crate::sandbox::resource::by_id;
use crate::sandbox::scenario::Scenario;
use crate::sandbox::store::Key;

fn cluster(remembered: usize) -> Arc<Cluster> {
    let clock: Arc<dyn Clock> = Arc::new(TestClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    let cluster = Cluster::new(
        Scenario::parse("s.toml", "app = []").unwrap(),
        clock,
        [1; 16],
        "token",
    )
    .unwrap();
    cluster.with(|state| state.objects.store = Store::remembering(remembered));
    Arc::new(cluster)
}

fn put(cluster: &Cluster, name: &str, app: &str) -> u64 {
    let value = json!({ "metadata": { "name": name, "namespace": "shop", "labels": { "app": app } } });
    cluster.with(|state| {
        state.objects.store.put(Key::new("pods", "shop", name), value);
        state.objects.store.version()
    })
}

fn watched(since: Option<u64>, labels: &str) -> Watched {
    Watched {
        resource: Arc::clone(by_id("pods").unwrap()),
        namespace: Some("shop".to_owned()),
        selector: Selector::parse(labels, "").unwrap(),
        extent: Extent::Whole,
        bookmarks: true,
        since,
        initial_events: since.is_none(),
        lasts: Duration::from_secs(600),
    }
}

/// Word and name of the next events.
async fn next(lines: &mut mpsc::Receiver<Bytes>) -> Vec<(String, String)> {
    let bytes = lines.recv().await.unwrap_or_default();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    text.lines()
        .map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&event["type"]), text(&event["object"]["metadata"]["name"]))
        })
        .collect()
}

fn told(events: &[(&str, &str)]) -> Vec<(String, String)> {
    events
        .iter()
        .map(|(word, name)| ((*word).to_owned(), (*name).to_owned()))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_there_is_comes_first_then_changes_then_bookmarks() {
    let cluster = cluster(100);
    put(&cluster, "a", "web");
    let mut lines = begin(&cluster, watched(None, "app=web")).unwrap();
    assert_eq!(next(&mut lines).await, told(&[("ADDED", "a"), ("BOOKMARK", "")]));
    put(&cluster, "b", "web");
    assert_eq!(next(&mut lines).await, told(&[("ADDED", "b")]));
    put(&cluster, "b", "web");
    assert_eq!(next(&mut lines).await, told(&[("MODIFIED", "b")]));
    put(&cluster, "b", "api");
    assert_eq!(
        next(&mut lines).await,
        told(&[("DELETED", "b")]),
        "it is no longer as wanted"
    );
    assert_eq!(next(&mut lines).await, told(&[("BOOKMARK", "")]));
    cluster.with(|state| state.objects.store.remove(&Key::new("pods", "shop", "a")));
    assert_eq!(next(&mut lines).await, told(&[("DELETED", "a")]));
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_when_its_time_is_over() {
    let cluster = cluster(100);
    let mut lines = begin(&cluster, watched(Some(1), "")).unwrap();
    let mut bookmarks = 0;
    while !next(&mut lines).await.is_empty() {
        bookmarks += 1;
    }
    assert!((15..=20).contains(&bookmarks), "{bookmarks}");
}

#[tokio::test(start_paused = true)]
async fn what_is_forgotten_cannot_be_gone_on_from() {
    let cluster = cluster(2);
    let first = put(&cluster, "a", "web");
    for _ in 0..3 {
        put(&cluster, "a", "web");
    }
    let refused = begin(&cluster, watched(Some(first), "")).err().unwrap();
    assert_eq!(refused.code, 410);
    assert_eq!(begin(&cluster, watched(Some(99), "")).err().unwrap().code, 504);
    // A reader that is too slow learns it in the middle.
    let now = cluster.with(|state| state.objects.store.version());
    let mut lines = begin(&cluster, watched(Some(now), "")).unwrap();
    for _ in 0..9 {
        put(&cluster, "a", "web");
    }
    let told = next(&mut lines).await;
    assert_eq!(told.first().map(|(word, _)| word.as_str()), Some("ERROR"));
    assert!(next(&mut lines).await.is_empty(), "it ends there");
}
