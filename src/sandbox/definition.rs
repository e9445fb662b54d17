//! Definitions of kinds (`CustomResourceDefinition`): what they may be, what they make, and what the server says of them.
//! Schemas are taken as they come; objects are not held to them, and their unknown fields are kept.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::json::{at, default, list, number, set, text};
use super::objects::stamp;
use super::refusal::Refusal;
use super::resource::{Column, Custom, Resource};

/// Puts in what was left out.
pub(super) fn complete(object: &mut Value) {
    let kind = text(object, &["spec", "names", "kind"]).to_owned();
    default(object, &["spec", "names", "singular"], kind.to_lowercase());
    default(object, &["spec", "names", "listKind"], format!("{kind}List"));
    default(object, &["spec", "conversion", "strategy"], "None");
}

/// Refuses what cannot be served.
pub(super) fn check(resource: &Resource, object: &Value) -> Result<(), Refusal> {
    let name = text(object, &["metadata", "name"]);
    let wrong = |field: &str, why: &str| Err(Refusal::invalid(resource, name, field, why));
    let group = text(object, &["spec", "group"]);
    let plural = text(object, &["spec", "names", "plural"]);
    for (field, value) in [
        ("spec.group", group),
        ("spec.names.plural", plural),
        ("spec.names.kind", text(object, &["spec", "names", "kind"])),
        ("spec.scope", text(object, &["spec", "scope"])),
    ] {
        if value.is_empty() {
            return wrong(field, "Required value");
        }
    }
    if name != format!("{plural}.{group}") {
        return wrong("metadata.name", "must be spec.names.plural+\".\"+spec.group");
    }
    // A group without a dot is one of Kubernetes' own.
    if !group.contains('.') {
        return wrong("spec.group", "should be a domain with at least one dot");
    }
    if !["Namespaced", "Cluster"].contains(&text(object, &["spec", "scope"])) {
        return wrong(
            "spec.scope",
            "Unsupported value: supported values: \"Cluster\", \"Namespaced\"",
        );
    }
    let versions = list(object, &["spec", "versions"]);
    let stored = versions.iter().filter(|version| is(version, "storage")).count();
    if stored != 1 {
        return wrong(
            "spec.versions",
            "must have exactly one version marked as storage version",
        );
    }
    if let Some(index) = versions.iter().position(|it| text(it, &["name"]).is_empty()) {
        return wrong(&format!("spec.versions[{index}].name"), "Required value");
    }
    if let Some(index) = versions
        .iter()
        .position(|it| !at(it, &["schema", "openAPIV3Schema"]).is_object())
    {
        let field = format!("spec.versions[{index}].schema.openAPIV3Schema");
        return wrong(&field, "Required value: schemas are required");
    }
    Ok(())
}

/// What the server says of a definition that it has taken.
pub(super) fn established(object: &mut Value, now: Timestamp) {
    let condition = |kind: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": stamp(now),
        })
    };
    let stored: Vec<Value> = list(object, &["spec", "versions"])
        .iter()
        .filter(|version| is(version, "storage"))
        .map(|version| at(version, &["name"]).clone())
        .collect();
    let names = at(object, &["spec", "names"]).clone();
    let status = json!({
        "acceptedNames": names, "storedVersions": stored,
        "conditions": [
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ],
    });
    set(object, &["status"], status);
}

/// The kind at each of its versions that is served, the one that is stored first.
pub(super) fn resources(definition: &Value) -> Vec<Resource> {
    let mut versions: Vec<&Value> = list(definition, &["spec", "versions"])
        .iter()
        .filter(|version| is(version, "served"))
        .collect();
    versions.sort_by_key(|version| !is(version, "storage"));
    versions
        .into_iter()
        .map(|version| resource(definition, version))
        .collect()
}

fn resource(definition: &Value, version: &Value) -> Resource {
    let name = |field: &str| text(definition, &["spec", "names", field]);
    let words = |field: &str| {
        let words = list(definition, &["spec", "names", field]).iter();
        words.filter_map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let scale = at(version, &["subresources", "scale"]);
    let versions = list(definition, &["spec", "versions"]);
    let stored = versions.iter().find(|version| is(version, "storage"));
    let custom = Custom {
        list_kind: name("listKind").to_owned(),
        stored: stored.map_or("", |it| text(it, &["name"])).to_owned(),
        columns: list(version, &["additionalPrinterColumns"])
            .iter()
            .map(column)
            .collect(),
        replicas: path(text(scale, &["specReplicasPath"])),
        replicas_there: path(text(scale, &["statusReplicasPath"])),
        selector: path(text(scale, &["labelSelectorPath"])),
    };
    let mut resource = Resource::new(
        text(definition, &["spec", "group"]),
        text(version, &["name"]),
        name("plural"),
        name("singular"),
        name("kind"),
    );
    resource.short = words("shortNames");
    resource.categories = words("categories");
    resource.namespaced = text(definition, &["spec", "scope"]) == "Namespaced";
    resource.status = at(version, &["subresources", "status"]).is_object();
    resource.scale = scale.is_object();
    resource.custom = Some(Box::new(custom));
    resource
}

fn column(column: &Value) -> Column {
    let text = |field: &str| text(column, &[field]).to_owned();
    Column {
        name: text("name"),
        sort: text("type"),
        priority: number(column, &["priority"]).unwrap_or(0),
        path: text("jsonPath"),
        description: text("description"),
    }
}

/// `.spec.replicas`, in its parts.
fn path(text: &str) -> Vec<String> {
    let parts = text.split('.').filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

fn is(version: &Value, word: &str) -> bool {
    at(version, &[word]).as_bool() == Some(true)
}
