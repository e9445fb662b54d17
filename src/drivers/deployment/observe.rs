//! From a Deployment and what belongs to it to one rollout.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{
    Cluster, Counts, Driver, Leaves, ObjectKind, Owner, OwnerTool, Reverts, RevisionRole, Rollout,
    RolloutKey, Strategy, Untrusted, Weights, Written,
};
use crate::drivers::side::Side;
use crate::drivers::surroundings;
use crate::objects::{Coverage, Deployment, ObjectStore, Pairs, Reference, condition};

use super::reasons::{self, Look};
use super::revisions::{Sides, complete, observed, sides};

pub(super) fn observe(cluster: &Cluster, store: &ObjectStore, deployment: &Deployment) -> Rollout {
    let namespace = &deployment.name.namespace;
    let pods_read = store.coverage(ObjectKind::Pod, namespace) == Coverage::Read
        && store.coverage(ObjectKind::ReplicaSet, namespace) == Coverage::Read;
    let Sides {
        mut all,
        pending_edit,
    } = sides(store, deployment, pods_read);
    for side in &mut all {
        side.revision.leaves = leaving(store, deployment, side);
    }
    if let Some(current) = all
        .first_mut()
        .filter(|side| side.revision.role == RevisionRole::Current)
    {
        current.revision.whole_since = whole_since(deployment);
    }
    let findings = reasons::findings(&Look {
        store,
        deployment,
        sides: &all,
        pending_edit,
    });
    Rollout {
        key: RolloutKey {
            cluster: cluster.clone(),
            driver: Driver::Deployment,
            name: deployment.name.clone(),
        },
        uid: deployment.uid.clone(),
        strategy: if deployment.recreate {
            Strategy::Recreate
        } else {
            Strategy::Rolling
        },
        created_at: deployment.created_at,
        generation: deployment.generation,
        observed_generation: deployment.observed_generation,
        paused: deployment.paused == Some(true),
        counts: Counts {
            wanted: deployment.replicas,
            existing: deployment.existing,
            updated: deployment.updated,
            ready: deployment.ready,
            available: deployment.available,
        },
        since: since(deployment, all.first().and_then(|side| side.revision.created_at)),
        pods: pods_read.then(|| all.iter().flat_map(|side| side.pods.iter().cloned()).collect()),
        revisions: all.into_iter().map(|side| side.revision).collect(),
        findings,
        steps: Vec::new(),
        weights: Weights::default(),
        owners: owners(store, deployment),
        managers: deployment.managers.clone(),
        autoscaler: surroundings::autoscaler(store, "Deployment", &deployment.name),
        services: surroundings::services(store, namespace, &deployment.template.labels),
        labels: Arc::clone(&deployment.labels),
        written: written(deployment),
    }
}

fn owners(store: &ObjectStore, deployment: &Deployment) -> Vec<Owner> {
    let name = &deployment.name;
    let reference = Reference::Workload(name.namespace.clone(), name.name.clone());
    let mut owners: Vec<Owner> = store
        .argo_rollouts
        .by(&reference)
        .map(|rollout| Owner {
            tool: OwnerTool::ArgoRollouts,
            name: Untrusted::from(format!("Rollout/{}", rollout.name.name.raw())),
            reverts: Reverts::Always,
        })
        .collect();
    owners.extend(surroundings::owners(deployment.owner.as_ref(), &deployment.marks));
    owners
}

fn written(deployment: &Deployment) -> Written {
    Written {
        paused: deployment.paused,
        controller_paused: controller_paused(deployment),
        restarted_at: deployment.template.restarted_at.clone(),
        template: deployment.template.digest,
        images: deployment
            .template
            .containers
            .iter()
            .map(|container| (container.name.clone(), container.image.clone()))
            .collect(),
        history_limit: deployment.history_limit,
        at_a_time: deployment.at_a_time(),
    }
}

/// What selects the template of now and would not select the pods of `side`. Kept small: templates rarely change labels.
fn leaving(store: &ObjectStore, deployment: &Deployment, side: &Side) -> Vec<Leaves> {
    match &side.set {
        Some(set) if !same_labels(&set.template.labels, &deployment.template.labels) => {
            surroundings::leaving(
                store,
                &deployment.name.namespace,
                &deployment.template.labels,
                &set.template.labels,
                &deployment.uid,
            )
        }
        Some(_) | None => Vec::new(),
    }
}

/// Equal but for the label that the controller adds.
fn same_labels(of_set: &Pairs, of_deployment: &Pairs) -> bool {
    of_deployment.iter().all(|pair| of_set.contains(pair))
}

/// Since when everything runs the current template: the controller writes it down when the last pod becomes available.
fn whole_since(deployment: &Deployment) -> Option<Timestamp> {
    condition(&deployment.conditions, "Progressing")
        .filter(|progressing| progressing.reason.raw() == "NewReplicaSetAvailable")
        .and_then(|progressing| progressing.updated_at)
}

/// The controller's own word for it. It leaves the condition alone after it gave up on progress, and has none without a
/// deadline: then it is enough that it has seen the spec.
fn controller_paused(deployment: &Deployment) -> bool {
    let progressing = condition(&deployment.conditions, "Progressing");
    let said = progressing.is_some_and(|progressing| {
        matches!(
            progressing.reason.raw(),
            "DeploymentPaused" | "ProgressDeadlineExceeded"
        )
    });
    deployment.paused == Some(true)
        && observed(deployment)
        && (said || deployment.progress_deadline.is_none())
}

/// A rollout is as old as its newest revision; a paused or complete one as old as the controller's word for that.
fn since(deployment: &Deployment, newest: Option<Timestamp>) -> Option<Timestamp> {
    let progressing = condition(&deployment.conditions, "Progressing").and_then(|it| it.updated_at);
    if deployment.paused == Some(true) || complete(deployment) {
        progressing.or(newest)
    } else {
        newest.or(progressing)
    }
}
