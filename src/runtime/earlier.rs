//! Reads from the record what other runs decided, and tells the model. Asks no cluster, and writes nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::adapters::record::{self, Decision, Reading};
use crate::app::{Earlier, Event, RecordEvent};
use crate::domain::Untrusted;

use super::requests::Desk;

/// Older ones that have an end tell nothing about now.
const RECENT: SignedDuration = SignedDuration::from_hours(1);

/// A sheet waits no longer for what only informs.
const WITHIN: Duration = Duration::from_millis(500);

/// Reads the record and tells it. What cannot be read is told where it is looked up.
pub(super) async fn tell(desk: &Desk) {
    let path = desk.record.path().to_owned();
    // The record may be long, and the disk slow: nobody waits for it on the thread that draws.
    let reading = tokio::task::spawn_blocking(move || record::read(&path));
    if let Ok(Ok(Ok(reading))) = tokio::time::timeout(WITHIN, reading).await {
        tell_reading(desk, &reading).await;
    }
}

/// Tells what was read already.
pub(super) async fn tell_reading(desk: &Desk, reading: &Reading) {
    let earlier = earlier(reading, &desk.run, desk.clock.now());
    let event = Event::Record(RecordEvent::Earlier(earlier));
    if desk.events.send(event).await.is_err() {
        tracing::error!("nobody was left to hear what other runs decided");
    }
}

/// What is open, and the last decision of the last hour on each object. Decisions of this run are followed by it.
fn earlier(reading: &Reading, run: &str, now: Timestamp) -> Vec<Earlier> {
    let own = format!("{run}-");
    let open: BTreeSet<String> = record::unfinished(reading, now)
        .decisions
        .into_iter()
        .filter(|it| !it.was_accepted() && !it.was_in_place())
        .map(|it| it.id)
        .collect();
    let mut seen = BTreeSet::new();
    let mut earlier = Vec::new();
    let others = reading.decisions.iter().rev();
    for it in others.filter(|it| !it.id.starts_with(&own)) {
        let is_open = open.contains(&it.id);
        let is_recent = now.duration_since(it.at) < RECENT && seen.insert(it.uid.raw().to_owned());
        if is_open || is_recent {
            earlier.push(told(it, is_open));
        }
    }
    earlier
}

fn told(decision: &Decision, is_open: bool) -> Earlier {
    Earlier {
        rollout: Untrusted::from(decision.rollout.as_str()),
        uid: decision.uid.clone(),
        step: Untrusted::from(decision.step.as_str()),
        at: decision.at,
        by: decision.user.clone(),
        outcome: decision.outcome().map(Untrusted::from),
        is_open,
    }
}
