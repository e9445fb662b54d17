//! From the text of `config.toml` to settings. Every mistake is found, and names its place and what can be written instead.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::settings::{Banner, Colour, Context, Events, Glyphs, Settings, Situation, ThemeChoice};
use super::{keyconfig, metrics};
use crate::domain::Environment;
use crate::fault::{Fault, remedy_for};

/// What can be written at the top, in the order of the sample.
pub(super) const TOP: [&str; 9] = [
    "theme",
    "glyphs",
    "colour",
    "namespaces",
    "arming_delay",
    "events",
    "metrics",
    "contexts",
    "keys",
];

/// What can be written for a context.
pub(super) const OF_CONTEXT: [&str; 6] = [
    "environment",
    "read_only",
    "theme",
    "namespaces",
    "banner",
    "metrics",
];

/// The words of environments.
pub(super) const ENVIRONMENTS: [(&str, Environment); 3] = [
    ("production", Environment::Production),
    ("staging", Environment::Staging),
    ("development", Environment::Development),
];

/// A value with its place.
pub(super) type At<'i> = Spanned<DeValue<'i>>;

/// A text being read, and the mistakes found so far.
pub(super) struct Reading<'a> {
    path: &'a str,
    text: &'a str,
    situation: Situation,
    /// The themes there are; `None` where that is not asked.
    themes: Option<&'a [&'a str]>,
    faults: Vec<(usize, Fault)>,
}

impl Settings {
    /// The settings that a text means. It takes effect as a whole or not at all.
    ///
    /// # Errors
    ///
    /// The first mistake in it.
    pub fn parse(path: &str, text: &str, situation: Situation) -> Result<Self, Fault> {
        let (settings, faults) = Self::read(path, text, situation, None);
        match faults.into_iter().next() {
            Some(first) => Err(first),
            None => Ok(settings),
        }
    }

    /// The same with every mistake in the order of the text, each of which left its setting at the default. `themes`: the names
    /// that there are, if they are to be compared.
    pub fn read(path: &str, text: &str, situation: Situation, themes: Option<&[&str]>) -> (Self, Vec<Fault>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            // What is not TOML is not asked for its meaning.
            let faults = errors.iter().map(|error| Fault::from_toml(path, text, error));
            return (Self::default(), faults.collect());
        }
        let mut reading = Reading {
            path,
            text,
            situation,
            themes,
            faults: Vec::new(),
        };
        let settings = reading.settings(table.get_ref());
        reading.faults.sort_by_key(|(start, _)| *start);
        (
            settings,
            reading.faults.into_iter().map(|(_, fault)| fault).collect(),
        )
    }
}

