//! What the server says it serves. The same kinds as [`super::kinds`] has, in the forms that clients ask for.

use serde_json::{Value, json};

use super::json::set;
use super::kinds::Kinds;
use super::resource::{PODS, Resource};
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
pub(super) fn groups(kinds: &Kinds) -> Value {
    let groups: Vec<Value> = names(kinds)
        .into_iter()
        .map(|group| group_of(kinds, group))
        .collect();
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })
}

/// `/apis/GROUP`.
pub(super) fn group(kinds: &Kinds, name: &str) -> Option<Value> {
    let name = names(kinds).into_iter().find(|group| *group == name)?;
    let mut found = group_of(kinds, name);
    set(&mut found, &["kind"], "APIGroup");
    set(&mut found, &["apiVersion"], "v1");
    Some(found)
}

fn group_of(kinds: &Kinds, group: &str) -> Value {
    let version = |version: &str| json!({ "groupVersion": format!("{group}/{version}"), "version": version });
    let mut versions: Vec<Value> = kinds.versions(group).into_iter().map(version).collect();
    if versions.is_empty() {
        versions.push(version("v1"));
    }
    json!({ "name": group, "versions": versions, "preferredVersion": versions.first() })
}

/// Every group but the core.
fn names(kinds: &Kinds) -> Vec<&str> {
    let mut found: Vec<&str> = kinds
        .all()
        .map(|it| it.group.as_str())
        .chain(REVIEWS.iter().map(|(group, ..)| *group))
        .filter(|group| !group.is_empty())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The kinds of one version; `None` where there are none.
pub(super) fn kinds(kinds: &Kinds, group: &str, version: &str) -> Option<Value> {
    let here = kinds
        .all()
        .filter(|it| it.group == group && it.version == version);
    let mut found: Vec<Value> = here.flat_map(|it| forms(it)).collect();
    let reviews = REVIEWS
        .iter()
        .filter(|(its, ..)| *its == group && version == "v1");
    found.extend(reviews.map(|(_, plural, kind)| {
        json!({ "name": plural, "singularName": kind.to_lowercase(), "namespaced": false, "kind": kind, "verbs": ["create"] })
    }));
    let of = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    (!found.is_empty()).then(
        || json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": of, "resources": found }),
    )
}

/// A kind and its subresources.
fn forms(resource: &Resource) -> Vec<Value> {
    let mut whole = json!({
        "name": &resource.plural, "singularName": &resource.singular, "namespaced": resource.namespaced,
        "kind": &resource.kind, "shortNames": &resource.short,
        "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    });
    if !resource.categories.is_empty() {
        set(&mut whole, &["categories"], json!(resource.categories));
    }
    let mut forms = vec![whole];
    let sub = |name: &str, kind: &str| {
        json!({
            "name": format!("{}/{name}", resource.plural), "singularName": "", "namespaced": resource.namespaced,
            "kind": kind, "verbs": ["get", "patch", "update"],
        })
    };
    if resource.status {
        forms.push(sub("status", &resource.kind));
    }
    if resource.scale {
        let mut scale = sub("scale", "Scale");
        set(&mut scale, &["group"], "autoscaling");
        set(&mut scale, &["version"], "v1");
        forms.push(scale);
    }
    if resource.id() == PODS {
        let mut log = sub("log", "Pod");
        set(&mut log, &["verbs"], json!(["get"]));
        let mut forward = sub("portforward", "PodPortForwardOptions");
        set(&mut forward, &["verbs"], json!(["create", "get"]));
        forms.extend([log, forward]);
    }
    forms
}
