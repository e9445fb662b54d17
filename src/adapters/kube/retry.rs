//! How long a watch waits: for bytes, and before it tries again.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// A delay that doubles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    pub first: Duration,
    pub most: Duration,
}

/// Every time limit of a watch, so that tests can set shorter ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// From a request to the head of its answer.
    pub answer: Duration,
    /// Between two bytes of a list.
    pub list_idle: Duration,
    /// Between two bytes of a watch: bookmarks come about once a minute.
    pub watch_idle: Duration,
    /// How long the server is asked to keep a watch open.
    pub watch_for: Duration,
    /// A watch that the server ended sooner than this, having said nothing, counts as a failure.
    pub too_short: Duration,
    /// Signs of life are told this often at most.
    pub heard_every: Duration,
    pub retry: Backoff,
    /// For what does not mend itself: a missing right, a kind that is not installed.
    pub slow: Backoff,
    /// Between the lists of a kind that may be listed and not watched.
    pub relist: Backoff,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(30),
            list_idle: Duration::from_secs(30),
            watch_idle: Duration::from_secs(150),
            watch_for: Duration::from_secs(290),
            too_short: Duration::from_secs(1),
            heard_every: Duration::from_secs(10),
            retry: Backoff {
                first: Duration::from_secs(1),
                most: Duration::from_secs(30),
            },
            slow: Backoff {
                first: Duration::from_secs(60),
                most: Duration::from_secs(300),
            },
            // A delay is at least half of this: never more often than every 30 seconds.
            relist: Backoff {
                first: Duration::from_secs(60),
                most: Duration::from_secs(300),
            },
        }
    }
}

impl Backoff {
    /// The delay after the `tries`th failure in a row, between half and all of it, so that many do not come at once.
    pub(super) fn delay(self, tries: u32) -> Duration {
        let doubled = self
            .first
            .saturating_mul(2u32.saturating_pow(tries.saturating_sub(1)));
        let whole = doubled.min(self.most);
        // A fresh hasher is keyed at random, which is all the chance that is needed here.
        let chance = u32::try_from(RandomState::new().build_hasher().finish() % 1000).unwrap_or_default();
        whole / 2 + (whole / 2).saturating_mul(chance) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_a_bound_and_vary() {
        let backoff = Timing::default().retry;
        for (tries, whole) in [(1, 1), (2, 2), (3, 4), (6, 30), (4_000_000_000, 30)] {
            for _ in 0..20 {
                let delay = backoff.delay(tries);
                let whole = Duration::from_secs(whole);
                assert!(delay >= whole / 2 && delay <= whole, "{tries}: {delay:?}");
            }
        }
    }
}
