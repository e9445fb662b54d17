//! All events of the rollout that is open, and of nothing else: the scope's own watch carries warnings only.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::adapters::kube::{Events, Poke, Timing, Watch};
use crate::app::{Event, EventLine, Model, SourceEvent};
use crate::clock::Clock;
use crate::domain::{Cluster, Name, ObjectKind, RolloutKey};
use crate::objects::{self, Change, ListScope, Object};

use super::source::Api;

/// Between two lists of lines.
const EVERY: Duration = Duration::from_millis(250);

/// Lines kept; older ones are forgotten.
const LINES: usize = 200;

/// Follows one rollout at a time.
pub(super) struct Follower {
    cluster: Cluster,
    api: Api,
    events: mpsc::Sender<Event>,
    clock: Arc<dyn Clock>,
    tasks: Vec<JoinHandle<()>>,
}

impl Follower {
    pub(super) fn new(
        cluster: Cluster,
        api: Api,
        events: mpsc::Sender<Event>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            cluster,
            api,
            events,
            clock,
            tasks: Vec::new(),
        }
    }

    /// Follows `key` from now on, or nothing.
    pub(super) fn follow(&mut self, key: Option<RolloutKey>, model: &Model) {
        for task in self.tasks.drain(..) {
            task.abort();
        }
        let (Some(key), Some(open)) = (key, self.api.borrow().clone()) else {
            return;
        };
        if model.rollout(&key).is_none() {
            return;
        }
        let (changes, incoming) = mpsc::channel(16);
        let scope = ListScope {
            kind: ObjectKind::Event,
            namespace: Some(Arc::from(key.name.namespace.raw())),
        };
        let poke = Poke::default();
        let watch = Watch {
            scope,
            client: open.client,
            changes,
            poked: poke.listen(),
            clock: Arc::clone(&self.clock),
            timing: Timing::default(),
            events: Events::Everything,
            refused: None,
        };
        self.tasks.push(tokio::spawn(watch.run()));
        self.tasks.push(tokio::spawn(collect(
            self.cluster.clone(),
            key,
            incoming,
            self.events.clone(),
            poke,
        )));
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Keeps the lines that belong to the rollout and tells them. Holds the poke, without which the watch would end.
async fn collect(
    cluster: Cluster,
    key: RolloutKey,
    mut changes: mpsc::Receiver<Vec<Change>>,
    events: mpsc::Sender<Event>,
    _poke: Poke,
) {
    let mut lines: BTreeMap<Name, EventLine> = BTreeMap::new();
    let mut listed = false;
    while let Some(batch) = changes.recv().await {
        for change in batch {
            match change {
                Change::Applied(Object::Event(event)) => {
                    if let Some(line) = event_line(&key, &event) {
                        lines.insert(event.name.clone(), line);
                    }
                }
                Change::Deleted { name, .. } => {
                    lines.remove(&name);
                }
                Change::ListEnded(_) => listed = true,
                Change::Health { .. } | Change::Applied(_) | Change::ListBegan(_) | Change::Odd(_) => {}
            }
        }
        while lines.len() > LINES {
            let oldest = lines
                .iter()
                .min_by_key(|(_, line)| line.at)
                .map(|(name, _)| name.clone());
            match oldest {
                Some(name) => lines.remove(&name),
                None => break,
            };
        }
        if !listed {
            continue;
        }
        let mut sorted: Vec<EventLine> = lines.values().cloned().collect();
        sorted.sort_by_key(|line| std::cmp::Reverse(line.at));
        let event = SourceEvent::Events {
            key: key.clone(),
            lines: sorted,
        };
        if events.send(Event::Source(cluster.clone(), event)).await.is_err() {
            return;
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// An Event as a line of the rollout that it belongs to; `None` when it belongs to another.
pub fn event_line(key: &RolloutKey, event: &objects::Event) -> Option<EventLine> {
    belongs(key, event).then(|| EventLine {
        at: event.last_at,
        warning: event.warning,
        reason: event.reason.clone(),
        about: event.about.clone(),
        kind: event.about_kind.clone(),
        message: event.message.clone(),
        count: event.count,
    })
}

/// Its own, its replica sets' and its pods': their names begin with its own and a dash. Names of other rollouts may too
/// (`web` and `web-admin`); a hash must follow for those to count.
fn belongs(key: &RolloutKey, event: &objects::Event) -> bool {
    let Some(rest) = event.about.name.raw().strip_prefix(key.name.name.raw()) else {
        return false;
    };
    let mut parts = rest.split('-').skip(1);
    match (rest.is_empty(), event.about_kind.raw()) {
        (true, _) => true,
        (false, "ReplicaSet") => parts.next().is_some_and(is_hash) && parts.next().is_none(),
        (false, "Pod") => {
            parts.next().is_some_and(is_hash) && parts.next().is_some() && parts.next().is_none()
        }
        (false, _) => false,
    }
}

/// Hashes of templates have no vowels, and at least six characters.
fn is_hash(part: &str) -> bool {
    part.len() >= 6
        && part
            .chars()
            .all(|it| it.is_ascii_digit() || "bcdfghjklmnpqrstvwxz".contains(it))
}
