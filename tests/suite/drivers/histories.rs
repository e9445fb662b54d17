//! Whatever watches deliver, in whatever order: what is shown is what a look at everything would give.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use flightdeck::domain::{KindState, Name, ObjectKind, Rollout, RolloutKey, Untrusted};
use flightdeck::drivers::Drivers;
use flightdeck::objects::{Change, ListScope, Object, ObjectStore, Touched};
use proptest::prelude::*;
use serde_json::json;

use super::objects::{
    Thing, at, autoscaler, deployment, moving, pod, replica_set, rollout_of_the_deployment, service,
    unhealthy,
};
use super::observe::{decode, drivers, everywhere, live};

/// How many objects the world has, each in several variants.
const OBJECTS: usize = 12;

/// An object of the world. Its variants differ in what it belongs to, its incarnation and its numbers.
fn thing(index: usize, variant: u32) -> Thing {
    let odd = variant % 2 == 1;
    let uid = |thing: Thing| {
        if variant % 4 == 3 {
            thing.with("/metadata/uid", "another")
        } else {
            thing
        }
    };
    let owned = |thing: Thing| match variant % 4 {
        0 | 1 => thing,
        2 => thing.with("/metadata/ownerReferences/0/uid", "api-uid"),
        _ => thing.with("/metadata/ownerReferences/0/uid", "rollout-uid"),
    };
    match index {
        0 => uid(deployment(2 + variant).with("/spec/paused", odd)),
        1 => moving(3)
            .named("api")
            .with("/metadata/uid", "api-uid")
            .counts(3, variant, 3, 3),
        2 => owned(replica_set("v1", variant)),
        3 => uid(owned(replica_set("v2", 3))),
        4 => replica_set("v2", variant)
            .named("api-v2")
            .with("/metadata/uid", "api-v2-uid")
            .with("/metadata/ownerReferences/0/uid", "api-uid"),
        5 | 6 => {
            let pod = pod("v2", u32::try_from(index).unwrap());
            match variant % 4 {
                0 => pod,
                1 => pod.waiting("ImagePullBackOff", ""),
                2 => pod.with("/metadata/ownerReferences/0/uid", "api-v2-uid"),
                _ => pod.running_unready(at(1)),
            }
        }
        7 => pod("v1", 1).with("/metadata/labels/app", if odd { "web" } else { "other" }),
        8 => unhealthy("v2", if odd { 5 } else { 6 }, 3 + variant, "probe failed", at(20)),
        9 => autoscaler(1, variant).with("/spec/scaleTargetRef/name", if odd { "web" } else { "api" }),
        10 => service("front").with(
            "/spec/selector",
            json!({ "app": if odd { "web" } else { "none" } }),
        ),
        _ => rollout_of_the_deployment().with("/spec/workloadRef/name", if odd { "web" } else { "api" }),
    }
}

/// Every variant of every object, decoded once.
static WORLD: LazyLock<Vec<Vec<Object>>> = LazyLock::new(|| {
    let variants = |index| (0..4).map(|variant| decode(&thing(index, variant).0)).collect();
    (0..OBJECTS).map(variants).collect()
});

fn known(index: usize, variant: u32) -> Object {
    WORLD[index][usize::try_from(variant).unwrap()].clone()
}

#[derive(Clone, Debug)]
enum Happens {
    Applied(usize, u32),
    Deleted(usize),
    /// A kind is listed anew: these are there, in this order.
    Listed(ObjectKind, Vec<(usize, u32)>),
    Heard(ObjectKind, bool, u8),
}

const KINDS: [ObjectKind; 7] = [
    ObjectKind::Deployment,
    ObjectKind::ReplicaSet,
    ObjectKind::Pod,
    ObjectKind::Event,
    ObjectKind::HorizontalPodAutoscaler,
    ObjectKind::Service,
    ObjectKind::ArgoRollout,
];

fn a_kind() -> impl Strategy<Value = ObjectKind> {
    prop::sample::select(&KINDS[..])
}

fn anything() -> impl Strategy<Value = Happens> {
    let object = || (0..OBJECTS, 0..4u32);
    prop_oneof![
        6 => object().prop_map(|(index, variant)| Happens::Applied(index, variant)),
        2 => (0..OBJECTS).prop_map(Happens::Deleted),
        2 => (a_kind(), prop::collection::vec(object(), 0..8)).prop_map(|(kind, objects)| Happens::Listed(kind, objects)),
        1 => (a_kind(), any::<bool>(), 0..4u8).prop_map(|(kind, narrow, state)| Happens::Heard(kind, narrow, state)),
    ]
}

