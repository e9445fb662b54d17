//! All formatting: states, ages, counts and revisions in the reader's words.

use jiff::Timestamp;

use crate::app::MessageTone;
use crate::domain::{Rollout, Seconds, State};

use super::{Glyph, Tone};

/// Words with their tones, in reading order.
pub type Words = Vec<(Tone, String)>;

/// Mark, word and tone of a state.
pub fn state(state: State) -> (Glyph, &'static str, Tone) {
    match state {
        State::Waiting => (Glyph::Waiting, "waiting", Tone::Paused),
        State::Failing => (Glyph::Failing, "failing", Tone::Fail),
        State::Stuck => (Glyph::Stuck, "stuck", Tone::Warn),
        State::Moving => (Glyph::Moving, "rolling", Tone::Info),
        State::Unknown => (Glyph::NoData, "no data", Tone::Unknown),
        State::Idle => (Glyph::Idle, "idle", Tone::Muted),
    }
}

/// How long ago `at` was, or `?` when nobody said.
pub fn age(at: Option<Timestamp>, now: Timestamp) -> String {
    at.map_or_else(|| "?".to_owned(), |at| Seconds::between(at, now).to_string())
}

/// The same in steps, for lists: a screen of ages must not need a frame every second.
pub(super) fn coarse_age(at: Option<Timestamp>, now: Timestamp) -> String {
    at.map_or_else(
        || "?".to_owned(),
        |at| Seconds::between(at, now).coarse().to_string(),
    )
}

/// `1 pod`, `3 pods`.
pub fn count(number: u32, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}

/// `v1 → v2` while it moves, else the one revision.
pub fn revisions(rollout: &Rollout) -> String {
    let Some(target) = rollout.target() else {
        return "?".to_owned();
    };
    match rollout.previous() {
        Some(previous) => {
            let (from, to) = (previous.version(Some(target)), target.version(Some(previous)));
            if from == to {
                format!("{} → {}", previous.label(), target.label())
            } else {
                format!("{from} → {to}")
            }
        }
        None => target.version(None),
    }
}

/// `→ v2` while it moves, else the one revision.
pub(super) fn revisions_short(rollout: &Rollout) -> String {
    match (rollout.target(), rollout.previous()) {
        (Some(target), Some(previous)) => {
            let (from, to) = (previous.version(Some(target)), target.version(Some(previous)));
            let to = if from == to { target.label() } else { to };
            format!("→ {to}")
        }
        (Some(_), None) | (None, _) => revisions(rollout),
    }
}

/// How far along: done and wanted, for a bar, and in words.
pub fn progress(rollout: &Rollout) -> (u32, u32, String) {
    let counts = rollout.counts;
    if let (Some(weight), false) = (
        rollout.weights.controller.or(rollout.weights.asked),
        rollout.steps.is_empty(),
    ) {
        let done = rollout.steps.iter().filter(|step| step.done).count();
        return (
            u32::from(weight.value()),
            100,
            format!("{}% {done}/{}", weight.value(), rollout.steps.len()),
        );
    }
    let ready = if rollout.previous().is_some() {
        rollout
            .target()
            .map_or(0, |target| target.ready)
            .min(counts.wanted)
    } else {
        counts.ready
    };
    (ready, counts.wanted, format!("{ready}/{}", counts.wanted))
}

/// The tone of a message.
pub fn message_tone(tone: MessageTone) -> Tone {
    match tone {
        MessageTone::Info => Tone::Info,
        MessageTone::Good => Tone::Ok,
        MessageTone::Warn => Tone::Warn,
        MessageTone::Bad => Tone::Fail,
    }
}
