//! No screen minds the size of its terminal.

use flightdeck::ui::{Depth, GlyphSet};

use super::scenes::SCENES;
use crate::support::story::dressed;

#[test]
fn every_screen_draws_at_every_size() {
    for (name, make) in SCENES {
        let mut story = make();
        let widths = (0..=60_u16).step_by(9).chain([1, 2, 24, 25, 79, 110, 300]);
        for width in widths {
            for height in (0..=12_u16).chain([30, 100]) {
                let (buf, drawn) = story.frame(width, height);
                assert_eq!((buf.area.width, buf.area.height), (width, height), "{name}");
                if let Some(cursor) = drawn.cursor {
                    assert!(
                        buf.area.contains(cursor) || buf.area.is_empty(),
                        "{name} at {width}x{height}: the cursor stands outside, {cursor:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn nothing_a_terminal_acts_on_reaches_a_cell() {
    for (name, make) in SCENES {
        let (buf, _) = make().frame(120, 36);
        for cell in buf.content() {
            let symbol = cell.symbol();
            assert!(!symbol.contains(char::is_control), "{name}: {symbol:?}");
            assert!(
                !symbol.contains(['\u{202e}', '\u{200b}', '\u{2066}']),
                "{name}: {symbol:?}"
            );
        }
    }
}

#[test]
fn ascii_draws_our_own_marks_in_ascii() {
    for (name, make) in SCENES {
        let mut story = make();
        story.look = dressed("dark", Depth::Mono, GlyphSet::Ascii);
        let (buf, _) = story.frame(120, 36);
        for cell in buf.content() {
            let symbol = cell.symbol();
            let from_outside = symbol
                .chars()
                .any(|it| ('\u{3040}'..='\u{9fff}').contains(&it) || it == 'ー');
            assert!(
                symbol.is_ascii() || from_outside,
                "{name}: {symbol:?} is not ASCII"
            );
        }
    }
}
