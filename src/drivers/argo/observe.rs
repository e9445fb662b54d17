//! From a Rollout of Argo Rollouts and what belongs to it to one rollout.

use std::sync::Arc;

use crate::domain::{Cluster, Counts, Driver, ObjectKind, Rollout, RolloutKey, Strategy, Written};
use crate::drivers::surroundings;
use crate::objects::{ArgoRollout, ArgoStrategy, Coverage, ObjectStore, condition};

use super::{findings, revisions, steps};

pub(super) fn observe(cluster: &Cluster, store: &ObjectStore, rollout: &ArgoRollout) -> Rollout {
    let namespace = &rollout.name.namespace;
    let read = |kind| store.coverage(kind, namespace) == Coverage::Read;
    let pods_read = read(ObjectKind::Pod) && read(ObjectKind::ReplicaSet);
    let sides = revisions::sides(store, rollout, pods_read);
    let status = &rollout.status;
    let progressing =
        condition(&status.conditions, "Progressing").and_then(|it| it.changed_at.or(it.updated_at));
    let canary = read(ObjectKind::ReplicaSet).then(|| {
        sides
            .iter()
            .find(|side| side.revision.hash.as_ref() == Some(&status.current_hash))
            .map_or(0, |side| side.revision.available)
    });
    let newest = sides.first().and_then(|side| side.revision.created_at);
    Rollout {
        key: RolloutKey {
            cluster: cluster.clone(),
            driver: Driver::Argo,
            name: rollout.name.clone(),
        },
        uid: rollout.uid.clone(),
        strategy: match rollout.strategy {
            ArgoStrategy::Canary { .. } => Strategy::Canary,
            ArgoStrategy::BlueGreen { .. } => Strategy::BlueGreen,
        },
        created_at: rollout.created_at,
        generation: rollout.generation,
        observed_generation: status.observed_generation.unwrap_or(rollout.generation),
        paused: rollout.paused == Some(true),
        counts: Counts {
            wanted: rollout.replicas,
            existing: status.existing,
            updated: status.updated,
            ready: status.ready,
            available: status.available,
        },
        findings: findings::findings(store, rollout, &sides),
        since: if steps::is_promoted(rollout) {
            progressing.or(newest)
        } else {
            newest.or(progressing)
        },
        steps: steps::steps(rollout),
        weights: steps::weights(rollout, canary),
        pods: pods_read.then(|| sides.iter().flat_map(|side| side.pods.iter().cloned()).collect()),
        revisions: sides.into_iter().map(|side| side.revision).collect(),
        owners: surroundings::owners(rollout.owner.as_ref(), &rollout.marks),
        managers: rollout.managers.clone(),
        autoscaler: surroundings::autoscaler(store, "Rollout", &rollout.name),
        services: surroundings::services(store, namespace, &rollout.template.labels),
        labels: Arc::clone(&rollout.labels),
        written: Written {
            paused: rollout.paused,
            template: rollout.template.digest,
            ..Written::default()
        },
    }
}
