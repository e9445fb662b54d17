//! What a theme file says, with the place of every word. Nothing is looked up yet: palette names may come from the theme it inherits.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Spanned, Value};

use crate::fault::Fault;
use crate::ui::Depth;
use crate::view::Tone;

/// Colour names of one file.
pub(super) type Palette = BTreeMap<String, Spanned<Value>>;

/// The roles of one file at one depth.
pub(super) type Roles = BTreeMap<Tone, Spanned<Role>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) inherits: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) palette: Palette,
    #[serde(default)]
    roles: Roles,
    #[serde(default)]
    roles_256: Roles,
    #[serde(default)]
    roles_16: Roles,
    #[serde(default)]
    roles_mono: Roles,
}

/// The style of one role as it is written. It stands for itself: a role of the inherited theme is replaced, not mixed in.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    pub(super) fg: Option<Spanned<Value>>,
    pub(super) bg: Option<Spanned<Value>>,
    #[serde(default)]
    pub(super) modifiers: Vec<Mark>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mark {
    Bold,
    Dim,
    Underline,
    Reverse,
}

/// One file of a chain of inheritance.
#[derive(Debug)]
pub(super) struct ThemeFile<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) written: Written,
}

impl<'a> ThemeFile<'a> {
    pub(super) fn read(path: &'a str, text: &'a str) -> Result<Self, Fault> {
        match toml::from_str(text) {
            Ok(written) => Ok(Self { path, text, written }),
            Err(error) => Err(Fault::from_toml(path, text, &error)),
        }
    }

    pub(super) fn roles(&self, depth: Depth) -> &Roles {
        match depth {
            Depth::Rgb => &self.written.roles,
            Depth::Indexed256 => &self.written.roles_256,
            Depth::Ansi16 => &self.written.roles_16,
            Depth::Mono => &self.written.roles_mono,
        }
    }

    pub(super) fn fault<T>(&self, at: &Spanned<T>, what: &str, remedy: &str) -> Fault {
        Fault::at(self.path, self.text, Some(at.span()), what, remedy)
    }
}
