//! Takes objects through decoding, store and drivers, the way the program does.

use std::sync::Arc;

use flightdeck::domain::{
    Cluster, Driver, Finding, KindState, Name, ObjectKind, Rollout, RolloutKey, Untrusted,
};
use flightdeck::drivers::Drivers;
use flightdeck::objects::{Change, Interner, ListScope, Object, ObjectStore, Observation};
use jiff::Timestamp;
use serde_json::Value;

use super::objects::{Thing, at};

pub(crate) const CONTEXT: &str = "prod-eu";

pub(crate) fn drivers() -> Drivers {
    Drivers::new(Cluster::new(CONTEXT))
}

pub(crate) fn key(driver: Driver, namespace: &str, name: &str) -> RolloutKey {
    RolloutKey {
        cluster: Cluster::new(CONTEXT),
        driver,
        name: Name::new(namespace, name),
    }
}

pub(crate) fn web() -> RolloutKey {
    key(Driver::Deployment, "shop", "web")
}

pub(crate) fn kind_of(object: &Value) -> ObjectKind {
    match object["kind"].as_str().unwrap() {
        "Deployment" => ObjectKind::Deployment,
        "ReplicaSet" => ObjectKind::ReplicaSet,
        "Pod" => ObjectKind::Pod,
        "Service" => ObjectKind::Service,
        "HorizontalPodAutoscaler" => ObjectKind::HorizontalPodAutoscaler,
        "Event" => ObjectKind::Event,
        "Rollout" => ObjectKind::ArgoRollout,
        other => panic!("no test has a {other}"),
    }
}

pub(crate) fn decode(object: &Value) -> Object {
    let text = object.to_string();
    Object::decode(kind_of(object), text.as_bytes(), &mut Interner::default()).unwrap()
}

pub(crate) fn everywhere(kind: ObjectKind) -> ListScope {
    ListScope {
        kind,
        namespace: None,
    }
}

pub(crate) fn live(scope: ListScope) -> Change {
    Change::Health {
        scope,
        state: KindState::Live { heard_at: at(0) },
    }
}

/// Every kind is listed whole, and what a list holds is applied.
pub(crate) fn store_of<'a>(objects: impl IntoIterator<Item = &'a Value>) -> ObjectStore {
    let objects: Vec<&Value> = objects.into_iter().collect();
    let mut store = ObjectStore::default();
    for kind in ObjectKind::ALL {
        let scope = everywhere(kind);
        store.apply(Change::ListBegan(scope.clone()));
        for object in objects.iter().filter(|object| kind_of(object) == kind) {
            store.apply(Change::Applied(decode(object)));
        }
        store.apply(Change::ListEnded(scope.clone()));
        store.apply(live(scope));
    }
    store
}

pub(crate) fn store(objects: &[Thing]) -> ObjectStore {
    store_of(objects.iter().map(|thing| &thing.0))
}

/// The Deployment `shop/web`, as the drivers see it among these objects.
pub(crate) fn observe(objects: &[Thing]) -> Arc<Rollout> {
    observe_in(&store(objects))
}

pub(crate) fn observe_in(store: &ObjectStore) -> Arc<Rollout> {
    let Observation { rollout, oddities } = drivers().observe(store, &web());
    assert_eq!(oddities, [], "nothing is odd about it");
    rollout.expect("the Deployment is there")
}

/// The same while a kind may not be read.
pub(crate) fn observe_without(kind: ObjectKind, objects: &[Thing]) -> Arc<Rollout> {
    let mut store = store_of(
        objects
            .iter()
            .map(|thing| &thing.0)
            .filter(|object| kind_of(object) != kind),
    );
    store.apply(Change::Health {
        scope: everywhere(kind),
        state: KindState::Forbidden {
            message: Untrusted::from("forbidden: you may not"),
        },
    });
    observe_in(&store)
}

/// The rule that tells most.
pub(crate) fn leading(rollout: &Rollout, now: Timestamp) -> &Finding {
    rollout.finding(now).expect("a rule holds")
}

/// Several groups of objects as one.
pub(crate) fn together(groups: &[&[Thing]]) -> Vec<Thing> {
    groups.concat()
}
