//! Few rights on a real API server: what may be read is found, what may not is said, and rights granted later count.

use std::sync::Arc;
use std::time::Duration;

use flightdeck::adapters::kube::{Backoff, Lookout, Poke, Timing, Told};
use flightdeck::clock::SystemClock;
use flightdeck::domain::{KindState, Namespaces, ObjectKind};
use flightdeck::objects::{Change, ObjectStore};
use tokio::sync::mpsc;

use crate::lab::{Identity, lab};
use crate::listening::{PATIENCE, client};
use crate::seat::{Seat, quit};

/// A lookout over the whole cluster that asks again every quarter of a second.
struct Lookouts {
    changes: mpsc::Receiver<Vec<Change>>,
    told: mpsc::Receiver<Told>,
    store: ObjectStore,
    notes: Vec<String>,
    poke: Poke,
}

impl Lookouts {
    async fn of(identity: Identity, namespace: &str) -> Self {
        let connected = client(lab().kubeconfig(identity, namespace, None)).await;
        let (changes_in, changes) = mpsc::channel(64);
        let (told_in, told) = mpsc::channel(64);
        let poke = Poke::default();
        let quick = Backoff {
            first: Duration::from_millis(250),
            most: Duration::from_millis(500),
        };
        let lookout = Lookout {
            client: connected.client,
            kinds: vec![ObjectKind::Deployment, ObjectKind::Pod],
            namespaces: Namespaces::All,
            candidates: vec![Arc::from(namespace)],
            changes: changes_in,
            told: told_in,
            poke: poke.clone(),
            clock: Arc::new(SystemClock),
            timing: Timing {
                slow: quick,
                relist: quick,
                ..Timing::default()
            },
        };
        tokio::spawn(lookout.run());
        Self {
            changes,
            told,
            store: ObjectStore::default(),
            notes: Vec::new(),
            poke,
        }
    }

    async fn until(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) {
        let listening = async {
            while !wanted(self) {
                tokio::select! {
                    biased;
                    Some(told) = self.told.recv() => match told {
                        Told::Scopes { dropped, .. } => for scope in &dropped {
                            self.store.unwatched(scope);
                        },
                        Told::Note(note) => self.notes.push(note.shown()),
                        Told::Asked(_) | Told::Broken(_) => {}
                    },
                    Some(batch) = self.changes.recv() => for change in batch {
                        self.store.apply(change);
                    },
                }
            }
        };
        let heard = tokio::time::timeout(PATIENCE, listening).await.is_ok();
        let states: Vec<_> = self.store.states().collect();
        assert!(heard, "waited in vain for {what}: {states:?} {:?}", self.notes);
    }

    fn state(&self, namespace: &str) -> Option<&KindState> {
        self.store.state(ObjectKind::Deployment, namespace)
    }
}

#[tokio::test]
async fn who_may_list_and_not_watch_sees_what_was_listed_as_stale_until_more_is_granted() {
    let namespace = lab().namespace().await;
    namespace.deployment("web").replicas(0).create().await;
    let mut lookouts = Lookouts::of(Identity::Lister, namespace.name()).await;
    let is_listed = |it: &Lookouts| {
        let namespace = flightdeck::domain::Untrusted::from(namespace.name());
        it.store.deployments.in_namespace(&namespace).count() == 1
    };
    lookouts
        .until("what was listed, as stale", |it| {
            let stale = matches!(
                it.state(namespace.name()),
                Some(KindState::Stale { heard_at: Some(_), why, tries, .. })
                    if *tries >= 2 && why.shown().contains("may list deployments and not watch them")
            );
            stale && is_listed(it)
        })
        .await;
    namespace.admit_also(Identity::Lister).await;
    // Without this it is found as well, half a minute later.
    lookouts.poke.all();
    lookouts
        .until("it is watched where that is allowed by now", |it| {
            matches!(it.state(namespace.name()), Some(KindState::Live { .. })) && is_listed(it)
        })
        .await;
    assert!(
        lookouts
            .notes
            .iter()
            .any(|note| note.contains("in all namespaces")),
        "what lies beyond is said: {:?}",
        lookouts.notes
    );
}

#[tokio::test]
async fn on_the_screen_what_may_only_be_listed_is_never_called_live() {
    let seat = Seat::with_web(Identity::Lister, 1).await;
    let mut pty = seat.start(&["-A"]);
    pty.wait_until("the rollouts, and that they are stale", |screen| {
        let words = screen.contents();
        words.contains("web") && words.contains("stale")
    });
    assert_eq!(quit(&mut pty), 0);
}

#[tokio::test]
async fn a_namespace_that_was_used_before_is_found_again() {
    let elsewhere = lab().namespace().await;
    let seat = Seat::of(Identity::Namespaced)
        .await
        .led_to(Identity::Namespaced, elsewhere.name());
    seat.namespace.admit().await;
    seat.namespace.deployment("web").create().await;
    let mut pty = seat.start(&["-A"]);
    pty.wait_for("forbidden");
    assert_eq!(quit(&mut pty), 0);
    // Named once, it is looked into from then on.
    let mut pty = seat.start(&[]);
    pty.wait_for("1 rollout");
    assert_eq!(quit(&mut pty), 0);
    let mut pty = seat.start(&["-A"]);
    pty.wait_for("1 rollout");
    pty.wait_for("live");
    assert_eq!(quit(&mut pty), 0);
}
