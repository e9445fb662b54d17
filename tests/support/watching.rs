//! A watch running against the fake server, with time limits short enough for tests.

use std::sync::Arc;
use std::time::Duration;

use flightdeck::adapters::kube::{Backoff, Poke, Timing, Watch};
use flightdeck::clock::SystemClock;
use flightdeck::domain::{KindState, ObjectKind};
use flightdeck::objects::{Change, ListScope};
use tokio::sync::mpsc;

use crate::support::fake_api::{FakeApi, Reply, Seen, Then};

pub(crate) const TICK: Duration = Duration::from_millis(20);

pub(crate) fn timing() -> Timing {
    let backoff = Backoff {
        first: Duration::from_millis(2),
        most: Duration::from_millis(10),
    };
    Timing {
        answer: TICK * 10,
        list_idle: TICK * 5,
        watch_idle: TICK * 5,
        too_short: Duration::ZERO,
        heard_every: Duration::ZERO,
        retry: backoff,
        slow: backoff,
        relist: backoff,
        ..Timing::default()
    }
}

pub(crate) struct Running {
    pub(crate) changes: mpsc::Receiver<Vec<Change>>,
    waiting: std::collections::VecDeque<Change>,
    pub(crate) poke: Poke,
    pub(crate) task: tokio::task::JoinHandle<()>,
    pub(crate) api: FakeApi,
}

pub(crate) async fn run(
    kind: ObjectKind,
    timing: Timing,
    script: impl FnMut(&Seen) -> Reply + Send + 'static,
) -> Running {
    let api = FakeApi::start(script).await;
    let (sender, changes) = mpsc::channel(4);
    let poke = Poke::default();
    let watch = Watch {
        scope: ListScope {
            kind,
            namespace: Some("shop".into()),
        },
        events: flightdeck::adapters::kube::Events::Notable,
        client: api.client().await,
        changes: sender,
        poked: poke.listen(),
        clock: Arc::new(SystemClock),
        timing,
        refused: None,
    };
    let task = tokio::spawn(watch.run());
    Running {
        changes,
        waiting: std::collections::VecDeque::new(),
        poke,
        task,
        api,
    }
}

impl Running {
    pub(crate) async fn next(&mut self) -> Change {
        loop {
            if let Some(change) = self.waiting.pop_front() {
                return change;
            }
            let batch = tokio::time::timeout(Duration::from_secs(20), self.changes.recv()).await;
            let batch = batch.expect("a change in time").expect("the watch goes on");
            assert!(!batch.is_empty() && batch.len() <= 256, "{}", batch.len());
            self.waiting.extend(batch);
        }
    }

    /// Passes over everything up to the first change that fits, and tells it.
    pub(crate) async fn until(&mut self, mut fits: impl FnMut(&Change) -> bool) -> Change {
        loop {
            let change = self.next().await;
            if fits(&change) {
                return change;
            }
        }
    }

    pub(crate) async fn until_live(&mut self) {
        self.until(|change| {
            matches!(
                change,
                Change::Health {
                    state: KindState::Live { .. },
                    ..
                }
            )
        })
        .await;
    }

    pub(crate) async fn until_stale(&mut self) -> String {
        let stale = |change: &Change| {
            matches!(
                change,
                Change::Health {
                    state: KindState::Stale { .. },
                    ..
                }
            )
        };
        let Change::Health {
            state: KindState::Stale { why, .. },
            ..
        } = self.until(stale).await
        else {
            panic!("it was looked for")
        };
        why.shown()
    }

    pub(crate) async fn until_deleted(&mut self, wanted: &str) {
        self.until(|change| matches!(change, Change::Deleted { name, .. } if name.to_string() == wanted))
            .await;
    }
}

pub(crate) fn list(version: u32, items: &[&str]) -> Reply {
    let body = format!(
        r#"{{"kind":"PodList","metadata":{{"resourceVersion":"{version}"}},"items":[{}]}}"#,
        items.join(",")
    );
    Reply::json(200, body)
}

pub(crate) fn event(kind: &str, name: &str, version: u32) -> Vec<u8> {
    format!(
        "{{\"type\":\"{kind}\",\"object\":{{\"metadata\":{{\"namespace\":\"shop\",\"name\":\"{name}\",\"resourceVersion\":\"{version}\"}}}}}}\n"
    )
    .into_bytes()
}

pub(crate) fn gone(name: &str, version: u32) -> Vec<u8> {
    event("DELETED", name, version)
}

pub(crate) fn watching(chunks: Vec<Vec<u8>>, then: Then) -> Reply {
    Reply::chunks(200, chunks, then)
}

/// Answers lists with `list`, watches by their number, from 1.
pub(crate) fn script(
    mut watch: impl FnMut(u32, &Seen) -> Reply + Send + 'static,
) -> impl FnMut(&Seen) -> Reply + Send + 'static {
    let mut count = 0;
    move |seen| {
        if seen.is_watch() {
            count += 1;
            watch(count, seen)
        } else {
            list(10, &[])
        }
    }
}
