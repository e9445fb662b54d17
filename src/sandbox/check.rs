//! What the API server refuses of an object, field by field, in its own words. Only what clients of this program meet: names,
//! labels, workloads, autoscalers.

use serde_json::Value;

use super::definition;
use super::json::{at, list, number, text};
use super::refusal::Refusal;
use super::resource::{BUDGETS, DEFINITIONS, DEPLOYMENTS, PODS, REPLICA_SETS, Resource, SCALERS};

/// Refuses what the API server would. `named` is what the object is called in the refusal, when it is asked for in parts.
pub(super) fn check(
    resource: &Resource,
    object: &Value,
    before: Option<&Value>,
    named: Option<&'static str>,
) -> Result<(), Refusal> {
    let name = text(object, &["metadata", "name"]);
    let wrong = |(field, why): (String, String)| {
        let mut told = resource.clone();
        if let Some(kind) = named {
            kind.clone_into(&mut told.kind);
            "autoscaling".clone_into(&mut told.group);
        }
        Refusal::invalid(&told, name, &field, &why)
    };
    is_read(object)?;
    metadata(object).map_err(wrong)?;
    match resource.id() {
        DEPLOYMENTS => {
            workload(object, before).map_err(wrong)?;
            strategy(object).map_err(wrong)?;
            deadline(object).map_err(wrong)
        }
        REPLICA_SETS => workload(object, before).map_err(wrong),
        PODS => match before {
            Some(before) => same_pod(object, before).map_err(wrong),
            None => pod_is_let_in(resource, object),
        },
        SCALERS => scaler(object).map_err(wrong),
        BUDGETS => budget(object).map_err(wrong),
        DEFINITIONS => definition::check(resource, object),
        _ => Ok(()),
    }
}

/// A field and why it is wrong.
type Wrong = (String, String);

fn wrong(field: &str, why: impl Into<String>) -> Result<(), Wrong> {
    Err((field.to_owned(), why.into()))
}

/// Numbers are numbers: anything else is not read at all.
fn is_read(object: &Value) -> Result<(), Refusal> {
    for field in [
        "replicas",
        "minReadySeconds",
        "revisionHistoryLimit",
        "progressDeadlineSeconds",
    ] {
        let value = at(object, &["spec", field]);
        if !value.is_null() && value.as_i64().is_none() {
            let why =
                format!("json: cannot unmarshal {value} into Go struct field spec.{field} of type int32");
            return Err(Refusal::bad_request(why));
        }
    }
    Ok(())
}

fn metadata(object: &Value) -> Result<(), Wrong> {
    let name = text(object, &["metadata", "name"]);
    if name.is_empty() {
        return wrong(
            "metadata.name",
            "Required value: name or generateName is required",
        );
    }
    if !is_name(name) {
        let why = format!(
            "Invalid value: {name:?}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' \
             or '.', and must start and end with an alphanumeric character"
        );
        return wrong("metadata.name", why);
    }
    for (place, values) in [("labels", true), ("annotations", false)] {
        let pairs = at(object, &["metadata", place]).as_object();
        for (key, value) in pairs.into_iter().flatten() {
            let path = format!("metadata.{place}");
            if !is_key(key) {
                return wrong(
                    &path,
                    format!(
                        "Invalid value: {key:?}: name part must consist of alphanumeric characters, '-', '_' or '.'"
                    ),
                );
            }
            let value = value.as_str().unwrap_or_default();
            if values && !value.is_empty() && !is_part(value) {
                return wrong(
                    &path,
                    format!(
                        "Invalid value: {value:?}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'"
                    ),
                );
            }
        }
    }
    Ok(())
}

