//! What drives the open sheet: answers come in, the plan is made and made again, the confirmation is checked, and only then a
//! write leaves.

use crate::domain::{Choice, Class, Refusal, RefusalKind, Rollout, RolloutKey, Step};

use super::decide::decide;
use super::gather::gather;
use super::requests::note_sent;
use super::source::right;
use super::{
    AccessQuestion, Approved, Check, Context, DryRun, Effect, Field, Follow, MessageTone, Model, Offered,
    Overlay, Probe, Request, RequestId, Sheet, Stage,
};

/// A sheet without a key for this long closes; what was typed as a reason is kept.
const IDLE_MILLIS: u64 = 60_000;

/// Opens the sheet for `step`.
pub(super) fn open(
    context: &Context<'_>,
    model: &mut Model,
    key: &RolloutKey,
    asked: (Step, Choice),
) -> Vec<Effect> {
    open_with(context, model, key, asked, |_sheet| {})
}

/// The same with something set before anything is read.
pub(super) fn open_with(
    context: &Context<'_>,
    model: &mut Model,
    key: &RolloutKey,
    (step, choice): (Step, Choice),
    set: impl FnOnce(&mut Sheet),
) -> Vec<Effect> {
    let Some(uid) = model.rollout(key).map(|rollout| rollout.uid.clone()) else {
        return Vec::new();
    };
    let id = model.next_id().0;
    let mut sheet = Sheet::open(id, key.clone(), uid, step, choice, context.now, context.moment);
    if let Some((_, reason)) = model.kept_reason.take_if(|(of, _)| of == key) {
        sheet.reason = reason.into();
    }
    sheet.permission = Check::Asking;
    sheet.record = Check::Asking;
    sheet.panes = Check::Asking;
    set(&mut sheet);
    // What was said of another rollout does not stand below this one.
    model.flash = None;
    model.overlays.push(Overlay::Sheet(Box::new(sheet)));
    let question = right(key, step);
    let asking = model.next_id();
    model
        .asked
        .insert(asking, (key.cluster.clone(), question.clone()));
    note_sent(context, model, asking, access_words(&question));
    let mut effects = vec![Effect::Send {
        cluster: key.cluster.clone(),
        id: asking,
        request: Request::Probe(Probe::Access(question)),
    }];
    for probe in [Probe::Record, Probe::Panes] {
        effects.push(Effect::Send {
            cluster: key.cluster.clone(),
            id: model.next_id(),
            request: Request::Probe(probe),
        });
    }
    effects.extend(gather(context, model));
    effects
}

/// Makes the plan from what is known now.
fn make(context: &Context<'_>, model: &Model, sheet: &Sheet) -> Result<crate::domain::Plan, Refusal> {
    let gone = || {
        Refusal::new(
            RefusalKind::Gone,
            format!("{} is gone", sheet.key),
            "look at what is there now",
        )
    };
    let rollout = model.rollout(&sheet.key).ok_or_else(gone)?;
    if rollout.uid != sheet.uid {
        let why = format!(
            "{} was deleted and made anew since this sheet was opened",
            sheet.key
        );
        return Err(Refusal::new(RefusalKind::Gone, why, "look at what is there now"));
    }
    context.planner.plan(sheet.question(rollout))
}

/// Puts the plan on the sheet, and asks for a dry run of a new one.
pub(super) fn plan(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    let Some(sheet) = model.sheet() else {
        return Vec::new();
    };
    let made = make(context, model, sheet);
    let fingerprint = model.rollout(&sheet.key).map(|it| fingerprint(it, sheet.step));
    let Some(sheet) = model.sheet_mut() else {
        return Vec::new();
    };
    match made {
        Err(refusal) => {
            sheet.refuse(refusal);
            Vec::new()
        }
        Ok(plan) => {
            sheet.fingerprint = fingerprint;
            match sheet.offer(plan) {
                Offered::Same => Vec::new(),
                Offered::New => ask_dry_run(context, model),
            }
        }
    }
}

