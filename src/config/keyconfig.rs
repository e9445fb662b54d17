//! The `[keys]` of the configuration: read, checked for conflicts with each other and with the defaults.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::keymap::{KeyMap, sequence};
use super::read::{At, Reading};
use crate::app::Action;
use crate::fault::remedy_for;

/// Without a key for these one could get stuck.
const KEPT: [Action; 3] = [Action::Close, Action::Help, Action::Cancel];

/// The defaults with the user's changes. Conflicts are found in the result, so that two actions may swap their keys.
pub(super) fn key_map(reading: &mut Reading<'_>, written: &DeTable<'_>) -> KeyMap {
    let mut keys = KeyMap::default();
    let mut wanted = Vec::new();
    for (name, value) in written {
        let Some(action) = Action::by_name(name.get_ref()) else {
            let known = Action::ALL.iter().map(|action| action.name());
            let what = format!("no action is called \"{}\"", name.get_ref());
            reading.fault(name.span(), &what, &remedy_for(name.get_ref(), known));
            continue;
        };
        keys.unbind(action);
        if let Some(sequences) = sequences(reading, value) {
            wanted.push((action, value.span(), sequences));
        }
    }
    // In the order of the file: the later line is the one at fault.
    wanted.sort_by_key(|(_, at, _)| at.start);
    for (action, at, sequences) in wanted {
        if sequences.is_empty() && KEPT.contains(&action) {
            let what = format!("{} must have a key", action.name());
            let remedy = "write at least one, or remove the line for the default";
            reading.fault(at.clone(), &what, remedy);
        }
        for text in sequences {
            bind(reading, &mut keys, (action, at.clone()), text);
        }
    }
    keys
}

fn bind(reading: &mut Reading<'_>, keys: &mut KeyMap, (action, at): (Action, Range<usize>), text: &str) {
    let parsed = match sequence(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let what = format!("no such key: \"{}\"", error.0);
            let remedy = "write a character, ctrl-x, alt-x, f1 to f12, or a name such as space, enter, tab, pgup; a sequence has spaces: \"g g\"";
            reading.fault(at, &what, remedy);
            return;
        }
    };
    if let Err((taken, by)) = keys.bind(action, parsed) {
        let relation = if taken == text {
            format!("is the key of {}", by.name())
        } else {
            format!("collides with \"{taken}\" of {}", by.name())
        };
        let what = format!("\"{text}\" for {} {relation}", action.name());
        let remedy = format!(
            "choose another key for {}, or give {} another one here",
            action.name(),
            by.name()
        );
        reading.fault(at, &what, &remedy);
    }
}

fn sequences<'v>(reading: &mut Reading<'_>, value: &'v At<'_>) -> Option<Vec<&'v str>> {
    let texts = match value.get_ref() {
        DeValue::String(one) => Some(vec![&**one]),
        DeValue::Array(many) => many.iter().map(|it| it.get_ref().as_str()).collect(),
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Table(_) => None,
    };
    if texts.is_none() {
        let remedy = "write a key such as \"x\", or a list such as [\"x\", \"g x\"]; [] for none";
        reading.fault(value.span(), "a key is written in quotes", remedy);
    }
    texts
}
