//! What every shipped theme has to satisfy, and what a user's theme is told.

use ratatui::style::{Color, Modifier, Style};

use super::{Shelf, Theme};
use crate::ui::Depth;
use crate::ui::colour::{Rgb, Vision, contrast, distance, rgb_of};
use crate::view::Tone;

const STATUS: [Tone; 5] = [Tone::Ok, Tone::Warn, Tone::Fail, Tone::Info, Tone::Paused];

/// Words that must be read; borders are lines.
fn is_words(tone: Tone) -> bool {
    !matches!(tone, Tone::Border | Tone::BorderFocus)
}

fn themes(depth: Depth) -> Vec<Theme> {
    let shelf = Shelf::shipped();
    shelf
        .names()
        .map(|name| shelf.load(name, depth).unwrap())
        .collect()
}

fn ink(style: Style) -> Rgb {
    rgb_of(style.fg.unwrap()).unwrap()
}

fn ground(style: Style) -> Rgb {
    rgb_of(style.bg.unwrap()).unwrap()
}

fn coloured() -> impl Iterator<Item = Theme> {
    let both = themes(Depth::Rgb).into_iter().chain(themes(Depth::Indexed256));
    both.filter(|theme| theme.depth() != Depth::Mono)
}

#[test]
fn every_theme_has_every_role_at_every_depth() {
    for depth in Depth::ALL {
        for theme in themes(depth) {
            for tone in Tone::ALL {
                let style = theme.style(tone);
                assert!(
                    style.fg.is_some() && style.bg.is_some(),
                    "{} {tone:?}",
                    theme.name()
                );
            }
        }
    }
}

#[test]
fn words_can_be_read() {
    for theme in coloured() {
        for tone in Tone::ALL.into_iter().filter(|tone| is_words(*tone)) {
            let style = theme.style(tone);
            let ratio = contrast(ink(style), ground(style));
            assert!(
                ratio >= 4.5,
                "{} {:?} {tone:?}: {ratio:.2}",
                theme.name(),
                theme.depth()
            );
        }
    }
}

#[test]
fn high_contrast_is_seven_to_one() {
    for depth in [Depth::Rgb, Depth::Indexed256] {
        let theme = Shelf::shipped().load("high-contrast", depth).unwrap();
        for tone in STATUS
            .into_iter()
            .chain([Tone::Text, Tone::Muted, Tone::Selection])
        {
            let style = theme.style(tone);
            assert!(contrast(ink(style), ground(style)) >= 7.0, "{depth:?} {tone:?}");
        }
    }
}

#[test]
fn states_differ_for_every_kind_of_colour_vision() {
    for theme in coloured() {
        for vision in Vision::ALL {
            for (index, one) in STATUS.into_iter().enumerate() {
                for other in STATUS.into_iter().skip(index + 1) {
                    let apart = distance(ink(theme.style(one)), ink(theme.style(other)), vision);
                    let what = format!(
                        "{} {:?} {vision:?} {one:?} {other:?}",
                        theme.name(),
                        theme.depth()
                    );
                    assert!(apart >= 15.0, "{what}: {apart:.1}");
                }
            }
        }
    }
}

#[test]
fn sixteen_colours_are_named_ones_and_states_differ() {
    for theme in themes(Depth::Ansi16) {
        for tone in Tone::ALL {
            let style = theme.style(tone);
            for colour in [style.fg, style.bg].into_iter().flatten() {
                assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{tone:?}");
            }
        }
        if theme.depth() != Depth::Mono {
            for (index, one) in STATUS.into_iter().enumerate() {
                for other in STATUS.into_iter().skip(index + 1) {
                    assert_ne!(
                        theme.style(one),
                        theme.style(other),
                        "{} {one:?} {other:?}",
                        theme.name()
                    );
                }
            }
        }
    }
}

#[test]
fn without_colours_there_is_no_colour_whatever_the_theme() {
    let shelf = Shelf::shipped();
    let mono = Depth::ALL
        .into_iter()
        .map(|depth| shelf.load("mono", depth).unwrap());
    for theme in themes(Depth::Mono).into_iter().chain(mono) {
        for tone in Tone::ALL {
            let style = theme.style(tone);
            assert_eq!((style.fg, style.bg), (Some(Color::Reset), Some(Color::Reset)));
            assert!(style.underline_color.is_none());
        }
        assert!(
            theme
                .style(Tone::Selection)
                .add_modifier
                .contains(Modifier::REVERSED)
        );
    }
}

#[test]
fn a_theme_of_five_colours_is_a_whole_theme() {
    let mut shelf = Shelf::shipped();
    shelf
        .add("mine", "mine.toml", "[palette]\nok = \"#00ff00\"\n")
        .unwrap();
    let (mine, dark) = (
        shelf.load("mine", Depth::Rgb).unwrap(),
        shelf.load("dark", Depth::Rgb).unwrap(),
    );
    assert_eq!(mine.style(Tone::Ok).fg, Some(Color::Rgb(0, 255, 0)));
    assert_eq!(mine.style(Tone::Fail), dark.style(Tone::Fail));
    assert_eq!(
        shelf.load("mine", Depth::Ansi16).unwrap().style(Tone::Ok),
        shelf.load("dark", Depth::Ansi16).unwrap().style(Tone::Ok)
    );
}

#[test]
fn mistakes_name_the_place_and_the_remedy() {
    let cases = [
        (
            "[roles]\nokay = {}",
            ":2:1: \"okay\" is not known here; did you mean \"ok\"?",
        ),
        (
            "[role]\n",
            ":1:2: \"role\" is not known here; did you mean \"roles\"?",
        ),
        (
            "[roles]\nok = { fg = \"#12345\" }",
            ":2:13: \"#12345\" is no colour; write # and six",
        ),
        ("[roles]\nok = { fg = 300 }", ":2:13: 300 is no colour; write"),
        (
            "[roles]\nok = { fg = \"focsu\" }",
            "no colour \"focsu\" in [palette]; did you mean \"focus\"?",
        ),
        ("[roles]\nok = { fg = \"chartreuse\" }", "add it to [palette]"),
        ("[palette]\nok = \"#zz\"", "\"ok\" of [palette] is"),
        (
            "[roles]\nok = { modifiers = [\"bald\"] }",
            ":2:21: \"bald\" is not known here; did you mean \"bold\"?",
        ),
        (
            "[roles_256]\nok = { fg = \"#00ff00\" }",
            ":2:13: a terminal of 256 colours has no #rrggbb",
        ),
        (
            "[roles_16]\nok = { fg = 7 }",
            ":2:13: a terminal of 16 colours has only named ones",
        ),
        (
            "[roles_mono]\nok = { fg = \"red\" }",
            ":2:13: without colours there are only modifiers",
        ),
        (
            "inherits = \"mine\"",
            ":1:12: themes inherit in a circle: mine → mine",
        ),
        (
            "inherits = \"lihgt\"",
            ":1:12: no theme is called \"lihgt\"; did you mean \"light\"?",
        ),
        (
            "inherits = \"mono\"\n[roles]\nok = {}",
            ":3:6: a theme that inherits \"mono\" never draws",
        ),
        ("[roles\n", ":1:7: "),
    ];
    for (text, expected) in cases {
        let mut shelf = Shelf::shipped();
        shelf.add("mine", "mine.toml", text).unwrap();
        let fault = shelf.load("mine", Depth::Rgb).unwrap_err().to_string();
        assert!(fault.contains(expected), "{text}\n  {fault}");
    }
    assert!(Shelf::shipped().add("dark", "dark.toml", "").is_err());
}
