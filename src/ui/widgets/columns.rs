//! How wide the columns of a table are. Pure: a terminal that is too narrow loses whole columns, the least important first.

use crate::ui::text::Keep;

/// Where a cell's text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    #[default]
    Left,
    /// For numbers and ages.
    Right,
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column<'a> {
    pub header: &'a str,
    /// Below this it vanishes.
    pub min: u16,
    /// Beyond this it wants nothing; `u16::MAX` takes what is left over.
    pub ideal: u16,
    /// 0 stays longest.
    pub priority: u8,
    pub align: Align,
    pub keep: Keep,
}

impl<'a> Column<'a> {
    /// A column of text that is cut at the end.
    pub fn new(header: &'a str, min: u16, ideal: u16, priority: u8) -> Self {
        Self {
            header,
            min,
            ideal,
            priority,
            align: Align::Left,
            keep: Keep::Start,
        }
    }

    /// The same, right-aligned.
    #[must_use]
    pub fn right(self) -> Self {
        Self {
            align: Align::Right,
            ..self
        }
    }

    /// The same, cut in the middle.
    #[must_use]
    pub fn ends(self) -> Self {
        Self {
            keep: Keep::Ends,
            ..self
        }
    }
}

/// Cells between two columns.
pub(super) const GAP: u16 = 1;

/// The width of each column, 0 for those that vanish. Together with the gaps between those that stay never more than `width`.
pub fn fit(columns: &[Column<'_>], width: u16) -> Vec<u16> {
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|index| columns.get(*index).map(|column| column.priority));
    let mut widths = vec![0_u16; columns.len()];
    let mut left = width;
    for (rank, index) in order.iter().enumerate() {
        let Some((column, slot)) = columns.get(*index).zip(widths.get_mut(*index)) else {
            continue;
        };
        let gap = if rank == 0 { 0 } else { GAP };
        let min = column.min.max(1);
        match left.checked_sub(min.saturating_add(gap)) {
            Some(rest) => (*slot, left) = (min, rest),
            // The most important column is shown in whatever there is.
            None if rank == 0 => {
                *slot = width;
                return widths;
            }
            None => break,
        }
    }
    for index in order {
        let Some((column, slot)) = columns.get(index).zip(widths.get_mut(index)) else {
            continue;
        };
        if *slot > 0 {
            let more = column.ideal.saturating_sub(*slot).min(left);
            *slot = slot.saturating_add(more);
            left = left.saturating_sub(more);
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_least_important_column_goes_first() {
        let columns = [
            Column::new("STATE", 9, 9, 0),
            Column::new("ROLLOUT", 10, u16::MAX, 1),
            Column::new("AGE", 4, 4, 3).right(),
            Column::new("VERDICT", 7, 7, 2),
        ];
        assert_eq!(fit(&columns, 60), [9, 37, 4, 7]);
        assert_eq!(fit(&columns, 30), [9, 12, 0, 7]);
        assert_eq!(fit(&columns, 20), [9, 10, 0, 0]);
        assert_eq!(fit(&columns, 5), [5, 0, 0, 0]);
        assert_eq!(fit(&[], 5), Vec::<u16>::new());
    }

    proptest! {
        #[test]
        fn never_wider_than_the_table(sizes in proptest::collection::vec((0_u16..40, any::<u16>(), 0_u8..6), 0..10), width in 0_u16..300) {
            let columns: Vec<_> = sizes.into_iter().map(|(min, ideal, priority)| Column::new("", min, ideal, priority)).collect();
            let widths = fit(&columns, width);
            let gaps = widths.iter().filter(|width| **width > 0).count().saturating_sub(1);
            let total: u32 = widths.iter().map(|width| u32::from(*width)).sum();
            prop_assert!(total + u32::try_from(gaps).unwrap() * u32::from(GAP) <= u32::from(width));
        }
    }
}
