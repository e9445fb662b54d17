//! What is known of the users of the open rollout.

use jiff::Timestamp;

use crate::domain::{RolloutKey, Seconds, Traffic, Untrusted};

use super::{Model, Screen};

/// One reading of measurements.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficReading {
    pub key: RolloutKey,
    pub at: Timestamp,
    /// `None` when nothing could be read.
    pub traffic: Option<Traffic>,
    /// What went wrong, in words.
    pub trouble: Option<Untrusted>,
    /// What the latency is called: `p99`.
    pub quantile: String,
    /// How long numbers count as those of now.
    pub lasts: Seconds,
}

/// What is shown of all readings of a rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownTraffic {
    /// The newest reading.
    pub last: TrafficReading,
    /// The newest numbers, and when they were read.
    pub numbers: Option<(Timestamp, Traffic)>,
}

impl KnownTraffic {
    /// Numbers that still count at `now`, with their age.
    pub fn fresh(&self, now: Timestamp) -> Option<(&Traffic, Seconds)> {
        let (at, traffic) = self.numbers.as_ref()?;
        let age = Seconds::between(*at, now);
        (age <= self.last.lasts).then_some((traffic, age))
    }
}

/// Takes a reading in, if its rollout is still open.
pub(super) fn take(model: &mut Model, mut reading: TrafficReading) {
    let is_open = |screen: &Screen| *screen == Screen::Rollout(reading.key.clone());
    if !model.screens.iter().any(is_open) {
        return;
    }
    let before = model.view.traffic.take().filter(|it| it.last.key == reading.key);
    let numbers = reading.traffic.take().map(|traffic| (reading.at, traffic));
    model.view.traffic = Some(KnownTraffic {
        numbers: numbers.or_else(|| before.and_then(|it| it.numbers)),
        last: reading,
    });
}
