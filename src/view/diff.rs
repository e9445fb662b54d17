//! What a comparison of two templates says: by field, in groups that a reader asks for, or as YAML.

use crate::app::{Action, Context, Diff, Model};
use crate::domain::{Change, DiffSide, Rollout, Seconds, TemplateDiff, TemplateOf};

use super::Tone;
use super::words::{Words, count};

/// A whole comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct DiffView {
    pub title: String,
    pub note: String,
    pub lines: Vec<Words>,
}

/// What the open comparison says.
pub fn diff_view(context: &Context<'_>, model: &Model, diff: &Diff) -> DiffView {
    let rollout = model.rollout(&diff.key);
    let name = |side: &TemplateOf| rollout.map_or_else(|| "?".to_owned(), |it| side_words(it, side));
    let read = diff
        .read_at
        .map(|at| format!("read {} ago", Seconds::between(at, context.now).coarse()));
    let mut lines = vec![vec![
        (Tone::DiffDel, format!("- {}", name(&diff.before))),
        (Tone::Muted, "   ".to_owned()),
        (Tone::DiffAdd, format!("+ {}", name(&diff.after))),
    ]];
    lines.push(Vec::new());
    match (&diff.result, rollout) {
        (_, None) => lines.push(vec![(Tone::Fail, format!("{} is gone", diff.key))]),
        (None, Some(_)) => lines.push(vec![(Tone::Info, "reading both sides…".to_owned())]),
        (Some(Err(refusal)), Some(_)) => {
            lines.push(vec![(Tone::Warn, refusal.why.clone())]);
            lines.push(vec![(Tone::Text, refusal.next.clone())]);
        }
        (Some(Ok(found)), Some(_)) if diff.yaml => yaml(found, &mut lines),
        (Some(Ok(found)), Some(_)) => fields(found, &mut lines),
    }
    DiffView {
        title: format!("Templates of {}", diff.key),
        note: read.unwrap_or_default(),
        lines,
    }
}

/// A side as it is called: `now v3 (#3)`, `last applied`, `v1 (#1)`.
fn side_words(rollout: &Rollout, side: &TemplateOf) -> String {
    match side {
        TemplateOf::LastApplied => "last applied with kubectl".to_owned(),
        TemplateOf::Now => rollout.target().map_or_else(
            || "now".to_owned(),
            |target| format!("now {} ({})", target.version(rollout.previous()), target.label()),
        ),
        TemplateOf::Revision(uid) => {
            let revision = rollout
                .revisions
                .iter()
                .find(|revision| revision.uid.as_ref() == Some(uid));
            revision.map_or_else(
                || "a revision that is gone".to_owned(),
                |revision| format!("{} ({})", revision.version(rollout.target()), revision.label()),
            )
        }
    }
}

/// Headings in the order of reading.
const GROUPS: [&str; 7] = [
    "images",
    "environment",
    "probes",
    "resources",
    "config",
    "labels",
    "other",
];

/// The heading that a field stands under.
fn group_of(field: &str) -> &'static str {
    let last = field.rsplit('.').next().unwrap_or(field);
    let names = |parts: &[&str]| parts.iter().any(|it| field.contains(it));
    if last == "image" {
        "images"
    } else if last == "env" || names(&[".env[", ".env ("]) {
        "environment"
    } else if names(&["Probe"]) {
        "probes"
    } else if names(&[".resources"]) {
        "resources"
    } else if names(&[
        "envFrom",
        "configMap",
        "secret",
        "volumes",
        "volumeMounts",
        "imagePullSecrets",
    ]) {
        "config"
    } else if field.starts_with("metadata") {
        "labels"
    } else {
        "other"
    }
}

fn fields(found: &TemplateDiff, lines: &mut Vec<Words>) {
    if found.changes.is_empty() {
        lines.push(vec![(Tone::Ok, "Nothing differs.".to_owned())]);
    }
    for heading in GROUPS {
        let of_group: Vec<&Change> = found
            .changes
            .iter()
            .filter(|it| group_of(&it.field) == heading)
            .collect();
        if of_group.is_empty() {
            continue;
        }
        lines.push(vec![(Tone::Title, heading.to_owned())]);
        for change in of_group {
            lines.push(vec![
                (Tone::Text, format!("  {}: ", change.field)),
                (Tone::DiffDel, change.from.shown()),
                (Tone::Muted, " → ".to_owned()),
                (Tone::DiffAdd, change.to.shown()),
            ]);
        }
    }
    if found.unnamed > 0 {
        let number = u32::try_from(found.unnamed).unwrap_or(u32::MAX);
        lines.push(vec![(
            Tone::Muted,
            format!(
                "{} that the applied text does not name: defaults, or set by others",
                count(number, "more field")
            ),
        )]);
    }
}

fn yaml(found: &TemplateDiff, lines: &mut Vec<Words>) {
    lines.extend(found.lines.iter().map(|line| {
        let (mark, tone) = match line.side {
            DiffSide::Both => (" ", Tone::Muted),
            DiffSide::Before => ("-", Tone::DiffDel),
            DiffSide::After => ("+", Tone::DiffAdd),
        };
        vec![(tone, format!("{mark} {}", line.text))]
    }));
}

/// What the keys do here.
pub(super) fn footer(diff: &Diff) -> Vec<(Action, &'static str)> {
    vec![
        (Action::Zoom, if diff.yaml { "by field" } else { "as yaml" }),
        (Action::NextPane, "other before"),
        (Action::Sort, "other after"),
        (Action::SortReverse, "swap"),
        (Action::Close, "close"),
        (Action::Refresh, "read again"),
    ]
}
