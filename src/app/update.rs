//! Applies one event to the model and says what must now happen outside. Cannot fail, waits for nothing.

use crate::domain::{Cluster, Outcome, RolloutKey, State, Step};

use super::{
    Context, Effect, Event, EventLine, MessageTone, Model, Overlay, Probe, RecordEvent, Request,
    RequestAnswer, RequestId, SourceEvent, answers, availability, diff, gather, keys, requests, sheets,
    traffic,
};

/// Rows whose rights are asked for without being selected: a screen of them.
const HELD: usize = 20;

/// Applies `event`.
pub fn update(context: &Context<'_>, model: &mut Model, event: Event) -> Vec<Effect> {
    let is_about_rows = !matches!(
        event,
        Event::Painted { .. } | Event::Message { .. } | Event::InputDropped { .. } | Event::Record(_)
    );
    let mut effects = match event {
        Event::Key { key, action, repeat } => {
            model.fleet.settled = true;
            keys::key(context, model, key, action, repeat)
        }
        Event::Paste(text) => keys::paste(context, model, &text),
        Event::InputDropped { what, count } => {
            model.tell(
                context.now,
                MessageTone::Warn,
                format!("{what} ignored, {count} keys: nothing was done"),
            );
            Vec::new()
        }
        Event::Painted { sheet, digest } => {
            if let Some(open) = model.sheet_mut().filter(|open| open.id == sheet) {
                open.painted(digest, context.moment);
            }
            Vec::new()
        }
        Event::Tick => tick(context, model),
        Event::Jumped { why } => jumped(context, model, why),
        Event::Source(cluster, event) => source(context, model, &cluster, event),
        Event::Answer { cluster, id, answer } => answered(context, model, &cluster, id, answer),
        Event::Record(RecordEvent::Earlier(earlier)) => {
            model.earlier = earlier;
            Vec::new()
        }
        Event::Record(RecordEvent::CaughtUp) => {
            requests::caught_up(context, model);
            Vec::new()
        }
        Event::Message { tone, text } => {
            model.tell(context.now, tone, text);
            Vec::new()
        }
    };
    if is_about_rows {
        settle(context, model, &mut effects);
    }
    effects
}

/// After every event: the selection names a listed row, the order is frozen while something is open over it, and the rights
/// for what is selected are asked for.
fn settle(context: &Context<'_>, model: &mut Model, effects: &mut Vec<Effect>) {
    let acting = model
        .overlays
        .iter()
        .any(|it| matches!(it, Overlay::Menu { .. } | Overlay::Chooser(_) | Overlay::Sheet(_)));
    match (acting, &model.fleet.frozen) {
        (true, None) => model.fleet.frozen = Some(model.rows(context.now)),
        (false, Some(_)) => model.fleet.frozen = None,
        (true, Some(_)) | (false, None) => {}
    }
    model.fleet.listed = model.rows(context.now);
    let hidden = model
        .fleet
        .selection
        .shown()
        .is_some_and(|key| model.rollout(key).is_some());
    model.fleet.selection.reconcile(&model.fleet.listed, hidden);
    if !model.fleet.settled {
        model.fleet.selection.to(&model.fleet.listed, 0);
        model.fleet.settled = model.sources.values().all(|source| source.complete);
        if !model.fleet.settled {
            return;
        }
    }
    let subject = model.subject().map(|rollout| rollout.key.clone());
    for key in subject.into_iter().chain(held(context, model)) {
        ask_rights(context, model, &key, Step::Pause, effects);
    }
    // The menu tells of every step whether it may be taken.
    if let Some(Overlay::Menu { key, .. }) = model.overlays.last() {
        let key = key.clone();
        ask_rights(context, model, &key, Step::Scale, effects);
    }
}

/// The rollouts at the top that wait for a human: whether that can be this one depends on rights.
fn held(context: &Context<'_>, model: &Model) -> Vec<RolloutKey> {
    let waits = |key: &&RolloutKey| {
        model
            .rollout(key)
            .is_some_and(|rollout| rollout.state(context.now) == State::Waiting)
    };
    model
        .fleet
        .listed
        .iter()
        .take(HELD)
        .filter(waits)
        .cloned()
        .collect()
}

