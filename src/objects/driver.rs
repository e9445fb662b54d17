//! What a way of rolling out has to answer: which rollouts an object touches, what a rollout is, what belongs to it.

use std::sync::Arc;

use crate::domain::{Name, ObjectKind, Oddity, Planner, Rollout, RolloutKey};

use super::{ObjectStore, Touched};

/// An object, by kind and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    pub kind: ObjectKind,
    pub name: Name,
}

/// What looking at one rollout gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// `None` when there is no such rollout, or another driver shows it.
    pub rollout: Option<Arc<Rollout>>,
    /// What about it could not be understood.
    pub oddities: Vec<Oddity>,
}

/// One way of rolling out: a translator from objects to a rollout, and (as [`Planner`]) from a step to requests.
///
/// Pure: no clock; rules that depend on time say from when on they count.
pub trait Driver: Planner {
    /// The rollouts that must be observed anew. Keys may name rollouts that do not exist any more, or not for this driver.
    fn affected(&self, touched: &Touched, store: &ObjectStore) -> Vec<RolloutKey>;

    /// One rollout, found through indexes.
    fn observe(&self, store: &ObjectStore, key: &RolloutKey) -> Observation;

    /// The objects that belong to it and are shown nowhere else.
    fn claims(&self, store: &ObjectStore, key: &RolloutKey) -> Vec<ObjectKey>;

    /// Every rollout that it can see.
    fn keys(&self, store: &ObjectStore) -> Vec<RolloutKey>;
}
