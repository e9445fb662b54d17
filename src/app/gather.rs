//! What the plan of the open sheet is made of: read round by round, since what was read may name what else has to be looked
//! at. Knows nothing of what the answers say.

use jiff::Timestamp;

use crate::domain::{Answer, Need};

use super::requests::read_all;
use super::sheets::{plan, recheck};
use super::{Context, Effect, Model, RequestId, Stage};

/// Reads what the plan is made of, all of it anew.
pub(super) fn gather(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    if let Some(sheet) = model.sheet_mut() {
        // What only informs is not read again for the confirmation: it is never compared.
        let answers = &sheet.materials.answers;
        sheet.read = answers
            .iter()
            .map(|(need, _)| need.clone())
            .filter(|need| matches!(need, Need::Metadata { .. }))
            .collect();
    }
    read_on(context, model)
}

/// Reads what is still missing, which may only be known from what was read before; makes the plan when nothing is.
fn read_on(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    let Some(sheet) = model.sheet() else {
        return Vec::new();
    };
    let key = sheet.key.clone();
    let Some(mut needs) = model
        .rollout(&key)
        .map(|rollout| context.planner.needs(sheet.question(rollout)))
    else {
        return Vec::new();
    };
    needs.retain(|need| !sheet.read.contains(need));
    if needs.is_empty() {
        let rechecking = sheet.stage == Stage::Rechecking;
        if let Some(sheet) = model.sheet_mut() {
            sheet.reading_since = None;
        }
        return if rechecking {
            recheck(context, model)
        } else {
            plan(context, model)
        };
    }
    let (reading, effects) = read_all(context, model, &key.cluster, needs);
    if let Some(sheet) = model.sheet_mut() {
        sheet.reading = reading;
        sheet.reading_since.get_or_insert(context.moment);
    }
    effects
}

/// Takes an answer to a read of the open sheet.
pub(super) fn read(
    context: &Context<'_>,
    model: &mut Model,
    id: RequestId,
    answer: Answer,
    server_time: Option<Timestamp>,
) -> Vec<Effect> {
    let now = context.now;
    let Some(sheet) = model.sheet_mut() else {
        return Vec::new();
    };
    let Some(index) = sheet.reading.iter().position(|(reading, _)| *reading == id) else {
        return Vec::new();
    };
    let (_, need) = sheet.reading.swap_remove(index);
    sheet.materials.answers.retain(|(answered, _)| *answered != need);
    sheet.materials.answers.push((need.clone(), answer));
    sheet.read.push(need);
    sheet.materials.stamp.get_or_insert(server_time.unwrap_or(now));
    if !sheet.reading.is_empty() {
        return Vec::new();
    }
    read_on(context, model)
}
