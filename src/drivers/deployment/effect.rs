//! How far a plan has come, told from the rollout as watched or from the object as read after an answer was lost.

use serde_json::{Value, json};

use crate::domain::{Answer, EffectSeen, Goal, Plan, RevisionRole, Rollout};

use super::plan::{edits, tests};

/// How much of the plan's effect the rollout shows.
pub(super) fn effect(plan: &Plan, rollout: Option<&Rollout>) -> EffectSeen {
    let Some(rollout) = rollout.filter(|rollout| rollout.uid == plan.target.uid) else {
        return EffectSeen::Gone;
    };
    let observed = rollout.observed_generation >= rollout.generation;
    let complete = || {
        rollout
            .target()
            .is_some_and(|target| target.role == RevisionRole::Current)
    };
    let (written, done) = match &plan.goal {
        Goal::Paused(true) => (rollout.paused, rollout.written.controller_paused),
        Goal::Paused(false) => (!rollout.paused, observed),
        Goal::RestartedAt(stamp) => (
            rollout.written.restarted_at.as_ref() == Some(stamp),
            observed && complete(),
        ),
        Goal::Template { digest, from, images } => {
            let template = rollout.written.template;
            // Admission may have changed something else on its way in: then the images tell.
            let arrived = template == *digest || (template != *from && rollout.written.images == *images);
            (arrived && !rollout.paused, observed && complete())
        }
        Goal::Replicas(replicas) => (
            rollout.counts.wanted == *replicas,
            observed && rollout.counts.available == *replicas && rollout.counts.existing == *replicas,
        ),
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
    let edits: Vec<_> = plan.writes.iter().flat_map(edits).collect();
    if !edits.is_empty()
        && edits
            .iter()
            .filter(|(path, _)| is_spec(path))
            .all(|(path, value)| shows(&object, path, value.as_ref()))
    {
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

/// What a human wants of an object stands in its spec; the rest goes with it.
fn is_spec(path: &str) -> bool {
    path.starts_with("/spec")
}

/// Whether a field holds what was to be written. Nothing and `false` are the same once something was taken away.
fn shows(object: &Value, path: &str, value: Option<&Value>) -> bool {
    let found = object.pointer(path);
    match value {
        Some(value) => found == Some(value),
        None => matches!(found, None | Some(Value::Null | Value::Bool(false))),
    }
}

/// As the server tests it: `null` is what an absent field holds. The `scale` subresource leaves out a number of 0, which the
/// object itself has.
fn holds(object: &Value, path: &str, value: &Value) -> bool {
    let found = object.pointer(path).unwrap_or(&Value::Null);
    found == value || (value.is_null() && found.as_u64() == Some(0))
}
