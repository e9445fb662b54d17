//! Whether a step fits a Deployment now, and if not, why and what to do instead.

use crate::domain::{OwnerTool, Reason, Refusal, RefusalKind, Reverts, Rollout, Step};

/// Why not, or that it can be done.
pub(super) fn can(rollout: &Rollout, step: Step) -> Result<(), Refusal> {
    if rollout
        .findings
        .iter()
        .any(|finding| matches!(finding.reason, Reason::BeingDeleted { .. }))
    {
        return Err(not_now("it is being deleted", ""));
    }
    match step {
        Step::Pause if rollout.paused => Err(not_now("it is paused already", "space resumes it")),
        Step::Pause => Ok(()),
        Step::Resume if !rollout.paused => Err(not_now("it is not paused", "")),
        Step::Restart if rollout.paused => Err(not_now(
            "it is paused, so nothing would restart",
            "resume it first",
        )),
        Step::Restart if rollout.counts.wanted == 0 => {
            Err(not_now("it is scaled to 0: there is no pod to restart", ""))
        }
        Step::Resume | Step::Restart => owned(rollout),
    }
}

fn not_now(why: &str, next: &str) -> Refusal {
    Refusal::new(RefusalKind::NotNow, why, next)
}

/// Going forward in a field that its owner rewrites lasts seconds: the owner is where it has to be said.
fn owned(rollout: &Rollout) -> Result<(), Refusal> {
    let owner = rollout.owners.iter().find(|owner| {
        let rewrites = matches!(
            owner.tool,
            OwnerTool::Operator | OwnerTool::Flagger | OwnerTool::ArgoRollouts
        );
        rewrites && owner.reverts == Reverts::Always
    });
    match owner {
        Some(owner) => Err(Refusal::new(
            RefusalKind::Owned,
            format!(
                "{} writes this Deployment and would take the edit back",
                owner.name
            ),
            format!("change {} instead", owner.name),
        )),
        None => Ok(()),
    }
}
