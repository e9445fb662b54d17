//! Requests under way: noted when they leave, answered, followed to their effect.

use crate::domain::{Answer, Cluster, Need, Outcome, RolloutKey, Step, Untrusted};

use super::{
    Context, DryRun, Effect, End, Follow, MessageTone, Model, Permission, Request, RequestAnswer, RequestId,
    Sent,
};

/// Notes that a request leaves.
pub(super) fn note_sent(context: &Context<'_>, model: &mut Model, id: RequestId, what: String) {
    model.requests.push(Sent {
        id,
        at: context.now,
        what,
        outcome: None,
        answered_at: None,
    });
}

/// Notes what came back.
pub(super) fn note_answer(context: &Context<'_>, model: &mut Model, id: RequestId, answer: &RequestAnswer) {
    let outcome = match answer {
        RequestAnswer::Read {
            answer: Answer::Found(_),
            ..
        } => (MessageTone::Good, "read".to_owned()),
        RequestAnswer::Read {
            answer: Answer::Gone, ..
        } => (MessageTone::Warn, "gone".to_owned()),
        RequestAnswer::Read {
            answer: Answer::Failed(why),
            ..
        } => (MessageTone::Bad, why.clone()),
        RequestAnswer::Access(Permission::Yes) => (MessageTone::Good, "allowed".to_owned()),
        RequestAnswer::Access(Permission::No { why } | Permission::Unknown { why }) => {
            (MessageTone::Warn, why.shown())
        }
        RequestAnswer::DryRun(dry_run) => dry_run_words(dry_run),
        RequestAnswer::Written(outcome) => outcome_words(outcome),
        RequestAnswer::Noted(None) => (MessageTone::Good, "taken".to_owned()),
        RequestAnswer::Noted(Some(problem)) => (MessageTone::Info, problem.why.shown()),
        RequestAnswer::Identity(_)
        | RequestAnswer::Panes(_)
        | RequestAnswer::RecordProbed { .. }
        | RequestAnswer::Recorded { .. } => {
            return;
        }
    };
    if let Some(sent) = model.requests.newest_first_mut().find(|sent| sent.id == id) {
        sent.outcome = Some(outcome);
        sent.answered_at = Some(context.now);
    }
}

/// A dry run in words.
pub fn dry_run_words(dry_run: &DryRun) -> (MessageTone, String) {
    match dry_run {
        DryRun::Accepted { also, .. } if also.is_empty() => {
            (MessageTone::Good, "dry run accepted".to_owned())
        }
        DryRun::Accepted { also, .. } => {
            let fields: Vec<String> = also.iter().map(Untrusted::shown).collect();
            (
                MessageTone::Warn,
                format!("dry run accepted; admission also changes {}", fields.join(", ")),
            )
        }
        DryRun::Denied { words } => (MessageTone::Bad, format!("dry run refused: {words}")),
        DryRun::Changed => (MessageTone::Bad, "dry run: the object is not as shown".to_owned()),
        DryRun::Unsupported { words } => (MessageTone::Warn, format!("dry run not supported: {words}")),
        DryRun::Failed { words } => (MessageTone::Warn, format!("dry run could not be asked: {words}")),
        DryRun::TimedOut => (MessageTone::Warn, "dry run not answered in 3 s".to_owned()),
    }
}

/// How the record begins to say that something else was written than the dry run showed: no end either.
pub const DIFFERS: &str = "differs from the dry run";

/// The record's word for a yes of the server: not yet an end.
pub const OUTCOME_ACCEPTED: &str = "accepted";

/// How the record begins to say that nobody knows.
pub const OUTCOME_UNKNOWN: &str = "outcome unknown";

/// How the record begins to say that the object holds what was written. The effect is still to come.
pub const OUTCOME_SHOWN: &str = "the object shows the change";

/// How the record begins to say that what was there was taken back.
pub const OUTCOME_REVERTED: &str = "reverted";

