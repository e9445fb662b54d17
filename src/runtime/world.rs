//! What turns changes of objects into rollouts: one task per source owns the store and the drivers, so that neither the
//! watches nor the screen wait for the other.
//!
//! Changes are throttled, never debounced: the first is told at once, then at most one batch every 33 ms.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::adapters::kube::{Progress, Told};
use crate::app::{Event, MessageTone, SourceEvent};
use crate::domain::{Cluster, KindState, ObjectKind, RolloutKey};
use crate::drivers::Drivers;
use crate::objects::{Change, ListScope, ObjectStore, Touched};

use super::source::broken_words;

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
    /// What is watched: what others say may come from a watch that was ended.
    watched: BTreeSet<ListScope>,
    /// Scopes whose first list has not ended.
    listing: BTreeSet<ListScope>,
    /// Kinds that are watched in single namespaces from now on: what none of these lists names is not watched any more.
    narrowing: BTreeSet<ObjectKind>,
    complete: bool,
    touched: BTreeSet<RolloutKey>,
    told: Vec<SourceEvent>,
    messages: Vec<(MessageTone, String)>,
}

impl World {
    /// A world that will hear of these scopes.
    pub(super) fn new(
        cluster: Cluster,
        drivers: Arc<Drivers>,
        events: mpsc::Sender<Event>,
        scopes: impl IntoIterator<Item = ListScope>,
    ) -> Self {
        let watched: BTreeSet<ListScope> = scopes.into_iter().collect();
        Self {
            cluster,
            drivers,
            store: ObjectStore::default(),
            events,
            listing: watched.clone(),
            watched,
            narrowing: BTreeSet::new(),
            complete: false,
            touched: BTreeSet::new(),
            told: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// Runs until nobody sends or nobody listens.
    pub(super) async fn run(
        mut self,
        mut changes: mpsc::Receiver<Vec<Change>>,
        mut told: mpsc::Receiver<Told>,
    ) {
        let mut resting = false;
        let mut listed = self.workloads_listed();
        // One rest from one telling to the next: begun anew with every batch, a busy cluster would never let it end.
        let mut rest = pin!(tokio::time::sleep(Duration::ZERO));
        loop {
            tokio::select! {
                batch = changes.recv() => match batch {
                    Some(batch) => {
                        // Told before the first word of a new watch, so it is taken before.
                        while let Ok(told) = told.try_recv() {
                            self.about_watches(told);
                        }
                        self.absorb_all(batch);
                    }
                    None => return,
                },
                Some(told) = told.recv() => self.about_watches(told),
                () = &mut rest, if resting => resting = false,
            }
            while let Ok(batch) = changes.try_recv() {
                while let Ok(told) = told.try_recv() {
                    self.about_watches(told);
                }
                self.absorb_all(batch);
                if self.touched.len() > AT_ONCE * 8 && self.workloads_listed() {
                    break;
                }
            }
            if !listed && self.workloads_listed() {
                (listed, resting) = (true, false);
            }
            if !resting && self.has_news() {
                if self.tell().await.is_err() {
                    return;
                }
                rest.set(tokio::time::sleep(if listed { EVERY } else { WHILE_LISTING }));
                resting = true;
            }
        }
    }

    fn has_news(&self) -> bool {
        !(self.touched.is_empty() && self.told.is_empty() && self.messages.is_empty())
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

    fn about_watches(&mut self, told: Told) {
        match told {
            Told::Scopes { added, dropped } => self.rescope(added, dropped),
            Told::Asked(Progress { asked, of }) => {
                let text = format!("asking what may be read: {asked} of {of} namespaces");
                self.messages.retain(|(tone, _)| *tone != MessageTone::Info);
                self.messages.push((MessageTone::Info, text));
            }
            Told::Note(note) => self.told.push(SourceEvent::Scope { note }),
            Told::Broken(error) => self.messages.push((MessageTone::Bad, broken_words(&error))),
        }
    }

    fn rescope(&mut self, added: Vec<ListScope>, dropped: Vec<ListScope>) {
        for scope in &dropped {
            self.watched.remove(scope);
            self.listing.remove(scope);
            self.told.retain(|told| !same_kind(told, scope));
            self.told.push(SourceEvent::Unwatched {
                kind: scope.kind,
                namespace: scope.namespace.clone(),
            });
            self.touch(|store| store.unwatched(scope));
        }
        for scope in dropped {
            // Whatever takes its place marks what is there. What nothing marks is swept: nobody would see it go.
            let place_taken = added
                .iter()
                .any(|new| new.kind == scope.kind && (new.namespace.is_none() || scope.namespace.is_none()));
            if place_taken && scope.namespace.is_some() {
                continue;
            }
            self.touch(|store| store.apply(Change::ListBegan(scope.clone())));
            if place_taken {
                self.narrowing.insert(scope.kind);
            } else {
                self.touch(|store| store.apply(Change::ListEnded(scope)));
            }
        }
        self.listing.extend(added.iter().cloned());
        self.watched.extend(added);
    }

    /// Sweeps what was listed in all namespaces, once each of the namespaces that are left has been listed.
    fn sweep_narrowed(&mut self) {
        let listing = &self.listing;
        let done: Vec<ObjectKind> = self
            .narrowing
            .iter()
            .copied()
            .filter(|kind| !listing.iter().any(|scope| scope.kind == *kind))
            .collect();
        for kind in done {
            self.narrowing.remove(&kind);
            let namespace = None;
            self.touch(|store| store.apply(Change::ListEnded(ListScope { kind, namespace })));
        }
    }

    fn absorb(&mut self, change: Change) {
        match &change {
            Change::Health { scope, .. } if !self.watched.contains(scope) => return,
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
        self.touch(|store| store.apply(change));
        if !self.narrowing.is_empty() {
            self.sweep_narrowed();
        }
    }

    fn touch(&mut self, change: impl FnOnce(&mut ObjectStore) -> Vec<Touched>) {
        for touched in change(&mut self.store) {
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
        for (tone, text) in std::mem::take(&mut self.messages) {
            self.events.send(Event::Message { tone, text }).await?;
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
        let (_told, telling) = mpsc::channel(1);
        tokio::spawn(World::new(cluster, drivers, events, []).run(incoming, telling));
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

    /// A world that was told of these scopes, with everything that it says.
    fn world(scopes: &[ListScope]) -> (World, mpsc::Receiver<Event>) {
        let (events, told) = mpsc::channel(256);
        let cluster = Cluster::new("c");
        let drivers = Arc::new(Drivers::new(cluster.clone()));
        let world = World::new(cluster, drivers, events, scopes.iter().cloned());
        (world, told)
    }

    fn scope(namespace: Option<&str>) -> ListScope {
        ListScope {
            kind: ObjectKind::Deployment,
            namespace: namespace.map(Arc::from),
        }
    }

    async fn said(world: &mut World, told: &mut mpsc::Receiver<Event>) -> Vec<SourceEvent> {
        world.tell().await.unwrap();
        let mut said = Vec::new();
        while let Ok(event) = told.try_recv() {
            if let Event::Source(_, event) = event {
                said.push(event);
            }
        }
        said
    }

    #[tokio::test]
    async fn what_takes_the_place_of_a_refused_list_is_waited_for() {
        let (mut world, mut told) = world(&[scope(None)]);
        world.absorb(Change::Health {
            scope: scope(None),
            state: KindState::Listing {
                since: jiff::Timestamp::UNIX_EPOCH,
                seen: 0,
            },
        });
        let (added, dropped) = (vec![scope(Some("shop"))], vec![scope(None)]);
        world.about_watches(Told::Scopes { added, dropped });
        let live = KindState::Live {
            heard_at: jiff::Timestamp::UNIX_EPOCH,
        };
        // The last word of a watch that has been ended.
        world.absorb(Change::Health {
            scope: scope(None),
            state: live,
        });
        let events = said(&mut world, &mut told).await;
        let unwatched = SourceEvent::Unwatched {
            kind: ObjectKind::Deployment,
            namespace: None,
        };
        assert_eq!(events, [unwatched], "nothing is complete yet");
        world.absorb(Change::ListEnded(scope(Some("shop"))));
        assert_eq!(said(&mut world, &mut told).await, [SourceEvent::Complete]);
    }

    #[tokio::test]
    async fn what_no_list_that_is_left_names_is_not_shown_any_more() {
        let (mut world, mut told) = world(&[scope(None)]);
        world.absorb(deployment(1));
        world.absorb(Change::ListEnded(scope(None)));
        said(&mut world, &mut told).await;
        let (added, dropped) = (vec![scope(Some("shop")), scope(Some("pay"))], vec![scope(None)]);
        world.about_watches(Told::Scopes { added, dropped });
        world.absorb(Change::ListEnded(scope(Some("pay"))));
        assert_eq!(world.store.deployments.len(), 1, "its own list is not there yet");
        world.absorb(deployment(1));
        world.absorb(Change::ListEnded(scope(Some("shop"))));
        assert_eq!(world.store.deployments.len(), 1, "it was named");

        let (added, dropped) = (Vec::new(), vec![scope(Some("shop"))]);
        world.about_watches(Told::Scopes { added, dropped });
        assert_eq!(world.store.deployments.len(), 0, "nobody would see it go");
    }
}
