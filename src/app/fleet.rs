//! The list of rollouts: which ones, in what order, and which is selected.

use jiff::Timestamp;

use crate::domain::{Rollout, RolloutKey, State};

use super::{Filter, Model, Selection};

/// The column that decides the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SortBy {
    /// Those that need a human first.
    #[default]
    Attention,
    Name,
    Strategy,
    Revision,
    Age,
}

impl SortBy {
    /// Every order, as the sort key goes through them.
    pub const ALL: [Self; 5] = [
        Self::Attention,
        Self::Name,
        Self::Strategy,
        Self::Revision,
        Self::Age,
    ];

    /// The word for commands and the title.
    pub fn word(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Name => "name",
            Self::Strategy => "strategy",
            Self::Revision => "revision",
            Self::Age => "age",
        }
    }

    /// The one after this.
    #[must_use]
    pub fn next(self) -> Self {
        let after = Self::ALL.iter().skip_while(|it| **it != self).nth(1);
        after.copied().unwrap_or_default()
    }
}

/// The state of the fleet screen.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    pub selection: Selection<RolloutKey>,
    /// The selection names a row for good: a key was pressed, or everything was listed once. Before that it is the top row,
    /// whichever that is: the first that was read is rarely the one that needs a human.
    pub settled: bool,
    pub sort: SortBy,
    pub reversed: bool,
    pub filter: Filter,
    /// The rows as they stand: made once per event, for drawing and for moving.
    pub listed: Vec<RolloutKey>,
    /// The order while a menu or sheet is open: nothing moves under the cursor then.
    pub frozen: Option<Vec<RolloutKey>>,
}

/// Everything that a row shows, for the filter: name, state word, strategy, versions.
pub(super) fn row_words(rollout: &Rollout, now: Timestamp) -> String {
    let target = rollout.target();
    let version = target
        .map(|it| it.version(rollout.previous()))
        .unwrap_or_default();
    let before = rollout
        .previous()
        .map(|it| it.version(target))
        .unwrap_or_default();
    let state = match rollout.state(now) {
        State::Waiting => "waiting",
        State::Failing => "failing",
        State::Stuck => "stuck",
        State::Moving => "rolling",
        State::Unknown => "unknown",
        State::Idle => "idle",
    };
    format!(
        "{} {state} {} {before} {version}",
        rollout.key,
        rollout.strategy.word()
    )
}

impl Model {
    /// The keys of the fleet's rows, in the order shown.
    pub fn rows(&self, now: Timestamp) -> Vec<RolloutKey> {
        if let Some(frozen) = &self.fleet.frozen {
            return frozen
                .iter()
                .filter(|key| self.rollout(key).is_some())
                .cloned()
                .collect();
        }
        let filter = &self.fleet.filter;
        let mut rows: Vec<&Rollout> = self
            .rollouts()
            .filter(|rollout| filter.is_empty() || filter.passes(rollout, &row_words(rollout, now)))
            .collect();
        match self.fleet.sort {
            // They come in the order of their keys, and a stable sort keeps that.
            SortBy::Attention => rows.sort_by_cached_key(|it| it.state(self.server_time(it, now))),
            SortBy::Name => rows.sort_by(|one, other| one.key.name.cmp(&other.key.name)),
            SortBy::Strategy => {
                rows.sort_by(|one, other| (one.strategy, &one.key).cmp(&(other.strategy, &other.key)));
            }
            SortBy::Revision => {
                rows.sort_by_cached_key(|it| {
                    (it.target().map(|target| target.version(None)), it.key.clone())
                });
            }
            SortBy::Age => rows.sort_by_key(|it| std::cmp::Reverse(it.since)),
        }
        if self.fleet.reversed {
            rows.reverse();
        }
        rows.into_iter().map(|rollout| rollout.key.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sort_key_goes_through_every_order_and_comes_back() {
        let round: Vec<SortBy> = std::iter::successors(Some(SortBy::Attention), |it| Some(it.next()))
            .take(6)
            .collect();
        assert_eq!(round.first(), round.last());
        assert_eq!(round.len(), SortBy::ALL.len() + 1);
    }
}
