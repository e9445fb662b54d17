//! The theme files at hand: those that ship with the program and the user's own, and how one is made into a [`Theme`].

use std::collections::BTreeMap;

use ratatui::style::{Color, Style};

use super::file::{Palette, ThemeFile};
use super::paint::{Merged, Paints, literal};
use super::style::Theme;
use crate::fault::{Fault, remedy_for};
use crate::ui::Depth;
use crate::view::Tone;

const SHIPPED: [(&str, &str); 5] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    (
        "high-contrast",
        include_str!("../../../themes/high-contrast.toml"),
    ),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("okabe-ito", include_str!("../../../themes/okabe-ito.toml")),
];

/// These inherit from nothing.
const ROOTS: [&str; 3] = ["dark", "light", "mono"];

/// A user's theme without `inherits` still has every role.
const BASE: &str = "dark";

const MONO: &str = "mono";

/// Theme files by name. Texts only: reading them is the configuration's part.
#[derive(Clone, Debug)]
pub struct Shelf {
    files: BTreeMap<String, (String, String)>,
}

impl Shelf {
    /// The themes that ship with the program.
    pub fn shipped() -> Self {
        let entry =
            |(name, text): (&str, &str)| (name.to_owned(), (format!("themes/{name}.toml"), text.to_owned()));
        Self {
            files: SHIPPED.into_iter().map(entry).collect(),
        }
    }

    /// Adds a user's theme. One with the name of a shipped theme is refused: `inherits` would be ambiguous.
    pub fn add(&mut self, name: &str, path: &str, text: &str) -> Result<(), Fault> {
        if SHIPPED.iter().any(|(shipped, _)| *shipped == name) {
            let what = format!("\"{name}\" is the name of a theme that ships with the program");
            let remedy =
                format!("rename the file, and write inherits = \"{name}\" in it to start from that theme");
            return Err(Fault::about(path, &what, &remedy));
        }
        self.files
            .insert(name.to_owned(), (path.to_owned(), text.to_owned()));
        Ok(())
    }