fn history() -> impl Strategy<Value = Vec<Happens>> {
    prop::collection::vec(anything(), 1..40)
}

fn changes(happens: &Happens) -> Vec<Change> {
    match happens {
        Happens::Applied(index, variant) => vec![Change::Applied(known(*index, *variant))],
        Happens::Deleted(index) => {
            let object = known(*index, 0);
            vec![Change::Deleted {
                kind: object.kind(),
                name: object.name().clone(),
            }]
        }
        Happens::Listed(kind, objects) => {
            let mut changes = vec![Change::ListBegan(everywhere(*kind))];
            let listed = objects.iter().map(|(index, variant)| known(*index, *variant));
            changes.extend(listed.filter(|it| it.kind() == *kind).map(Change::Applied));
            changes.push(Change::ListEnded(everywhere(*kind)));
            changes
        }
        Happens::Heard(kind, narrow, state) => {
            let namespace = narrow.then(|| Arc::from("shop"));
            let scope = ListScope {
                kind: *kind,
                namespace,
            };
            vec![Change::Health {
                scope,
                state: heard(*state),
            }]
        }
    }
}

fn heard(state: u8) -> KindState {
    match state {
        0 => KindState::Live { heard_at: at(0) },
        1 => KindState::Forbidden {
            message: Untrusted::from("no"),
        },
        2 => KindState::Listing {
            since: at(0),
            seen: 3,
        },
        _ => KindState::Absent,
    }
}

type Shown = BTreeMap<RolloutKey, Arc<Rollout>>;

/// What the program keeps: only what a change affects is looked at again.
struct Cockpit {
    drivers: Drivers,
    store: ObjectStore,
    shown: Shown,
}

impl Cockpit {
    fn new() -> Self {
        let (drivers, store, shown) = (drivers(), ObjectStore::default(), Shown::new());
        let mut cockpit = Self {
            drivers,
            store,
            shown,
        };
        for kind in ObjectKind::ALL {
            cockpit.take(live(everywhere(kind)));
        }
        cockpit
    }

    fn take(&mut self, change: Change) -> Vec<Touched> {
        let touched = self.store.apply(change);
        let keys: BTreeSet<RolloutKey> = touched
            .iter()
            .flat_map(|touched| self.drivers.affected(touched, &self.store))
            .collect();
        for key in keys {
            match self.drivers.observe(&self.store, &key).rollout {
                Some(rollout) => self.shown.insert(key, rollout),
                None => self.shown.remove(&key),
            };
        }
        touched
    }

    fn anew(&self) -> Shown {
        all(&self.drivers, &self.store)
    }
}

fn all(drivers: &Drivers, store: &ObjectStore) -> Shown {
    let keys = drivers.keys(store).into_iter();
    keys.map(|key| {
        let rollout = drivers
            .observe(store, &key)
            .rollout
            .expect("what is listed can be observed");
        (key, rollout)
    })
    .collect()
}

