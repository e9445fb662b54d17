//! Three ways to draw the marks: for most terminals, for plain ASCII, and for patched "nerd" fonts.
//!
//! Every mark is one cell. Beyond those that the product's words use, no character is of ambiguous width in East Asian locales.

use crate::view::Glyph;

/// How marks and boxes are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GlyphSet {
    #[default]
    Unicode,
    Ascii,
    Nerd,
}

/// The pieces of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Borders {
    pub horizontal: &'static str,
    pub vertical: &'static str,
    pub top_left: &'static str,
    pub top_right: &'static str,
    pub bottom_left: &'static str,
    pub bottom_right: &'static str,
}

impl GlyphSet {
    /// Every set.
    pub const ALL: [Self; 3] = [Self::Unicode, Self::Ascii, Self::Nerd];

    /// The word of the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unicode => "unicode",
            Self::Ascii => "ascii",
            Self::Nerd => "nerd",
        }
    }

    /// The set of that word.
    pub fn by_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.word() == word)
    }

    /// One cell of text.
    pub fn of(self, glyph: Glyph) -> &'static str {
        match self {
            Self::Unicode => unicode(glyph),
            Self::Ascii => ascii(glyph),
            Self::Nerd => nerd(glyph),
        }
    }

    /// What boxes are made of.
    pub fn borders(self) -> Borders {
        match self {
            Self::Unicode | Self::Nerd => Borders {
                horizontal: "─",
                vertical: "│",
                top_left: "┌",
                top_right: "┐",
                bottom_left: "└",
                bottom_right: "┘",
            },
            Self::Ascii => Borders {
                horizontal: "-",
                vertical: "|",
                top_left: "+",
                top_right: "+",
                bottom_left: "+",
                bottom_right: "+",
            },
        }
    }
}

fn unicode(glyph: Glyph) -> &'static str {
    match glyph {
        Glyph::Ok | Glyph::Check => "✓",
        Glyph::Stuck => "!",
        Glyph::Failing => "✗",
        Glyph::Waiting => "‖",
        Glyph::Moving => "»",
        Glyph::NoData => "?",
        Glyph::Stale => "~",
        Glyph::Idle => "-",
        Glyph::Cursor => ">",
        Glyph::Arrow => "→",
        Glyph::BarFull => "▓",
        Glyph::BarEmpty => "░",
        Glyph::Separator => "·",
        Glyph::Ellipsis => "…",
        Glyph::Open => "☐",
    }
}

fn ascii(glyph: Glyph) -> &'static str {
    match glyph {
        Glyph::Ok | Glyph::Check => "+",
        Glyph::Stuck => "!",
        Glyph::Failing => "x",
        Glyph::Waiting => "=",
        Glyph::Moving => "}",
        Glyph::NoData => "?",
        Glyph::Stale | Glyph::Ellipsis => "~",
        Glyph::Idle => "-",
        Glyph::Cursor | Glyph::Arrow => ">",
        Glyph::BarFull => "#",
        Glyph::BarEmpty => ".",
        Glyph::Separator => "|",
        Glyph::Open => "o",
    }
}

fn nerd(glyph: Glyph) -> &'static str {
    match glyph {
        Glyph::Ok | Glyph::Check => "\u{f00c}",
        Glyph::Stuck => "\u{f071}",
        Glyph::Failing => "\u{f00d}",
        Glyph::Waiting => "\u{f04c}",
        Glyph::Moving => "\u{f04e}",
        Glyph::NoData => "\u{f128}",
        Glyph::Stale => "\u{f017}",
        Glyph::Idle => "\u{f068}",
        Glyph::Cursor => "\u{f054}",
        Glyph::Arrow => "\u{f061}",
        Glyph::Open => "\u{f096}",
        Glyph::BarFull | Glyph::BarEmpty | Glyph::Separator | Glyph::Ellipsis => unicode(glyph),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use unicode_width::UnicodeWidthStr;

    const ALL: [Glyph; 16] = [
        Glyph::Ok,
        Glyph::Stuck,
        Glyph::Failing,
        Glyph::Waiting,
        Glyph::Moving,
        Glyph::NoData,
        Glyph::Stale,
        Glyph::Idle,
        Glyph::Cursor,
        Glyph::Arrow,
        Glyph::BarFull,
        Glyph::BarEmpty,
        Glyph::Separator,
        Glyph::Ellipsis,
        Glyph::Check,
        Glyph::Open,
    ];

    #[test]
    fn every_mark_and_border_is_one_cell() {
        for set in GlyphSet::ALL {
            let Borders {
                horizontal,
                vertical,
                top_left,
                top_right,
                bottom_left,
                bottom_right,
            } = set.borders();
            let borders = [
                horizontal,
                vertical,
                top_left,
                top_right,
                bottom_left,
                bottom_right,
            ];
            for text in ALL.into_iter().map(|glyph| set.of(glyph)).chain(borders) {
                assert_eq!((text.width(), text.chars().count()), (1, 1), "{set:?} {text:?}");
            }
        }
    }

    #[test]
    fn states_differ_in_every_set_and_ascii_is_ascii() {
        for set in GlyphSet::ALL {
            let states: BTreeSet<_> = ALL.into_iter().take(8).map(|glyph| set.of(glyph)).collect();
            assert_eq!(states.len(), 8, "{set:?}");
            assert_eq!(GlyphSet::by_word(set.word()), Some(set));
        }
        assert!(ALL.into_iter().all(|glyph| GlyphSet::Ascii.of(glyph).is_ascii()));
    }

    #[test]
    fn of_ambiguous_width_is_only_what_the_product_uses() {
        let ambiguous: BTreeSet<&str> = ALL
            .into_iter()
            .map(|glyph| GlyphSet::Unicode.of(glyph))
            .filter(|text| text.width_cjk() != 1)
            .collect();
        assert!(
            ambiguous.is_subset(&BTreeSet::from(["‖", "→", "▓", "░", "·", "…"])),
            "{ambiguous:?}"
        );
    }
}