/// An outcome in words.
pub fn outcome_words(outcome: &Outcome) -> (MessageTone, String) {
    match outcome {
        Outcome::NotSent { why } => (MessageTone::Bad, format!("not sent: {why}")),
        Outcome::Refused(refusal) => (MessageTone::Bad, format!("refused: {}", refusal.sentence())),
        Outcome::AlreadySo => (MessageTone::Good, "already so".to_owned()),
        Outcome::Accepted { .. } => (MessageTone::Good, OUTCOME_ACCEPTED.to_owned()),
        Outcome::Unknown { why } => (MessageTone::Warn, format!("{OUTCOME_UNKNOWN}: {why}")),
        Outcome::NotApplied => (MessageTone::Warn, "not applied".to_owned()),
        Outcome::EffectSeen { after } => (MessageTone::Good, format!("effect seen after {after}")),
        Outcome::Reverted { by, after } => (MessageTone::Bad, reverted_words(by.as_ref(), *after)),
    }
}

/// That it was taken back, in words.
pub fn reverted_words(by: Option<&Untrusted>, after: crate::domain::Seconds) -> String {
    match by {
        Some(by) => format!("{OUTCOME_REVERTED} by {by} after {after}"),
        None => format!("{OUTCOME_REVERTED} after {after}, by whom is not known"),
    }
}

/// Asks for each of these to be read. Which request reads what, and what is to be sent.
pub(super) fn read_all(
    context: &Context<'_>,
    model: &mut Model,
    cluster: &Cluster,
    needs: Vec<Need>,
) -> (Vec<(RequestId, Need)>, Vec<Effect>) {
    needs
        .into_iter()
        .map(|need| {
            let id = model.next_id();
            note_sent(context, model, id, format!("read {}", need.path()));
            let effect = Effect::Send {
                cluster: cluster.clone(),
                id,
                request: Request::Read(need.clone()),
            };
            ((id, need), effect)
        })
        .unzip()
}

/// The record of a write is on disk, or is not.
pub(super) fn recorded(context: &Context<'_>, model: &mut Model, id: RequestId, problem: Option<Untrusted>) {
    let Some(follow) = model.follows.iter_mut().find(|follow| follow.id == id) else {
        return;
    };
    follow.recorded = problem.is_none();
    follow.record_problem.clone_from(&problem);
    // What needs a record is refused without one, and that is told.
    if let Some(problem) = problem.filter(|_| !follow.plan.class.needs_fresh_data()) {
        let text = format!(
            "the decision could not be recorded yet ({problem}); it is written as soon as that works"
        );
        model.tell(context.now, MessageTone::Warn, text);
    }
}

/// The lines that waited are on disk.
pub(super) fn caught_up(context: &Context<'_>, model: &mut Model) {
    let late = model
        .follows
        .iter_mut()
        .filter(|follow| follow.record_problem.is_some() && !follow.recorded);
    let mut is_news = false;
    for follow in late {
        follow.recorded = true;
        is_news = true;
    }
    if is_news {
        let text = "what could not be recorded before is in the record now";
        model.tell(context.now, MessageTone::Good, text);
    }
}

/// The server answered a write, or did not.
pub(super) fn written(
    context: &Context<'_>,
    model: &mut Model,
    id: RequestId,
    outcome: Outcome,
) -> Vec<Effect> {
    let Some(follow) = model.follows.iter_mut().find(|follow| follow.id == id) else {
        return Vec::new();
    };
    let (tone, words) = outcome_words(&outcome);
    let text = format!("{} {}: {words}", follow.plan.step.verb(), follow.key());
    let key = follow.key().clone();
    let accepted = matches!(outcome, Outcome::Accepted { .. } | Outcome::AlreadySo);
    let is_news = matches!(outcome, Outcome::Accepted { .. });
    let not_sent = if let Outcome::NotSent { why } = &outcome {
        Some(why.shown())
    } else {
        None
    };
    follow.compare(context.planner, &outcome);
    let differs: Vec<String> = follow.differs.iter().map(Untrusted::shown).collect();
    let step = follow.plan.step;
    follow.answered(outcome, context.now);
    if let Some(why) = not_sent {
        super::sheets::not_sent(model, id, &why);
    }
    if accepted {
        supersede(model, &key, id);
    }
    model.tell(context.now, tone, text);
    let mut effects = Vec::new();
    if !differs.is_empty() {
        let words = format!("{DIFFERS}: {}", differs.join(", "));
        effects.push(note(context, model, (id, &key, step), MessageTone::Warn, words));
    }
    effects.extend(observe(context, model, &key));
    if is_news {
        effects.extend(super::noting::ask(context, model, id));
    }
    effects
}

