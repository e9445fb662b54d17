//! Widgets on buffers: what they show, and that no size makes them fail.

use flightdeck::ui::text::Span;
use flightdeck::ui::widgets::{
    Column, Hint, More, Panel, Table, bar, clear, footer, panel, paragraph, table,
};
use flightdeck::ui::{Depth, GlyphSet, Look, Shelf, dump, rows, svg};
use flightdeck::view::Tone;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

fn look(glyphs: GlyphSet, theme: &str) -> Look {
    Look {
        theme: Shelf::shipped().load(theme, Depth::Rgb).unwrap(),
        glyphs,
    }
}

fn plain() -> Look {
    look(GlyphSet::Unicode, "dark")
}

fn text(text: &str) -> Vec<Span> {
    vec![(Tone::Text, text.to_owned())]
}

fn columns() -> Vec<Column<'static>> {
    vec![
        Column::new("STATE", 9, 9, 0),
        Column::new("ROLLOUT", 8, u16::MAX, 1).ends(),
        Column::new("VERDICT", 7, 7, 2),
        Column::new("AGE", 4, 4, 3).right(),
    ]
}

fn fleet() -> Vec<Vec<Vec<Span>>> {
    [
        ("✗ failing", Tone::Fail, "shop/search", "NO-GO", "1m"),
        ("✓ ok", Tone::Ok, "web/static-7c9d4-q2xkz", "–", "2d"),
    ]
    .into_iter()
    .map(|(state, tone, name, verdict, age)| {
        vec![
            vec![(tone, state.to_owned())],
            text(name),
            text(verdict),
            text(age),
        ]
    })
    .collect()
}

fn draw(width: u16, height: u16, paint: impl FnOnce(&mut Buffer, Rect)) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    let area = buf.area;
    paint(&mut buf, area);
    buf
}

fn draw_fleet(buf: &mut Buffer, area: Rect, look: &Look, selected: Option<usize>, offset: usize) {
    let (columns, rows) = (columns(), fleet());
    table(
        buf,
        area,
        look,
        &Table {
            columns: &columns,
            rows: &rows,
            selected,
            offset,
        },
    );
}

#[test]
fn a_narrow_table_loses_its_least_important_columns() {
    let wide = draw(40, 3, |buf, area| draw_fleet(buf, area, &plain(), Some(1), 0));
    assert_eq!(
        rows(&wide),
        [
            "  STATE     ROLLOUT         VERDICT  AGE",
            "  ✗ failing shop/search     NO-GO     1m",
            "> ✓ ok      web/sta…4-q2xkz –         2d",
        ]
    );
    let narrow = draw(24, 3, |buf, area| draw_fleet(buf, area, &plain(), None, 1));
    assert_eq!(
        rows(&narrow),
        ["  STATE     ROLLOUT", "  ✓ ok      web/st…q2xkz", ""]
    );
}

#[test]
fn the_selected_row_is_one_tone_and_says_so_without_colour() {
    let mono = look(GlyphSet::Ascii, "mono");
    let buf = draw(24, 3, |buf, area| draw_fleet(buf, area, &mono, Some(0), 0));
    assert_eq!(
        dump(&buf),
        "  STATE     ROLLOUT\n\
         > ✗ failing shop/search\n  ✓ ok      web/st~q2xkz\n\
         --- styles\naabbbbbaaaaabbbbbbbaaaaa\ncccccccccccccccccccccccc\naaaaaaaaaaaaaaaaaaaaaaaa\n\
         --- legend\na default on default\nb default on default dim\nc default on default reversed\n"
    );
}

#[test]
fn a_panel_has_a_title_a_note_and_an_inside() {
    let mut inside = Rect::default();
    let boxed = |title, note, focused| Panel { title, note, focused };
    let buf = draw(24, 3, |buf, area| {
        inside = panel(buf, area, &plain(), &boxed("Rollouts", "live", true));
    });
    assert_eq!(
        rows(&buf),
        [
            "┌ Rollouts ────── live ┐",
            "│                      │",
            "└──────────────────────┘"
        ]
    );
    assert_eq!(inside, Rect::new(1, 1, 22, 1));
    let ascii = look(GlyphSet::Ascii, "dark");
    let buf = draw(12, 3, |buf, area| {
        panel(buf, area, &ascii, &boxed("Rollouts", "live", false));
    });
    assert_eq!(rows(&buf), ["+ Rollouts +", "|          |", "+----------+"]);
}

