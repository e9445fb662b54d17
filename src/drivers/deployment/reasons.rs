//! Why a Deployment does not move, or that it does: one function per rule, in the order in which they are told.

use crate::domain::{Finding, Gravity, ObjectKind, Reason, RevisionRole};
use crate::drivers::pod_rules;
use crate::drivers::side::Side;
use crate::drivers::surroundings::unread;
use crate::objects::{Condition, Deployment, ObjectStore, condition};

use super::revisions::{complete, observed};

/// What rules are asked of.
pub(super) struct Look<'a> {
    pub(super) store: &'a ObjectStore,
    pub(super) deployment: &'a Deployment,
    pub(super) sides: &'a [Side],
    pub(super) pending_edit: bool,
}

/// Every rule that holds, gravest first; equally grave ones in the order in which they tell most.
pub(super) fn findings(look: &Look<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    found.extend(being_deleted(look));
    found.extend(paused(look));
    found.extend(cannot_create_pods(look));
    for (index, side) in look.sides.iter().enumerate() {
        let troubles = pod_rules::troubles(side, look.store, look.trouble());
        found.extend(troubles.into_iter().map(|it| it.of_side(index)));
    }
    found.extend(deadline_exceeded(look));
    found.extend(outage(look));
    found.extend(nothing_serves(look));
    found.extend(pod_rules::terminating_hangs(look.sides, look.hanging()));
    found.extend(not_observed(look));
    found.extend(too_few_updated(look));
    found.extend(min_ready(look));
    found.extend(too_few_ready(look));
    found.extend(old_pods_remain(look));
    found.extend(deadline_running(look));
    found.extend(pod_rules::evicted(look.sides));
    found.extend(cannot_tell(look));
    found.sort_by_key(|finding| finding.gravity);
    found
}

impl Look<'_> {
    fn is_paused(&self) -> bool {
        self.deployment.paused == Some(true)
    }

    fn progressing(&self) -> Option<&Condition> {
        condition(&self.deployment.conditions, "Progressing")
    }

    /// The controller gave up on the newest spec. While paused the deadline does not count.
    fn gave_up(&self) -> bool {
        !self.is_paused()
            && observed(self.deployment)
            && self
                .progressing()
                .is_some_and(|it| it.holds == Some(false) && it.reason.raw() == "ProgressDeadlineExceeded")
    }

    /// Fewer pods serve than the strategy allows; none at all is always too few.
    fn serves_worse(&self) -> bool {
        let wanted = self.deployment.replicas;
        let least = wanted.saturating_sub(self.deployment.may_miss()).max(1);
        wanted > 0 && self.deployment.available < least
    }

    /// How grave it is that pods need somebody.
    fn trouble(&self) -> Gravity {
        if self.deployment.deleted_at.is_some() {
            Gravity::Note
        } else if self.serves_worse() || self.gave_up() {
            Gravity::Failing
        } else if self.is_paused() {
            Gravity::Held
        } else {
            Gravity::Stuck
        }
    }

    /// What moves only while nobody holds it.
    fn motion(&self) -> Gravity {
        if self.is_paused() || self.deployment.deleted_at.is_some() {
            Gravity::Note
        } else {
            Gravity::Moving
        }
    }

    /// A pod that will not go holds up a deletion and a `Recreate`; a rolling update goes on without it.
    fn hanging(&self) -> Gravity {
        let waits = self.deployment.recreate && !complete(self.deployment);
        if waits || self.deployment.deleted_at.is_some() {
            Gravity::Stuck
        } else {
            Gravity::Note
        }
    }

    /// Pods of revisions that the template does not ask for.
    fn old_pods(&self) -> u32 {
        self.sides.iter().skip(1).map(|side| side.revision.existing).sum()
    }
}

fn being_deleted(look: &Look<'_>) -> Option<Finding> {
    let since = look.deployment.deleted_at?;
    Some(Finding::now(Gravity::Moving, Reason::BeingDeleted { since }))
}

fn paused(look: &Look<'_>) -> Option<Finding> {
    let since = look
        .progressing()
        .filter(|it| it.reason.raw() == "DeploymentPaused")
        .and_then(|it| it.updated_at);
    look.is_paused().then(|| {
        let pending_edit = look.pending_edit;
        Finding::now(Gravity::Held, Reason::Paused { since, pending_edit })
    })
}

fn not_observed(look: &Look<'_>) -> Option<Finding> {
    let reason = Reason::NotObserved {
        generation: look.deployment.generation,
        observed: look.deployment.observed_generation,
    };
    (!observed(look.deployment)).then(|| Finding::now(look.motion(), reason))
}

