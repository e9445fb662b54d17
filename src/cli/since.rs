//! From when on: a span back from now, a day, or an instant.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::span;

/// A beginning, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    Ago(Duration),
    At(Timestamp),
}

impl Since {
    /// The instant that is meant, when it is `now`.
    pub fn instant(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(span) => SignedDuration::try_from(span)
                .ok()
                .and_then(|span| now.checked_sub(span).ok())
                .unwrap_or(Timestamp::MIN),
            Self::At(at) => at,
        }
    }
}

/// `2h`, `2026-11-21` or `2026-11-21T14:00` (in UTC, as every time that is printed), or RFC 3339.
pub(super) fn since(text: &str) -> Result<Since, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Since::At(at));
    }
    if let Ok(time) = text.parse::<DateTime>()
        && let Ok(time) = time.to_zoned(TimeZone::UTC)
    {
        return Ok(Since::At(time.timestamp()));
    }
    span(text).map(Since::Ago).map_err(|_no_span| {
        "write a span such as 2h, a day such as 2026-11-21 (UTC), or an instant such as 2026-11-21T14:00:00Z".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_span_a_day_or_an_instant() {
        let now = at("2026-11-21T14:00:00Z");
        let cases = [
            ("2h", "2026-11-21T12:00:00Z"),
            ("90", "2026-11-21T13:58:30Z"),
            ("2026-11-20", "2026-11-20T00:00:00Z"),
            ("2026-11-20 13:30", "2026-11-20T13:30:00Z"),
            ("2026-11-21T15:00:00+02:00", "2026-11-21T13:00:00Z"),
        ];
        for (text, instant) in cases {
            assert_eq!(since(text).unwrap().instant(now), at(instant), "{text}");
        }
        for text in ["yesterday", "2026-13-01", "", "2026-11-21 25:00"] {
            assert!(since(text).is_err(), "{text}");
        }
        assert_eq!(Since::Ago(Duration::MAX).instant(now), Timestamp::MIN);
    }
}
