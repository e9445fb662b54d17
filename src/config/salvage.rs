//! What a configuration with a mistake still forbids. A typo in a theme's name must not make a read-only context writable.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::settings::{Context, Events, Settings};

impl Settings {
    /// Defaults, and `read_only` of every context where it can be made out. Where the text is not even TOML but speaks of
    /// `read_only`, every context is.
    pub fn salvaged(text: &str) -> Self {
        let Ok(table) = text.parse::<Table>() else {
            let events = if normal(text).contains("events") {
                Events::Off
            } else {
                Events::Post
            };
            let settings = if normal(text).contains("readonly") {
                Self::all_read_only()
            } else {
                Self::default()
            };
            return settings.with_events(events);
        };
        let silent = table
            .iter()
            .any(|(key, value)| normal(key) == "events" && value != &Value::Boolean(true));
        // The name of the outer table may be the mistake, so every table of tables counts.
        let kept: BTreeMap<String, Context> = table
            .values()
            .filter_map(Value::as_table)
            .flatten()
            .filter(|(_, context)| forbids(context))
            .map(|(name, _)| (name.clone(), read_only()))
            .collect();
        let events = if silent { Events::Off } else { Events::Post };
        Self::default().with_contexts(kept).with_events(events)
    }
}

/// Anything but a clear "no" counts, under anything that looks like the name.
fn forbids(context: &Value) -> bool {
    let entries = context.as_table().into_iter().flatten();
    entries
        .into_iter()
        .any(|(key, value)| normal(key) == "readonly" && value != &Value::Boolean(false))
}

fn normal(text: &str) -> String {
    text.to_lowercase().replace(['_', '-'], "")
}

fn read_only() -> Context {
    Context {
        read_only: true,
        ..Context::default()
    }
}
