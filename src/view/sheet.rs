//! What the sheet says: the change in words, the exact request, who checked what, the way back, and how to confirm.

use crate::app::{
    Check, Context, DryRun, End, Field, Follow, Model, Permission, Sheet, Stage, dry_run_words,
    sheet_liveness, wanted_token,
};
use crate::domain::{Class, Fact, FactCheck, Liveness, Outcome, Plan, Seconds};

use super::words::{Words, message_tone};
use super::{Tone, rollout::owner_words};

/// The whole sheet. `body` scrolls when it does not fit; `foot` is always there.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetView {
    pub title: String,
    pub banner: (Tone, String),
    /// Label and words; an empty label continues the line above.
    pub body: Vec<(&'static str, Words)>,
    /// From which line of the body on a line is cut rather than wrapped: the requests, unless they are shown whole.
    pub cut_from: usize,
    pub foot: Vec<Words>,
}

/// What the open sheet says.
pub fn sheet_view(context: &Context<'_>, model: &Model, sheet: &Sheet) -> SheetView {
    let mut body: Vec<(&'static str, Words)> = Vec::new();
    let mut requests_from = usize::MAX;
    if let Some(plan) = &sheet.plan {
        head(context, model, sheet, plan, &mut body);
        checks(context, sheet, plan, &mut body);
        let whole = sheet.whole || plan.class == Class::Override;
        if !whole {
            requests_from = body.len();
        }
        requests(plan, whole, &mut body);
    } else {
        body.push(("rollout", vec![(Tone::Title, sheet.key.to_string())]));
    }
    if let Stage::Sent(id) = sheet.stage
        && let Some(follow) = model.follow(id)
    {
        // What happens now matters more than what was asked: it goes first.
        let mut progress = progress(context, follow);
        requests_from = requests_from.saturating_add(progress.len());
        progress.append(&mut body);
        body = progress;
    }
    let environment = context.policy.environment;
    SheetView {
        title: sheet.step.verb().to_uppercase(),
        banner: (
            super::header::banner_tone(environment),
            format!(" {} {} ", environment.word(), sheet.key.cluster),
        ),
        body,
        cut_from: requests_from,
        foot: foot(context, model, sheet),
    }
}

fn head(
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
    body.push(("change", vec![(Tone::Text, plan.sentence.clone())]));
    for change in &plan.changes {
        body.push((
            "",
            vec![
                (Tone::Muted, format!("{}: ", change.field)),
                (Tone::DiffDel, change.from.shown()),
                (Tone::Muted, " → ".to_owned()),
                (Tone::DiffAdd, change.to.shown()),
            ],
        ));
    }
    if let Some(before) = &sheet.before {
        for line in difference(before, plan) {
            body.push(("changed", line));
        }
    }
    for against in &plan.against {
        body.push(("against", vec![(Tone::Fail, against.clone())]));
    }
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
            vec![(
                Tone::Muted,
                format!("{} by this program {age} ago", last.plan.step.verb()),
            )],
        ));
    }
    identity(model, sheet, body);
}

