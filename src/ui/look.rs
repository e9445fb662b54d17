//! All that a screen needs to know about how things look.

use ratatui::style::{Color, Style};

use super::{Depth, GlyphSet, Shelf, Theme, contrast};
use crate::fault::Fault;
use crate::view::{Glyph, Tone};

/// A theme and a set of glyphs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub theme: Theme,
    pub glyphs: GlyphSet,
}

impl Look {
    /// The style of a role.
    pub fn style(&self, tone: Tone) -> Style {
        self.theme.style(tone)
    }

    /// One cell of text for a mark.
    pub fn glyph(&self, glyph: Glyph) -> &'static str {
        self.glyphs.of(glyph)
    }

    /// Puts on another theme. With a mistake in it the last good one stays, so that a screen never goes blank while someone edits.
    pub fn put_on(&mut self, name: &str, depth: Depth, themes: &Shelf) -> Result<(), Fault> {
        self.theme = themes.load(name, depth)?;
        Ok(())
    }

    /// The banner of an environment, in the colour configured for its context. Where exact colours cannot be shown, or a name says
    /// more (mono), the theme's own banner stays.
    pub fn banner(&self, tone: Tone, colour: Option<[u8; 3]>) -> Style {
        let style = self.style(tone);
        let Some(ground) = colour.filter(|_| self.theme.depth() == Depth::Rgb) else {
            return style;
        };
        let [red, green, blue] = ground;
        let ink = if contrast(ground, [0; 3]) >= contrast(ground, [255; 3]) {
            0
        } else {
            255
        };
        style
            .bg(Color::Rgb(red, green, blue))
            .fg(Color::Rgb(ink, ink, ink))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look() -> Look {
        let theme = Shelf::shipped().load("dark", Depth::Rgb).unwrap();
        Look {
            theme,
            glyphs: GlyphSet::Unicode,
        }
    }

    #[test]
    fn a_theme_with_a_mistake_leaves_the_last_good_one() {
        let (mut shelf, mut now) = (Shelf::shipped(), look());
        shelf.add("mine", "mine.toml", "inherits = \"dork\"").unwrap();
        let fault = now.put_on("mine", Depth::Rgb, &shelf).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "mine.toml:1:12: no theme is called \"dork\"; did you mean \"dark\"?"
        );
        assert_eq!(now, look());
        now.put_on("light", Depth::Rgb, &shelf).unwrap();
        assert_eq!(now.theme.name(), "light");
    }

    #[test]
    fn a_banner_colour_keeps_its_words_readable() {
        for ground in [[255, 255, 0], [0, 0, 120], [120, 120, 120], [200, 0, 0]] {
            let style = look().banner(Tone::BannerProd, Some(ground));
            let ink = crate::ui::rgb_of(style.fg.unwrap()).unwrap();
            assert!(contrast(ink, ground) >= 4.5, "{ground:?}");
        }
    }
}
