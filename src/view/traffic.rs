//! What is said of a rollout's users: requests, errors and latency by revision. No verdict: numbers, how old they are, and what
//! is not known.

use jiff::Timestamp;

use crate::app::{KnownTraffic, Model};
use crate::domain::{Felt, Revision, Rollout};

use super::Tone;
use super::words::{Words, coarse_age};

/// What is known of the users of one rollout, to be told at an instant.
#[derive(Clone, Copy, Debug)]
pub struct Users<'a> {
    known: &'a KnownTraffic,
    now: Timestamp,
}

impl<'a> Users<'a> {
    /// `None` where nothing is configured, or nothing was read yet. `now` is our own time: readings are stamped with that.
    pub fn of(model: &'a Model, rollout: &Rollout, now: Timestamp) -> Option<Self> {
        let known = model
            .view
            .traffic
            .as_ref()
            .filter(|it| it.last.key == rollout.key)?;
        Some(Self { known, now })
    }

    /// How old the numbers are, for the title.
    pub fn note(self) -> String {
        match (self.known.fresh(self.now), &self.known.numbers) {
            (Some(_), Some((at, _))) => format!("metrics live {}", coarse_age(Some(*at), self.now)),
            (_, Some((at, _))) => format!("metrics stale {}", coarse_age(Some(*at), self.now)),
            (_, None) => "no metrics".to_owned(),
        }
    }

    /// What went wrong last, with what to do.
    pub(super) fn trouble(self) -> Option<Words> {
        let trouble = self.known.last.trouble.as_ref()?;
        Some(vec![
            (Tone::Unknown, "? metrics: ".to_owned()),
            (Tone::Muted, trouble.shown()),
        ])
    }

    /// The line of a revision; `None` for one without pods that could be measured.
    pub(super) fn line(self, rollout: &Rollout, revision: &Revision) -> Option<Words> {
        let its = |traffic: &crate::domain::Traffic| traffic.of(rollout, revision);
        let Some((traffic, _)) = self.known.fresh(self.now) else {
            // As many lines as there are with numbers: what comes and goes must not move the rest.
            return (revision.existing > 0).then(|| vec![no_data("  users  ")]);
        };
        let felt = its(traffic)?;
        if felt.measured == 0 && felt.latency.is_none() {
            return Some(vec![no_data("  users  ")]);
        }
        Some(words(&felt, &self.known.last.quantile))
    }
}

fn no_data(before: &str) -> (Tone, String) {
    (Tone::Unknown, format!("{before}? no data"))
}

fn words(felt: &Felt, quantile: &str) -> Words {
    let mut line = match felt.requests {
        Some(requests) => vec![(Tone::Text, format!("  users  {} req/s", rate(requests)))],
        None => vec![no_data("  users  req/s ")],
    };
    // Nobody asked, so nothing failed and nothing took long: there is nothing to be known.
    if felt.requests.is_some_and(|it| it <= 0.0) {
        return line;
    }
    match felt.errors {
        Some(share) => line.push((Tone::Text, format!("  {} errors", percent(share)))),
        None => line.push(no_data("  errors ")),
    }
    match felt.latency {
        // No more than the slowest pod's: the quantile of all cannot be told from those of each.
        Some(seconds) if felt.expected > 1 => {
            line.push((Tone::Text, format!("  {quantile} up to {}", span(seconds))));
        }
        Some(seconds) => line.push((Tone::Text, format!("  {quantile} {}", span(seconds)))),
        None => line.push(no_data(&format!("  {quantile} "))),
    }
    if felt.measured < felt.expected {
        let part = format!("  {} of {} pods", felt.measured, felt.expected);
        line.push((Tone::Muted, part));
    }
    line
}

fn rate(requests: f64) -> String {
    if requests >= 9.95 || requests <= 0.0 {
        format!("{requests:.0}")
    } else if requests < 0.05 {
        "<0.1".to_owned()
    } else {
        format!("{requests:.1}")
    }
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent <= 0.0 {
        "0%".to_owned()
    } else if percent < 0.05 {
        "<0.1%".to_owned()
    } else if percent < 9.95 {
        format!("{percent:.1}%")
    } else {
        format!("{percent:.0}%")
    }
}

fn span(seconds: f64) -> String {
    if seconds < 0.000_95 {
        "<1ms".to_owned()
    } else if seconds < 0.9995 {
        format!("{:.0}ms", seconds * 1000.0)
    } else if seconds < 9.95 {
        format!("{seconds:.1}s")
    } else {
        format!("{seconds:.0}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(felt: Felt) -> String {
        words(&felt, "p99").into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn what_is_not_known_is_told_and_never_zero() {
        let whole = Felt {
            requests: Some(41.6),
            errors: Some(0.0),
            latency: Some(0.2104),
            measured: 3,
            expected: 3,
        };
        assert_eq!(told(whole), "  users  42 req/s  0% errors  p99 up to 210ms");
        let part = Felt {
            errors: None,
            measured: 2,
            ..whole
        };
        assert_eq!(
            told(part),
            "  users  42 req/s  errors ? no data  p99 up to 210ms  2 of 3 pods"
        );
        let silent = Felt {
            requests: None,
            latency: None,
            ..part
        };
        assert!(told(silent).contains("req/s ? no data") && told(silent).contains("p99 ? no data"));
        let idle = Felt {
            requests: Some(0.0),
            errors: None,
            latency: None,
            ..whole
        };
        assert_eq!(told(idle), "  users  0 req/s");
        let one = Felt {
            expected: 1,
            measured: 1,
            errors: Some(0.0004),
            latency: Some(1.26),
            requests: Some(0.3),
        };
        assert_eq!(told(one), "  users  0.3 req/s  <0.1% errors  p99 1.3s");
    }

    #[test]
    fn small_is_not_nothing() {
        assert_eq!(
            [0.0, 0.01, 0.06, 9.94, 9.96].map(rate),
            ["0", "<0.1", "0.1", "9.9", "10"]
        );
        assert_eq!(
            [0.0, 0.0001, 0.012, 0.5].map(percent),
            ["0%", "<0.1%", "1.2%", "50%"]
        );
        assert_eq!(
            [0.0005, 0.0021, 0.9996, 12.0].map(span),
            ["<1ms", "2ms", "1.0s", "12s"]
        );
    }
}
