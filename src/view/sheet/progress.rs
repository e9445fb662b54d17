//! What becomes of what was sent: recorded, answered, seen, done; each with when.

use crate::app::{Context, End, Follow};
use crate::domain::{Outcome, Seconds, Untrusted};
use crate::view::Tone;
use crate::view::words::{Words, message_tone};

/// Sent, accepted, observed, effect: each with when.
pub(super) fn progress(context: &Context<'_>, follow: &Follow) -> Vec<(&'static str, Words)> {
    let mut lines: Vec<(&'static str, Words)> = Vec::new();
    let record = match (&follow.record_problem, follow.recorded) {
        (Some(_), true) => (Tone::Ok, "✓ on disk, written after the request left".to_owned()),
        (Some(problem), false) => (Tone::Warn, format!("! not written: {problem}")),
        (None, true) => (Tone::Ok, "✓ on disk before the request left".to_owned()),
        (None, false) => (Tone::Info, "writing…".to_owned()),
    };
    lines.push(("record", vec![record]));
    let waited = Seconds::between(follow.sent_at, context.now);
    let answer = match &follow.answer {
        None => (Tone::Info, format!("sent, {waited}…")),
        Some(Outcome::Accepted {
            audit_id, warnings, ..
        }) => {
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
    if !follow.differs.is_empty() {
        let fields: Vec<String> = follow.differs.iter().map(Untrusted::shown).collect();
        lines.push((
            "differs",
            vec![(Tone::Warn, format!("from the dry run: {}", fields.join(", ")))],
        ));
    }
    lines.push(("effect", vec![effect(context, follow)]));
    lines
}

/// What became of it so far.
pub(super) fn effect(context: &Context<'_>, follow: &Follow) -> (Tone, String) {
    let since =
        |at: Option<jiff::Timestamp>| at.map(|at| format!(" after {}", Seconds::between(follow.sent_at, at)));
    let waited = Seconds::between(follow.sent_at, context.now);
    let unknown = matches!(follow.answer, Some(Outcome::Unknown { .. }));
    match (&follow.end, follow.done_at, follow.written_at) {
        (Some(End::Reverted { by, after }), _, _) => {
            let by = by
                .as_ref()
                .map_or_else(|| "somebody unknown".to_owned(), ToString::to_string);
            (Tone::Fail, format!("✗ reverted by {by} after {after}"))
        }
        (Some(End::NotDone), _, _) => (Tone::Fail, "✗ nothing was changed".to_owned()),
        (Some(End::AlreadySo), _, _) => (
            Tone::Ok,
            "✓ so already: nothing was changed by this program".to_owned(),
        ),
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
    }
}
