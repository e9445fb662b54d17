//! What the server says it serves. The same kinds as [`super::resource`] names, in the forms that clients ask for.

use serde_json::{Value, json};

use super::resource::{ALL, Resource};
use super::route::REVIEWS;

/// The version of the API that is spoken.
pub(super) const VERSION: (&str, &str, &str) = ("1", "36", "v1.36.0+flightdeck");

/// `/version`.
pub(super) fn version() -> Value {
    json!({
        "major": VERSION.0, "minor": VERSION.1, "gitVersion": VERSION.2, "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z", "goVersion": "", "compiler": "rustc", "platform": "sandbox",
    })
}

/// `/api`.
pub(super) fn core_versions() -> Value {
    json!({ "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [] })
}

/// `/apis`.
pub(super) fn groups() -> Value {
    let groups: Vec<Value> = versions()
        .into_iter()
        .map(|(group, version)| group_of(group, version))
        .collect();
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })
}

/// `/apis/GROUP`.
pub(super) fn group(name: &str) -> Option<Value> {
    let (group, version) = versions().into_iter().find(|(group, _)| *group == name)?;
    let mut found = group_of(group, version);
    super::json::set(&mut found, &["kind"], "APIGroup");
    super::json::set(&mut found, &["apiVersion"], "v1");
    Some(found)
}

fn group_of(group: &str, version: &str) -> Value {
    let version = json!({ "groupVersion": format!("{group}/{version}"), "version": version });
    json!({ "name": group, "versions": [version], "preferredVersion": version })
}

/// Every group but the core, with its version.
fn versions() -> Vec<(&'static str, &'static str)> {
    let mut found: Vec<(&str, &str)> = ALL
        .iter()
        .map(|it| (it.group, it.version))
        .chain(REVIEWS.iter().map(|(group, ..)| (*group, "v1")))
        .filter(|(group, _)| !group.is_empty())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The kinds of one version; `None` where there are none.
pub(super) fn kinds(group: &str, version: &str) -> Option<Value> {
    let of_group = ALL.iter().filter(|it| (it.group, it.version) == (group, version));
    let mut kinds: Vec<Value> = of_group.flat_map(forms).collect();
    let reviews = REVIEWS
        .iter()
        .filter(|(its, ..)| *its == group && version == "v1");
    kinds.extend(reviews.map(|(_, plural, kind)| {
        json!({ "name": plural, "singularName": kind.to_lowercase(), "namespaced": false, "kind": kind, "verbs": ["create"] })
    }));
    let of = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    (!kinds.is_empty()).then(
        || json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": of, "resources": kinds }),
    )
}

/// A kind and its subresources.
fn forms(resource: &Resource) -> Vec<Value> {
    let mut forms = vec![json!({
        "name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced,
        "kind": resource.kind, "shortNames": resource.short,
        "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
    })];
    let sub = |name: &str, kind: &str| {
        json!({
            "name": format!("{}/{name}", resource.plural), "singularName": "", "namespaced": resource.namespaced,
            "kind": kind, "verbs": ["get", "patch", "update"],
        })
    };
    if resource.status {
        forms.push(sub("status", resource.kind));
    }
    if resource.scale {
        let mut scale = sub("scale", "Scale");
        super::json::set(&mut scale, &["group"], "autoscaling");
        super::json::set(&mut scale, &["version"], "v1");
        forms.push(scale);
    }
    forms
}
