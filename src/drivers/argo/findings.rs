//! Why an Argo Rollout does not move: its pauses and phase, in the controller's order, with the pods' own troubles.

use crate::domain::{CanaryStepKind, Finding, Gravity, Reason, Untrusted};
use crate::drivers::pod_rules;
use crate::drivers::side::Side;
use crate::objects::{ArgoRollout, ArgoStrategy, ObjectStore};

use super::steps::{current, is_promoted};

/// Pause reasons that only a human ends.
const INCONCLUSIVE: [&str; 2] = ["InconclusiveAnalysisRun", "InconclusiveExperiment"];

/// Every rule that holds, gravest first.
pub(super) fn findings(store: &ObjectStore, rollout: &ArgoRollout, sides: &[Side]) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(since) = rollout.deleted_at {
        found.push(Finding::now(Gravity::Moving, Reason::BeingDeleted { since }));
    }
    found.extend(not_observed(rollout));
    found.extend(aborted(rollout));
    found.extend(paused_by_user(rollout));
    found.extend(paused_at_step(rollout));
    let settled = is_promoted(rollout);
    for (index, side) in sides.iter().enumerate() {
        let gravity = if settled { Gravity::Failing } else { Gravity::Stuck };
        let troubles = pod_rules::troubles(side, store, gravity);
        found.extend(troubles.into_iter().map(|it| it.of_side(index)));
    }
    found.extend(pod_rules::terminating_hangs(sides, Gravity::Stuck));
    found.extend(phase(rollout, found.is_empty()));
    found.sort_by_key(|finding| finding.gravity);
    found
}

fn not_observed(rollout: &ArgoRollout) -> Option<Finding> {
    let observed = rollout.status.observed_generation?;
    (observed < rollout.generation).then(|| {
        Finding::now(
            Gravity::Moving,
            Reason::NotObserved {
                generation: rollout.generation,
                observed,
            },
        )
    })
}

fn aborted(rollout: &ArgoRollout) -> Option<Finding> {
    let status = &rollout.status;
    status.aborted.then(|| {
        Finding::now(
            Gravity::Failing,
            Reason::Aborted {
                at: status.aborted_at,
                message: status.message.clone(),
            },
        )
    })
}

fn paused_by_user(rollout: &ArgoRollout) -> Option<Finding> {
    (rollout.paused == Some(true)).then(|| {
        Finding::now(
            Gravity::Held,
            Reason::Paused {
                since: None,
                pending_edit: false,
            },
        )
    })
}

/// A pause of the plan: for a human when it has no duration or was inconclusive, else for time to pass.
fn paused_at_step(rollout: &ArgoRollout) -> Option<Finding> {
    if rollout.status.aborted {
        return None;
    }
    let (why, since) = rollout.status.pauses.first()?;
    let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
    let inconclusive = INCONCLUSIVE.contains(&why.raw());
    let (step, of, duration) = match &rollout.strategy {
        ArgoStrategy::Canary { steps, .. } => {
            let at = current(rollout);
            let duration = steps.get(at).and_then(|step| {
                if let CanaryStepKind::Pause(span) = step {
                    *span
                } else {
                    None
                }
            });
            (number(at.saturating_add(1)), number(steps.len()), duration)
        }
        ArgoStrategy::BlueGreen { promotes_after, .. } => (1, 1, *promotes_after),
    };
    let reason = match (duration.filter(|_| !inconclusive), since) {
        (Some(span), Some(since)) => {
            return Some(Finding::now(
                Gravity::Moving,
                Reason::CanaryPauseUntil {
                    step,
                    of,
                    until: span.after(*since),
                },
            ));
        }
        (Some(_), None) | (None, _) => Reason::CanaryPause {
            step,
            of,
            since: *since,
        },
    };
    Some(Finding::now(Gravity::Held, reason))
}

/// The controller's own words, where no rule of ours says more.
fn phase(rollout: &ArgoRollout, nothing_else: bool) -> Option<Finding> {
    let status = &rollout.status;
    let gravity = match status.phase.raw() {
        "Degraded" if !status.aborted => Gravity::Failing,
        "Progressing" => Gravity::Moving,
        // Somebody cleared the pause, and the controller has not gone on yet.
        "Paused" if nothing_else && status.controller_pause => Gravity::Moving,
        "Paused" if nothing_else => Gravity::Held,
        "Healthy" | "Paused" | "Degraded" => return None,
        "" => {
            let what = Untrusted::from("its controller has not written a phase; does it run?");
            return nothing_else.then(|| Finding::now(Gravity::Moving, Reason::CannotTell { what }));
        }
        _unknown_phase => Gravity::Moving,
    };
    let reason = Reason::Controller {
        phase: status.phase.clone(),
        message: status.message.clone(),
    };
    Some(Finding::now(gravity, reason))
}
