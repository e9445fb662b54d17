//! Where a canary stands in its steps, and the weights that go with it.

use crate::domain::{CanaryStep, CanaryStepKind, Weight, Weights};
use crate::objects::{ArgoRollout, ArgoStrategy};

/// The index of the step under way. The status counts completed steps, so this is the same number.
pub(super) fn current(rollout: &ArgoRollout) -> usize {
    let index = rollout.status.step.unwrap_or(0);
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// True when the newest revision is the stable one: nothing moves.
pub(super) fn is_promoted(rollout: &ArgoRollout) -> bool {
    !rollout.status.stable_hash.is_empty() && rollout.status.stable_hash == rollout.status.current_hash
}

fn kinds(rollout: &ArgoRollout) -> &[CanaryStepKind] {
    match &rollout.strategy {
        ArgoStrategy::Canary { steps, .. } => steps,
        ArgoStrategy::BlueGreen { .. } => &[],
    }
}

/// Every step with whether it is done. A promoted rollout has done them all, an aborted one none.
pub(super) fn steps(rollout: &ArgoRollout) -> Vec<CanaryStep> {
    let promoted = is_promoted(rollout);
    let at = current(rollout);
    let since = rollout.status.pauses.first().and_then(|(_, since)| *since);
    kinds(rollout)
        .iter()
        .enumerate()
        .map(|(index, kind)| {
            let here = !promoted && !rollout.status.aborted && index == at;
            CanaryStep {
                kind: kind.clone(),
                done: promoted || (!rollout.status.aborted && index < at),
                current: here,
                since: since.filter(|_| here),
            }
        })
        .collect()
}

/// What the step asks for, and what the controller says it set. The router is not read yet, which is not agreement.
///
/// `canary` is the number of available pods of the newest revision, `None` when it could not be read.
pub(super) fn weights(rollout: &ArgoRollout, canary: Option<u32>) -> Weights {
    let ArgoStrategy::Canary {
        steps,
        routed,
        full_weight,
    } = &rollout.strategy
    else {
        return Weights::default();
    };
    let percent = |weight: i64| Weight::percent(weight.saturating_mul(100).checked_div(*full_weight)?);
    let status = &rollout.status;
    let at = current(rollout);
    let asked = if status.aborted {
        Some(0)
    } else if is_promoted(rollout) || at >= steps.len() {
        Some(*full_weight)
    } else {
        // The last weight at or before the step under way; none set is none asked for.
        let set = steps
            .iter()
            .take(at.saturating_add(1))
            .rev()
            .find_map(|step| match step {
                CanaryStepKind::SetWeight(weight) => Some(i64::from(weight.value())),
                CanaryStepKind::Pause(_)
                | CanaryStepKind::Analysis
                | CanaryStepKind::Experiment
                | CanaryStepKind::SetScale
                | CanaryStepKind::Other(_) => None,
            });
        Some(set.unwrap_or(0))
    };
    let controller = if *routed {
        status.weight
    } else if is_promoted(rollout) {
        asked
    } else {
        // Without a router the weight is the canary's share of the pods that serve; none serving is no share.
        canary.map(|canary| {
            i64::from(canary.min(status.available))
                .saturating_mul(*full_weight)
                .checked_div(i64::from(status.available))
                .unwrap_or(0)
        })
    };
    Weights {
        asked: asked.and_then(percent),
        controller: controller.and_then(percent),
        router: None,
    }
}