/// Asks for the right to patch `key`, unless it is known or being asked.
pub(super) fn ask_rights(
    context: &Context<'_>,
    model: &mut Model,
    key: &RolloutKey,
    step: Step,
    effects: &mut Vec<Effect>,
) {
    if let Some(question) = availability::unknown_right(context, model, key, step) {
        let id = model.next_id();
        model.asked.insert(id, (key.cluster.clone(), question.clone()));
        effects.push(Effect::Send {
            cluster: key.cluster.clone(),
            id,
            request: Request::Probe(Probe::Access(question)),
        });
    }
}

fn tick(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    let mut effects = sheets::tick(context, model);
    let due: Vec<_> = model
        .follows
        .iter_mut()
        .enumerate()
        .filter_map(|(index, follow)| follow.tick(context.now).map(|need| (index, need)))
        .collect();
    for (index, need) in due {
        let id = model.next_id();
        if let Some(follow) = model.follows.get_mut(index) {
            follow.resolving = Some(id);
            let cluster = follow.key().cluster.clone();
            effects.push(Effect::Send {
                cluster,
                id,
                request: Request::Read(need),
            });
        }
    }
    effects
}

/// Nothing heard so far may be believed: everything is stale and open sheets close.
fn jumped(context: &Context<'_>, model: &mut Model, why: &'static str) -> Vec<Effect> {
    for source in model.sources.values_mut() {
        source.distrust_before = Some(context.now);
        source.permissions.clear();
    }
    let sent = model
        .sheet()
        .is_some_and(|sheet| matches!(sheet.stage, super::Stage::Sent(_)));
    if model.sheet().is_some() && !sent {
        model
            .overlays
            .retain(|overlay| !matches!(overlay, Overlay::Sheet(_)));
        model.tell(
            context.now,
            MessageTone::Warn,
            format!("{why}: the open sheet was closed, everything is read anew"),
        );
    } else {
        model.tell(
            context.now,
            MessageTone::Info,
            format!("{why}: everything is read anew"),
        );
    }
    vec![Effect::Refresh]
}

fn source(context: &Context<'_>, model: &mut Model, cluster: &Cluster, event: SourceEvent) -> Vec<Effect> {
    match event {
        SourceEvent::Events { key, lines } => {
            take_events(model, key, lines);
            return Vec::new();
        }
        SourceEvent::Traffic(reading) => {
            traffic::take(model, *reading);
            return Vec::new();
        }
        SourceEvent::Opened { .. } => {
            let id = model.next_id();
            model.sources.entry(cluster.clone()).or_default().absorb(event);
            let request = Request::Probe(Probe::Identity);
            return vec![Effect::Send {
                cluster: cluster.clone(),
                id,
                request,
            }];
        }
        SourceEvent::PinBroken { ref why } if has_pin(model, cluster) => {
            let text = format!("writing has stopped: {why}; restart flightdeck to work on the other cluster");
            model.tell(context.now, MessageTone::Bad, text);
        }
        SourceEvent::Scope { ref note } => model.tell(context.now, MessageTone::Warn, note.shown()),
        SourceEvent::Silent { .. } if is_answering(model, cluster) => {
            let text = format!(
                "{cluster} does not answer: what is shown is as old as it says, and is not acted forward on"
            );
            model.tell(context.now, MessageTone::Warn, text);
        }
        SourceEvent::Answers { .. } => {
            model.tell(context.now, MessageTone::Good, format!("{cluster} answers again"));
        }
        SourceEvent::PinBroken { .. }
        | SourceEvent::Silent { .. }
        | SourceEvent::Opening { .. }
        | SourceEvent::Unreachable { .. }
        | SourceEvent::Kind { .. }
        | SourceEvent::Unwatched { .. }
        | SourceEvent::Rollouts(_)
        | SourceEvent::Clock { .. }
        | SourceEvent::Complete
        | SourceEvent::Odd(_) => {}
    }
    let touched: Vec<RolloutKey> = match &event {
        SourceEvent::Rollouts(changes) => changes.iter().map(|(key, _)| key.clone()).collect(),
        SourceEvent::Opened { .. }
        | SourceEvent::Opening { .. }
        | SourceEvent::Unreachable { .. }
        | SourceEvent::PinBroken { .. }
        | SourceEvent::Kind { .. }
        | SourceEvent::Unwatched { .. }
        | SourceEvent::Silent { .. }
        | SourceEvent::Answers { .. }
        | SourceEvent::Clock { .. }
        | SourceEvent::Complete
        | SourceEvent::Odd(_)
        | SourceEvent::Scope { .. }
        | SourceEvent::Events { .. }
        | SourceEvent::Traffic(_) => Vec::new(),
    };
    if let Some(source) = model.sources.get_mut(cluster) {
        source.absorb(event);
    }
    let mut effects = Vec::new();
    effects.extend(became_whole(model, &touched));
    for key in touched {
        effects.extend(requests::observe(context, model, &key));
        effects.extend(sheets::rollout_changed(context, model, &key));
    }
    effects
}

