//! The entries of `managedFields`: who wrote which fields, kept up with every write. What controllers write all day is noted
//! without its fields: nobody applies it, and there is much of it.

use serde_json::{Value, json};

use super::fields::Fields;
use crate::sandbox::json::{at, list, set, take, text};
use crate::sandbox::objects::{How, Part, stamp};
use crate::sandbox::resource::{EVENTS, PODS, REPLICA_SETS, Resource, SLICES};

/// What the server itself writes belongs to nobody.
const SERVERS: [&[&str]; 12] = [
    &["f:apiVersion"],
    &["f:kind"],
    &["f:metadata", "f:name"],
    &["f:metadata", "f:namespace"],
    &["f:metadata", "f:uid"],
    &["f:metadata", "f:resourceVersion"],
    &["f:metadata", "f:creationTimestamp"],
    &["f:metadata", "f:generation"],
    &["f:metadata", "f:managedFields"],
    &["f:metadata", "f:deletionTimestamp"],
    &["f:metadata", "f:deletionGracePeriodSeconds"],
    &["f:metadata", "f:selfLink"],
];

/// One writer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Manager {
    pub(super) name: String,
    pub(super) applies: bool,
    pub(super) version: String,
    pub(super) subresource: String,
    pub(super) fields: Fields,
    time: String,
}

impl Manager {
    pub(super) fn new(resource: &Resource, part: Part, applies: bool, how: How<'_>) -> Self {
        let subresource = match part {
            Part::Main => "",
            Part::Status => "status",
            Part::Scale => "scale",
        };
        Self {
            name: how.manager.to_owned(),
            applies,
            version: resource.api_version(),
            subresource: subresource.to_owned(),
            fields: Fields::default(),
            time: stamp(how.now),
        }
    }

    /// Whoever wrote an object, in the order of their entries.
    pub(super) fn all(object: &Value) -> Vec<Self> {
        let entries = list(object, &["metadata", "managedFields"]).iter();
        entries
            .filter(|entry| !text(entry, &["manager"]).is_empty())
            .map(|entry| Self {
                name: text(entry, &["manager"]).to_owned(),
                applies: text(entry, &["operation"]) == "Apply",
                version: text(entry, &["apiVersion"]).to_owned(),
                subresource: text(entry, &["subresource"]).to_owned(),
                fields: Fields::read(at(entry, &["fieldsV1"])),
                time: text(entry, &["time"]).to_owned(),
            })
            .collect()
    }

    /// The same writer in the same way.
    pub(super) fn is(&self, other: &Self) -> bool {
        let version = self.applies || self.version == other.version;
        (&self.name, self.applies, &self.subresource) == (&other.name, other.applies, &other.subresource)
            && version
    }

    fn entry(&self) -> Value {
        let mut entry = json!({
            "manager": self.name, "operation": if self.applies { "Apply" } else { "Update" },
            "apiVersion": self.version, "time": self.time, "fieldsType": "FieldsV1", "fieldsV1": self.fields.write(),
        });
        if !self.subresource.is_empty() {
            set(&mut entry, &["subresource"], self.subresource.as_str());
        }
        entry
    }

    /// As refusals call it.
    pub(super) fn words(&self) -> String {
        let mut words = format!("{:?}", self.name);
        if !self.subresource.is_empty() {
            words.extend([" with subresource ", &format!("{:?}", self.subresource)]);
        }
        if !self.applies {
            words.extend([" using ", &self.version]);
        }
        words
    }
}

/// Without what is nobody's, and without what that part does not write.
pub(super) fn of_part(resource: &Resource, part: Part, mut fields: Fields) -> Fields {
    for path in SERVERS {
        fields.drop_path(path);
    }
    match part {
        Part::Status => {
            fields.inside.retain(|field, _| field == "f:status");
        }
        Part::Main | Part::Scale if resource.status => {
            fields.inside.remove("f:status");
        }
        Part::Main | Part::Scale => {}
    }
    fields
}

/// Puts the entries into an object.
pub(super) fn put(object: &mut Value, managers: &[Manager]) {
    let entries: Vec<Value> = managers.iter().map(Manager::entry).collect();
    set(object, &["metadata", "managedFields"], entries);
}

/// The entries that a writer brings, where there are any: they may be corrected, and an empty one takes all of them away.
pub(in crate::sandbox) fn said(old: &Value, new: &Value) -> Value {
    match at(new, &["metadata", "managedFields"]) {
        Value::Array(entries) => {
            let named = entries.iter().filter(|it| !text(it, &["manager"]).is_empty());
            named.cloned().collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            at(old, &["metadata", "managedFields"]).clone()
        }
    }
}

/// Notes who wrote, and what is theirs from now on and no longer anybody else's.
pub(in crate::sandbox) fn note(
    object: &mut Value,
    old: Option<&Value>,
    resource: &Resource,
    part: Part,
    how: How<'_>,
) {
    let mut me = Manager::new(resource, part, false, how);
    let mut managers = Manager::all(object);
    let mine = managers.iter().position(|it| it.is(&me));
    let mine = mine.map(|place| managers.remove(place));
    let is_coarse = part == Part::Status || [PODS, REPLICA_SETS, EVENTS, SLICES].contains(&resource.id());
    if !is_coarse {
        let mut now = object.clone();
        take(&mut now, &["metadata", "managedFields"]);
        let mut before = old.cloned().unwrap_or_default();
        take(&mut before, &["metadata", "managedFields"]);
        let written = of_part(resource, part, Fields::changed(&before, &now));
        let gone = Fields::of(&before).without(&Fields::of(&now));
        managers.retain_mut(|other| {
            // Noted without its fields.
            if other.fields.is_empty() {
                return true;
            }
            other.fields = other.fields.without(&written).without(&gone);
            !other.fields.is_empty()
        });
        let before = mine.map(|it| it.fields).unwrap_or_default();
        me.fields = before.without(&gone).and(written);
        if me.fields.is_empty() {
            put(object, &managers);
            return;
        }
    }
    managers.push(me);
    put(object, &managers);
}
