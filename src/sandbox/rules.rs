//! What the API server adds to an object that leaves something out, and what it refuses. Only what clients of this program
//! meet: workloads, and names.

use serde_json::{Value, json};

use super::definition;
use super::json::{at, default, list, number, text};
use super::refusal::Refusal;
use super::resource::{DEFINITIONS, DEPLOYMENTS, EVENTS, PODS, REPLICA_SETS, Resource};

/// Puts in what was left out.
pub(super) fn complete(resource: &Resource, object: &mut Value) {
    match resource.id() {
        DEPLOYMENTS => {
            default(object, &["spec", "replicas"], 1);
            default(object, &["spec", "revisionHistoryLimit"], 10);
            default(object, &["spec", "progressDeadlineSeconds"], 600);
            default(object, &["spec", "strategy", "type"], "RollingUpdate");
            if text(object, &["spec", "strategy", "type"]) == "RollingUpdate" {
                default(object, &["spec", "strategy", "rollingUpdate", "maxSurge"], "25%");
                default(
                    object,
                    &["spec", "strategy", "rollingUpdate", "maxUnavailable"],
                    "25%",
                );
            }
            complete_pod(object, &["spec", "template", "spec"]);
        }
        REPLICA_SETS => {
            default(object, &["spec", "replicas"], 1);
            complete_pod(object, &["spec", "template", "spec"]);
        }
        PODS => {
            complete_pod(object, &["spec"]);
            default(object, &["status", "phase"], "Pending");
        }
        EVENTS => {
            default(object, &["type"], "Normal");
            default(object, &["count"], 1);
        }
        DEFINITIONS => definition::complete(object),
        _ => {}
    }
}

fn complete_pod(object: &mut Value, path: &[&str]) {
    let Some(spec) = path
        .iter()
        .try_fold(&mut *object, |value, key| value.get_mut(*key))
    else {
        return;
    };
    if !spec.is_object() {
        return;
    }
    default(spec, &["restartPolicy"], "Always");
    default(spec, &["terminationGracePeriodSeconds"], 30);
    default(spec, &["dnsPolicy"], "ClusterFirst");
    default(spec, &["securityContext"], json!({}));
    default(spec, &["schedulerName"], "default-scheduler");
    let containers = spec.get_mut("containers").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter(|it| it.is_object()) {
        let image = text(container, &["image"]);
        let tag = image.rsplit('/').next().unwrap_or_default();
        let always = tag.ends_with(":latest") || !tag.contains([':', '@']);
        let policy = if always { "Always" } else { "IfNotPresent" };
        default(container, &["imagePullPolicy"], policy);
        default(container, &["resources"], json!({}));
        default(container, &["terminationMessagePath"], "/dev/termination-log");
        default(container, &["terminationMessagePolicy"], "File");
        let ports = container.get_mut("ports").and_then(Value::as_array_mut);
        for port in ports.into_iter().flatten().filter(|it| it.is_object()) {
            default(port, &["protocol"], "TCP");
        }
    }
}

/// Refuses what the API server would.
pub(super) fn check(resource: &Resource, object: &Value, before: Option<&Value>) -> Result<(), Refusal> {
    let name = text(object, &["metadata", "name"]);
    let wrong = |field: &str, why: &str| Err(Refusal::invalid(resource, name, field, why));
    if !is_name(name) {
        return wrong(
            "metadata.name",
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start \
             and end with an alphanumeric character",
        );
    }
    if resource.id() == DEFINITIONS {
        return definition::check(resource, object);
    }
    if ![DEPLOYMENTS, REPLICA_SETS].contains(&resource.id()) {
        return Ok(());
    }
    if number(object, &["spec", "replicas"])
        .is_none_or(|replicas| !(0..=i64::from(i32::MAX)).contains(&replicas))
    {
        return wrong("spec.replicas", "must be greater than or equal to 0");
    }
    let selector = at(object, &["spec", "selector"]);
    let Some(pairs) = at(selector, &["matchLabels"])
        .as_object()
        .filter(|it| !it.is_empty())
    else {
        return wrong("spec.selector", "empty selector is invalid for deployment");
    };
    let labels = at(object, &["spec", "template", "metadata", "labels"]);
    if pairs.iter().any(|(key, value)| labels.get(key) != Some(value)) {
        return wrong(
            "spec.template.metadata.labels",
            "`selector` does not match template `labels`",
        );
    }
    if before.is_some_and(|before| at(before, &["spec", "selector"]) != selector) {
        return wrong("spec.selector", "field is immutable");
    }
    let containers = list(object, &["spec", "template", "spec", "containers"]);
    if containers.is_empty() {
        return wrong("spec.template.spec.containers", "Required value");
    }
    for (index, container) in containers.iter().enumerate() {
        for field in ["name", "image"] {
            if text(container, &[field]).is_empty() {
                let field = format!("spec.template.spec.containers[{index}].{field}");
                return wrong(&field, "Required value");
            }
        }
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let inner = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || "-.".contains(character)
    };
    let end = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    name.len() <= 253 && name.starts_with(end) && name.ends_with(end) && name.chars().all(inner)
}
