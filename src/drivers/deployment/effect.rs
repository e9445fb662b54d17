//! How far a plan has come, told from the rollout as watched or from the object as read after an answer was lost.

use serde_json::{Value, json};

use crate::domain::{Answer, EffectSeen, Plan, RevisionRole, Rollout, Step};
use crate::objects::RESTARTED_AT;

use super::plan::tests;

/// How much of the plan's effect the rollout shows.
pub(super) fn effect(plan: &Plan, rollout: Option<&Rollout>) -> EffectSeen {
    let Some(rollout) = rollout.filter(|rollout| rollout.uid == plan.target.uid) else {
        return EffectSeen::Gone;
    };
    let observed = rollout.observed_generation >= rollout.generation;
    let (written, done) = match plan.step {
        Step::Pause => (rollout.paused, rollout.written.controller_paused),
        Step::Resume => (!rollout.paused, observed),
        Step::Restart => {
            let stamp = plan.changes.first().map(|change| &change.to);
            let complete = rollout
                .target()
                .is_some_and(|target| target.role == RevisionRole::Current);
            (
                rollout.written.restarted_at.as_ref() == stamp,
                observed && complete,
            )
        }
    };
    match (written, done) {
        (true, true) => EffectSeen::Done,
        (true, false) => EffectSeen::Written,
        (false, _) => EffectSeen::NotYet,
    }
}

/// Whether the object holds the plan's change, still holds its guard, or neither.
pub(super) fn resolve(plan: &Plan, answer: &Answer) -> EffectSeen {
    let object: Value = match answer {
        Answer::Gone => return EffectSeen::Gone,
        Answer::Failed(_) => return EffectSeen::CannotTell,
        Answer::Found(text) => match serde_json::from_str(text) {
            Ok(object) => object,
            Err(_) => return EffectSeen::CannotTell,
        },
    };
    if object.pointer("/metadata/uid") != Some(&json!(plan.target.uid.raw())) {
        return EffectSeen::Gone;
    }
    let paused = object.pointer("/spec/paused") == Some(&json!(true));
    let written = match plan.step {
        Step::Pause => paused,
        Step::Resume => !paused,
        Step::Restart => {
            let annotations = object.pointer("/spec/template/metadata/annotations");
            let stamp = annotations
                .and_then(|it| it.get(RESTARTED_AT))
                .and_then(Value::as_str);
            stamp.is_some() && stamp == plan.changes.first().map(|change| change.to.raw())
        }
    };
    if written {
        return EffectSeen::Written;
    }
    let guarded = plan.writes.first().is_some_and(|write| {
        tests(write)
            .iter()
            .all(|(path, value)| holds(&object, path, value))
    });
    if guarded {
        EffectSeen::NotYet
    } else {
        EffectSeen::CannotTell
    }
}

/// As the server tests it: `null` is what an absent field holds.
fn holds(object: &Value, path: &str, value: &Value) -> bool {
    object.pointer(path).unwrap_or(&Value::Null) == value
}
