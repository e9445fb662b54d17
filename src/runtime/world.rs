//! What turns changes of objects into rollouts: one task per source owns the store and the drivers, so that neither the
//! watches nor the screen wait for the other.
//!
//! Changes are throttled, never debounced: the first is told at once, then at most one batch every 33 ms.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::{Event, SourceEvent};
use crate::domain::{Cluster, KindState, ObjectKind, RolloutKey};
use crate::drivers::Drivers;
use crate::objects::{Change, ListScope, ObjectStore};

/// Between two batches of rollouts.
const EVERY: Duration = Duration::from_millis(33);

/// While the first lists come in, rollouts would be observed many times for nothing.
const WHILE_LISTING: Duration = Duration::from_millis(250);

/// Rollouts in one event, so that a key never waits behind a thousand of them.
const AT_ONCE: usize = 256;

/// The store of one source, with what has still to be told.
pub(super) struct World {
    cluster: Cluster,
    drivers: Arc<Drivers>,
    store: ObjectStore,
    events: mpsc::Sender<Event>,
    /// Scopes whose first list has not ended.
    listing: BTreeSet<ListScope>,
    complete: bool,
    touched: BTreeSet<RolloutKey>,
    told: Vec<SourceEvent>,
}

impl World {
    /// A world that will hear of these scopes.
    pub(super) fn new(
        cluster: Cluster,
        drivers: Arc<Drivers>,
        events: mpsc::Sender<Event>,
        scopes: impl IntoIterator<Item = ListScope>,
    ) -> Self {
        Self {
            cluster,
            drivers,
            store: ObjectStore::default(),
            events,
            listing: scopes.into_iter().collect(),
            complete: false,
            touched: BTreeSet::new(),
            told: Vec::new(),
        }
    }

    /// Runs until nobody sends or nobody listens.
    pub(super) async fn run(mut self, mut changes: mpsc::Receiver<Vec<Change>>) {
        let mut resting = false;
        let mut listed = self.workloads_listed();
        // One rest from one telling to the next: begun anew with every batch, a busy cluster would never let it end.
        let mut rest = pin!(tokio::time::sleep(Duration::ZERO));
        loop {
            tokio::select! {
                batch = changes.recv() => match batch {
                    Some(batch) => self.absorb_all(batch),
                    None => return,
                },
                () = &mut rest, if resting => resting = false,
            }
            while let Ok(batch) = changes.try_recv() {
                self.absorb_all(batch);
                if self.touched.len() > AT_ONCE * 8 && self.workloads_listed() {
                    break;
                }
            }
            if !listed && self.workloads_listed() {
                (listed, resting) = (true, false);
            }
            if !resting && (!self.touched.is_empty() || !self.told.is_empty()) {
                if self.tell().await.is_err() {
                    return;
                }
                rest.set(tokio::time::sleep(if listed { EVERY } else { WHILE_LISTING }));
                resting = true;
            }
        }
    }

    fn workloads_listed(&self) -> bool {
        let needed = [ObjectKind::Deployment, ObjectKind::ReplicaSet, ObjectKind::Pod];
        !self.listing.iter().any(|scope| needed.contains(&scope.kind))
    }

    fn absorb_all(&mut self, batch: Vec<Change>) {
        for change in batch {
            self.absorb(change);
        }
    }

    fn absorb(&mut self, change: Change) {
        match &change {
            Change::Health { scope, state } => {
                // A kind that cannot be listed will not hold up the others.
                if !matches!(state, KindState::Listing { .. } | KindState::Live { .. }) {
                    self.listing.remove(scope);
                }
                let event = SourceEvent::Kind {
                    kind: scope.kind,
                    namespace: scope.namespace.clone(),
                    state: state.clone(),
                };
                self.told.retain(|told| !same_kind(told, scope));
                self.told.push(event);
            }
            Change::ListEnded(scope) => {
                tracing::debug!(kind = ?scope.kind, "listed");
                self.listing.remove(scope);
            }
            Change::Odd(oddity) => self.told.push(SourceEvent::Odd(oddity.clone())),
            Change::ListBegan(_) | Change::Applied(_) | Change::Deleted { .. } => {}
        }
        for touched in self.store.apply(change) {
            self.touched.extend(self.drivers.affected(&touched, &self.store));
        }
    }

    /// Tells what changed. Fails when nobody listens.
    async fn tell(&mut self) -> Result<(), mpsc::error::SendError<Event>> {
        let keys = std::mem::take(&mut self.touched);
        if self.workloads_listed() || self.complete {
            let keys: Vec<RolloutKey> = keys.into_iter().collect();
            for some in keys.chunks(AT_ONCE) {
                let mut rollouts = Vec::with_capacity(some.len());
                for key in some {
                    let observation = self.drivers.observe(&self.store, key);
                    self.told
                        .extend(observation.oddities.into_iter().map(SourceEvent::Odd));
                    rollouts.push((key.clone(), observation.rollout));
                }
                self.send(SourceEvent::Rollouts(rollouts)).await?;
            }
        } else {
            self.touched = keys;
        }
        for event in std::mem::take(&mut self.told) {
            self.send(event).await?;
        }
        if !self.complete && self.listing.is_empty() && self.touched.is_empty() {
            self.complete = true;
            tracing::debug!("complete");
            self.send(SourceEvent::Complete).await?;
        }
        Ok(())
    }

    async fn send(&self, event: SourceEvent) -> Result<(), mpsc::error::SendError<Event>> {
        self.events.send(Event::Source(self.cluster.clone(), event)).await
    }
}

fn same_kind(told: &SourceEvent, scope: &ListScope) -> bool {
    if let SourceEvent::Kind { kind, namespace, .. } = told {
        return *kind == scope.kind && *namespace == scope.namespace;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::{Interner, Object};

    fn deployment(generation: u32) -> Change {
        let text = format!(
            r#"{{"metadata":{{"name":"web","namespace":"shop","uid":"u","generation":{generation}}},"spec":{{"replicas":1}}}}"#
        );
        let object = Object::decode(ObjectKind::Deployment, text.as_bytes(), &mut Interner::default());
        Change::Applied(object.unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn changes_that_never_pause_are_told_all_the_same() {
        let (events, mut told) = mpsc::channel(256);
        let (changes, incoming) = mpsc::channel(4);
        let cluster = Cluster::new("c");
        let drivers = Arc::new(Drivers::new(cluster.clone()));
        tokio::spawn(World::new(cluster, drivers, events, []).run(incoming));
        for generation in 0..100 {
            changes.send(vec![deployment(generation)]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let mut batches = 0;
        while let Ok(Event::Source(_, event)) = told.try_recv() {
            batches += usize::from(matches!(event, SourceEvent::Rollouts(_)));
        }
        // A second of changes, 33 ms apart: neither one for each change nor silence until they end.
        assert!((20..=31).contains(&batches), "{batches} batches");
    }
}