#[test]
fn a_paragraph_says_what_it_does_not_show() {
    let lines = [text("why held: the pause has no duration"), text("end")];
    let mut more = More::default();
    let mut at = |scroll| {
        let buf = draw(12, 2, |buf, area| {
            more = paragraph(buf, area, &plain(), &lines, scroll);
        });
        (rows(&buf), more)
    };
    let (first, more) = at(0);
    assert_eq!(first, ["why held:", "the pause"]);
    assert!(!more.above && more.below && more.lines == 5);
    let (last, more) = at(99);
    assert_eq!(last, ["duration", "end"]);
    assert!(more.above && !more.below);
}

#[test]
fn the_footer_drops_the_last_hints_whole() {
    let hints = [("enter", "open"), (".", "actions"), ("?", "help")].map(|(key, word)| Hint {
        key: key.to_owned(),
        word: word.to_owned(),
    });
    let at = |width| rows(&draw(width, 1, |buf, area| footer(buf, area, &plain(), &hints))).concat();
    assert_eq!(at(40), " enter open  . actions  ? help");
    assert_eq!(at(29), " enter open  . actions");
    assert_eq!(at(10), "");
}

#[test]
fn a_bar_is_never_full_before_the_end() {
    let at = |progress| {
        rows(&draw(4, 1, |buf, area| {
            bar(buf, area, &plain(), Tone::Ok, progress);
        }))
        .concat()
    };
    assert_eq!(at((99, 100)), "▓▓▓░");
    assert_eq!(at((100, 100)), "▓▓▓▓");
    assert_eq!(at((1, 0)), "░░░░");
}

#[test]
fn what_covers_half_a_wide_character_removes_it() {
    let buf = draw(6, 1, |buf, area| {
        buf.set_string(0, 0, "日本語", plain().style(Tone::Text));
        clear(
            buf,
            Rect {
                x: 3,
                width: 3,
                ..area
            },
            &plain(),
        );
    });
    assert_eq!(rows(&buf), ["日"]);
    assert_eq!(buf.cell((2, 0)).unwrap().symbol(), " ");
}

#[test]
fn control_characters_never_reach_a_cell() {
    let buf = draw(20, 1, |buf, area| {
        paragraph(buf, area, &plain(), &[text("a\u{1b}[31mb\u{7}\u{202e}c")], 0);
    });
    let written = rows(&buf).concat();
    assert_eq!(written, "a[31mbc");
}

/// Draws every widget into an area that may lie partly or wholly outside of the buffer.
fn draw_all(buf: &mut Buffer, area: Rect, look: &Look, noise: &str, number: usize) {
    let inside = panel(
        buf,
        area,
        look,
        &Panel {
            title: noise,
            note: "note",
            focused: number.is_multiple_of(2),
        },
    );
    draw_fleet(buf, inside, look, Some(number % 3), number % 4);
    draw_fleet(buf, area, look, Some(usize::MAX), usize::MAX);
    paragraph(
        buf,
        area,
        look,
        &[text(noise), Vec::new(), text("日本語")],
        number,
    );
    let hint = Hint {
        key: noise.to_owned(),
        word: "word".to_owned(),
    };
    footer(buf, area, look, &[hint.clone(), hint]);
    bar(buf, area, look, Tone::Ok, (u64::MAX, u64::MAX));
    clear(buf, inside, look);
}

#[test]
fn every_size_can_be_drawn() {
    let look = plain();
    for width in (0..30).chain([79, 80, 120, 250, 300]) {
        for height in (0..12).chain([24, 100]) {
            let buf = draw(width, height, |buf, area| {
                draw_all(buf, area, &look, "größe 日本語", 1);
            });
            assert_eq!(rows(&buf).len(), usize::from(height));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn nothing_panics_and_nothing_leaves_its_area(
        size in (0_u16..60, 0_u16..20),
        place in (0_u16..70, 0_u16..25, 0_u16..70, 0_u16..25),
        noise in ".{0,30}",
        number in 0_usize..50,
        glyphs in proptest::sample::select(GlyphSet::ALL.to_vec()),
    ) {
        let look = look(glyphs, "dark");
        let area = Rect::new(place.0, place.1, place.2, place.3);
        let mut buf = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        draw_all(&mut buf, area, &look, &noise, number);
        for (x, y) in (0..size.0).flat_map(|x| (0..size.1).map(move |y| (x, y))) {
            let symbol = buf.cell((x, y)).unwrap().symbol();
            prop_assert!(!symbol.contains(char::is_control));
            if !area.contains((x, y).into()) {
                prop_assert_eq!(symbol, " ");
            }
        }
        prop_assert_eq!(dump(&buf).is_empty(), false);
        prop_assert!(svg(&buf, &look.theme).ends_with("</svg>\n"));
    }
}
