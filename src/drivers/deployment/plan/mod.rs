//! The exact requests of every step on a Deployment. Each one tests what it changes, so that the same request sent twice fails
//! the second time, and everything that the sheet calls tested.

mod consequences;
mod keepers;
mod object;
mod parts;
mod policies;
mod pause;
mod resume;
mod restart;
mod undo;
mod set_image;
mod scale;

use serde_json::{Value, json};

use crate::domain::{Choice, Need, Plan, PlanQuestion, Refusal, RefusalKind, Step, Write};

use super::availability::can;
use object::Object;

/// What must be read before the plan can be made. Stopping waits for nothing.
pub(super) fn needs(question: PlanQuestion<'_>) -> Vec<Need> {
    let itself = || Need::Object {
        path: parts::path(question.rollout),
    };
    match question.step {
        Step::Pause if !pause::revives_old_pods(question.rollout) => Vec::new(),
        Step::Pause | Step::Resume | Step::Restart | Step::SetImage | Step::Scale => vec![itself()],
        Step::Undo => {
            let mut needs = vec![itself()];
            needs.extend(undo::needs(question));
            needs
        }
    }
}

/// Makes the plan.
pub(super) fn plan(question: PlanQuestion<'_>) -> Result<Plan, Refusal> {
    let PlanQuestion {
        rollout,
        step,
        choice,
        materials,
    } = question;
    can(rollout, step)?;
    if step == Step::Pause {
        return Ok(pause::pause(rollout));
    }
    let object = Object::read(rollout, materials)?;
    match (step, choice) {
        (Step::Resume, _) => resume::resume(rollout, &object),
        (Step::Restart, _) => restart::restart(rollout, &object, materials),
        (Step::Undo, Choice::Revision { uid, hash }) => undo::undo(
            question,
            &object,
            &undo::Asked {
                uid,
                hash: hash.as_ref(),
            },
        ),
        (Step::SetImage, Choice::Images(images)) => set_image::set_image(rollout, &object, images),
        (Step::Scale, Choice::Replicas(replicas)) => scale::scale(rollout, &object, *replicas),
        (Step::Pause | Step::Undo | Step::SetImage | Step::Scale, _) => Err(Refusal::new(
            RefusalKind::NotNow,
            format!("a {} needs to be told more", step.words()),
            "choose first",
        )),
    }
}

/// What a write tests: paths with their values.
pub(super) fn tests(write: &Write) -> Vec<(String, Value)> {
    let operations: Vec<Value> = serde_json::from_str(&write.body).unwrap_or_default();
    operations
        .into_iter()
        .filter(|operation| operation.get("op") == Some(&json!("test")))
        .filter_map(|mut operation| {
            let value = operation.get_mut("value").map(Value::take)?;
            Some((operation.get("path")?.as_str()?.to_owned(), value))
        })
        .collect()
}

/// What a write changes: operations that are no tests, with path and value (`None`: taken away).
pub(super) fn edits(write: &Write) -> Vec<(String, Option<Value>)> {
    let operations: Vec<Value> = serde_json::from_str(&write.body).unwrap_or_default();
    operations
        .into_iter()
        .filter(|operation| operation.get("op") != Some(&json!("test")))
        .filter_map(|mut operation| {
            let path = operation.get("path")?.as_str()?.to_owned();
            let value = operation.get_mut("value").map(Value::take);
            Some((path, value))
        })
        .collect()
}
