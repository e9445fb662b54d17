//! How the program looks: theme, glyphs and keys as configured, read again when a file changes. A mistake keeps the last good
//! look and is told.

use crate::app::Action;
use crate::cli::Cli;
use crate::config::{Events, Files, Settings, Situation, Stamp, Watcher};
use crate::domain::{Environment, Metrics};
use crate::ui::{Depth, GlyphSet, Look, Shelf, Theme};
use crate::view::Tone;

/// Look and keys, with what they came from.
pub(super) struct Appearance {
    pub(super) look: Look,
    pub(super) settings: Settings,
    files: Files,
    situation: Situation,
    watcher: Watcher,
    context: String,
    theme: Option<String>,
    glyphs: Option<String>,
    colour: Option<String>,
    read_only: bool,
    /// What can be made out of a file with a mistake: it is obeyed where it forbids more than what was read before.
    salvaged: Option<Settings>,
    /// The embedded cluster is that, whatever is configured.
    sandbox: bool,
}

impl Appearance {
    /// The look at start, and what is wrong with it. Falls back to the shipped dark theme.
    pub(super) fn new(
        files: Files,
        settings: Settings,
        situation: Situation,
        context: &str,
        cli: &Cli,
        environment: Environment,
    ) -> (Self, Vec<String>) {
        let mut appearance = Self {
            look: Look {
                theme: Theme::default(),
                glyphs: GlyphSet::Unicode,
            },
            settings,
            files,
            situation,
            watcher: Watcher::default(),
            context: context.to_owned(),
            theme: cli.theme.clone(),
            glyphs: cli.glyphs.clone(),
            colour: cli.color.clone(),
            read_only: cli.read_only,
            salvaged: None,
            sandbox: environment == Environment::Sandbox,
        };
        appearance.changed();
        let faults = appearance.dress();
        (appearance, faults)
    }

    /// Reads configuration and themes again if a file changed. Returns what is wrong, or that all is well.
    pub(super) fn reload(&mut self) -> Option<Vec<String>> {
        if !self.changed() {
            return None;
        }
        let mut faults = Vec::new();
        match self.files.settings(self.situation) {
            Ok(settings) => {
                self.settings = settings;
                self.salvaged = None;
            }
            // Look and keys stay as they were; what the file forbids holds.
            Err(fault) => {
                faults.push(fault.to_string());
                self.salvaged = Some(self.files.salvaged());
            }
        }
        faults.extend(self.dress());
        Some(faults)
    }

    fn changed(&mut self) -> bool {
        let stamps = self.files.watched().into_iter().map(|path| {
            let stamp = Stamp::of(&path);
            (path, stamp)
        });
        self.watcher.changed(stamps.collect::<Vec<_>>())
    }

    /// Puts the configured look on.
    fn dress(&mut self) -> Vec<String> {
        let mut themes = Shelf::shipped();
        let (own, mut faults) = self.files.user_themes();
        for theme in own {
            if let Err(fault) = themes.add(&theme.name, &theme.path, &theme.text) {
                faults.push(fault);
            }
        }
        let word = self
            .colour
            .as_deref()
            .unwrap_or_else(|| self.settings.colour.word());
        let word = if word == "never" { "mono" } else { word };
        let depth = Depth::choose(word, |name| std::env::var(name).ok());
        let chosen = self.settings.theme_for(&self.context).name(None).to_owned();
        let name = self.theme.clone().unwrap_or(chosen);
        if let Err(fault) = self.look.put_on(&name, depth, &themes) {
            faults.push(fault);
            if let Err(fault) = self.look.put_on("dark", depth, &themes) {
                faults.push(fault);
            }
        }
        if let Some(colour) = self.settings.context(&self.context).banner {
            for tone in [Tone::BannerProd, Tone::BannerStage, Tone::BannerDev] {
                let style = self.look.banner(tone, Some(colour));
                self.look.theme = std::mem::take(&mut self.look.theme).with(tone, style);
            }
        }
        let glyphs = self
            .glyphs
            .as_deref()
            .unwrap_or_else(|| self.settings.glyphs.word());
        self.look.glyphs = GlyphSet::by_word(glyphs).unwrap_or_default();
        faults.into_iter().map(|fault| fault.to_string()).collect()
    }

    /// Environment and read-only of the open context. A flag given at start stays.
    pub(super) fn rules(&self) -> (Environment, bool) {
        let context = self.settings.context(&self.context);
        let forbidden = context.read_only || self.read_only;
        let (environment, forbidden) = match &self.salvaged {
            None => (context.environment, forbidden),
            // Which environment a broken file means nobody knows: the strictest.
            Some(salvaged) => (
                Environment::Production,
                forbidden || salvaged.context(&self.context).read_only,
            ),
        };
        let environment = if self.sandbox {
            Environment::Sandbox
        } else {
            environment
        };
        (environment, forbidden)
    }

    /// Where measurements come from as configured now; else, while the file has a mistake, and on the embedded cluster, which
    /// says so itself, as it was.
    pub(super) fn metrics(&self, before: Option<Metrics>) -> Option<Metrics> {
        if self.salvaged.is_some() || self.sandbox {
            return before;
        }
        self.settings.metrics_for(&self.context)
    }

    /// Whether Events are posted on what is changed.
    pub(super) fn posts_events(&self) -> bool {
        let posts = |settings: &Settings| settings.events == Events::Post;
        posts(&self.settings) && self.salvaged.as_ref().is_none_or(posts)
    }

    /// The keys of an action, as they are written.
    pub(super) fn keys_of(&self, action: Action) -> Vec<String> {
        self.settings.keys.keys_of(action)
    }
}