fn cannot_create_pods(look: &Look<'_>) -> Option<Finding> {
    let of_the_set = look
        .sides
        .first()
        .and_then(|side| side.set.as_ref())
        .map(|set| set.conditions.as_ref())
        .unwrap_or_default();
    let failure = [look.deployment.conditions.as_ref(), of_the_set]
        .into_iter()
        .find_map(|conditions| condition(conditions, "ReplicaFailure").filter(|it| it.holds == Some(true)))?;
    let message = failure.message.clone().unwrap_or_else(|| failure.reason.clone());
    let quota = message.raw().contains("exceeded quota");
    Some(Finding::now(
        look.trouble(),
        Reason::CannotCreatePods { message, quota },
    ))
}

fn deadline_exceeded(look: &Look<'_>) -> Option<Finding> {
    let deadline = look.deployment.progress_deadline.unwrap_or_default();
    let message = look.progressing()?.message.clone();
    (look.gave_up() && !complete(look.deployment))
        .then(|| Finding::now(Gravity::Failing, Reason::DeadlineExceeded { deadline, message }))
}

/// The clock runs while the controller reports progress, and stops for good once everything was available.
fn deadline_running(look: &Look<'_>) -> Option<Finding> {
    let deadline = look.deployment.progress_deadline?;
    let progressing = look.progressing()?;
    let runs = progressing.holds == Some(true)
        && progressing.reason.raw() != "NewReplicaSetAvailable"
        && !look.is_paused()
        && !complete(look.deployment);
    let until = deadline.after(progressing.updated_at?);
    runs.then(|| Finding::now(look.motion(), Reason::DeadlineRunning { until, deadline }))
}

/// `Recreate` with something to replace: the outage is still to come, or is on.
fn outage(look: &Look<'_>) -> Option<Finding> {
    let deployment = look.deployment;
    let newest = look.sides.first()?;
    let moving = newest.revision.role == RevisionRole::New && deployment.replicas > 0;
    if !deployment.recreate || !moving || look.sides.len() < 2 {
        return None;
    }
    let pods = look.old_pods();
    if deployment.available == 0 {
        let wanted = deployment.replicas;
        Some(Finding::now(Gravity::Failing, Reason::Outage { wanted }))
    } else if pods > 0 && newest.revision.existing == 0 {
        Some(Finding::now(look.motion(), Reason::OutageInWaiting { pods }))
    } else {
        None
    }
}

/// It had everything available once and now has nothing, for longer than a node takes to come back.
fn nothing_serves(look: &Look<'_>) -> Option<Finding> {
    let deployment = look.deployment;
    let settled = look.progressing()?.reason.raw() == "NewReplicaSetAvailable";
    let lost = condition(&deployment.conditions, "Available").filter(|it| it.holds == Some(false))?;
    let at = crate::domain::Seconds(60).after(lost.changed_at?);
    let reason = Reason::TooFewReady {
        ready: 0,
        wanted: deployment.replicas,
    };
    let wanted_gone = deployment.deleted_at.is_some();
    (settled && !wanted_gone && deployment.available == 0 && deployment.replicas > 0 && observed(deployment))
        .then(|| Finding::from(at, Gravity::Failing, reason))
}

fn too_few_updated(look: &Look<'_>) -> Option<Finding> {
    let (updated, wanted) = (look.deployment.updated, look.deployment.replicas);
    (updated < wanted).then(|| Finding::now(look.motion(), Reason::TooFewUpdated { updated, wanted }))
}

fn min_ready(look: &Look<'_>) -> Option<Finding> {
    let deployment = look.deployment;
    pod_rules::min_ready(
        look.sides,
        deployment.min_ready,
        deployment.ready,
        deployment.available,
    )
}

fn too_few_ready(look: &Look<'_>) -> Option<Finding> {
    let (ready, wanted) = (look.deployment.available, look.deployment.replicas);
    (ready < wanted).then(|| Finding::now(look.motion(), Reason::TooFewReady { ready, wanted }))
}

fn old_pods_remain(look: &Look<'_>) -> Option<Finding> {
    let pods = look.deployment.existing.saturating_sub(look.deployment.updated);
    (pods > 0).then(|| Finding::now(look.motion(), Reason::OldPodsRemain { pods }))
}

/// What was not read is told, so that its absence does not look like health.
fn cannot_tell(look: &Look<'_>) -> Vec<Finding> {
    let namespace = &look.deployment.name.namespace;
    [("pods", ObjectKind::Pod), ("replicasets", ObjectKind::ReplicaSet)]
        .into_iter()
        .filter_map(|(what, kind)| unread(what, &look.store.coverage(kind, namespace)))
        .map(|what| Finding::now(Gravity::Note, Reason::CannotTell { what }))
        .collect()
}