/// What became whole that was not known before.
fn became_whole(model: &mut Model, touched: &[RolloutKey]) -> Option<Effect> {
    let mut news = Vec::new();
    for key in touched {
        let Some(rollout) = model
            .sources
            .get(&key.cluster)
            .and_then(|it| it.rollouts.get(key))
        else {
            continue;
        };
        let current = rollout.revisions.iter();
        for (uid, at) in current.filter_map(|it| it.uid.as_ref().zip(it.whole_since)) {
            if model.seen.note(uid, at) {
                news.push((uid.clone(), at));
            }
        }
    }
    (!news.is_empty()).then_some(Effect::Remember(news))
}

fn has_pin(model: &Model, cluster: &Cluster) -> bool {
    model
        .sources
        .get(cluster)
        .is_some_and(|source| source.pin_broken.is_none())
}

fn is_answering(model: &Model, cluster: &Cluster) -> bool {
    model
        .sources
        .get(cluster)
        .is_some_and(|source| source.silent.is_none())
}

fn take_events(model: &mut Model, key: RolloutKey, lines: Vec<EventLine>) {
    model.view.events = lines;
    model.view.events_of = Some(key);
}

/// Nothing heard so far counts as live any more: everything is listed anew.
fn distrust(context: &Context<'_>, model: &mut Model, cluster: &Cluster) -> Effect {
    if let Some(source) = model.sources.get_mut(cluster) {
        source.distrust_before = Some(context.now);
    }
    Effect::Refresh
}

fn answered(
    context: &Context<'_>,
    model: &mut Model,
    cluster: &Cluster,
    id: RequestId,
    answer: RequestAnswer,
) -> Vec<Effect> {
    requests::note_answer(context, model, id, &answer);
    match answer {
        RequestAnswer::Read { answer, server_time } => {
            if let (Some(server_time), Some(source)) = (server_time, model.sources.get_mut(cluster)) {
                source.ahead = server_time.duration_since(context.now);
            }
            if let Some(effects) = requests::resolve(context, model, id, &answer) {
                return effects;
            }
            if diff::read(context, model, id, &answer) {
                return Vec::new();
            }
            gather::read(context, model, id, answer, server_time)
        }
        RequestAnswer::Access(permission) => {
            if let Some((cluster, question)) = model.asked.remove(&id)
                && let Some(source) = model.sources.get_mut(&cluster)
            {
                source
                    .permissions
                    .insert(question.clone(), (permission.clone(), context.now));
                answers::permission(model, &question, permission);
            }
            Vec::new()
        }
        RequestAnswer::DryRun(dry_run) => {
            let silent = matches!(dry_run, super::DryRun::TimedOut);
            answers::dry_run(context, model, id, dry_run);
            silent
                .then(|| distrust(context, model, cluster))
                .into_iter()
                .collect()
        }
        RequestAnswer::Identity(user) => {
            if let Some(source) = model.sources.get_mut(cluster) {
                source.user = user;
            }
            Vec::new()
        }
        RequestAnswer::RecordProbed { problem } => {
            answers::record(model, problem);
            Vec::new()
        }
        RequestAnswer::Noted(problem) => {
            super::noting::answered(context, model, problem);
            Vec::new()
        }
        RequestAnswer::Panes(panes) => {
            answers::panes(context, model, panes);
            Vec::new()
        }
        RequestAnswer::Recorded { problem } => {
            requests::recorded(context, model, id, problem);
            Vec::new()
        }
        RequestAnswer::Written(outcome) => {
            // No answer is a sign that nobody is there: what was heard before is not called live until it is heard again.
            let silent = matches!(outcome, Outcome::Unknown { .. });
            let mut effects = requests::written(context, model, id, outcome);
            effects.extend(silent.then(|| distrust(context, model, cluster)));
            effects
        }
    }
}
