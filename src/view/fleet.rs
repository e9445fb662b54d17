//! What the fleet says: a row per rollout, those that need a human first.

use crate::app::{Connection, Context, Model, Permission};
use crate::domain::{Gravity, Rollout, Seconds};

use super::reasons;
use super::words::{self, Words};
use super::{Glyph, Tone};

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetRow {
    pub glyph: Glyph,
    pub state: (Tone, String),
    pub name: String,
    pub strategy: &'static str,
    pub revision: String,
    /// The same where there is room for the new revision only.
    pub revision_short: String,
    /// Done, wanted, and the same in words.
    pub progress: (u32, u32, String),
    /// `–` while nobody measures.
    pub verdict: String,
    pub waiting_for: (Tone, String),
    pub age: String,
}

/// The title of the list: how many are shown, the filter, the order.
pub fn fleet_title(model: &Model, shown: usize) -> String {
    let all = model.rollouts().count();
    let filter = model.fleet.filter.text().trim();
    let order = if model.fleet.reversed { " reversed" } else { "" };
    let by = format!("by {}{order}", model.fleet.sort.word());
    if filter.is_empty() {
        format!("Rollouts {all}, {by}")
    } else {
        format!("Rollouts {shown} of {all}, {by}, filter {filter}")
    }
}

/// The row of one rollout.
pub fn fleet_row(context: &Context<'_>, model: &Model, rollout: &Rollout) -> FleetRow {
    let now = model.server_time(rollout, context.now);
    let (glyph, word, tone) = words::state(rollout.state(now));
    let finding = rollout.finding(now);
    let waiting_tone = match finding.map(|it| it.gravity) {
        Some(Gravity::Failing) => Tone::Fail,
        Some(Gravity::Stuck) => Tone::Warn,
        Some(Gravity::Held) => Tone::Paused,
        Some(Gravity::Moving) => Tone::Text,
        Some(Gravity::Note) | None => Tone::Muted,
    };
    let followed = model
        .follows
        .iter()
        .rev()
        .find(|it| *it.key() == rollout.key && it.needs_attention());
    let waiting_for = match followed {
        Some(follow) => (Tone::Warn, format!("{}: see requests", follow.plan.step.verb())),
        None if let Some(open) = model.open_earlier().find(|it| it.uid == rollout.uid) => {
            (Tone::Warn, format!("{}: outcome unknown", open.step))
        }
        None => (
            waiting_tone,
            finding
                .map(|it| for_whom(context, model, rollout, reasons::short_reason(&it.reason, now)))
                .unwrap_or_default(),
        ),
    };
    FleetRow {
        glyph,
        state: (tone, word.to_owned()),
        name: rollout.key.to_string(),
        strategy: rollout.strategy.word(),
        revision: words::revisions(rollout),
        revision_short: words::revisions_short(rollout),
        progress: words::progress(rollout),
        verdict: "–".to_owned(),
        waiting_for,
        age: words::coarse_age(rollout.since.or(rollout.created_at), now),
    }
}

/// "you" is said only to whoever may act; who may not reads which right is missing.
fn for_whom(context: &Context<'_>, model: &Model, rollout: &Rollout, words: String) -> String {
    let Some(what) = words.strip_prefix("you: ") else {
        return words;
    };
    match model.may_change(rollout, context.now) {
        Some(Permission::Yes | Permission::Unknown { .. }) => words,
        Some(Permission::No { .. }) => format!("{what} you may not patch {}", rollout.key.driver.api().1),
        None => what.to_owned(),
    }
}

/// How long it is being opened, and what runs meanwhile that may ask somebody who does not see it.
fn opening(
    context: &Context<'_>,
    cluster: &crate::domain::Cluster,
    source: &crate::app::Source,
) -> Vec<Words> {
    let Some((since, login)) = &source.opening else {
        return vec![vec![(Tone::Info, format!("Opening {cluster}…"))]];
    };
    let waited = Seconds::between(*since, context.now);
    let mut lines = vec![vec![(Tone::Info, format!("Opening {cluster} for {waited}…"))]];
    if let Some(command) = login {
        lines.push(vec![(
            Tone::Muted,
            format!(
                "Logging in with {command}, which ends within a minute or is given up. :login runs it where it can ask."
            ),
        )]);
    }
    lines
}

/// What stands in the list's place while it is empty: never nothing.
pub fn fleet_empty(context: &Context<'_>, model: &Model) -> Vec<Words> {
    let mut lines = Vec::new();
    for (cluster, source) in &model.sources {
        match (&source.connection, source.complete) {
            (Connection::Opening, _) => lines.extend(opening(context, cluster, source)),
            (Connection::Unreachable { why, retry_at }, _) => {
                lines.push(vec![(Tone::Fail, format!("Cannot open {cluster}: {why}"))]);
                if let Some(at) = retry_at {
                    lines.push(vec![(
                        Tone::Muted,
                        format!(
                            "Tried again in {}; r tries now.",
                            Seconds::between(context.now, *at)
                        ),
                    )]);
                }
            }
            (Connection::Open, false) => {
                let mut line = vec![(Tone::Info, format!("Reading {cluster}: "))];
                line.extend(super::header::heard(source, context.now));
                lines.push(line);
                lines.extend(kinds_in_trouble(source));
            }
            (Connection::Open, true) if !model.fleet.filter.is_empty() => {
                lines.push(vec![(
                    Tone::Text,
                    format!(
                        "No rollout passes the filter {}; esc clears it.",
                        model.fleet.filter.text()
                    ),
                )]);
            }
            (Connection::Open, true) => {
                let trouble = kinds_in_trouble(source);
                // What may not be read is not the same as what is not there.
                lines.push(vec![if trouble.is_empty() {
                    (
                        Tone::Text,
                        format!("{cluster} has no rollouts in the namespaces that are looked at."),
                    )
                } else {
                    (
                        Tone::Warn,
                        format!("{cluster}: no rollouts among what may be read; there may be others."),
                    )
                }]);
                lines.extend(trouble);
            }
        }
    }
    lines
}

/// Kinds that cannot be read, with why: those of one cause in one line, so that a server that is away is told once.
pub(super) fn kinds_in_trouble(source: &crate::app::Source) -> Vec<Words> {
    use crate::domain::KindState;
    let mut causes: Vec<(Tone, String, String, Vec<String>)> = Vec::new();
    for ((kind, namespace), state) in &source.kinds {
        let place = namespace
            .as_ref()
            .map(|it| format!(" in {}", crate::domain::Untrusted::from(&**it)))
            .unwrap_or_default();
        let (tone, lead, why) = match state {
            KindState::Forbidden { message } => (Tone::Warn, "forbidden. ", message.shown()),
            KindState::Stale { why, .. } => (Tone::Stale, "", why.shown()),
            KindState::Absent | KindState::Listing { .. } | KindState::Live { .. } => continue,
        };
        let what = format!("{}{place}", kind.resource());
        match causes
            .iter_mut()
            .find(|(its, _, cause, _)| *its == tone && *cause == why)
        {
            Some((.., kinds)) => kinds.push(what),
            None => causes.push((tone, lead.to_owned(), why, vec![what])),
        }
    }
    causes
        .into_iter()
        .map(|(tone, lead, why, kinds)| {
            vec![
                (tone, format!("{}: {lead}", kinds.join(", "))),
                (Tone::Muted, why),
            ]
        })
        .collect()
}
