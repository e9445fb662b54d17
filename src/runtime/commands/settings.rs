//! The settings in effect, each with where it comes from: a flag, the environment, a line of the file, or the default.

use std::collections::BTreeMap;

use crate::app::Action;
use crate::cli::Cli;
use crate::config::{
    Context, Events, Files, KeyMap, Settings, Situation, ThemeChoice, WrittenMetrics, places,
};
use crate::domain::{Environment, Metrics, MetricsPlace, Untrusted};
use crate::view::Tone;

use super::print::{Brush, beside};
use super::table;

const HEADING: [&str; 3] = ["SETTING", "VALUE", "FROM"];

/// The table of all settings.
pub(super) fn effective(cli: &Cli, files: &Files, situation: Situation) -> String {
    let text = files.text().ok().flatten().unwrap_or_default();
    let (settings, lines) = match files.settings(situation) {
        Ok(settings) => (settings, places(&text)),
        Err(fault) => {
            beside(&fault.to_string());
            beside(
                "because of the mistake the defaults hold, and what the file forbids; flightdeck config check tells all of them",
            );
            (files.salvaged(), BTreeMap::new())
        }
    };
    let shown = Shown {
        file: files.shown(),
        lines,
        rows: Vec::new(),
    };
    let rows = shown.all(cli, files, &settings, situation);
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            row.map(|text| (Tone::Text, Untrusted::from(text).shown()))
                .to_vec()
        })
        .collect();
    let mut text = String::new();
    for line in table::lines(&HEADING, &rows, Brush::choose(cli, &settings)) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

struct Shown {
    file: String,
    lines: BTreeMap<String, usize>,
    rows: Vec<[String; 3]>,
}

impl Shown {
    fn add(&mut self, name: &str, value: String, from: String) {
        self.rows.push([name.to_owned(), value, from]);
    }

    /// The line of the file, or that it is the default.
    fn origin(&self, name: &str) -> String {
        match self.lines.get(name) {
            Some(line) => format!("{}:{line}", self.file),
            None => "default".to_owned(),
        }
    }

    fn plain(&mut self, name: &str, value: String) {
        let from = self.origin(name);
        self.add(name, value, from);
    }

    /// What a flag overrides, if it was given.
    fn flagged(&mut self, name: &str, value: String, flag: (&str, Option<&str>)) {
        match flag {
            (flag, Some(given)) => self.add(name, quoted(given), flag.to_owned()),
            (_, None) => self.plain(name, value),
        }
    }

    fn all(
        mut self,
        cli: &Cli,
        files: &Files,
        settings: &Settings,
        situation: Situation,
    ) -> Vec<[String; 3]> {
        let first_set = |names: &[&str]| {
            let mut set = names.iter().filter(|name| is_set(name));
            set.next().map_or("default", |name| *name).to_owned()
        };
        let file = quoted(&files.shown());
        self.add("file", file, first_set(&["FLIGHTDECK_CONFIG", "XDG_CONFIG_HOME"]));
        let state = quoted(&files.state.display().to_string());
        self.add("state", state, first_set(&["XDG_STATE_HOME"]));
        self.flagged("theme", theme(&settings.theme), ("--theme", cli.theme.as_deref()));
        self.flagged(
            "glyphs",
            quoted(settings.glyphs.word()),
            ("--glyphs", cli.glyphs.as_deref()),
        );
        self.colour(cli, settings);
        if cli.all_namespaces {
            self.add("namespaces", list(&[]), "--all-namespaces".to_owned());
        } else if cli.namespace.is_empty() {
            self.plain("namespaces", list(&settings.namespaces));
        } else {
            self.add("namespaces", list(&cli.namespace), "--namespace".to_owned());
        }
        let delay = format!("\"{}ms\"", settings.arming_delay(situation).as_millis());
        if settings.arming_delay.is_none() && situation == Situation::Remote {
            self.add("arming_delay", delay, "default over ssh and in tmux".to_owned());
        } else {
            self.plain("arming_delay", delay);
        }
        self.plain("events", (settings.events == Events::Post).to_string());
        self.metrics("metrics", settings.metrics_for(""));
        let contexts: Vec<(&str, &Context)> = settings.contexts().collect();
        for (name, context) in contexts {
            self.context(&format!("contexts.{name}"), context, cli);
            if context.metrics != WrittenMetrics::default() {
                self.metrics(&format!("contexts.{name}.metrics"), settings.metrics_for(name));
            }
        }
        self.context("contexts (any other)", settings.unnamed(), cli);
        self.keys(&settings.keys);
        self.rows
    }

    fn colour(&mut self, cli: &Cli, settings: &Settings) {
        if cli.color.is_none() && is_set("NO_COLOR") && settings.colour.word() == "auto" {
            self.add("colour", quoted("mono"), "NO_COLOR".to_owned());
        } else {
            self.flagged(
                "colour",
                quoted(settings.colour.word()),
                ("--color", cli.color.as_deref()),
            );
        }
    }

    fn context(&mut self, name: &str, context: &Context, cli: &Cli) {
        let environment = match context.environment {
            Environment::Production => "production",
            Environment::Staging => "staging",
            Environment::Development => "development",
            Environment::Sandbox => "sandbox",
        };
        self.plain(&format!("{name}.environment"), quoted(environment));
        let read_only = format!("{name}.read_only");
        if cli.read_only {
            self.add(&read_only, "true".to_owned(), "--read-only".to_owned());
        } else {
            self.plain(&read_only, context.read_only.to_string());
        }
        if let Some(choice) = &context.theme {
            self.plain(&format!("{name}.theme"), theme(choice));
        }
        if let Some(namespaces) = &context.namespaces {
            self.plain(&format!("{name}.namespaces"), list(namespaces));
        }
        if let Some([red, green, blue]) = context.banner {
            let colour = format!("#{red:02x}{green:02x}{blue:02x}");
            self.plain(&format!("{name}.banner"), quoted(&colour));
        }
    }

    /// Where measurements come from; nothing where nobody says so.
    fn metrics(&mut self, name: &str, metrics: Option<Metrics>) {
        let Some(metrics) = metrics else {
            return;
        };
        let place = metrics.place.shown();
        match metrics.place {
            MetricsPlace::Service { .. } => self.plain(&format!("{name}.service"), quoted(&place)),
            MetricsPlace::Url { token_file, .. } => {
                self.plain(&format!("{name}.url"), quoted(&place));
                if let Some(path) = token_file {
                    self.plain(&format!("{name}.token_file"), quoted(&path));
                }
            }
        }
        let every = quoted(&format!("{}s", metrics.every.as_secs()));
        self.plain(&format!("{name}.every"), every);
        let queries = metrics.queries;
        for (query, text) in [
            ("requests", queries.requests),
            ("errors", queries.errors),
            ("latency", queries.latency),
        ] {
            self.plain(&format!("{name}.{query}"), quoted(&text));
        }
    }

    fn keys(&mut self, keys: &KeyMap) {
        for action in Action::ALL {
            self.plain(&format!("keys.{}", action.name()), list(&keys.keys_of(action)));
        }
    }
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|it| !it.is_empty())
}

fn theme(choice: &ThemeChoice) -> String {
    match choice {
        ThemeChoice::Always(name) => quoted(name),
        ThemeChoice::ByBackground { dark, light } => {
            format!("{{ dark = {}, light = {} }}", quoted(dark), quoted(light))
        }
    }
}

/// As TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list(all: &[String]) -> String {
    let quoted: Vec<String> = all.iter().map(|it| quoted(it)).collect();
    format!("[{}]", quoted.join(", "))
}