fn identity(model: &Model, sheet: &Sheet, body: &mut Vec<(&'static str, Words)>) {
    let Some(source) = model.sources.get(&sheet.key.cluster) else {
        return;
    };
    let words = match (&source.user, &source.claimed_user) {
        (Some(user), _) => vec![(Tone::Text, user.shown())],
        (None, Some(claimed)) => vec![
            (Tone::Text, claimed.shown()),
            (Tone::Muted, "  claimed: the server did not say".to_owned()),
        ],
        (None, None) => vec![(Tone::Unknown, "not known".to_owned())],
    };
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

fn checks(context: &Context<'_>, sheet: &Sheet, plan: &Plan, body: &mut Vec<(&'static str, Words)>) {
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

fn requests(plan: &Plan, whole: bool, body: &mut Vec<(&'static str, Words)>) {
    for write in &plan.writes {
        body.push((
            "request",
            vec![(Tone::Accent, format!("{} {}", write.method.word(), write.path))],
        ));
        if whole {
            body.push(("", vec![(Tone::Muted, write.content_type.to_owned())]));
        }
        for line in write.shown.lines() {
            body.push((
                "",
                vec![(Tone::Text, crate::domain::Untrusted::from(line).shown())],
            ));
        }
    }
}

/// Sent, accepted, observed, effect: each with when.
fn progress(context: &Context<'_>, follow: &Follow) -> Vec<(&'static str, Words)> {
    let since =
        |at: Option<jiff::Timestamp>| at.map(|at| format!(" after {}", Seconds::between(follow.sent_at, at)));
    let mut lines: Vec<(&'static str, Words)> = Vec::new();
    let record = match (&follow.record_problem, follow.recorded) {
        (Some(problem), _) => (Tone::Warn, format!("! not written: {problem}")),
        (None, true) => (Tone::Ok, "✓ on disk before the request left".to_owned()),
        (None, false) => (Tone::Info, "writing…".to_owned()),
    };
    lines.push(("record", vec![record]));
    let waited = Seconds::between(follow.sent_at, context.now);
    let answer = match &follow.answer {
        None => (Tone::Info, format!("sent, {waited}…")),
        Some(Outcome::Accepted { audit_id, warnings }) => {
            let audit = audit_id
                .as_ref()
                .map(|id| format!("  audit {id}"))
                .unwrap_or_default();
            let warned = if warnings.is_empty() {
                String::new()
            } else {
                format!("  {} warnings", warnings.len())
            };
            (Tone::Ok, format!("✓ accepted{audit}{warned}"))
        }
        Some(outcome) => {
            let (tone, words) = crate::app::outcome_words(outcome);
            (message_tone(tone), words)
        }
    };
    lines.push(("server", vec![answer]));
    let unknown = matches!(follow.answer, Some(Outcome::Unknown { .. }));
    let effect = match (&follow.end, follow.done_at, follow.written_at) {
        (Some(End::Reverted { by, after }), _, _) => {
            let by = by
                .as_ref()
                .map_or_else(|| "somebody unknown".to_owned(), ToString::to_string);
            (Tone::Fail, format!("✗ reverted by {by} after {after}"))
        }
        (Some(End::NotDone), _, _) => (Tone::Fail, "✗ nothing was changed".to_owned()),
        (Some(End::NotApplied), _, _) => (
            Tone::Warn,
            "not applied: the object is as it was 65 s after sending".to_owned(),
        ),
        (Some(End::Gone), _, _) => (Tone::Warn, "the object is gone".to_owned()),
        (Some(End::Superseded), _, _) => (Tone::Muted, "a later action took over".to_owned()),
        (_, Some(_), _) => (
            Tone::Ok,
            format!("✓ effect seen{}", since(follow.done_at).unwrap_or_default()),
        ),
        (_, None, Some(_)) => (
            Tone::Info,
            format!(
                "object shows it{}; waiting for the controller",
                since(follow.written_at).unwrap_or_default()
            ),
        ),
        (_, None, None) if unknown => (
            Tone::Warn,
            format!("unknown for {waited}: the state is read until it is known, nothing is sent again"),
        ),
        (_, None, None) => (Tone::Info, "waiting to see it".to_owned()),
    };
    lines.push(("effect", vec![effect]));
    lines
}

fn foot(context: &Context<'_>, model: &Model, sheet: &Sheet) -> Vec<Words> {
    let mut lines = Vec::new();
    if let Some(hint) = &sheet.hint {
        lines.push(vec![(Tone::Warn, hint.clone())]);
    }
    let confirm = match (&sheet.stage, &sheet.plan) {
        (Stage::Gathering, _) | (_, None) if !matches!(sheet.stage, Stage::Refused(_)) => {
            vec![
                (Tone::Info, "reading what this is made of…  ".to_owned()),
                (Tone::Key, "esc".to_owned()),
                (Tone::Muted, " cancel".to_owned()),
            ]
        }
        (Stage::Refused(refusal), _) => {
            lines.push(vec![(Tone::Fail, format!("✗ {}", refusal.why))]);
            if !refusal.next.is_empty() {
                lines.push(vec![(Tone::Text, refusal.next.clone())]);
            }
            vec![(Tone::Key, "esc".to_owned()), (Tone::Muted, " close".to_owned())]
        }
        (Stage::Rechecking, _) => vec![(
            Tone::Info,
            "reading the object once more before sending…".to_owned(),
        )],
        (Stage::Sent(id), _) => {
            let over = model.follow(*id).is_none_or(|follow| follow.end.is_some());
            let words = if over {
                " close"
            } else {
                " close; it is followed for 5 minutes"
            };
            vec![(Tone::Key, "esc".to_owned()), (Tone::Muted, words.to_owned())]
        }
        (Stage::Gathering | Stage::Offered | Stage::Armed | Stage::Changed, Some(plan)) => {
            confirm(context, sheet, plan)
        }
        (Stage::Gathering | Stage::Offered | Stage::Armed | Stage::Changed, None) => Vec::new(),
    };
    lines.push(confirm);
    lines
}

/// How to confirm. The verb stands on the line, never "OK".
fn confirm(context: &Context<'_>, sheet: &Sheet, plan: &Plan) -> Words {
    let wanted = wanted_token(plan, context.policy.environment);
    let verb = plan.step.verb().to_uppercase();
    let mut words = Vec::new();
    if sheet.stage == Stage::Changed {
        words.push((Tone::Warn, "CHANGED, look again.  ".to_owned()));
    }
    if sheet.is_arming() {
        words.push((Tone::Muted, format!("type: {wanted} = {verb}, in a moment  ")));
    } else if wanted == "y" && plan.class != Class::Override && sheet.token.value().is_empty() {
        words.push((Tone::Key, "y".to_owned()));
        words.push((Tone::Text, format!(" = {verb}  ")));
    } else {
        let focus = |field| {
            if sheet.field == field {
                Tone::Selection
            } else {
                Tone::Muted
            }
        };
        words.push((Tone::Text, "type: ".to_owned()));
        words.push((Tone::Key, wanted.to_owned()));
        words.push((focus(Field::Token), format!(" [{}_] ", sheet.token.value())));
        if plan.class == Class::Override {
            words.push((Tone::Text, "tab reason: ".to_owned()));
            words.push((focus(Field::Reason), format!("[{}_] ", sheet.reason.value())));
        }
        words.push((Tone::Key, "enter".to_owned()));
        words.push((Tone::Text, format!(" = {verb}  ")));
    }
    words.push((Tone::Key, "esc".to_owned()));
    words.push((Tone::Muted, " cancel  ".to_owned()));
    words.push((Tone::Key, "ctrl-y".to_owned()));
    words.push((Tone::Muted, " copy kubectl".to_owned()));
    words
}
