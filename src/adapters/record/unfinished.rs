//! Which decisions have no end in the record: the program ended before it knew. Asks nobody what became of them.

use jiff::{SignedDuration, Timestamp};

use crate::app::{DIFFERS, OUTCOME_ACCEPTED, OUTCOME_UNKNOWN};

use super::{Decision, Reading};

/// Older ones tell nothing about now.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);

/// More are counted, and not looked at one by one.
const MOST: usize = 20;

/// Decisions without an end, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unfinished {
    pub decisions: Vec<Decision>,
    /// Older ones of the same day that are not among them.
    pub left_out: usize,
}

impl Decision {
    /// True while the record does not say what became of it: nothing, that nobody knows, or merely that the server took it.
    pub fn is_unfinished(&self) -> bool {
        let mut latest = self.outcomes.iter().rev().map(|it| it.words.as_str());
        let last = latest.find(|words| !words.starts_with(DIFFERS));
        last.is_none_or(|words| words == OUTCOME_ACCEPTED || words.starts_with(OUTCOME_UNKNOWN))
    }

    /// True when the server said yes to it.
    pub fn was_accepted(&self) -> bool {
        self.outcomes.iter().any(|it| it.words == OUTCOME_ACCEPTED)
    }
}

/// The decisions of the last day that have no end.
pub fn unfinished(reading: &Reading, now: Timestamp) -> Unfinished {
    let is_asked = |it: &&Decision| {
        // A line of an older program tells nothing to ask with, and that the server said yes was all that one wanted to know.
        it.is_unfinished() && (it.ask.is_some() || !it.was_accepted()) && now.duration_since(it.at) < YOUNG
    };
    let mut decisions: Vec<Decision> = reading.decisions.iter().filter(is_asked).cloned().collect();
    let left_out = decisions.len().saturating_sub(MOST);
    decisions.drain(..left_out);
    Unfinished { decisions, left_out }
}

#[cfg(test)]
mod tests {
    use super::super::{Ask, Became};
    use super::*;

    fn decision(id: usize, outcomes: &[&str]) -> Decision {
        Decision {
            id: id.to_string(),
            at: Timestamp::UNIX_EPOCH,
            cluster: "prod".into(),
            server: "https://x".into(),
            user: None,
            rollout: "shop/web".to_owned(),
            uid: "u".into(),
            step: "pause".to_owned(),
            class: "stop".to_owned(),
            reason: String::new(),
            via: None,
            sentence: String::new(),
            evidence: Vec::new(),
            requests: Vec::new(),
            ask: Some(Box::default()),
            outcomes: outcomes
                .iter()
                .map(|words| Became {
                    at: Timestamp::UNIX_EPOCH,
                    words: (*words).to_owned(),
                    audit_id: None,
                })
                .collect(),
        }
    }

    fn of(decisions: Vec<Decision>, now: i64) -> Unfinished {
        let reading = Reading {
            decisions,
            left_out: Vec::new(),
        };
        unfinished(&reading, Timestamp::from_second(now).unwrap())
    }

    #[test]
    fn what_has_no_end_is_told_by_its_last_word() {
        let cases: [(&[&str], bool); 9] = [
            (&[], true),
            (&["outcome unknown: no answer within 5 s"], true),
            (&["accepted"], true),
            (&["accepted", "the object shows the change"], false),
            (&["accepted", "differs from the dry run: /spec/paused"], true),
            (&["accepted", "done"], false),
            (&["not sent: connection refused"], false),
            (
                &[
                    "outcome unknown: cut",
                    "not applied; the object is as it was before",
                ],
                false,
            ),
            (&["refused: no right"], false),
        ];
        for (outcomes, is_open) in cases {
            let found = of(vec![decision(1, outcomes)], 60);
            assert_eq!(found.decisions.len(), usize::from(is_open), "{outcomes:?}");
        }
    }

    #[test]
    fn older_programs_left_nothing_to_ask_with() {
        let old = |outcomes: &[&str]| Decision {
            ask: None::<Box<Ask>>,
            ..decision(1, outcomes)
        };
        assert_eq!(of(vec![old(&["accepted"])], 60), Unfinished::default());
        assert_eq!(of(vec![old(&[])], 60).decisions.len(), 1);
    }

    #[test]
    fn a_day_later_nobody_asks_and_beyond_a_number_they_are_counted() {
        assert_eq!(of(vec![decision(1, &[])], 24 * 3600), Unfinished::default());
        let many = of((0..25).map(|id| decision(id, &[])).collect(), 60);
        assert_eq!((many.decisions.len(), many.left_out), (20, 5));
        assert_eq!(
            many.decisions.first().unwrap().id,
            "5",
            "the latest are looked at"
        );
    }
}
