//! Who checked what: the dry run, the rights, and which facts the server tests.

use crate::app::{Check, Context, DryRun, Panes, Permission, Sheet, dry_run_words};
use crate::domain::{Fact, FactCheck, Plan};
use crate::view::Tone;
use crate::view::words::{Words, message_tone};

pub(super) fn checks(
    context: &Context<'_>,
    sheet: &Sheet,
    plan: &Plan,
    body: &mut Vec<(&'static str, Words)>,
) {
    let dry_run = match &sheet.dry_run {
        Check::NotAsked => (Tone::Muted, "not asked".to_owned()),
        Check::Asking => (Tone::Info, "asking…".to_owned()),
        Check::Got(answer) => {
            let (tone, words) = dry_run_words(answer);
            (
                message_tone(tone),
                words.trim_start_matches("dry run ").to_owned(),
            )
        }
    };
    body.push(("dry run", vec![dry_run]));
    if let Check::Got(DryRun::Accepted { warnings, .. }) = &sheet.dry_run {
        for warning in warnings {
            body.push(("warning", vec![(Tone::Warn, warning.shown())]));
        }
    }
    let permission = match &sheet.permission {
        Check::NotAsked | Check::Asking => (Tone::Info, "asking…".to_owned()),
        Check::Got(Permission::Yes) => (Tone::Ok, "✓ allowed".to_owned()),
        Check::Got(Permission::No { why }) => (Tone::Fail, format!("✗ {why}")),
        Check::Got(Permission::Unknown { why }) => {
            (Tone::Unknown, format!("? not known, the server decides: {why}"))
        }
    };
    body.push(("rights", vec![permission]));
    if let Check::Got(Some(problem)) = &sheet.record {
        let (tone, next) = if plan.class.needs_fresh_data() {
            (Tone::Fail, "nothing goes forward without a record")
        } else {
            (Tone::Warn, "the decision is written as soon as that works")
        };
        body.push(("record", vec![(tone, format!("{problem}; {next}"))]));
    }
    if sheet.panes == Check::Got(Panes::Synchronized) {
        body.push((
            "panes",
            vec![(
                Tone::Fail,
                "✗ tmux types every key into all panes of this window".to_owned(),
            )],
        ));
    }
    for (check, label) in [
        (FactCheck::Guarded, "tested"),
        (FactCheck::JustBefore, "read again"),
        (FactCheck::Informative, "shown"),
    ] {
        let facts: Vec<String> = plan
            .facts
            .iter()
            .filter(|fact| fact.check == check)
            .map(|fact| format!("{} {}", fact.what, in_short(fact)))
            .collect();
        if !facts.is_empty() {
            let label: &'static str = label;
            body.push((label, vec![(Tone::Text, facts.join(" · "))]));
        }
    }
    if let Some(since) = sheet.reading_since {
        let waited = context.moment.millis_since(since);
        if waited >= 300 {
            body.push(("reading", vec![(Tone::Info, format!("{} s…", waited / 1000))]));
        }
    }
}

/// A uid is told by its first 8 characters; the request has it whole.
fn in_short(fact: &Fact) -> String {
    let value = fact.value.shown();
    if fact.what != "uid" || value.chars().count() <= 8 {
        return value;
    }
    let start: String = value.chars().take(8).collect();
    format!("{start}…")
}
