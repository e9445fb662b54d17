//! Cells of kinds that definitions make: what stands at the JSON path of their columns.

use jiff::Timestamp;
use jsonpath_rust::JsonPath as _;
use serde_json::{Value, json};

use super::cell::ago;
use crate::sandbox::resource::Column;

/// The cell of a column; `null` where the object has nothing there.
pub(super) fn cell(column: &Column, object: &Value, now: Timestamp) -> Value {
    let found = object.query(&standard(&column.path)).unwrap_or_default();
    let Some(first) = found.first().filter(|it| !it.is_null()) else {
        return Value::Null;
    };
    match column.sort.as_str() {
        "integer" if first.is_i64() => (*first).clone(),
        "number" if first.is_number() => (*first).clone(),
        "boolean" if first.is_boolean() => (*first).clone(),
        "date" => json!(ago(first.as_str().unwrap_or_default(), now)),
        // A path that finds several is told with all of them.
        "string" if found.len() > 1 => {
            let words: Vec<String> = found.iter().map(|it| words(it)).collect();
            json!(words.join(","))
        }
        "string" => json!(words(first)),
        _ => Value::Null,
    }
}

fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A path as definitions write it, as the standard does: from `$` on, and names in quotes, for they may have dashes, and dots
/// behind a backslash.
fn standard(path: &str) -> String {
    let mut told = String::from("$");
    let mut rest = path.trim_start_matches(['{', '$']).trim_end_matches('}');
    while let Some(first) = rest.chars().next() {
        if first == '[' {
            let end = rest.find(']').map_or(rest.len(), |end| end + 1);
            let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            told.push_str(part);
            rest = after;
            continue;
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let (name, after) = name(rest);
        if name == "*" {
            told.push_str("[*]");
        } else if !name.is_empty() {
            told.extend(["[", &json!(name).to_string(), "]"]);
        }
        // What cannot be read ends the path.
        rest = if after.len() < rest.len() || name.is_empty() && after.starts_with(['.', '[']) {
            after
        } else {
            ""
        };
    }
    told
}

/// The name at the beginning, and what follows it.
fn name(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => name.extend(characters.next().map(|(_, escaped)| escaped)),
            '.' | '[' => return (name, text.get(index..).unwrap_or_default()),
            other => name.push(other),
        }
    }
    (name, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_by_path_and_told_by_type() {
        let object = json!({
            "metadata": { "creationTimestamp": "2026-03-01T12:00:00Z", "annotations": { "a.b/c-d": "note" } },
            "spec": { "replicas": 3, "on": true },
            "status": { "conditions": [{ "type": "Ready", "status": "True" }], "hosts": ["a", "b"] },
        });
        let now = "2026-03-01T12:05:00Z".parse().unwrap();
        for (path, sort, told) in [
            (".spec.replicas", "integer", json!(3)),
            (".spec.replicas", "string", json!("3")),
            (".spec.replicas", "boolean", Value::Null),
            (".spec.on", "boolean", json!(true)),
            (".spec.none", "string", Value::Null),
            (r".metadata.annotations.a\.b/c-d", "string", json!("note")),
            (".metadata.creationTimestamp", "date", json!("5m")),
            (
                r#".status.conditions[?(@.type=="Ready")].status"#,
                "string",
                json!("True"),
            ),
            (".status.hosts[0]", "string", json!("a")),
            (".status.hosts[*]", "string", json!("a,b")),
            (".status.hosts", "string", json!(r#"["a","b"]"#)),
            ("...[", "string", Value::Null),
            ("", "string", json!(object.to_string())),
        ] {
            let column = Column {
                path: path.to_owned(),
                sort: sort.to_owned(),
                ..Column::default()
            };
            assert_eq!(cell(&column, &object, now), told, "{path}");
        }
    }
}