impl Reading<'_> {
    pub(super) fn fault(&mut self, at: Range<usize>, what: &str, remedy: &str) {
        let start = at.start;
        let fault = Fault::at(self.path, self.text, Some(at), what, remedy);
        self.faults.push((start, fault));
    }

    fn settings(&mut self, table: &DeTable<'_>) -> Settings {
        let mut settings = Settings::default();
        let mut contexts = BTreeMap::new();
        for (key, value) in table {
            match &**key.get_ref() {
                "theme" => settings.theme = self.theme(value).unwrap_or_default(),
                "glyphs" => {
                    let known = Glyphs::ALL.map(|it| (it.word(), it));
                    settings.glyphs = self.word("glyphs", value, &known).unwrap_or_default();
                }
                "colour" => {
                    let known = Colour::ALL.map(|it| (it.word(), it));
                    settings.colour = self.word("colour", value, &known).unwrap_or_default();
                }
                "namespaces" => settings.namespaces = self.namespaces(value).unwrap_or_default(),
                "arming_delay" => settings.arming_delay = self.arming_delay(value),
                "events" if !self.yes_or_no("events", value) => settings.events = Events::Off,
                "events" => settings.events = Events::Post,
                "metrics" => {
                    if let Some(written) = self.table("metrics", value) {
                        settings.metrics = metrics::metrics(self, written);
                    }
                }
                "contexts" => contexts = self.contexts(value),
                "keys" => {
                    if let Some(written) = self.table("keys", value) {
                        settings.keys = keyconfig::key_map(self, written);
                    }
                }
                unknown => self.unknown(key.span(), unknown, &TOP),
            }
        }
        settings.with_contexts(contexts)
    }

    pub(super) fn unknown(&mut self, at: Range<usize>, name: &str, known: &[&str]) {
        let what = format!("\"{name}\" is not known here");
        self.fault(at, &what, &remedy_for(name, known.iter().copied()));
    }

    fn table<'v, 'i>(&mut self, name: &str, value: &'v At<'i>) -> Option<&'v DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            let what = format!("{name} is a table, not {}", value.get_ref().type_str());
            self.fault(
                value.span(),
                &what,
                &format!("write [{name}] on a line of its own, and its settings below"),
            );
        }
        table
    }

    fn contexts(&mut self, value: &At<'_>) -> BTreeMap<String, Context> {
        let mut contexts = BTreeMap::new();
        for (name, value) in self.table("contexts", value).into_iter().flatten() {
            let shown = format!("contexts.\"{}\"", name.get_ref());
            if let Some(table) = self.table(&shown, value) {
                contexts.insert(name.get_ref().to_string(), self.context(table));
            }
        }
        contexts
    }

    fn context(&mut self, table: &DeTable<'_>) -> Context {
        let mut context = Context::default();
        for (key, value) in table {
            match &**key.get_ref() {
                "environment" => {
                    context.environment = self.word("environment", value, &ENVIRONMENTS).unwrap_or_default();
                }
                "read_only" => context.read_only = self.yes_or_no("read_only", value),
                "theme" => context.theme = self.theme(value),
                "namespaces" => context.namespaces = self.namespaces(value),
                "banner" => context.banner = self.banner(value),
                "metrics" => {
                    if let Some(written) = self.table("metrics", value) {
                        context.metrics = metrics::metrics(self, written);
                    }
                }
                unknown => self.unknown(key.span(), unknown, &OF_CONTEXT),
            }
        }
        context
    }

    /// A word out of a list.
    fn word<T: Copy>(&mut self, name: &str, value: &At<'_>, known: &[(&str, T)]) -> Option<T> {
        let words = known.iter().map(|(word, _)| *word);
        let Some(written) = value.get_ref().as_str() else {
            let what = format!("{name} is a word in quotes, not {}", value.get_ref().type_str());
            let all: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
            self.fault(value.span(), &what, &format!("write one of: {}", all.join(", ")));
            return None;
        };
        let found = known
            .iter()
            .find(|(word, _)| *word == written)
            .map(|(_, value)| *value);
        if found.is_none() {
            let what = format!("\"{written}\" is not known here");
            self.fault(value.span(), &what, &remedy_for(written, words));
        }
        found
    }

    /// Anything but a clear "no" forbids: a mistake must not make a context writable.
    fn yes_or_no(&mut self, name: &str, value: &At<'_>) -> bool {
        let said = value.get_ref().as_bool();
        if said.is_none() {
            let what = format!("{name} is true or false, not {}", value.get_ref().type_str());
            self.fault(value.span(), &what, "write true or false, without quotes");
        }
        said.unwrap_or(true)
    }

    fn theme(&mut self, value: &At<'_>) -> Option<ThemeChoice> {
        let remedy = "write a name such as \"dark\", or { dark = \"dark\", light = \"light\" }";
        if let Some(name) = value.get_ref().as_str() {
            return self.theme_name(value.span(), name).map(ThemeChoice::Always);
        }
        let Some(pair) = value.get_ref().as_table() else {
            let what = format!("a theme is a name, not {}", value.get_ref().type_str());
            self.fault(value.span(), &what, remedy);
            return None;
        };
        let (mut dark, mut light) = ("dark".to_owned(), "light".to_owned());
        for (side, name) in pair {
            let place = match &**side.get_ref() {
                "dark" => &mut dark,
                "light" => &mut light,
                unknown => {
                    let what = format!("\"{unknown}\" is neither dark nor light");
                    self.fault(
                        side.span(),
                        &what,
                        &remedy_for(unknown, ["dark", "light"].into_iter()),
                    );
                    continue;
                }
            };
            if let Some(written) = name.get_ref().as_str() {
                *place = self.theme_name(name.span(), written).unwrap_or_default();
            } else {
                let what = format!(
                    "the {} theme is a name, not {}",
                    side.get_ref(),
                    name.get_ref().type_str()
                );
                self.fault(name.span(), &what, remedy);
            }
        }
        Some(ThemeChoice::ByBackground { dark, light })
    }

    fn theme_name(&mut self, at: Range<usize>, name: &str) -> Option<String> {
        if let Some(themes) = self.themes
            && !themes.contains(&name)
        {
            let what = format!("no theme is called \"{name}\"");
            self.fault(at, &what, &remedy_for(name, themes.iter().copied()));
            return None;
        }
        Some(name.to_owned())
    }

    /// Names as the API server takes them: a typo here would show an empty fleet.
    fn namespaces(&mut self, value: &At<'_>) -> Option<Vec<String>> {
        let remedy = "write a list of names, such as [\"shop\", \"pay\"]; for all namespaces remove the list";
        let Some(written) = value.get_ref().as_array() else {
            let what = format!("namespaces is a list, not {}", value.get_ref().type_str());
            self.fault(value.span(), &what, remedy);
            return None;
        };
        let mut names = Vec::new();
        for name in written {
            match name.get_ref().as_str() {
                Some(label) if is_label(label) => names.push(label.to_owned()),
                Some(other) => {
                    let what = format!("\"{other}\" cannot be a namespace");
                    let remedy = "write lowercase letters, digits and -, at most 63; for all namespaces remove the list";
                    self.fault(name.span(), &what, remedy);
                }
                None => {
                    let what = format!(
                        "a namespace is a name in quotes, not {}",
                        name.get_ref().type_str()
                    );
                    self.fault(name.span(), &what, remedy);
                }
            }
        }
        Some(names)
    }

    fn banner(&mut self, value: &At<'_>) -> Option<Banner> {
        let written = value.get_ref().as_str();
        let colour = written.and_then(colour);
        if colour.is_none() {
            let what = match written {
                Some(written) => format!("\"{written}\" is no colour"),
                None => format!("a colour is text in quotes, not {}", value.get_ref().type_str()),
            };
            self.fault(
                value.span(),
                &what,
                "write # and six hexadecimal digits, such as \"#b3261e\"",
            );
        }
        colour
    }

    fn arming_delay(&mut self, value: &At<'_>) -> Option<Duration> {
        let written = value.get_ref().as_str();
        let parsed = written
            .and_then(|text| text.parse::<SignedDuration>().ok())
            .and_then(|delay| Duration::try_from(delay).ok());
        let Some(delay) = parsed else {
            let what = match written {
                Some(written) => format!("\"{written}\" is no duration"),
                None => format!("a duration is text in quotes, not {}", value.get_ref().type_str()),
            };
            self.fault(
                value.span(),
                &what,
                "write milliseconds or seconds, such as \"800ms\" or \"1s\"",
            );
            return None;
        };
        let safe = self.situation.safe_delay();
        if delay >= safe {
            return Some(delay);
        }
        let place = match self.situation {
            Situation::Local => "",
            Situation::Remote => " over ssh and in tmux",
        };
        let what = format!(
            "{}ms is too short{place}: keys typed before a sheet was seen could confirm it",
            delay.as_millis()
        );
        let remedy = format!(
            "write \"{}ms\" or more, or remove the line for the shortest safe delay",
            safe.as_millis()
        );
        self.fault(value.span(), &what, &remedy);
        None
    }
}

pub(super) fn is_label(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = !name.starts_with('-') && !name.ends_with('-');
    (1..=63).contains(&name.len()) && ends && name.bytes().all(allowed)
}

fn colour(text: &str) -> Option<Banner> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let [_, red, green, blue] = all.then(|| u32::from_str_radix(digits, 16).ok())??.to_be_bytes();
    Some([red, green, blue])
}
