//! A theme ready to draw with: one style per role, for one colour depth.

use std::collections::BTreeMap;

use ratatui::style::{Modifier, Style};

use crate::ui::Depth;
use crate::view::Tone;

/// A style for every role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    name: String,
    depth: Depth,
    styles: BTreeMap<Tone, Style>,
}

impl Default for Theme {
    /// No colours and no modifiers: readable on every terminal, before any theme is put on.
    fn default() -> Self {
        Self::new("none", Depth::Mono, BTreeMap::new())
    }
}

impl Theme {
    /// `styles` has every role: the shelf sees to it.
    pub(super) fn new(name: &str, depth: Depth, styles: BTreeMap<Tone, Style>) -> Self {
        Self {
            name: name.to_owned(),
            depth,
            styles,
        }
    }

    /// The name it is chosen by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same with another style for one role: a context's own banner.
    #[must_use]
    pub fn with(mut self, tone: Tone, style: Style) -> Self {
        self.styles.insert(tone, style);
        self
    }

    /// The depth it was made for.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// The style of a role. It sets colours and every modifier, so that nothing shines through from what was there before.
    pub fn style(&self, tone: Tone) -> Style {
        self.styles.get(&tone).copied().unwrap_or_default()
    }
}

/// A style that has exactly these modifiers, whatever the cell had before.
pub(super) fn exactly(style: Style, modifiers: Modifier) -> Style {
    style
        .remove_modifier(Modifier::all().difference(modifiers))
        .add_modifier(modifiers)
}
