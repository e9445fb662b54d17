//! A row selected by what it is, never by where it stands.

/// The selected row of a list. A refresh never moves it to another row. When its row vanishes the selection *lapses*: the
/// cursor stays near, and nothing that acts may use it before the user has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection<K> {
    key: Option<K>,
    index: usize,
    lapsed: bool,
}

impl<K> Default for Selection<K> {
    fn default() -> Self {
        Self {
            key: None,
            index: 0,
            lapsed: false,
        }
    }
}

impl<K: PartialEq + Clone> Selection<K> {
    /// The selected key, for showing.
    pub fn shown(&self) -> Option<&K> {
        self.key.as_ref()
    }

    /// The selected key, for acting: none while the selection is lapsed.
    pub fn acting(&self) -> Option<&K> {
        self.key.as_ref().filter(|_| !self.lapsed)
    }

    /// True when the row that was selected is gone and the user has not moved since.
    pub fn is_lapsed(&self) -> bool {
        self.lapsed
    }

    /// Where the selected row stands in `rows`.
    pub fn index(&self, rows: &[K]) -> Option<usize> {
        let key = self.key.as_ref()?;
        rows.iter().position(|row| row == key)
    }

    /// Adapts to rows that changed: keeps the key while it is listed, else stays near and lapses. A row that still exists and
    /// is only filtered out (`hidden`) has not vanished: its neighbour is a choice that the user made with the filter.
    pub fn reconcile(&mut self, rows: &[K], hidden: bool) {
        if let Some(index) = self.index(rows) {
            self.index = index;
            return;
        }
        self.lapsed |= self.key.is_some() && !hidden;
        self.index = self.index.min(rows.len().saturating_sub(1));
        self.key = rows.get(self.index).cloned();
    }

    /// Moves by `by` rows, stopping at the ends. A lapsed selection only becomes valid again.
    pub fn step(&mut self, rows: &[K], by: isize) {
        self.reconcile(rows, false);
        let by = if self.lapsed { 0 } else { by };
        self.to(rows, self.index.saturating_add_signed(by));
    }

    /// Goes to row `index`, or the last one.
    pub fn to(&mut self, rows: &[K], index: usize) {
        self.lapsed = false;
        self.index = index.min(rows.len().saturating_sub(1));
        self.key = rows.get(self.index).cloned();
    }

    /// Selects `key`, wherever it stands.
    pub fn select(&mut self, key: K) {
        self.lapsed = false;
        self.key = Some(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_selection_survives_the_removal_of_a_row_above_it() {
        let mut selection = Selection::default();
        selection.to(&["a", "b", "c"], 2);
        selection.reconcile(&["b", "c"], false);
        assert_eq!(
            (selection.acting(), selection.index(&["b", "c"])),
            (Some(&"c"), Some(1))
        );
    }

    #[test]
    fn a_vanished_row_needs_one_movement_before_anything_acts() {
        let mut selection = Selection::default();
        selection.to(&["a", "b", "c"], 1);
        selection.reconcile(&["a", "c"], false);
        assert_eq!((selection.shown(), selection.acting()), (Some(&"c"), None));
        selection.step(&["a", "c"], 1);
        assert_eq!(selection.acting(), Some(&"c"));
    }

    proptest! {
        #[test]
        fn the_selection_names_a_listed_row_and_never_drifts(
            lists in prop::collection::vec(prop::collection::hash_set(0..20_u8, 0..12), 1..30),
            moves in prop::collection::vec(-3..4_isize, 30),
        ) {
            let mut selection = Selection::default();
            for (list, by) in lists.into_iter().zip(moves) {
                let rows: Vec<u8> = list.into_iter().collect();
                let before = selection.acting().copied();
                selection.reconcile(&rows, false);
                match before {
                    Some(key) if rows.contains(&key) => prop_assert_eq!(selection.acting(), Some(&key)),
                    Some(_) => prop_assert_eq!(selection.acting(), None),
                    None => {}
                }
                prop_assert_eq!(selection.shown().is_some(), !rows.is_empty());
                selection.step(&rows, by);
                prop_assert!(selection.shown().is_none_or(|key| rows.contains(key)));
            }
        }
    }
}
