//! The Deployment controller: one look at one Deployment. The strategies' arithmetic is in `rolling` and `scaling`, what is told
//! of it in `status`.

use jiff::Timestamp;
use serde_json::Value;

use super::adoption;
use super::controllers::how;
use super::events::{self, Note};
use super::sets::{self, Sets, Wish};
use super::{rolling, scaling, status};
use crate::sandbox::json::{at, number};
use crate::sandbox::objects::{Deletion, Objects};
use crate::sandbox::resource::{PODS, REPLICA_SETS, by_id};
use crate::sandbox::store::Key;

/// Brings a Deployment one step further. Says when to look again without a reason.
pub(super) fn reconcile(objects: &mut Objects, key: &Key, now: Timestamp) -> Option<Timestamp> {
    let deployment = objects.store.value(key)?;
    if !at(&deployment, &["metadata", "deletionTimestamp"]).is_null() {
        return None;
    }
    adoption::settle(objects, &deployment, "Deployment", REPLICA_SETS, now);
    let wish = Wish::of(&deployment);
    let sets = Sets::of(objects, &deployment);
    let before: Vec<(Key, i64)> = sets.all().map(|set| (set.key.clone(), set.wanted)).collect();
    let paused = at(&deployment, &["spec", "paused"]).as_bool() == Some(true);
    let resized = sets
        .all()
        .any(|set| set.wanted > 0 && set.desired.is_some_and(|desired| desired != wish.replicas));
    let mut made = false;
    if paused || resized {
        sets::renumber(objects, &deployment, &sets, now);
        scaling::resize(objects, &deployment, now);
    } else if wish.recreate {
        made = recreate(objects, &deployment, now);
    } else {
        made = roll(objects, &deployment, now);
    }
    if status::is_complete(&deployment) {
        forget_old(objects, &deployment, now);
    }
    tell(objects, &deployment, &before, now);
    status::write(objects, key, made, now)
}

/// The newest template has a set, and it is numbered. True when it was made just now.
fn ensure_new(objects: &mut Objects, deployment: &Value, replicas: i64, now: Timestamp) -> bool {
    let sets = Sets::of(objects, deployment);
    if sets.new.is_some() {
        sets::renumber(objects, deployment, &sets, now);
        false
    } else {
        sets::create(objects, deployment, &sets, replicas, now)
    }
}

fn roll(objects: &mut Objects, deployment: &Value, now: Timestamp) -> bool {
    let wish = Wish::of(deployment);
    let sets = Sets::of(objects, deployment);
    let room = (wish.most() - sets.sum(|set| set.wanted)).clamp(0, wish.replicas);
    let made = ensure_new(objects, deployment, room, now);
    let sets = Sets::of(objects, deployment);
    if !made && !rolling::grow_new(objects, &sets, wish, now) {
        rolling::shrink_old(objects, &sets, wish, now);
    }
    made
}

/// Every old pod goes, to the last, before a new one comes.
fn recreate(objects: &mut Objects, deployment: &Value, now: Timestamp) -> bool {
    let wish = Wish::of(deployment);
    let sets = Sets::of(objects, deployment);
    let mut shrunk = false;
    for set in sets.old.iter().filter(|set| set.wanted > 0) {
        shrunk |= sets::scale(objects, set, 0, wish, now);
    }
    let runs = |key: &Key| {
        let Some(stored) = objects.store.get(key) else {
            return false;
        };
        objects
            .store
            .owned(&stored.uid)
            .any(|(key, _)| *key.resource == *PODS)
    };
    if shrunk || sets.old.iter().any(|set| runs(&set.key)) {
        return false;
    }
    let made = ensure_new(objects, deployment, wish.replicas, now);
    if let Some(new) = Sets::of(objects, deployment).new {
        sets::scale(objects, &new, wish.replicas, wish, now);
    }
    made
}

/// Sets that nothing needs any more, beyond those that are kept to go back to.
fn forget_old(objects: &mut Objects, deployment: &Value, now: Timestamp) {
    let kept = number(deployment, &["spec", "revisionHistoryLimit"]).unwrap_or(10);
    let mut idle: Vec<_> = Sets::of(objects, deployment)
        .old
        .into_iter()
        .filter(|set| set.wanted == 0 && set.existing == 0)
        .collect();
    idle.sort_by_key(|set| set.revision);
    let more = idle.len().saturating_sub(usize::try_from(kept).unwrap_or(0));
    for set in idle.into_iter().take(more) {
        if let Some(resource) = by_id(REPLICA_SETS) {
            drop(objects.delete(resource, &set.key, &Deletion::default(), how(now)));
        }
    }
}

/// An Event for each set that was asked for another number of pods.
fn tell(objects: &mut Objects, deployment: &Value, before: &[(Key, i64)], now: Timestamp) {
    for set in Sets::of(objects, deployment).all() {
        let was = before
            .iter()
            .find(|(key, _)| *key == set.key)
            .map_or(0, |(_, wanted)| *wanted);
        if was == set.wanted {
            continue;
        }
        let direction = if set.wanted > was { "up" } else { "down" };
        let message = format!(
            "Scaled {direction} replica set {} from {was} to {}",
            set.key.name, set.wanted
        );
        let note = Note {
            warning: false,
            reason: "ScalingReplicaSet",
            message: &message,
            by: "deployment-controller",
        };
        events::tell(objects, deployment, note, now);
    }
}
