//! Which decisions have no end in the record, because the program ended before it knew, and which are so young that somebody
//! may still take them back. Asks nobody what became of them.

use jiff::{SignedDuration, Timestamp};

use crate::app::{
    DIFFERS, EFFECT_DONE, FOLLOW_FOR, OUTCOME_ACCEPTED, OUTCOME_REVERTED, OUTCOME_SHOWN, OUTCOME_UNKNOWN,
};
use crate::domain::Seconds;

use super::{Decision, Reading};

/// Older ones tell nothing about now.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);

/// More are counted, and not looked at one by one.
const MOST: usize = 20;

/// The words of a run that found the change in place, which an earlier run had left open.
pub const LOOKED_UP: &str = "the object shows the change; looked up by a later run";

/// What earlier runs left behind, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unfinished {
    /// Decisions without an end.
    pub decisions: Vec<Decision>,
    /// Older ones of the same day that are not among them.
    pub left_out: usize,
    /// Decisions that were in place a moment ago: somebody may still take them back.
    pub young: Vec<Decision>,
}

impl Decision {
    /// The last word on the decision itself: how it differs from the dry run is none.
    fn last_word(&self) -> Option<&str> {
        let mut latest = self.outcomes.iter().rev().map(|it| it.words.as_str());
        latest.find(|words| !words.starts_with(DIFFERS))
    }

    /// True while the record does not say what became of it: nothing, that nobody knows, that the server took it, or merely
    /// that the object showed it.
    pub fn is_unfinished(&self) -> bool {
        self.last_word().is_none_or(|words| {
            words == OUTCOME_ACCEPTED
                || words.starts_with(OUTCOME_UNKNOWN)
                || (words.starts_with(OUTCOME_SHOWN) && words != LOOKED_UP)
        })
    }

    /// True when the server said yes to it.
    pub fn was_accepted(&self) -> bool {
        self.outcomes.iter().any(|it| it.words == OUTCOME_ACCEPTED)
    }

    /// True when the object was seen with the change.
    pub fn was_in_place(&self) -> bool {
        self.outcomes
            .iter()
            .any(|it| it.words == EFFECT_DONE || it.words.starts_with(OUTCOME_SHOWN))
    }

    /// True when it was in place, as its last word, not longer ago than an effect is followed.
    fn is_young(&self, now: Timestamp) -> bool {
        let is_in_place = self
            .last_word()
            .is_some_and(|words| words == EFFECT_DONE || words == LOOKED_UP);
        is_in_place && Seconds::between(self.at, now) < FOLLOW_FOR
    }

    /// True unless the record says that nothing was changed by it, or that it did not last.
    fn may_hold(&self) -> bool {
        const NOT: [&str; 5] = [
            "not sent",
            "refused",
            "not applied",
            "already so",
            OUTCOME_REVERTED,
        ];
        self.last_word()
            .is_none_or(|words| !NOT.iter().any(|not| words.starts_with(not)))
    }
}

/// What earlier runs left open in the last day, and what they did a moment ago.
pub fn unfinished(reading: &Reading, now: Timestamp) -> Unfinished {
    let mut decisions = Vec::new();
    let mut young = Vec::new();
    for (number, it) in reading.decisions.iter().enumerate() {
        // Who acted on the same object since changed it: it is not asked whether the earlier decision still holds.
        let mut later = reading
            .decisions
            .iter()
            .skip(number + 1)
            .filter(|later| later.uid == it.uid);
        let is_day = now.duration_since(it.at) < YOUNG;
        if it.is_unfinished() {
            let is_over = (it.was_accepted() || it.was_in_place())
                && later.any(|later| later.was_accepted() || later.was_in_place());
            // A line of an older program tells nothing to ask with, and that the server said yes was all that one wanted to
            // know.
            if is_day && !is_over && (it.ask.is_some() || !it.was_accepted()) {
                decisions.push(it.clone());
            }
        } else if it.ask.is_some() && it.is_young(now) && !later.any(Decision::may_hold) {
            young.push(it.clone());
        }
    }
    let left_out = decisions.len().saturating_sub(MOST);
    decisions.drain(..left_out);
    young.drain(..young.len().saturating_sub(MOST));
    Unfinished {
        decisions,
        left_out,
        young,
    }
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
        let cases: [(&[&str], bool); 12] = [
            (&[], true),
            (&["outcome unknown: no answer within 5 s"], true),
            (&["accepted"], true),
            (&["accepted", "the object shows the change"], true),
            (
                &[
                    "outcome unknown: cut",
                    "the object shows the change; who made it is not known",
                ],
                true,
            ),
            (&["accepted", LOOKED_UP], false),
            (&["accepted", "done", "reverted by argocd after 9s"], false),
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
    fn what_was_done_a_moment_ago_is_looked_at_once_more() {
        let young = |outcomes: &[&str], now| of(vec![decision(1, outcomes)], now).young.len();
        assert_eq!(young(&["accepted", "done"], 299), 1);
        assert_eq!(young(&["accepted", LOOKED_UP], 299), 1);
        assert_eq!(young(&["accepted", "done"], 300), 0);
        assert_eq!(young(&["accepted", "done", "reverted by argocd after 9s"], 60), 0);
        assert_eq!(young(&["already so"], 60), 0);
    }

    #[test]
    fn a_later_decision_on_the_same_object_ends_an_earlier_one() {
        let pair = |earlier: &[&str], later: &[&str]| {
            let found = of(vec![decision(1, earlier), decision(2, later)], 60);
            let ids = found.decisions.iter().chain(&found.young);
            ids.filter(|it| it.id == "1").count()
        };
        for earlier in [&["accepted", "done"], &["accepted", OUTCOME_SHOWN]] {
            assert_eq!(pair(earlier, &["accepted", "done"]), 0, "{earlier:?}");
            assert_eq!(pair(earlier, &["refused: no right"]), 1, "{earlier:?}");
        }
        assert_eq!(pair(&["accepted", "done"], &[]), 0, "it may be on its way");
        assert_eq!(
            pair(&[], &["accepted", "done"]),
            1,
            "nobody knows what became of it"
        );
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
