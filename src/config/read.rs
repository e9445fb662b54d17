//! From the text of `config.toml` to settings. Every mistake names its place and what can be written instead.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;
use toml::{Spanned, Table, Value};

use super::keyconfig::{self, WrittenKeys};
use crate::domain::Environment;

use super::settings::{Banner, Colour, Context, Glyphs, Settings, Situation, ThemeChoice};
use crate::fault::{Fault, remedy_for};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    theme: Option<Spanned<Value>>,
    glyphs: Option<Glyphs>,
    colour: Option<Colour>,
    namespaces: Option<Vec<Spanned<String>>>,
    arming_delay: Option<Spanned<String>>,
    #[serde(default)]
    contexts: BTreeMap<String, WrittenContext>,
    #[serde(default)]
    keys: WrittenKeys,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenContext {
    environment: Option<Environment>,
    read_only: Option<bool>,
    theme: Option<Spanned<Value>>,
    namespaces: Option<Vec<Spanned<String>>>,
    banner: Option<Spanned<String>>,
}

/// The file being read, for faults.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    path: &'a str,
    text: &'a str,
}

impl Source<'_> {
    pub(super) fn fault<T>(self, at: &Spanned<T>, what: &str, remedy: &str) -> Fault {
        Fault::at(self.path, self.text, Some(at.span()), what, remedy)
    }
}

impl Settings {
    /// The settings that a text means. It takes effect as a whole or not at all.
    pub fn parse(path: &str, text: &str, situation: Situation) -> Result<Self, Fault> {
        let source = Source { path, text };
        let written: Written = toml::from_str(text).map_err(|error| Fault::from_toml(path, text, &error))?;
        let mut settings = Self::default();
        settings.glyphs = written.glyphs.unwrap_or_default();
        settings.colour = written.colour.unwrap_or_default();
        settings.namespaces = namespaces(source, written.namespaces.unwrap_or_default())?;
        settings.keys = keyconfig::key_map(source, &written.keys)?;
        if let Some(theme) = &written.theme {
            settings.theme = choice(source, theme)?;
        }
        if let Some(delay) = &written.arming_delay {
            settings.arming_delay = Some(arming_delay(source, delay, situation)?);
        }
        let mut contexts = BTreeMap::new();
        for (name, written) in written.contexts {
            contexts.insert(name, context(source, written)?);
        }
        Ok(settings.with_contexts(contexts))
    }
}

fn context(source: Source<'_>, written: WrittenContext) -> Result<Context, Fault> {
    Ok(Context {
        environment: written.environment.unwrap_or_default(),
        read_only: written.read_only.unwrap_or_default(),
        theme: written
            .theme
            .as_ref()
            .map(|theme| choice(source, theme))
            .transpose()?,
        namespaces: written
            .namespaces
            .map(|list| namespaces(source, list))
            .transpose()?,
        banner: written
            .banner
            .as_ref()
            .map(|colour| banner(source, colour))
            .transpose()?,
    })
}

fn choice(source: Source<'_>, written: &Spanned<Value>) -> Result<ThemeChoice, Fault> {
    let remedy = "write a name such as \"dark\", or { dark = \"dark\", light = \"light\" }";
    let value = written.get_ref();
    if let Some(name) = value.as_str() {
        return Ok(ThemeChoice::Always(name.to_owned()));
    }
    let pair = value
        .as_table()
        .ok_or_else(|| format!("a theme is a name, not {}", value.type_str()));
    pair.and_then(by_background)
        .map_err(|what| source.fault(written, &what, remedy))
}

/// Both names are optional; the default stands in.
fn by_background(pair: &Table) -> Result<ThemeChoice, String> {
    const SIDES: [&str; 2] = ["dark", "light"];
    if let Some(unknown) = pair.keys().find(|key| !SIDES.contains(&key.as_str())) {
        return Err(format!(
            "\"{unknown}\" is neither dark nor light: {}",
            remedy_for(unknown, SIDES.into_iter())
        ));
    }
    let name = |side: &str| match pair.get(side) {
        None => Ok(side.to_owned()),
        Some(Value::String(name)) => Ok(name.clone()),
        Some(other) => Err(format!("the {side} theme is a name, not {}", other.type_str())),
    };
    Ok(ThemeChoice::ByBackground {
        dark: name("dark")?,
        light: name("light")?,
    })
}

/// Names as the API server takes them: a typo here would show an empty fleet.
fn namespaces(source: Source<'_>, written: Vec<Spanned<String>>) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for name in written {
        if !is_label(name.get_ref()) {
            let what = format!("\"{}\" cannot be a namespace", name.get_ref());
            let remedy =
                "write lowercase letters, digits and -, at most 63; for all namespaces remove the list";
            return Err(source.fault(&name, &what, remedy));
        }
        names.push(name.into_inner());
    }
    Ok(names)
}

fn is_label(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = !name.starts_with('-') && !name.ends_with('-');
    (1..=63).contains(&name.len()) && ends && name.bytes().all(allowed)
}

fn banner(source: Source<'_>, written: &Spanned<String>) -> Result<Banner, Fault> {
    let parse = || {
        let digits = written
            .get_ref()
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6)?;
        let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let [_, red, green, blue] = all.then(|| u32::from_str_radix(digits, 16).ok())??.to_be_bytes();
        Some([red, green, blue])
    };
    let what = format!("\"{}\" is no colour", written.get_ref());
    parse().ok_or_else(|| {
        source.fault(
            written,
            &what,
            "write # and six hexadecimal digits, such as \"#b3261e\"",
        )
    })
}

fn arming_delay(
    source: Source<'_>,
    written: &Spanned<String>,
    situation: Situation,
) -> Result<Duration, Fault> {
    let parsed = written.get_ref().parse::<SignedDuration>().ok();
    let Some(delay) = parsed.and_then(|delay| Duration::try_from(delay).ok()) else {
        let what = format!("\"{}\" is no duration", written.get_ref());
        return Err(source.fault(
            written,
            &what,
            "write milliseconds or seconds, such as \"800ms\" or \"1s\"",
        ));
    };
    let safe = situation.safe_delay();
    if delay < safe {
        let place = match situation {
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
        return Err(source.fault(written, &what, &remedy));
    }
    Ok(delay)
}
