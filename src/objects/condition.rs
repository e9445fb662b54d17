//! Conditions, ownership and numbers-or-percentages: the parts that several kinds share.

use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::Untrusted;

use super::Interner;
use super::raw::{Null, Text};

/// The owner reference of an object's controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    pub api_version: Untrusted,
    pub kind: Untrusted,
    pub name: Untrusted,
    pub uid: Untrusted,
}

/// One condition of a workload's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub kind: Untrusted,
    /// `None` is the API's `Unknown`.
    pub holds: Option<bool>,
    pub reason: Untrusted,
    pub message: Option<Untrusted>,
    pub changed_at: Option<Timestamp>,
    /// Updated without a change of status too: the clock of the progress deadline.
    pub updated_at: Option<Timestamp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawCondition<'a> {
    #[serde(borrow)]
    r#type: Null<Text<'a>>,
    status: Null<Text<'a>>,
    reason: Null<Text<'a>>,
    message: Option<Text<'a>>,
    last_transition_time: Option<Text<'a>>,
    last_update_time: Option<Text<'a>>,
}

impl RawCondition<'_> {
    pub(super) fn keep(&self, interner: &mut Interner) -> Condition {
        let changed_at = self.last_transition_time.as_ref().and_then(Text::instant);
        Condition {
            kind: interner.text(&self.r#type.0.0),
            holds: match &*self.status.0.0 {
                "True" => Some(true),
                "False" => Some(false),
                _ => None,
            },
            reason: interner.text(&self.reason.0.0),
            message: self
                .message
                .as_ref()
                .filter(|text| !text.0.is_empty())
                .map(Text::message),
            changed_at,
            updated_at: self
                .last_update_time
                .as_ref()
                .and_then(Text::instant)
                .or(changed_at),
        }
    }
}

/// The condition of that type.
pub fn condition<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.kind.raw() == kind)
}

/// A number of pods, or a share of those wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    Pods(u32),
    Percent(u32),
}

impl Share {
    /// Of `wanted`, rounded up (as the API does for surge).
    pub fn up(self, wanted: u32) -> u32 {
        self.of(wanted, 99)
    }

    /// Of `wanted`, rounded down (as the API does for unavailability).
    pub fn down(self, wanted: u32) -> u32 {
        self.of(wanted, 0)
    }

    fn of(self, wanted: u32, rounding: u64) -> u32 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(percent) => {
                let share = (u64::from(wanted) * u64::from(percent) + rounding) / 100;
                u32::try_from(share).unwrap_or(u32::MAX)
            }
        }
    }
}

/// `25%` or `3`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawShare {
    Number(i64),
    Word(String),
}

impl RawShare {
    /// `missing` for what is neither a number nor a percentage.
    pub(super) fn keep(&self, missing: Share) -> Share {
        match self {
            Self::Number(number) => u32::try_from(*number).map_or(missing, Share::Pods),
            Self::Word(word) => match word.strip_suffix('%') {
                Some(percent) => percent.parse().map_or(missing, Share::Percent),
                None => word.parse().map_or(missing, Share::Pods),
            },
        }
    }
}
