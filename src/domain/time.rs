//! Spans of time, where a whole number of seconds is all that is meant.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A span in whole seconds, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u64);

impl Seconds {
    /// From `earlier` to `later`; zero when the clocks disagree and `later` is in fact before `earlier`.
    pub fn between(earlier: Timestamp, later: Timestamp) -> Self {
        Self(u64::try_from(later.duration_since(earlier).as_secs()).unwrap_or(0))
    }

    /// The same in steps that need no new frame every second: 5 s below a minute, then minutes, hours, days.
    #[must_use]
    pub fn coarse(self) -> Self {
        match self.0 {
            0..60 => Self(self.0 / 5 * 5),
            60..3600 => Self(self.0 / 60 * 60),
            3600..86400 => Self(self.0 / 3600 * 3600),
            _ => Self(self.0 / 86400 * 86400),
        }
    }

    /// `at` moved forward by this span (saturating at the end of time).
    pub fn after(self, at: Timestamp) -> Timestamp {
        let span = SignedDuration::from_secs(i64::try_from(self.0).unwrap_or(i64::MAX));
        at.saturating_add(span).unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Display for Seconds {
    /// Two units at most: `42s`, `4m12s`, `3h05m`, `2d4h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, minutes, hours, days) =
            (self.0 % 60, self.0 / 60 % 60, self.0 / 3600 % 24, self.0 / 86400);
        match self.0 {
            0..60 => write!(f, "{seconds}s"),
            60..600 if seconds > 0 => write!(f, "{minutes}m{seconds:02}s"),
            60..3600 => write!(f, "{minutes}m"),
            3600..86400 if minutes > 0 => write!(f, "{hours}h{minutes:02}m"),
            3600..86400 => write!(f, "{hours}h"),
            _ if hours > 0 && days < 10 => write!(f, "{days}d{hours}h"),
            _ => write!(f, "{days}d"),
        }
    }
}

/// A reading of a monotonic clock: milliseconds since the program started. For delays and deadlines, which wall clocks that
/// jump must not shorten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(pub u64);

impl Moment {
    /// Milliseconds from `earlier` to this.
    pub fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_at_most() {
        let cases = [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (252, "4m12s"),
            (661, "11m"),
            (3600, "1h"),
            (11100, "3h05m"),
            (187_200, "2d4h"),
            (8_640_000, "100d"),
        ];
        for (seconds, words) in cases {
            assert_eq!(Seconds(seconds).to_string(), words);
        }
    }

    #[test]
    fn clocks_that_disagree_give_zero() {
        let now = Timestamp::from_second(1_000).unwrap();
        assert_eq!(Seconds::between(Seconds(5).after(now), now), Seconds(0));
    }
}
