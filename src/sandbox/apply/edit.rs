//! Putting an applied configuration into an object, and taking out what it no longer names.

use serde_json::{Map, Value};

use super::fields::Fields;
use super::shape::{Shape, field, key, parts, shape};

/// Merges a configuration into what is there.
pub(super) fn merge(into: &mut Value, config: &Value) {
    merge_field("", into, config);
}

fn merge_field(name: &str, into: &mut Value, config: &Value) {
    let wanted = shape(name, config);
    if into.is_null() || shape(name, into) != wanted {
        *into = match wanted {
            // Item by item, so that what is null is left out.
            Shape::Fields => Value::Object(Map::new()),
            Shape::Keyed(_) | Shape::Set | Shape::Whole => config.clone(),
        };
        if wanted != Shape::Fields {
            return;
        }
    }
    match (wanted, config) {
        (Shape::Fields, Value::Object(config)) => {
            let Some(into) = into.as_object_mut() else { return };
            for (name, value) in config.iter().filter(|(_, value)| !value.is_null()) {
                merge_field(name, into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (Shape::Keyed(keys), Value::Array(config)) => {
            let Some(into) = into.as_array_mut() else { return };
            for element in config {
                let name = key(keys, element);
                match into.iter_mut().find(|it| key(keys, it) == name) {
                    Some(found) => merge_field("", found, element),
                    None => into.push(element.clone()),
                }
            }
        }
        (Shape::Set, Value::Array(config)) => {
            let Some(into) = into.as_array_mut() else { return };
            for element in config {
                if !into.contains(element) {
                    into.push(element.clone());
                }
            }
        }
        (Shape::Fields | Shape::Keyed(_) | Shape::Set | Shape::Whole, _) => *into = config.clone(),
    }
}

/// Takes those fields out. What is left empty by that goes too.
pub(super) fn remove(from: &mut Value, fields: &Fields) {
    remove_in("", from, fields);
}

fn remove_in(name: &str, from: &mut Value, fields: &Fields) {
    let shape = shape(name, from);
    let doomed = |part: &str| fields.inside.get(part).is_some_and(|it| it.here);
    let below = |part: &str, value: &mut Value| {
        if let Some(inner) = fields.inside.get(part).filter(|it| !it.inside.is_empty()) {
            remove_in(field(part), value, inner);
        }
    };
    let names: Vec<String> = parts(shape, from).into_iter().map(|(part, _)| part).collect();
    match from {
        Value::Object(map) => {
            for part in names {
                let name = field(&part).to_owned();
                if doomed(&part) {
                    map.remove(&name);
                } else if let Some(value) = map.get_mut(&name) {
                    let was_empty = is_empty(value);
                    below(&part, value);
                    if is_empty(value) && !was_empty {
                        map.remove(&name);
                    }
                }
            }
        }
        Value::Array(elements) => {
            let mut names = names.into_iter();
            elements.retain_mut(|element| {
                let Some(part) = names.next() else { return true };
                if doomed(&part) {
                    return false;
                }
                below(&part, element);
                true
            });
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}
