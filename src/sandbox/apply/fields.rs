//! A set of fields of an object, as `fieldsV1` has it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::shape::{Shape, field, parts, shape};

/// A place and those inside it. A place without any inside is always in the set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    /// This place itself is in the set.
    pub(super) here: bool,
    pub(super) inside: BTreeMap<String, Fields>,
}

impl Fields {
    /// Everything that is in a value.
    pub(super) fn of(value: &Value) -> Self {
        Self::of_field("", value)
    }

    fn of_field(name: &str, value: &Value) -> Self {
        let shape = shape(name, value);
        let parts = parts(shape, value);
        let inside: BTreeMap<String, Self> = parts
            .into_iter()
            .map(|(part, value)| {
                let mut fields = Self::of_field(field(&part), value);
                fields.here |= matches!(shape, Shape::Keyed(_) | Shape::Set);
                (part, fields)
            })
            .collect();
        Self {
            here: inside.is_empty(),
            inside,
        }
    }

    /// What is new or another in `new`.
    pub(super) fn changed(old: &Value, new: &Value) -> Self {
        Self::changed_field("", old, new)
    }

    fn changed_field(name: &str, old: &Value, new: &Value) -> Self {
        if old == new {
            return Self::default();
        }
        if old.is_null() {
            return Self::of_field(name, new);
        }
        let (before, now) = (shape(name, old), shape(name, new));
        if now == Shape::Whole || before != now {
            return Self::of_field(name, new);
        }
        let old: BTreeMap<String, &Value> = parts(before, old).into_iter().collect();
        let mut changed = Self::default();
        for (part, value) in parts(now, new) {
            let mut fields = match old.get(&part) {
                Some(old) => Self::changed_field(field(&part), old, value),
                None => Self::of_field(field(&part), value),
            };
            fields.here |= !old.contains_key(&part) && matches!(now, Shape::Keyed(_) | Shape::Set);
            if !fields.is_empty() {
                changed.inside.insert(part, fields);
            }
        }
        changed
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.here && self.inside.is_empty()
    }

    /// Both together.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.here |= other.here;
        for (part, fields) in other.inside {
            let own = self.inside.remove(&part).unwrap_or_default();
            self.inside.insert(part, own.and(fields));
        }
        self
    }

    /// Without those of another.
    pub(super) fn without(&self, other: &Self) -> Self {
        self.combined(other, |own, theirs| own && !theirs)
    }

    /// Those that are in both.
    pub(super) fn common(&self, other: &Self) -> Self {
        self.combined(other, |own, theirs| own && theirs)
    }

    fn combined(&self, other: &Self, keeps: fn(bool, bool) -> bool) -> Self {
        let nothing = Self::default();
        let inside = self.inside.iter().filter_map(|(part, own)| {
            let kept = own.combined(other.inside.get(part).unwrap_or(&nothing), keeps);
            (!kept.is_empty()).then(|| (part.clone(), kept))
        });
        Self {
            here: keeps(self.here, other.here),
            inside: inside.collect(),
        }
    }

    /// Takes out a place, whatever is inside it.
    pub(super) fn drop_path(&mut self, path: &[&str]) {
        let Some((last, above)) = path.split_last() else {
            return;
        };
        if let [first, rest @ ..] = above {
            if let Some(inner) = self.inside.get_mut(*first) {
                inner.drop_path(&[rest, &[*last]].concat());
                if inner.is_empty() {
                    self.inside.remove(*first);
                }
            }
        } else {
            self.inside.remove(*last);
        }
    }

    /// Reads `fieldsV1`.
    pub(super) fn read(value: &Value) -> Self {
        let inside: BTreeMap<String, Self> = value
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(part, _)| *part != ".")
            .map(|(part, value)| {
                let mut fields = Self::read(value);
                fields.here |= fields.inside.is_empty() || value.get(".").is_some();
                (part.clone(), fields)
            })
            .collect();
        Self { here: false, inside }
    }

    /// As `fieldsV1`.
    pub(super) fn write(&self) -> Value {
        let mut map: Map<String, Value> = self
            .inside
            .iter()
            .map(|(part, fields)| (part.clone(), fields.write()))
            .collect();
        if self.here && !map.is_empty() {
            map.insert(".".to_owned(), json!({}));
        }
        Value::Object(map)
    }

    /// In the words of a refusal: `.spec.containers[name="app"].image`.
    pub(super) fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.add_paths("", &mut paths);
        paths
    }

    fn add_paths(&self, above: &str, paths: &mut Vec<String>) {
        if self.here && !above.is_empty() {
            paths.push(above.to_owned());
        }
        for (part, fields) in &self.inside {
            fields.add_paths(&format!("{above}{}", words(part)), paths);
        }
    }
}

fn words(part: &str) -> String {
    match part.split_once(':') {
        Some(("f", field)) => format!(".{field}"),
        Some(("k", key)) => {
            let key: Map<String, Value> = serde_json::from_str(key).unwrap_or_default();
            let pairs: Vec<String> = key.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", pairs.join(","))
        }
        Some(("v", value)) => format!("[={value}]"),
        _ => format!("[{part}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod() -> Value {
        json!({ "spec": {
            "replicas": 3, "selector": { "matchLabels": { "app": "a" } },
            "containers": [{ "name": "app", "image": "v1", "args": ["a", "b"], "ports": [{ "containerPort": 80 }] }],
        }})
    }

    #[test]
    fn a_set_is_written_as_the_api_writes_it_and_read_again() {
        let fields = Fields::of(&pod());
        let told = json!({ "f:spec": {
            "f:replicas": {}, "f:selector": {},
            "f:containers": { r#"k:{"name":"app"}"#: {
                ".": {}, "f:name": {}, "f:image": {}, "f:args": {},
                "f:ports": { r#"k:{"containerPort":80,"protocol":"TCP"}"#: { ".": {}, "f:containerPort": {} } },
            }},
        }});
        assert_eq!(fields.write(), told);
        assert_eq!(Fields::read(&told).write(), told);
        assert!(
            fields
                .paths()
                .contains(&r#".spec.containers[name="app"].image"#.to_owned())
        );
    }

    #[test]
    fn only_what_became_another_is_changed() {
        let mut new = pod();
        new["spec"]["containers"][0]["image"] = json!("v2");
        new["spec"]["containers"][0]["args"] = json!(["a"]);
        new["spec"]["paused"] = json!(true);
        let changed = Fields::changed(&pod(), &new).paths();
        assert_eq!(
            changed,
            [
                r#".spec.containers[name="app"].args"#,
                r#".spec.containers[name="app"].image"#,
                ".spec.paused"
            ]
        );
        assert!(Fields::changed(&new, &new).is_empty());
    }

    #[test]
    fn sets_are_joined_and_taken_apart() {
        let all = Fields::of(&pod());
        let some = Fields::of(&json!({ "spec": { "replicas": 1 } }));
        assert_eq!(all.common(&some), some);
        assert_eq!(all.without(&some).and(some.clone()), all);
        assert!(some.without(&all).is_empty());
        let mut less = some;
        less.drop_path(&["f:spec", "f:replicas"]);
        assert!(less.is_empty());
    }
}
