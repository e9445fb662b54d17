//! Whether a step fits a Deployment now, and if not, why and what to do instead.

use crate::domain::{OwnerTool, Reason, Refusal, RefusalKind, Reverts, Revision, Rollout, Step};

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
        Step::Pause if rollout.paused => Err(already("it is paused already", "space resumes it")),
        Step::Pause => Ok(()),
        Step::Resume if !rollout.paused => Err(already("it is not paused", "")),
        Step::Restart if rollout.paused => Err(not_now(
            "it is paused, so nothing would restart",
            "resume it first",
        )),
        Step::Restart if rollout.counts.wanted == 0 => {
            Err(not_now("it is scaled to 0: there is no pod to restart", ""))
        }
        Step::Undo => has_another(rollout),
        Step::SetImage if rollout.paused => Err(not_now(
            "it is paused, so the image would not be rolled out",
            "resume it first",
        )),
        Step::Resume | Step::Restart | Step::SetImage | Step::Scale => owned(rollout),
    }
}

/// Going back needs a revision to go back to.
fn has_another(rollout: &Rollout) -> Result<(), Refusal> {
    let target = rollout.target().and_then(|target| target.uid.as_ref());
    let another = |revision: &Revision| revision.uid.is_some() && revision.uid.as_ref() != target;
    if rollout.revisions.iter().any(another) {
        return Ok(());
    }
    if rollout.pods.is_none() {
        return Err(not_now(
            "its revisions could not be read",
            "see :messages for what may not be read",
        ));
    }
    if rollout.written.history_limit == 0 {
        return Err(not_now(
            "no revision is kept: revisionHistoryLimit is 0",
            "deploy the version that you want",
        ));
    }
    Err(not_now("there is no other revision", ""))
}

fn not_now(why: &str, next: &str) -> Refusal {
    Refusal::new(RefusalKind::NotNow, why, next)
}

fn already(why: &str, next: &str) -> Refusal {
    Refusal::new(RefusalKind::AlreadySo, why, next)
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
