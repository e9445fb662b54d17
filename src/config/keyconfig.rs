//! The `[keys]` of the configuration: read, checked for conflicts with each other and with the defaults.

use std::collections::BTreeMap;

use toml::{Spanned, Value};

use super::keymap::{KeyMap, sequence};
use super::read::Source;
use crate::app::Action;
use crate::fault::{Fault, remedy_for};

/// Action names and what is written for them.
pub(super) type WrittenKeys = BTreeMap<Spanned<String>, Spanned<Value>>;

/// Without a key for these one could get stuck.
const KEPT: [Action; 3] = [Action::Close, Action::Help, Action::Cancel];

/// The defaults with the user's changes. Conflicts are found in the result, so that two actions may swap their keys.
pub(super) fn key_map(source: Source<'_>, written: &WrittenKeys) -> Result<KeyMap, Fault> {
    let mut keys = KeyMap::default();
    let mut wanted = Vec::new();
    for (name, value) in written {
        let action = Action::by_name(name.get_ref()).ok_or_else(|| {
            let known = Action::ALL.iter().map(|action| action.name());
            source.fault(
                name,
                &format!("no action is called \"{}\"", name.get_ref()),
                &remedy_for(name.get_ref(), known),
            )
        })?;
        keys.unbind(action);
        wanted.push((action, value, sequences(source, value)?));
    }
    // In the order of the file: the later line is the one at fault.
    wanted.sort_by_key(|(_, value, _)| value.span().start);
    for (action, value, sequences) in wanted {
        if sequences.is_empty() && KEPT.contains(&action) {
            let what = format!("{} must have a key", action.name());
            return Err(source.fault(
                value,
                &what,
                "write at least one, or remove the line for the default",
            ));
        }
        for text in sequences {
            bind(source, &mut keys, (action, value), text)?;
        }
    }
    Ok(keys)
}

fn bind(
    source: Source<'_>,
    keys: &mut KeyMap,
    (action, at): (Action, &Spanned<Value>),
    text: &str,
) -> Result<(), Fault> {
    let parsed = sequence(text).map_err(|error| {
        let what = format!("no such key: \"{}\"", error.0);
        let remedy = "write a character, ctrl-x, alt-x, f1 to f12, or a name such as space, enter, tab, pgup; a sequence has spaces: \"g g\"";
        source.fault(at, &what, remedy)
    })?;
    keys.bind(action, parsed).map_err(|(taken, by)| {
        let relation = if taken == text {
            format!("is the key of {}", by.name())
        } else {
            format!("collides with \"{taken}\" of {}", by.name())
        };
        let what = format!("\"{text}\" for {} {relation}", action.name());
        source.fault(
            at,
            &what,
            &format!(
                "choose another key for {}, or give {} another one here",
                action.name(),
                by.name()
            ),
        )
    })
}

fn sequences<'a>(source: Source<'_>, value: &'a Spanned<Value>) -> Result<Vec<&'a str>, Fault> {
    let texts = match value.get_ref() {
        Value::String(one) => Some(vec![one.as_str()]),
        Value::Array(many) => many.iter().map(Value::as_str).collect(),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Table(_) => {
            None
        }
    };
    let remedy = "write a key such as \"x\", or a list such as [\"x\", \"g x\"]; [] for none";
    texts.ok_or_else(|| source.fault(value, "a key is written in quotes", remedy))
}