fn workload(object: &Value, before: Option<&Value>) -> Result<(), Wrong> {
    let replicas = number(object, &["spec", "replicas"]).unwrap_or(0);
    if replicas < 0 {
        return wrong(
            "spec.replicas",
            format!("Invalid value: {replicas}: must be greater than or equal to 0"),
        );
    }
    for field in [
        "minReadySeconds",
        "revisionHistoryLimit",
        "progressDeadlineSeconds",
    ] {
        if let Some(value) = number(object, &["spec", field]).filter(|value| *value < 0) {
            return wrong(
                &format!("spec.{field}"),
                format!("Invalid value: {value}: must be greater than or equal to 0"),
            );
        }
    }
    let selector = at(object, &["spec", "selector"]);
    let Some(pairs) = at(selector, &["matchLabels"])
        .as_object()
        .filter(|it| !it.is_empty())
    else {
        return wrong(
            "spec.selector",
            "Invalid value: {}: empty selector is invalid for deployment",
        );
    };
    let labels = at(object, &["spec", "template", "metadata", "labels"]);
    if pairs.iter().any(|(key, value)| labels.get(key) != Some(value)) {
        let why = format!("Invalid value: {labels}: `selector` does not match template `labels`");
        return wrong("spec.template.metadata.labels", why);
    }
    if before.is_some_and(|before| at(before, &["spec", "selector"]) != selector) {
        return wrong(
            "spec.selector",
            format!("Invalid value: {selector}: field is immutable"),
        );
    }
    containers(list(object, &["spec", "template", "spec", "containers"]))
}

fn containers(all: &[Value]) -> Result<(), Wrong> {
    let path = "spec.template.spec.containers";
    if all.is_empty() {
        return wrong(path, "Required value");
    }
    for (index, container) in all.iter().enumerate() {
        for field in ["name", "image"] {
            if text(container, &[field]).is_empty() {
                return wrong(&format!("{path}[{index}].{field}"), "Required value");
            }
        }
        let name = text(container, &["name"]);
        if all.iter().take(index).any(|other| text(other, &["name"]) == name) {
            return wrong(
                &format!("{path}[{index}].name"),
                format!("Duplicate value: {name:?}"),
            );
        }
    }
    Ok(())
}

fn strategy(object: &Value) -> Result<(), Wrong> {
    let (path, strategy) = ("spec.strategy.rollingUpdate", at(object, &["spec", "strategy"]));
    let rolling = at(strategy, &["rollingUpdate"]);
    match text(strategy, &["type"]) {
        "Recreate" if !rolling.is_null() => wrong(
            path,
            "Forbidden: may not be specified when strategy `type` is 'Recreate'",
        ),
        "Recreate" => Ok(()),
        "RollingUpdate" => {
            let percent = |value: &Value| value.as_str()?.strip_suffix('%')?.parse::<i64>().ok();
            let (surge, unavailable) = (at(rolling, &["maxSurge"]), at(rolling, &["maxUnavailable"]));
            for (field, value) in [("maxSurge", surge), ("maxUnavailable", unavailable)] {
                let is_share = percent(value)
                    .or_else(|| value.as_i64())
                    .is_some_and(|it| it >= 0);
                if !is_share {
                    let why = format!(
                        "Invalid value: {value}: must be greater than or equal to 0, or a percentage such as \"10%\""
                    );
                    return wrong(&format!("{path}.{field}"), why);
                }
            }
            if percent(unavailable).is_some_and(|it| it > 100) {
                return wrong(
                    &format!("{path}.maxUnavailable"),
                    format!("Invalid value: {unavailable}: must not be greater than 100%"),
                );
            }
            let is_none = |value: &Value| percent(value).or_else(|| value.as_i64()) == Some(0);
            if is_none(surge) && is_none(unavailable) {
                return wrong(
                    &format!("{path}.maxUnavailable"),
                    format!("Invalid value: {unavailable}: may not be 0 when `maxSurge` is 0"),
                );
            }
            Ok(())
        }
        other => wrong(
            "spec.strategy",
            format!("Unsupported value: {other:?}: supported values: \"Recreate\", \"RollingUpdate\""),
        ),
    }
}

