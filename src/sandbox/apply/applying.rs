//! Server-side apply: a writer says all that it wants of an object; what it wanted before and no longer names goes, and what
//! others own is left to them, or taken by force.

use serde_json::{Value, json};

use super::edit;
use super::fields::Fields;
use super::managers::{Manager, of_part, put};
use crate::sandbox::json::{at, set, take, text};
use crate::sandbox::objects::{How, Objects, Part, Written};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::resource::Resource;
use crate::sandbox::store::Key;

impl Objects {
    /// Applies a configuration; says whether it made the object.
    pub(in crate::sandbox) fn apply(
        &mut self,
        resource: &Resource,
        (key, part): (&Key, Part),
        mut config: Value,
        (how, force): (How<'_>, bool),
    ) -> Result<(bool, Value), Refusal> {
        same_kind(resource, &config)?;
        if !at(&config, &["metadata", "managedFields"]).is_null() {
            return Err(Refusal::bad_request("metadata.managedFields must be nil"));
        }
        let wanted = of_part(resource, part, Fields::of(&config));
        let mut me = Manager::new(resource, part, true, how);
        me.fields = wanted;
        let Some(old) = self.store.value(key) else {
            if part != Part::Main {
                return Err(Refusal::not_found(resource, &key.name));
            }
            set(&mut config, &["metadata", "name"], &*key.name);
            if resource.namespaced {
                set(&mut config, &["metadata", "namespace"], &*key.namespace);
            }
            put(&mut config, std::slice::from_ref(&me));
            let made = self.create_as(resource, config, Written::Applied, how)?;
            return Ok((true, made));
        };
        let mut managers = Manager::all(&old);
        let before = managers.iter().position(|it| it.is(&me));
        let before = before
            .map(|place| managers.remove(place).fields)
            .unwrap_or_default();
        let mut new = old.clone();
        take(&mut new, &["metadata", "managedFields"]);
        let mut wishes = config.clone();
        take(&mut wishes, &["apiVersion"]);
        edit::merge(&mut new, &wishes);
        let theirs = managers
            .iter()
            .fold(Fields::default(), |all, it| all.and(it.fields.clone()));
        edit::remove(&mut new, &before.without(&me.fields).without(&theirs));
        let mut unmanaged = old.clone();
        take(&mut unmanaged, &["metadata", "managedFields"]);
        let changed = Fields::changed(&unmanaged, &new).common(&me.fields);
        let conflicts = conflicts(&managers, &changed);
        if !conflicts.is_empty() && !force {
            return Err(Refusal::apply_conflict(&conflicts));
        }
        managers.retain_mut(|other| {
            let was_empty = other.fields.is_empty();
            other.fields = other.fields.without(&changed);
            was_empty || !other.fields.is_empty()
        });
        // Whoever wants the same as before leaves no trace of the time.
        let same = before == me.fields;
        if same && changed.is_empty() && new == unmanaged {
            return Ok((false, old));
        }
        managers.push(me);
        put(&mut new, &managers);
        let stored = self.replace_as(resource, (key, part), new, Written::Applied, how)?;
        Ok((false, stored))
    }
}

fn same_kind(resource: &Resource, config: &Value) -> Result<(), Refusal> {
    let (version, kind) = (text(config, &["apiVersion"]), text(config, &["kind"]));
    if version == resource.api_version() && kind == resource.kind {
        return Ok(());
    }
    let why = format!(
        "the kind of the applied object ({version}, Kind={kind}) does not match that of the URL ({}, Kind={})",
        resource.api_version(),
        resource.kind
    );
    Err(Refusal::bad_request(why))
}

/// Who owns what would become another, and which of it.
fn conflicts(managers: &[Manager], changed: &Fields) -> Vec<(String, Vec<String>)> {
    let mut conflicts: Vec<(String, Vec<String>)> = managers
        .iter()
        .map(|it| (it.words(), it.fields.common(changed).paths()))
        .filter(|(_, paths)| !paths.is_empty())
        .collect();
    conflicts.sort();
    conflicts
}

impl Refusal {
    /// In the words of the real server.
    fn apply_conflict(conflicts: &[(String, Vec<String>)]) -> Self {
        let count: usize = conflicts.iter().map(|(_, paths)| paths.len()).sum();
        let message = match conflicts {
            [(manager, paths)] if count == 1 => format!(
                "Apply failed with 1 conflict: conflict with {manager}: {}",
                paths.concat()
            ),
            _ => {
                let lines = conflicts.iter().flat_map(|(manager, paths)| {
                    let head = std::iter::once(format!("conflicts with {manager}:"));
                    head.chain(paths.iter().map(|path| format!("- {path}")))
                });
                let lines: Vec<String> = lines.collect();
                format!("Apply failed with {count} conflicts: {}", lines.join("\n"))
            }
        };
        let causes = conflicts.iter().flat_map(|(manager, paths)| {
            paths.iter().map(move |path| {
                json!({
                    "reason": "FieldManagerConflict", "message": format!("conflict with {manager}"), "field": path,
                })
            })
        });
        Self::conflict_of_fields(message, &causes.collect::<Vec<_>>())
    }
}

#[cfg(test)]
#[path = "applying_tests.rs"]
mod tests;
