//! A bar of progress, from two whole numbers: there is no NaN, and neither "done" nor "begun" is ever rounded to.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw::put;
use crate::ui::Look;
use crate::view::{Glyph, Tone};

/// Draws on the first line of the area, over its whole width.
pub fn bar(buf: &mut Buffer, area: Rect, look: &Look, tone: Tone, (done, of): (u64, u64)) {
    let full = filled(area.width, done, of);
    let empty = area.width.saturating_sub(full);
    let text = [
        look.glyph(Glyph::BarFull).repeat(usize::from(full)),
        look.glyph(Glyph::BarEmpty).repeat(usize::from(empty)),
    ];
    put(buf, area, &text.concat(), look.style(tone));
}

/// How many of `cells` are full: all of them only when everything is done, none only when nothing is (or nothing is known).
pub fn filled(cells: u16, done: u64, of: u64) -> u16 {
    if of == 0 || done == 0 || cells == 0 {
        return 0;
    }
    if done >= of {
        return cells;
    }
    let exact = u128::from(done).saturating_mul(u128::from(cells)) / u128::from(of);
    let rounded = u16::try_from(exact).unwrap_or(cells);
    // A bar of one cell stays empty until the end: "not done" matters more than "begun".
    rounded.max(1).min(cells.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn never_done_before_it_is() {
        assert_eq!(filled(8, 999, 1000), 7);
        assert_eq!(filled(8, 1, 1000), 1);
        assert_eq!(filled(8, 0, 1000), 0);
        assert_eq!(filled(8, 5, 5), 8);
        assert_eq!(filled(8, 9, 5), 8);
        assert_eq!(filled(8, 3, 0), 0);
        assert_eq!(filled(1, 1, 2), 0);
    }

    proptest! {
        #[test]
        fn always_within_the_bar_and_never_shrinking(cells in any::<u16>(), done in any::<u64>(), of in any::<u64>()) {
            let now = filled(cells, done, of);
            prop_assert!(now <= cells);
            prop_assert!(filled(cells, done.saturating_add(1), of) >= now);
        }
    }
}
