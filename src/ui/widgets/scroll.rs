//! Where a list is scrolled to. Pure.

/// The offset nearest to `offset` at which `selected` is visible and no line is wasted at the end.
pub fn follow(offset: usize, selected: usize, height: usize, len: usize) -> usize {
    let last_page = len.saturating_sub(height);
    let selected = selected.min(len.saturating_sub(1));
    let lowest = selected.saturating_add(1).saturating_sub(height);
    offset.max(lowest).min(selected).min(last_page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_moves_no_more_than_it_must() {
        assert_eq!(follow(0, 9, 10, 100), 0);
        assert_eq!(follow(0, 10, 10, 100), 1);
        assert_eq!(follow(50, 49, 10, 100), 49);
        assert_eq!(follow(95, 99, 10, 100), 90);
        assert_eq!(follow(90, 3, 10, 4), 0);
        assert_eq!(follow(5, 5, 0, 0), 0);
    }

    proptest! {
        #[test]
        fn what_is_selected_is_visible(offset in 0_usize..500, selected in 0_usize..500, height in 1_usize..60, len in 1_usize..500) {
            let selected = selected.min(len - 1);
            let now = follow(offset, selected, height, len);
            prop_assert!(now <= selected && selected < now + height);
            prop_assert!(len < height || now + height <= len);
        }
    }
}