/// What was sent before for the same rollout is not watched for being taken back any more: we did that ourselves.
fn supersede(model: &mut Model, key: &RolloutKey, by: RequestId) {
    for follow in model
        .follows
        .iter_mut()
        .filter(|follow| follow.id < by && follow.key() == key)
    {
        follow.end.get_or_insert(End::Superseded);
    }
}

/// Compares the follows of `key` with the rollout as it is now.
pub(super) fn observe(context: &Context<'_>, model: &mut Model, key: &RolloutKey) -> Vec<Effect> {
    let rollout = model
        .sources
        .get(&key.cluster)
        .and_then(|source| source.rollouts.get(key))
        .cloned();
    let mut told = Vec::new();
    // While a later write is under way, what looks like a revert of an earlier one may be that write at work.
    let unanswered = model
        .follows
        .iter()
        .filter(|follow| follow.key() == key && follow.is_in_flight())
        .map(|it| it.id)
        .min();
    let settled = |follow: &&mut Follow| unanswered.is_none_or(|id| follow.id >= id);
    for follow in model
        .follows
        .iter_mut()
        .filter(|follow| follow.key() == key)
        .filter(settled)
    {
        if follow.observe(context.planner, rollout.as_deref(), context.now) {
            let (tone, words) = news(follow);
            told.push((follow.id, follow.plan.step, tone, words));
        }
    }
    told.into_iter()
        .map(|(id, step, tone, words)| note(context, model, (id, key, step), tone, words))
        .collect()
}

/// Tells what is new of a decision: as a message, in the list of requests, and in the record.
fn note(
    context: &Context<'_>,
    model: &mut Model,
    (id, key, step): (RequestId, &RolloutKey, Step),
    tone: MessageTone,
    words: String,
) -> Effect {
    model.tell(context.now, tone, format!("{} {key}: {words}", step.verb()));
    if let Some(sent) = model.requests.newest_first_mut().find(|sent| sent.id == id) {
        sent.outcome = Some((tone, words.clone()));
    }
    Effect::Note {
        id,
        rollout: key.clone(),
        step,
        words,
    }
}

/// The record's word for an effect that was seen whole: how long it took is told by this line.
pub const EFFECT_DONE: &str = "done";

/// What is new about a follow, in words.
fn news(follow: &Follow) -> (MessageTone, String) {
    match (&follow.end, follow.done_at) {
        (Some(End::Reverted { by, after }), _) => (MessageTone::Bad, reverted_words(by.as_ref(), *after)),
        (Some(End::Gone), _) => (MessageTone::Warn, "the object is gone".to_owned()),
        (_, Some(_)) => (MessageTone::Good, EFFECT_DONE.to_owned()),
        (_, None) => (MessageTone::Info, OUTCOME_SHOWN.to_owned()),
    }
}

/// Takes a read that was to resolve an unknown outcome. Returns whether it was one.
pub(super) fn resolve(
    context: &Context<'_>,
    model: &mut Model,
    id: RequestId,
    answer: &Answer,
) -> Option<Vec<Effect>> {
    let follow = model
        .follows
        .iter_mut()
        .find(|follow| follow.resolving == Some(id))?;
    let was_written = follow.written_at.is_some();
    follow.resolved(context.planner, answer, context.now);
    let words = match (&follow.end, follow.written_at) {
        (Some(End::NotApplied), _) => "not applied; the object is as it was before",
        (_, Some(_)) if !was_written => "the object shows the change; who made it is not known",
        _still_open => return Some(Vec::new()),
    };
    let (id, key, step) = (follow.id, follow.key().clone(), follow.plan.step);
    Some(vec![note(
        context,
        model,
        (id, &key, step),
        MessageTone::Info,
        words.to_owned(),
    )])
}
