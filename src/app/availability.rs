//! Whether an action can be done now, and if not, why: the same answer for footer, menu, help and the key itself.

use crate::domain::{Rollout, RolloutKey, Step};

use super::source::{self, right};
use super::{AccessQuestion, Action, Context, Model, Permission};

/// Whether a step can be taken now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    Yes,
    /// The server is being asked whether the user may.
    Asking,
    No(String),
}

/// Whether `step` can be taken on `rollout` now.
pub fn of_step(context: &Context<'_>, model: &Model, rollout: &Rollout, step: Step) -> Availability {
    let Some(source) = source::of(&model.sources, &rollout.key) else {
        return Availability::No("its cluster is not open".to_owned());
    };
    if context.policy.read_only || source.read_only {
        return Availability::No("this context is read-only".to_owned());
    }
    if let Some(why) = &source.pin_broken {
        return Availability::No(format!("writing has stopped: {why}"));
    }
    if let Err(refusal) = context.planner.can(rollout, step) {
        return Availability::No(refusal.sentence());
    }
    match source.permission(&right(&rollout.key, step), context.now) {
        Some(Permission::No { why }) => Availability::No(why.shown()),
        Some(Permission::Yes | Permission::Unknown { .. }) => Availability::Yes,
        None => Availability::Asking,
    }
}

/// The step that `space` means for this rollout.
pub fn pause_or_resume(rollout: &Rollout) -> Step {
    if rollout.paused { Step::Resume } else { Step::Pause }
}

/// The step behind an action, for this rollout.
pub(super) fn step_of(action: Action, rollout: &Rollout) -> Option<Step> {
    if let Action::Do(step) = action {
        return Some(step);
    }
    // A Deployment has no other way to give up than to go back.
    if action == Action::Abort {
        return Some(Step::Undo);
    }
    (action == Action::PauseOrResume).then(|| pause_or_resume(rollout))
}

/// The rights to be asked for a rollout that was selected, if they are not known or too old.
pub(super) fn unknown_right(
    context: &Context<'_>,
    model: &Model,
    key: &RolloutKey,
    step: Step,
) -> Option<AccessQuestion> {
    let source = source::of(&model.sources, key)?;
    let question = right(key, step);
    let asked = model.asked.values().any(|(_, asked)| *asked == question);
    (!asked && source.permission(&question, context.now).is_none()).then_some(question)
}