fn ask_dry_run(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    let id = model.next_id();
    let Some(sheet) = model.sheet_mut() else {
        return Vec::new();
    };
    let cluster = sheet.key.cluster.clone();
    let Some(write) = sheet.plan.as_ref().and_then(|plan| plan.writes.first()).cloned() else {
        return Vec::new();
    };
    sheet.dry_run = Check::Asking;
    sheet.dry_run_id = Some(id);
    note_sent(
        context,
        model,
        id,
        format!("dry run: {} {}", write.method.word(), write.path),
    );
    vec![Effect::Send {
        cluster,
        id,
        request: Request::Probe(Probe::DryRun(write)),
    }]
}

fn access_words(question: &AccessQuestion) -> String {
    let below = question
        .subresource
        .map(|it| format!("/{it}"))
        .unwrap_or_default();
    format!("access review: {} {}{below}", question.verb, question.resource)
}

/// The guarded facts as the watch shows them. Pod counts and status are not among them; the number of pods asked for is one
/// where that is what would be changed.
fn fingerprint(rollout: &Rollout, step: Step) -> String {
    let target = rollout.target();
    format!(
        "{:?} {:?} {} {} {:?} {:?}",
        (step == Step::Scale).then_some(rollout.counts.wanted),
        rollout.uid,
        rollout.paused,
        rollout.written.template,
        target.map(|it| &it.hash),
        target.map(|it| &it.images)
    )
}

/// The rollout of the open sheet may have changed: guarded facts that differ turn the sheet into a difference; status does
/// not disturb it.
pub(super) fn rollout_changed(context: &Context<'_>, model: &mut Model, key: &RolloutKey) -> Vec<Effect> {
    let Some(sheet) = model.sheet().filter(|sheet| sheet.key == *key) else {
        return Vec::new();
    };
    match sheet.stage {
        Stage::Offered | Stage::Armed | Stage::Changed => {}
        Stage::Gathering | Stage::Rechecking | Stage::Sent(_) | Stage::Refused(_) => return Vec::new(),
    }
    let now = model.rollout(key).map(|it| fingerprint(it, sheet.step));
    if now == sheet.fingerprint || !sheet.reading.is_empty() {
        return Vec::new();
    }
    if model.rollout(key).is_none_or(|rollout| rollout.uid != sheet.uid) {
        return plan(context, model);
    }
    gather(context, model)
}

/// Lets time pass over the open sheet: it arms, or closes by itself.
pub(super) fn tick(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    let Some(sheet) = model.sheet_mut() else {
        return Vec::new();
    };
    sheet.ripen(context.moment, context.policy.arming_millis);
    let idle = context.moment.millis_since(sheet.last_key) >= IDLE_MILLIS;
    if idle && !matches!(sheet.stage, Stage::Sent(_) | Stage::Rechecking) {
        let reason = sheet.reason.value().to_owned();
        let text = format!(
            "the {} sheet of {} closed after 60 s without a key; nothing was done",
            sheet.step.verb(),
            sheet.key
        );
        if !reason.is_empty() {
            model.kept_reason = Some((sheet.key.clone(), reason));
        }
        model
            .overlays
            .retain(|overlay| !matches!(overlay, Overlay::Sheet(_)));
        model.tell(context.now, MessageTone::Info, text);
    }
    Vec::new()
}

/// The confirming key was pressed on an armed sheet.
pub(super) fn confirm(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    let Some(sheet) = model.sheet() else {
        return Vec::new();
    };
    if sheet.stage != Stage::Armed {
        return Vec::new();
    }
    confirmed(context, model)
}

/// The open sheet is confirmed, by what it holds. Whether that may be is the guard's to say.
pub(super) fn confirmed(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    let Some(plan) = model.sheet().and_then(|sheet| sheet.plan.clone()) else {
        return Vec::new();
    };
    // What can be refused already is refused before anything is read again.
    if let Err(refusal) = decide(context, model, true) {
        return refused(model, refusal);
    }
    if plan.class == Class::Stop {
        return recheck(context, model);
    }
    if let Some(sheet) = model.sheet_mut() {
        sheet.stage = Stage::Rechecking;
    }
    gather(context, model)
}

