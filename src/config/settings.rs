//! The settings a user can write, and their defaults. Override-only: what is not written keeps its default.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{Environment, Metrics};

use super::keymap::KeyMap;
use super::metrics::WrittenMetrics;

/// Everything that can be configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub theme: ThemeChoice,
    pub glyphs: Glyphs,
    pub colour: Colour,
    /// Namespaces to show; empty is all that can be seen.
    pub namespaces: Vec<String>,
    pub events: Events,
    /// `None` is the safe value of where the program runs.
    pub arming_delay: Option<Duration>,
    pub keys: KeyMap,
    pub(super) metrics: WrittenMetrics,
    contexts: BTreeMap<String, Context>,
    /// What holds for a context that is not named.
    unnamed: Context,
}

impl Settings {
    /// What is configured for a context of the kubeconfig.
    pub fn context(&self, name: &str) -> &Context {
        self.contexts.get(name).unwrap_or(&self.unnamed)
    }

    /// What holds for every context that is not named.
    pub fn unnamed(&self) -> &Context {
        &self.unnamed
    }

    /// The contexts that are named, in alphabetical order.
    pub fn contexts(&self) -> impl Iterator<Item = (&str, &Context)> {
        self.contexts
            .iter()
            .map(|(name, context)| (name.as_str(), context))
    }

    /// The theme for a context: its own, or the one of all.
    pub fn theme_for(&self, context: &str) -> &ThemeChoice {
        self.context(context).theme.as_ref().unwrap_or(&self.theme)
    }

    /// Where measurements of a context come from; `None` where nothing says so.
    pub fn metrics_for(&self, context: &str) -> Option<Metrics> {
        self.context(context).metrics.over(&self.metrics)
    }

    /// How long a sheet ignores keys after it was painted.
    pub fn arming_delay(&self, situation: Situation) -> Duration {
        self.arming_delay
            .unwrap_or(situation.safe_delay())
            .max(situation.safe_delay())
    }

    /// Defaults in which nothing can be changed anywhere: for a configuration that may forbid it and cannot be read.
    pub fn all_read_only() -> Self {
        let unnamed = Context {
            read_only: true,
            ..Context::default()
        };
        Self {
            unnamed,
            ..Self::default()
        }
    }

    pub(super) fn with_events(self, events: Events) -> Self {
        Self { events, ..self }
    }

    pub(super) fn with_contexts(self, contexts: BTreeMap<String, Context>) -> Self {
        Self { contexts, ..self }
    }
}

/// Whether a Kubernetes Event on the object tells others of what was done to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Events {
    #[default]
    Post,
    Off,
}

/// A theme, or one for each kind of background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThemeChoice {
    Always(String),
    ByBackground { dark: String, light: String },
}

impl ThemeChoice {
    /// The name for a background; where it is unknown, dark is the commoner terminal.
    pub fn name(&self, background_is_light: Option<bool>) -> &str {
        match self {
            Self::Always(name) => name,
            Self::ByBackground { light, .. } if background_is_light == Some(true) => light,
            Self::ByBackground { dark, .. } => dark,
        }
    }
}

impl Default for ThemeChoice {
    fn default() -> Self {
        Self::ByBackground {
            dark: "dark".to_owned(),
            light: "light".to_owned(),
        }
    }
}

/// The set of marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    #[default]
    Unicode,
    Ascii,
    Nerd,
}

impl Glyphs {
    /// Every set.
    pub const ALL: [Self; 3] = [Self::Unicode, Self::Ascii, Self::Nerd];

    /// The word it is written as.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unicode => "unicode",
            Self::Ascii => "ascii",
            Self::Nerd => "nerd",
        }
    }
}

/// How many colours to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    #[default]
    Auto,
    Rgb,
    Indexed256,
    Ansi16,
    Mono,
}

impl Colour {
    /// Every depth.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Rgb, Self::Indexed256, Self::Ansi16, Self::Mono];

    /// The word it is written as.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Rgb => "rgb",
            Self::Indexed256 => "256",
            Self::Ansi16 => "16",
            Self::Mono => "mono",
        }
    }
}

/// Red, green and blue of a banner.
pub type Banner = [u8; 3];

/// One context of the kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    pub environment: Environment,
    pub read_only: bool,
    pub theme: Option<ThemeChoice>,
    /// `None` is the list of all contexts.
    pub namespaces: Option<Vec<String>>,
    pub banner: Option<Banner>,
    /// What is not written holds as for all contexts.
    pub metrics: WrittenMetrics,
}

/// Where the program runs, as far as keys are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    Local,
    /// Over ssh or inside tmux: keys can have been typed before a sheet was seen.
    Remote,
}

impl Situation {
    /// Read off the environment.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &&str| env(name).is_some_and(|value| !value.is_empty());
        let remote = ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT", "TMUX", "STY"]
            .iter()
            .any(set);
        if remote { Self::Remote } else { Self::Local }
    }

    /// The shortest arming delay that is safe there.
    pub fn safe_delay(self) -> Duration {
        match self {
            Self::Local => Duration::from_millis(400),
            Self::Remote => Duration::from_millis(700),
        }
    }
}