    /// Every name that can be chosen, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.files.keys().map(String::as_str)
    }

    /// The theme of that name. All depths are checked, so that a mistake shows at home and not on somebody else's terminal.
    pub fn load(&self, name: &str, depth: Depth) -> Result<Theme, Fault> {
        let chain = self.chain(name)?;
        let colourless = chain.last().is_some_and(|(root, _)| *root == MONO);
        let files: Vec<ThemeFile<'_>> = chain.into_iter().map(|(_, file)| file).collect();
        check_palettes(&files)?;
        if colourless {
            refuse_colours(&files)?;
            return Ok(Theme::new(name, Depth::Mono, self.styles(&files, Depth::Mono)?));
        }
        let mut wanted = BTreeMap::new();
        for each in Depth::ALL {
            let styles = self.styles(&files, each)?;
            if each == depth {
                wanted = styles;
            }
        }
        Ok(Theme::new(name, depth, wanted))
    }

    fn find(&self, name: &str) -> Result<ThemeFile<'_>, Fault> {
        let Some((path, text)) = self.files.get(name) else {
            let remedy = remedy_for(name, self.names());
            return Err(Fault::about(
                "theme",
                &format!("no theme is called \"{name}\""),
                &remedy,
            ));
        };
        ThemeFile::read(path, text)
    }

    /// The file and those it inherits from, heir first.
    fn chain(&self, name: &str) -> Result<Vec<(&str, ThemeFile<'_>)>, Fault> {
        let mut chain: Vec<(&str, ThemeFile<'_>)> = Vec::new();
        let mut next = Some(name.to_owned());
        while let Some(name) = next {
            let file = match chain.last() {
                None => self.find(&name)?,
                Some((_, heir)) => self.inherited(heir, &name, &chain)?,
            };
            next = file.written.inherits.as_ref().map(|base| base.get_ref().clone());
            if next.is_none() && !ROOTS.contains(&name.as_str()) {
                next = Some(BASE.to_owned());
            }
            let (key, _) = self
                .files
                .get_key_value(&name)
                .ok_or_else(|| Fault::about("theme", "gone", "try again"))?;
            chain.push((key, file));
        }
        Ok(chain)
    }

    fn inherited(
        &self,
        heir: &ThemeFile<'_>,
        name: &str,
        chain: &[(&str, ThemeFile<'_>)],
    ) -> Result<ThemeFile<'_>, Fault> {
        let fault = |what: &str, remedy: &str| match &heir.written.inherits {
            Some(at) => heir.fault(at, what, remedy),
            None => Fault::about(heir.path, what, remedy),
        };
        if chain.iter().any(|(seen, _)| *seen == name) {
            let names: Vec<&str> = chain.iter().map(|(seen, _)| *seen).chain([name]).collect();
            let what = format!("themes inherit in a circle: {}", names.join(" → "));
            return Err(fault(&what, "let one of them inherit \"dark\" or \"light\""));
        }
        if !self.files.contains_key(name) {
            return Err(fault(
                &format!("no theme is called \"{name}\""),
                &remedy_for(name, self.names()),
            ));
        }
        self.find(name)
    }

    fn styles(&self, files: &[ThemeFile<'_>], depth: Depth) -> Result<BTreeMap<Tone, Style>, Fault> {
        let plain = self.find(MONO)?;
        let last = (depth == Depth::Mono).then_some(&plain);
        let paints = Paints {
            palette: merged(files.iter().map(|file| &file.written.palette)),
            depth,
        };
        let mut styles = BTreeMap::new();
        for tone in Tone::ALL {
            let found = files
                .iter()
                .chain(last)
                .find_map(|file| Some((file, file.roles(depth).get(&tone)?)));
            let Some((file, role)) = found else {
                let path = files.last().map_or("theme", |file| file.path);
                let what = format!("the role {tone:?} is missing for {} colours", depth.word());
                return Err(Fault::about(path, &what, "add it"));
            };
            styles.insert(tone, paints.style(file, role.get_ref())?);
        }
        Ok(on_the_ground_of_text(styles))
    }
}

/// A palette's mistake is one of the file that it stands in, whichever role uses it.
fn check_palettes(files: &[ThemeFile<'_>]) -> Result<(), Fault> {
    for file in files {
        for (name, value) in &file.written.palette {
            if literal(value.get_ref()).is_none() {
                let what = format!(
                    "\"{name}\" of [palette] is {}, which is no colour",
                    value.get_ref()
                );
                let remedy = "write \"#rrggbb\", a number 0 to 255 or a terminal colour here";
                return Err(file.fault(value, &what, remedy));
            }
        }
    }
    Ok(())
}

fn merged<'a>(palettes: impl DoubleEndedIterator<Item = &'a Palette>) -> Merged<'a> {
    let entries = palettes.rev().flatten();
    entries
        .map(|(name, value)| (name.as_str(), value.get_ref()))
        .collect()
}

/// Colours a role does not name are those of `text`, so that no cell depends on what was drawn before.
fn on_the_ground_of_text(styles: BTreeMap<Tone, Style>) -> BTreeMap<Tone, Style> {
    let text = styles.get(&Tone::Text).copied().unwrap_or_default();
    let complete = |mut style: Style| {
        style.fg = style.fg.or(text.fg).or(Some(Color::Reset));
        style.bg = style.bg.or(text.bg).or(Some(Color::Reset));
        style
    };
    styles
        .into_iter()
        .map(|(tone, style)| (tone, complete(style)))
        .collect()
}

fn refuse_colours(files: &[ThemeFile<'_>]) -> Result<(), Fault> {
    for file in files {
        for depth in [Depth::Rgb, Depth::Indexed256, Depth::Ansi16] {
            if let Some(role) = file.roles(depth).values().next() {
                let what = "a theme that inherits \"mono\" never draws colours";
                return Err(file.fault(
                    role,
                    what,
                    "move it to [roles_mono], or inherit \"dark\" or \"light\"",
                ));
            }
        }
    }
    Ok(())
}