/// Compares the plan that was shown with the plan of now, and sends it if they are the same.
pub(super) fn recheck(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    let Some(sheet) = model.sheet() else {
        return Vec::new();
    };
    let read_again = sheet.stage == Stage::Rechecking;
    let made = make(context, model, sheet);
    let shown = sheet.digest();
    match made {
        Err(refusal) => refused(model, refusal),
        Ok(plan) if Some(plan.digest()) != shown => {
            if let Some(sheet) = model.sheet_mut() {
                sheet.offer(plan);
                sheet.hint = Some(
                    "it changed after you confirmed: nothing was sent; look, and confirm again".to_owned(),
                );
            }
            ask_dry_run(context, model)
        }
        Ok(_) => match decide(context, model, read_again) {
            Err(refusal) => refused(model, refusal),
            Ok(approved) => send(context, model, approved),
        },
    }
}

/// A refusal at confirmation: a wrong word is a hint, everything else ends the sheet.
fn refused(model: &mut Model, refusal: Refusal) -> Vec<Effect> {
    if let Some(sheet) = model.sheet_mut() {
        sheet.objection = Some(refusal.clone());
        let again = refusal.kind == RefusalKind::NotNow
            || matches!(refusal.kind, RefusalKind::InFlight | RefusalKind::Stale)
            || (refusal.kind == RefusalKind::Denied
                && !matches!(sheet.dry_run, Check::Got(DryRun::Denied { .. })));
        if again {
            sheet.stage = Stage::Armed;
            sheet.hint = Some(refusal.sentence());
            // What was typed right stays; only the reason is missing.
            let right = sheet.plan.as_ref().is_some_and(|plan| {
                refusal.kind == RefusalKind::NotNow
                    && plan.class == Class::Override
                    && sheet
                        .token
                        .value()
                        .split_whitespace()
                        .any(|word| word == plan.token)
            });
            if right {
                sheet.field = Field::Reason;
            } else {
                sheet.token.reset();
            }
        } else {
            sheet.refuse(refusal);
        }
    }
    Vec::new()
}

/// Hands the approved plan over. The only place that makes a write.
fn send(context: &Context<'_>, model: &mut Model, approved: Approved) -> Vec<Effect> {
    let id = model.next_id();
    let plan = approved.plan().clone();
    let cluster = plan.target.key.cluster.clone();
    for write in &plan.writes {
        note_sent(
            context,
            model,
            id,
            format!("{} {}", write.method.word(), write.path),
        );
    }
    let mut follow = Follow::new(id, plan, context.now).because(approved.reason());
    if let Some(sheet) = model.sheet_mut() {
        if let Check::Got(DryRun::Accepted { also, .. }) = &sheet.dry_run {
            follow.expected = sheet.expected.clone().map(|object| (object, also.clone()));
        }
        sheet.stage = Stage::Sent(id);
        sheet.hint = None;
    }
    model.follows.push(follow);
    vec![Effect::Send {
        cluster,
        id,
        request: Request::Write(approved),
    }]
}

/// The write of the open sheet did not leave: the sheet stays, armed, to be confirmed again. Not when another cluster is
/// meant by now: then there is nothing to confirm.
pub(super) fn not_sent(model: &mut Model, id: RequestId, why: &str) {
    let Some(sheet) = model.sheet().filter(|sheet| sheet.stage == Stage::Sent(id)) else {
        return;
    };
    let is_elsewhere = model
        .sources
        .get(&sheet.key.cluster)
        .is_some_and(|source| source.pin_broken.is_some());
    let Some(sheet) = model.sheet_mut() else { return };
    if is_elsewhere {
        let next = "restart flightdeck to work on the other cluster";
        let refusal = Refusal::new(RefusalKind::OtherCluster, format!("not sent: {why}"), next);
        sheet.stage = Stage::Refused(refusal);
        return;
    }
    sheet.stage = Stage::Armed;
    sheet.token.reset();
    sheet.hint = Some(format!(
        "not sent: {why}; nothing was changed, confirm again to try again"
    ));
}
