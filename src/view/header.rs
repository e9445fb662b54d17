//! The first line of every screen: where we are, what moves, and whether that may be believed.

use jiff::Timestamp;

use crate::app::{Context, Heard, Model, Source};
use crate::domain::{Environment, KindState, ObjectKind, State, Untrusted};

use super::Tone;
use super::words::Words;

/// The tone of an environment's banner.
pub fn banner_tone(environment: Environment) -> Tone {
    match environment {
        Environment::Production => Tone::BannerProd,
        Environment::Staging => Tone::BannerStage,
        Environment::Development | Environment::Sandbox => Tone::BannerDev,
    }
}

/// The left part (banner and cluster), the middle (counts), the right (how the source is heard). The left is never dropped.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    pub left: Words,
    pub middle: Words,
    pub right: Words,
}

/// What the header says.
pub fn header(context: &Context<'_>, model: &Model) -> Header {
    let mut left: Words = vec![(
        banner_tone(context.policy.environment),
        format!(" {} ", context.policy.environment.word()),
    )];
    let names: Vec<String> = model.sources.keys().map(ToString::to_string).collect();
    left.push((Tone::Title, format!(" {}", names.join(", "))));
    if let Some(scope) = model.sources.values().find_map(scope) {
        left.push((Tone::Muted, format!(" · {scope}")));
    }
    if context.policy.read_only || model.sources.values().any(|source| source.read_only) {
        left.push((Tone::Warn, " read-only".to_owned()));
    }
    let right = model
        .sources
        .values()
        .map(|source| heard(source, context.now))
        .next_back()
        .unwrap_or_default();
    Header {
        left,
        middle: counts(model, context.now),
        right,
    }
}

/// Which namespaces are looked at, as far as the watches tell; none before the first of them.
fn scope(source: &Source) -> Option<String> {
    let mut places = source
        .kinds
        .keys()
        .filter(|(kind, _)| *kind == ObjectKind::Deployment)
        .map(|(_, namespace)| namespace.as_ref());
    let first = places.next()?;
    let Some(first) = first else {
        return Some("all namespaces".to_owned());
    };
    match places.count() {
        0 => Some(Untrusted::from(&**first).shown()),
        more => Some(format!("{} namespaces", more + 1)),
    }
}

fn counts(model: &Model, now: Timestamp) -> Words {
    let mut by_state = [0_u32; 6];
    let mut all = 0_u32;
    for rollout in model.rollouts() {
        all += 1;
        let index = match rollout.state(model.server_time(rollout, now)) {
            State::Waiting => 0,
            State::Failing => 1,
            State::Stuck => 2,
            State::Moving => 3,
            State::Unknown => 4,
            State::Idle => 5,
        };
        if let Some(count) = by_state.get_mut(index) {
            *count += 1;
        }
    }
    let [waiting, failing, stuck, moving, ..] = by_state;
    // Those that need a human first: what does not fit is cut off at the end.
    let mut words = Vec::new();
    for (number, what, tone) in [
        (waiting, "waiting", Tone::Paused),
        (failing, "failing", Tone::Fail),
        (stuck, "stuck", Tone::Warn),
        (moving, "moving", Tone::Info),
    ] {
        if number > 0 {
            words.push((tone, format!("{number} {what}")));
            words.push((Tone::Muted, " · ".to_owned()));
        }
    }
    // Zero is only said of what was read.
    let read = model.sources.values().any(|source| {
        source.complete
            && source
                .states_of(ObjectKind::Deployment)
                .any(|state| matches!(state, KindState::Live { .. }))
    });
    words.push(if all > 0 || read {
        (Tone::Muted, super::words::count(all, "rollout"))
    } else {
        (Tone::Unknown, "no rollouts read".to_owned())
    });
    let forbidden = model
        .sources
        .values()
        .map(Source::forbidden_workloads)
        .sum::<usize>();
    if forbidden > 0 {
        words.push((Tone::Muted, " · ".to_owned()));
        words.push((Tone::Warn, format!("{forbidden} forbidden: !")));
    }
    let open = model
        .follows
        .iter()
        .filter(|follow| follow.needs_attention())
        .count()
        + model.open_earlier().count();
    if open > 0 {
        words.insert(0, (Tone::Warn, format!("{open} to look at: x")));
        words.insert(1, (Tone::Muted, " · ".to_owned()));
    }
    words
}

/// How a source is heard, in words.
pub fn heard(source: &Source, now: Timestamp) -> Words {
    match source.heard(now) {
        Heard::Connecting => vec![(Tone::Info, "connecting…".to_owned())],
        Heard::Listing { seen } => vec![(Tone::Info, format!("reading… {seen}"))],
        Heard::Live => vec![(Tone::Ok, "live".to_owned())],
        Heard::Stale { why, age, retry_at } => {
            let age = age.map(|age| format!(" {age}")).unwrap_or_default();
            let retry = retry_at
                .filter(|at| *at > now)
                .map(|at| format!(", again in {}", crate::domain::Seconds::between(now, at)))
                .unwrap_or_default();
            vec![
                (Tone::Stale, format!("stale{age}{retry}")),
                (Tone::Muted, format!(": {why}")),
            ]
        }
    }
}
