//! The open comparison of two templates: which sides, what was read of them, what differs. Reads; never writes.

use jiff::Timestamp;

use crate::domain::{
    Answer, Materials, Need, Refusal, Rollout, RolloutKey, SeenWhole, TemplateDiff, TemplateOf, undo_target,
};

use super::requests::read_all;
use super::{Context, Effect, Model, Overlay, RequestId};

/// One open comparison.
#[derive(Clone, Debug)]
pub struct Diff {
    pub key: RolloutKey,
    pub before: TemplateOf,
    pub after: TemplateOf,
    /// Shown as YAML, not by field.
    pub yaml: bool,
    pub scroll: usize,
    /// When the sides were read last.
    pub read_at: Option<Timestamp>,
    /// `None` while something is being read.
    pub result: Option<Result<TemplateDiff, Refusal>>,
    materials: Materials,
    reading: Vec<(RequestId, Need)>,
}

/// Every side that a rollout has: now, what was applied, its revisions.
pub fn sides(rollout: &Rollout) -> Vec<TemplateOf> {
    let revisions = rollout
        .revisions
        .iter()
        .filter(|revision| revision.object.is_some())
        .filter_map(|revision| revision.uid.clone())
        .map(TemplateOf::Revision);
    [TemplateOf::Now, TemplateOf::LastApplied]
        .into_iter()
        .chain(revisions)
        .collect()
}

/// Opens the comparison of what ran before with what is asked for now.
pub(super) fn open(context: &Context<'_>, model: &mut Model, key: &RolloutKey) -> Vec<Effect> {
    let Some(rollout) = model.rollout(key) else {
        return Vec::new();
    };
    let before = what_ran_before(rollout, &model.seen);
    open_with(context, model, key, (before, TemplateOf::Now))
}

/// The revision that it moves away from; else the one that an undo would offer; else the newest other one.
fn what_ran_before(rollout: &Rollout, seen: &SeenWhole) -> TemplateOf {
    let target = rollout.target().and_then(|it| it.uid.as_ref());
    let other = || {
        rollout
            .revisions
            .iter()
            .find(|it| it.uid.is_some() && it.uid.as_ref() != target)
    };
    rollout
        .previous()
        .or_else(|| undo_target(rollout, seen).map(|(revision, _)| revision))
        .or_else(other)
        .and_then(|revision| revision.uid.clone())
        .map_or(TemplateOf::LastApplied, TemplateOf::Revision)
}

/// Opens the comparison of these two.
pub(super) fn open_with(
    context: &Context<'_>,
    model: &mut Model,
    key: &RolloutKey,
    (before, after): (TemplateOf, TemplateOf),
) -> Vec<Effect> {
    model.overlays.push(Overlay::Diff(Box::new(Diff {
        key: key.clone(),
        before,
        after,
        yaml: false,
        scroll: 0,
        read_at: None,
        result: None,
        materials: Materials::default(),
        reading: Vec::new(),
    })));
    read_anew(context, model)
}

fn of(model: &mut Model) -> Option<&mut Diff> {
    model.overlays.iter_mut().rev().find_map(|overlay| {
        if let Overlay::Diff(diff) = overlay {
            Some(&mut **diff)
        } else {
            None
        }
    })
}

/// Reads both sides, whatever was read before.
pub(super) fn read_anew(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    if let Some(diff) = of(model) {
        diff.materials = Materials::default();
    }
    read_on(context, model)
}

/// Reads what is missing of both sides, and compares when nothing is.
pub(super) fn read_on(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    let Some(diff) = of(model) else {
        return Vec::new();
    };
    diff.scroll = 0;
    diff.reading.clear();
    diff.result = None;
    let (key, sides) = (diff.key.clone(), [diff.before.clone(), diff.after.clone()]);
    let read: Vec<Need> = diff
        .materials
        .answers
        .iter()
        .map(|(need, _)| need.clone())
        .collect();
    let mut needs: Vec<Need> = Vec::new();
    let Some(rollout) = model.rollout(&key) else {
        return Vec::new();
    };
    for side in &sides {
        match context.planner.template_need(rollout, side) {
            Ok(need) if read.contains(&need) || needs.contains(&need) => {}
            Ok(need) => needs.push(need),
            Err(refusal) => {
                if let Some(diff) = of(model) {
                    diff.result = Some(Err(refusal));
                }
                return Vec::new();
            }
        }
    }
    let (reading, effects) = read_all(context, model, &key.cluster, needs);
    if let Some(diff) = of(model) {
        diff.reading = reading;
    }
    compare(context, model);
    effects
}

/// Takes an answer, if it is to a read of the comparison. True when it was.
pub(super) fn read(context: &Context<'_>, model: &mut Model, id: RequestId, answer: &Answer) -> bool {
    let Some(diff) = of(model) else {
        return false;
    };
    let Some(index) = diff.reading.iter().position(|(reading, _)| *reading == id) else {
        return false;
    };
    let (_, need) = diff.reading.swap_remove(index);
    diff.materials.answers.push((need, answer.clone()));
    diff.read_at = Some(context.now);
    compare(context, model);
    true
}

fn compare(context: &Context<'_>, model: &mut Model) {
    let Some(key) = of(model)
        .filter(|diff| diff.reading.is_empty())
        .map(|diff| diff.key.clone())
    else {
        return;
    };
    let Some(rollout) = model.rollout(&key).cloned() else {
        return;
    };
    if let Some(diff) = of(model) {
        let sides = (&diff.before, &diff.after);
        diff.result = Some(context.planner.template_diff(&rollout, sides, &diff.materials));
    }
}