/// The objects that a history leaves, told without a store.
fn left(history: &[Happens]) -> BTreeMap<(ObjectKind, Name), Object> {
    let mut left = BTreeMap::new();
    let name = |object: &Object| (object.kind(), object.name().clone());
    for happens in history {
        match happens {
            Happens::Applied(index, variant) => {
                let object = known(*index, *variant);
                left.insert(name(&object), object);
            }
            Happens::Deleted(index) => {
                left.remove(&name(&known(*index, 0)));
            }
            Happens::Listed(kind, objects) => {
                left.retain(|(its_kind, _), _| its_kind != kind);
                let listed = objects.iter().map(|(index, variant)| known(*index, *variant));
                left.extend(listed.filter(|it| it.kind() == *kind).map(|it| (name(&it), it)));
            }
            Happens::Heard(..) => {}
        }
    }
    left
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn looking_at_what_changed_gives_what_looking_at_everything_does(history in history()) {
        let mut cockpit = Cockpit::new();
        for (step, happens) in history.iter().enumerate() {
            for change in changes(happens) {
                cockpit.take(change);
            }
            prop_assert_eq!(&cockpit.shown, &cockpit.anew(), "after {}: {:?}", step, happens);
        }
    }

    #[test]
    fn only_what_is_there_counts_and_not_how_it_came(history in history()) {
        let quiet: Vec<_> = history.into_iter().filter(|it| !matches!(it, Happens::Heard(..))).collect();
        let mut cockpit = Cockpit::new();
        for change in quiet.iter().flat_map(changes) {
            cockpit.take(change);
        }
        let left = left(&quiet);
        let mut fresh = Cockpit::new();
        for object in left.into_values() {
            fresh.store.apply(Change::Applied(object));
        }
        prop_assert_eq!(&cockpit.shown, &fresh.anew());
    }

    #[test]
    fn the_same_again_changes_nothing(history in history()) {
        let mut cockpit = Cockpit::new();
        for happens in &history {
            for change in changes(happens) {
                cockpit.take(change.clone());
                if matches!(change, Change::Applied(_) | Change::Health { .. } | Change::Deleted { .. }) {
                    prop_assert_eq!(cockpit.take(change), []);
                }
            }
        }
    }

    #[test]
    fn owners_may_come_after_what_they_own(order in Just((0..OBJECTS).collect::<Vec<_>>()).prop_shuffle(), variant in 0..4u32) {
        let mut cockpit = Cockpit::new();
        for index in &order {
            cockpit.take(Change::Applied(known(*index, variant)));
        }
        prop_assert_eq!(&cockpit.shown, &cockpit.anew());
        let mut in_order = Cockpit::new();
        for index in 0..OBJECTS {
            in_order.take(Change::Applied(known(index, variant)));
        }
        prop_assert_eq!(&cockpit.shown, &in_order.shown);
    }

    #[test]
    fn a_relist_takes_away_at_its_end_and_not_before(
        before in history(),
        kind in a_kind(),
        kept in Just((0..OBJECTS).collect::<Vec<_>>()).prop_shuffle(),
        many in 0..OBJECTS,
    ) {
        let mut cockpit = Cockpit::new();
        for change in before.iter().flat_map(changes) {
            cockpit.take(change);
        }
        let there = |cockpit: &Cockpit| names(&cockpit.store, kind);
        let earlier = there(&cockpit);
        cockpit.take(Change::ListBegan(everywhere(kind)));
        let mut listed = BTreeSet::new();
        for index in kept.into_iter().take(many) {
            let object = known(index, 0);
            if object.kind() == kind {
                listed.insert(object.name().clone());
                cockpit.take(Change::Applied(object));
            }
            prop_assert!(there(&cockpit).is_superset(&earlier), "nothing goes while the list is under way");
        }
        cockpit.take(Change::ListEnded(everywhere(kind)));
        prop_assert_eq!(there(&cockpit), listed);
        prop_assert_eq!(&cockpit.shown, &cockpit.anew());
    }
}

fn names(store: &ObjectStore, kind: ObjectKind) -> BTreeSet<Name> {
    (0..OBJECTS)
        .map(|index| known(index, 0))
        .filter(|object| object.kind() == kind)
        .map(|object| object.name().clone())
        .filter(|name| has(store, kind, name))
        .collect()
}

fn has(store: &ObjectStore, kind: ObjectKind, name: &Name) -> bool {
    match kind {
        ObjectKind::Deployment => store.deployments.get(name).is_some(),
        ObjectKind::ReplicaSet => store.replica_sets.get(name).is_some(),
        ObjectKind::Pod => store.pods.get(name).is_some(),
        ObjectKind::Event => store.events.get(name).is_some(),
        ObjectKind::HorizontalPodAutoscaler => store.autoscalers.get(name).is_some(),
        ObjectKind::Service => store.services.get(name).is_some(),
        ObjectKind::ArgoRollout => store.argo_rollouts.get(name).is_some(),
        ObjectKind::EndpointSlice | ObjectKind::PodDisruptionBudget | ObjectKind::Namespace => false,
    }
}

#[test]
fn what_a_watch_brings_during_a_relist_is_not_swept() {
    let mut cockpit = Cockpit::new();
    cockpit.take(Change::ListBegan(everywhere(ObjectKind::Deployment)));
    let object: Object = decode(&deployment(3).0);
    cockpit.take(Change::Applied(object));
    cockpit.take(Change::ListEnded(everywhere(ObjectKind::Deployment)));
    assert_eq!(cockpit.shown.len(), 1);
}

#[test]
fn what_the_kubelet_says_of_a_probe_is_seen_when_it_says_it() {
    let mut cockpit = Cockpit::new();
    for thing in [
        moving(1).counts(2, 1, 1, 1),
        replica_set("v2", 1),
        pod("v2", 0).running_unready(at(0)),
    ] {
        cockpit.take(Change::Applied(decode(&thing.0)));
    }
    let touched = cockpit.take(Change::Applied(decode(&unhealthy("v2", 0, 5, "503", at(10)).0)));
    assert_eq!(touched.len(), 1);
    assert_eq!(cockpit.shown, cockpit.anew());
}
