//! Reading and writing JSON by path, without a panic where something else stands. Knows nothing of what objects mean.

use serde_json::{Map, Value};

/// The value at a path of keys; `Null` where there is none.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter()
        .try_fold(value, |value, key| value.get(key))
        .unwrap_or(&Value::Null)
}

/// The text at a path; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    at(value, path).as_str().unwrap_or_default()
}

/// The number at a path.
pub(super) fn number(value: &Value, path: &[&str]) -> Option<i64> {
    at(value, path).as_i64()
}

/// The list at a path; empty where there is none.
pub(super) fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    at(value, path).as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Puts a value at a path; objects on the way are made, and whatever else stands there gives way.
pub(super) fn set(value: &mut Value, path: &[&str], to: impl Into<Value>) {
    let Some((last, above)) = path.split_last() else {
        *value = to.into();
        return;
    };
    let mut place = value;
    for key in above {
        place = object(place).entry(*key).or_insert(Value::Null);
    }
    object(place).insert((*last).to_owned(), to.into());
}

/// Takes a value out of a path.
pub(super) fn take(value: &mut Value, path: &[&str]) -> Option<Value> {
    let (last, above) = path.split_last()?;
    let mut place = value;
    for key in above {
        place = place.get_mut(key)?;
    }
    place.as_object_mut()?.remove(*last)
}

/// Puts a value where there is none, or `null`.
pub(super) fn default(value: &mut Value, path: &[&str], to: impl Into<Value>) {
    if at(value, path).is_null() {
        set(value, path, to);
    }
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            unreachable!("it was made an object above")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_are_made_and_what_stands_in_the_way_gives_way() {
        let mut value = json!({ "a": 1 });
        set(&mut value, &["a", "b", "c"], "x");
        assert_eq!(value, json!({ "a": { "b": { "c": "x" } } }));
        assert_eq!(
            (text(&value, &["a", "b", "c"]), text(&value, &["a", "z"])),
            ("x", "")
        );
        default(&mut value, &["a", "b"], 7);
        default(&mut value, &["a", "d"], 7);
        assert_eq!(number(&value, &["a", "d"]), Some(7));
        assert_eq!(take(&mut value, &["a", "b"]), Some(json!({ "c": "x" })));
        assert_eq!(value, json!({ "a": { "d": 7 } }));
    }
}