fn deadline(object: &Value) -> Result<(), Wrong> {
    let deadline = number(object, &["spec", "progressDeadlineSeconds"]).unwrap_or(600);
    let settling = number(object, &["spec", "minReadySeconds"]).unwrap_or(0);
    if deadline <= settling {
        let why = format!("Invalid value: {deadline}: must be greater than minReadySeconds");
        return wrong("spec.progressDeadlineSeconds", why);
    }
    Ok(())
}

/// Of a pod's spec little may change: its images, and where it runs while it runs nowhere.
fn same_pod(object: &Value, before: &Value) -> Result<(), Wrong> {
    let fixed = |pod: &Value| {
        let mut spec = at(pod, &["spec"]).clone();
        for field in [
            "nodeName",
            "tolerations",
            "activeDeadlineSeconds",
            "terminationGracePeriodSeconds",
        ] {
            super::json::take(&mut spec, &[field]);
        }
        for place in ["containers", "initContainers"] {
            let containers = spec.get_mut(place).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                super::json::take(container, &["image"]);
                super::json::take(container, &["imagePullPolicy"]);
            }
        }
        spec
    };
    if at(object, &["spec"]) == at(before, &["spec"]) || fixed(object) == fixed(before) {
        return Ok(());
    }
    wrong(
        "spec",
        "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,\
         `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing \
         tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    )
}

/// There are no priority classes but the system's.
fn pod_is_let_in(resource: &Resource, object: &Value) -> Result<(), Refusal> {
    let class = text(object, &["spec", "priorityClassName"]);
    if class.is_empty() || class.starts_with("system-") {
        return Ok(());
    }
    let why = format!("no PriorityClass with name {class} was found");
    // As the real one: a name that is still to be made up is not told. Told again it is the same.
    let prefix = text(object, &["metadata", "generateName"]);
    let name = if prefix.is_empty() {
        text(object, &["metadata", "name"])
    } else {
        prefix
    };
    Err(Refusal::not_admitted(resource, name, &why))
}

fn scaler(object: &Value) -> Result<(), Wrong> {
    let least = number(object, &["spec", "minReplicas"]).unwrap_or(1);
    let most = number(object, &["spec", "maxReplicas"]).unwrap_or(0);
    if most < 1 {
        return wrong(
            "spec.maxReplicas",
            format!("Invalid value: {most}: must be greater than 0"),
        );
    }
    if most < least {
        return wrong(
            "spec.maxReplicas",
            format!("Invalid value: {most}: must be greater than or equal to `minReplicas`"),
        );
    }
    for (index, metric) in list(object, &["spec", "metrics"]).iter().enumerate() {
        let aim = number(metric, &["resource", "target", "averageUtilization"]);
        if let Some(aim) = aim.filter(|aim| *aim < 1) {
            return wrong(
                &format!("spec.metrics[{index}].resource.target.averageUtilization"),
                format!("Invalid value: {aim}: must be greater than 0"),
            );
        }
    }
    Ok(())
}

fn budget(object: &Value) -> Result<(), Wrong> {
    for field in ["minAvailable", "maxUnavailable"] {
        let share = text(object, &["spec", field]);
        let percent = share.strip_suffix('%').and_then(|it| it.parse::<u32>().ok());
        if percent.is_some_and(|percent| percent > 100) {
            return wrong(
                &format!("spec.{field}"),
                format!("Invalid value: {share:?}: must not be greater than 100%"),
            );
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

/// The key of a label or an annotation: a name, perhaps with a domain before it.
fn is_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((domain, name)) => is_name(domain) && is_part(name),
        None => is_part(key),
    }
}

fn is_part(text: &str) -> bool {
    let end = |character: char| character.is_ascii_alphanumeric();
    let inner = |character: char| end(character) || "-_.".contains(character);
    text.len() <= 63 && text.starts_with(end) && text.ends_with(end) && text.chars().all(inner)
}
