//! The head of the sheet: what is changed, what speaks against it, who would overrule it, and how to get back.

use super::progress::effect;
use crate::app::{Context, Follow, Model, Sheet, Stage, sheet_liveness};
use crate::domain::{Choice, Class, Liveness, Note, Plan, Seconds, Untrusted};
use crate::view::chooser::health;
use crate::view::words::{Words, coarse_age, count};
use crate::view::{Tone, rollout::owner_words};

/// Changes that are listed before the rest of what a human has to know; the request has them all.
const CHANGES: usize = 5;

/// Characters of a value in a line; `tab` shows it whole.
const LONGEST_VALUE: usize = 48;

pub(super) fn head(
    context: &Context<'_>,
    model: &Model,
    sheet: &Sheet,
    plan: &Plan,
    body: &mut Vec<(&'static str, Words)>,
) {
    body.push((
        "rollout",
        vec![
            (Tone::Title, sheet.key.to_string()),
            (Tone::Muted, format!("  {} class", plan.class.word())),
        ],
    ));
    // What speaks against it is never below the fold.
    for against in &plan.against {
        body.push(("against", vec![(Tone::Fail, against.clone())]));
    }
    body.push(("change", vec![(Tone::Text, plan.sentence.clone())]));
    let value = |value: &Untrusted| {
        if sheet.whole {
            value.shown()
        } else {
            both_ends(&value.shown(), LONGEST_VALUE)
        }
    };
    let shown = if sheet.whole { plan.changes.len() } else { CHANGES };
    for change in plan.changes.iter().take(shown) {
        body.push((
            "",
            vec![
                (Tone::Muted, format!("{}: ", change.field)),
                (Tone::DiffDel, value(&change.from)),
                (Tone::Muted, " → ".to_owned()),
                (Tone::DiffAdd, value(&change.to)),
            ],
        ));
    }
    let more = u32::try_from(plan.changes.len().saturating_sub(shown)).unwrap_or(u32::MAX);
    if more > 0 {
        let has = if plan.class == Class::Override {
            "the request below has them"
        } else {
            "tab shows them"
        };
        let words = format!("and {}: {has}", count(more, "more field"));
        body.push(("", vec![(Tone::Muted, words)]));
    }
    if let Some(before) = &sheet.before {
        for line in difference(before, plan) {
            body.push(("changed", line));
        }
    }
    // What continues the changes stands right below them.
    let continuing = plan.notes.iter().take_while(|note| note.label.is_empty());
    body.extend(continuing.map(note_line));
    body.extend(back_to(context, model, sheet));
    let informing = plan.notes.iter().skip_while(|note| note.label.is_empty());
    body.extend(informing.map(note_line));
    if let Some(source) = model.sources.get(&sheet.key.cluster) {
        match sheet_liveness(source, &sheet.key, context.now) {
            Liveness::Fresh => {}
            Liveness::Old(age) => {
                body.push(("data", vec![(Tone::Stale, format!("ACTING ON DATA {age} OLD"))]));
            }
            Liveness::Unknown => body.push((
                "data",
                vec![(Tone::Unknown, "not everything has been read yet".to_owned())],
            )),
        }
    }
    if let Some(rollout) = model.rollout(&sheet.key) {
        for owner in &rollout.owners {
            body.push(("owner", vec![(Tone::Warn, owner_words(owner))]));
            let mut line = vec![
                (Tone::Muted, "so that it stays: ".to_owned()),
                (Tone::Text, owner.lasting()),
            ];
            if let Some(command) = owner.suspend() {
                line.push((Tone::Muted, "; to stop that: ".to_owned()));
                line.push((Tone::Text, command));
            }
            body.push(("", line));
        }
    }
    body.push(("way back", vec![(Tone::Text, plan.way_back.clone())]));
    if let Some(last) = model
        .follows
        .iter()
        .rev()
        .find(|it| *it.key() == sheet.key && sheet.stage != Stage::Sent(it.id))
    {
        let age = Seconds::between(last.sent_at, context.now);
        body.push((
            "before",
            vec![
                (
                    Tone::Muted,
                    format!("{} by this program {age} ago: ", last.plan.step.verb()),
                ),
                became(context, last),
            ],
        ));
    }
    body.extend(before(context, model, sheet));
    identity(context, model, sheet, body);
}

/// What became of an action before this one, without the marks of the one that is open.
fn became(context: &Context<'_>, follow: &Follow) -> (Tone, String) {
    let (tone, words) = effect(context, follow);
    (tone, words.trim_start_matches(['✓', '✗', ' ']).to_owned())
}

/// The beginning and the end of a long text: an image differs at its end, a list at its beginning.
fn both_ends(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let half = most / 2;
    let start: String = text.chars().take(half).collect();
    let end: String = text.chars().skip(length.saturating_sub(half)).collect();
    format!("{start}…{end}")
}

/// What another run did to this rollout last, unless this run did something since.
fn before(context: &Context<'_>, model: &Model, sheet: &Sheet) -> Option<(&'static str, Words)> {
    let last = model.last_earlier(model.rollout(&sheet.key)?)?;
    let is_over = |it: &Follow| *it.key() == sheet.key && it.sent_at > last.at;
    if model.follows.iter().any(is_over) {
        return None;
    }
    let age = Seconds::between(last.at, context.now);
    let by = last
        .by
        .as_ref()
        .map_or_else(|| "another run".to_owned(), Untrusted::shown);
    let outcome = match (&last.outcome, last.is_open) {
        (_, true) => (Tone::Warn, "outcome unknown, it is looked up".to_owned()),
        (Some(outcome), false) => (Tone::Text, outcome.shown()),
        (None, false) => (Tone::Unknown, "its outcome was not recorded".to_owned()),
    };
    let what = (Tone::Muted, format!("{} {age} ago by {by}: ", last.step));
    Some(("before", vec![what, outcome]))
}

/// How old the revision is that it goes back to, and whether it was ever seen healthy.
fn back_to(context: &Context<'_>, model: &Model, sheet: &Sheet) -> Option<(&'static str, Words)> {
    let Choice::Revision { uid, .. } = &sheet.choice else {
        return None;
    };
    // Once it was sent the revision is the one of now, and no sentence about the past.
    if matches!(sheet.stage, Stage::Sent(_)) {
        return None;
    }
    let rollout = model.rollout(&sheet.key)?;
    let revision = rollout.revisions.iter().find(|it| it.uid.as_ref() == Some(uid))?;
    let made = coarse_age(revision.created_at, model.server_time(rollout, context.now));
    let (tone, words) = health(context, model, rollout, revision);
    Some((
        "revision",
        vec![
            (Tone::Text, format!("{} was made {made} ago, ", revision.label())),
            (tone, words),
        ],
    ))
}

fn note_line(note: &Note) -> (&'static str, Words) {
    let tone = if note.bad { Tone::Warn } else { Tone::Text };
    (note.label, vec![(tone, note.words.shown())])
}

fn identity(context: &Context<'_>, model: &Model, sheet: &Sheet, body: &mut Vec<(&'static str, Words)>) {
    let Some(source) = model.sources.get(&sheet.key.cluster) else {
        return;
    };
    let mut words = match (&source.user, &source.claimed_user) {
        (Some(user), _) => vec![(Tone::Text, user.shown())],
        (None, Some(claimed)) => vec![
            (Tone::Text, claimed.shown()),
            (Tone::Muted, "  claimed: the server did not say".to_owned()),
        ],
        (None, None) => vec![(Tone::Unknown, "not known".to_owned())],
    };
    if context.policy.events && !context.policy.read_only {
        words.push((
            Tone::Muted,
            "  an Event on it says so, if you may post one".to_owned(),
        ));
    }
    body.push(("as", words));
}

/// The fields that differ between two plans.
fn difference(before: &Plan, now: &Plan) -> Vec<Words> {
    let mut lines = Vec::new();
    for fact in &now.facts {
        let old = before.facts.iter().find(|it| it.what == fact.what);
        if old.is_none_or(|old| old.value != fact.value) {
            let from = old.map_or_else(|| "–".to_owned(), |old| old.value.shown());
            lines.push(vec![
                (Tone::Muted, format!("{}: ", fact.what)),
                (Tone::DiffDel, from),
                (Tone::Muted, " → ".to_owned()),
                (Tone::DiffAdd, fact.value.shown()),
            ]);
        }
    }
    if lines.is_empty() {
        lines.push(vec![(
            Tone::Warn,
            "the object changed in a field that the request tests".to_owned(),
        )]);
    }
    lines
}
