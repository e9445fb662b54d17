//! `check`: one rollout, judged by the exit code. Without a time limit the first look decides; with one it is watched until it is
//! decided.
//!
//! What is complete is judged by the workload's own status, as its controller counts: for that no right to read pods is needed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::cli::Check;
use crate::clock::Clock;
use crate::domain::{Reason, Rollout, RolloutKey, Seconds, Standing};
use crate::runtime::Exit;
use crate::runtime::source::Opening;
use crate::view;

use super::CommandError;
use super::find::{Wanted, find};
use super::missing::tell_missing;
use super::opened::Opened;
use super::print::out;

/// Between two looks while nothing is heard: rules begin to count as time passes.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What became of judging.
enum Verdict {
    Go,
    NoGo(String),
    NotDecided(String),
}

/// Runs it.
pub(super) async fn run(check: Check, opening: Opening, clock: Arc<dyn Clock>) -> Result<Exit, CommandError> {
    let (mut opened, key) = find(opening, &Wanted::read(&check.rollout)?, &clock).await?;
    let verdict = match check.timeout {
        None => look(&opened, &key),
        Some(timeout) => watch(&mut opened, &key, &check, timeout, &*clock).await?,
    };
    tell_missing(&opened);
    let (word, why, exit) = match verdict {
        Verdict::Go => ("GO", "complete and healthy".to_owned(), Exit::DONE),
        Verdict::NoGo(why) => ("NO-GO", why, Exit::NO_GO),
        Verdict::NotDecided(why) => ("WAIT", why, Exit::NOT_DECIDED),
    };
    out(&format!("{word} {key}: {why}\n"))?;
    Ok(exit)
}

/// The verdict now.
fn look(opened: &Opened, key: &RolloutKey) -> Verdict {
    let now = opened.now();
    let Some(rollout) = opened.model.rollout(key) else {
        return gone();
    };
    if let Some(finding) = rollout.failure(now) {
        return Verdict::NoGo(view::sentence(&finding.reason, now));
    }
    match rollout.standing(now) {
        Standing::Done => Verdict::Go,
        Standing::Failed | Standing::Waiting => Verdict::NotDecided(waiting(rollout, now)),
    }
}

/// Watches until it is decided, or the time is up.
async fn watch(
    opened: &mut Opened,
    key: &RolloutKey,
    check: &Check,
    timeout: Duration,
    clock: &dyn Clock,
) -> Result<Verdict, CommandError> {
    let began = clock.instant();
    let mut trouble = Trouble::default();
    loop {
        let passed = clock.instant().saturating_duration_since(began);
        let verdict = look(opened, key);
        let is_decided = match &verdict {
            Verdict::Go => opened.is_live(),
            Verdict::NoGo(_) => {
                let is_gone = opened.model.rollout(key).is_none();
                is_gone || trouble.lasts(opened, key, check.patience, clock.instant())
            }
            Verdict::NotDecided(_) => {
                trouble = Trouble::default();
                false
            }
        };
        if is_decided {
            return Ok(verdict);
        }
        let Some(left) = timeout.checked_sub(passed).filter(|left| !left.is_zero()) else {
            return Ok(when_time_is_up(verdict, opened, timeout));
        };
        opened.hear_for(left.min(LOOK_EVERY)).await?;
    }
}

/// Trouble counts, however young. What is complete by old news is not.
fn when_time_is_up(verdict: Verdict, opened: &Opened, timeout: Duration) -> Verdict {
    let after = Seconds(timeout.as_secs());
    match verdict {
        Verdict::Go => Verdict::NotDecided(format!(
            "complete when last heard of, and {} is not heard any more",
            opened.cluster
        )),
        Verdict::NoGo(why) => Verdict::NoGo(why),
        Verdict::NotDecided(why) => Verdict::NotDecided(format!("not decided after {after}: {why}")),
    }
}

/// Trouble that may mend itself: a node that is being added, a registry that is busy, a Secret that comes next.
#[derive(Default)]
struct Trouble {
    since: Option<Instant>,
}

impl Trouble {
    /// Whether it lasted, or is such as to need no patience.
    fn lasts(&mut self, opened: &Opened, key: &RolloutKey, patience: Duration, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        let server_time = opened.now();
        let finding = opened.model.rollout(key).and_then(|it| it.failure(server_time));
        let is_final = finding.is_some_and(|it| {
            matches!(
                it.reason,
                Reason::DeadlineExceeded { .. } | Reason::Aborted { .. }
            )
        });
        is_final || now.saturating_duration_since(since) >= patience
    }
}

/// What it still waits for.
fn waiting(rollout: &Rollout, now: Timestamp) -> String {
    rollout.finding(now).map_or_else(
        || "it has not settled".to_owned(),
        |it| view::sentence(&it.reason, now),
    )
}

fn gone() -> Verdict {
    Verdict::NoGo("it was deleted".to_owned())
}
