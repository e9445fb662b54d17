//! The objects that an app of a scenario is made of.

use serde_json::{Value, json};

use super::written::App;
use crate::sandbox::json::set;

/// Its Deployment.
pub(super) fn deployment(app: &App) -> Value {
    let (namespace, name) = (app.namespace.get_ref(), app.name.get_ref());
    let labels = json!({ "app": name });
    let mut object = json!({
        "metadata": { "name": name, "namespace": namespace, "labels": labels },
        "spec": {
            "replicas": app.replicas.get_ref(), "minReadySeconds": app.min_ready,
            "selector": { "matchLabels": labels },
            "strategy": { "type": if app.recreate { "Recreate" } else { "RollingUpdate" } },
            "template": {
                "metadata": { "labels": labels },
                "spec": { "containers": [{
                    "name": "app", "image": app.image, "ports": [{ "containerPort": 8080 }],
                }]},
            },
        },
    });
    for (field, share) in [("maxSurge", &app.surge), ("maxUnavailable", &app.unavailable)] {
        if let Some(share) = share {
            set(
                &mut object,
                &["spec", "strategy", "rollingUpdate", field],
                number_or_percent(share.get_ref()),
            );
        }
    }
    if let Some(deadline) = app.deadline {
        set(&mut object, &["spec", "progressDeadlineSeconds"], deadline);
    }
    for (field, notes) in [("labels", &app.labels), ("annotations", &app.annotations)] {
        for (key, text) in notes {
            set(&mut object, &["metadata", field, key], text.as_str());
        }
    }
    if app.autoscale.is_some()
        && let Some(container) = object.pointer_mut("/spec/template/spec/containers/0")
    {
        // What its use is measured by.
        set(container, &["resources", "requests", "cpu"], "500m");
    }
    if let Some(git) = &app.git {
        super::git::mark(&mut object, git, app);
    }
    object
}

/// The Service before its pods.
pub(super) fn service(app: &App) -> Value {
    json!({
        "metadata": { "name": app.name.get_ref(), "namespace": app.namespace.get_ref() },
        "spec": {
            "selector": { "app": app.name.get_ref() }, "type": "ClusterIP",
            "ports": [{ "name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP" }],
        },
    })
}

/// Its autoscaler, if it has one.
pub(super) fn autoscaler(app: &App) -> Option<Value> {
    let wanted = app.autoscale.as_ref()?;
    let target = json!({ "type": "Utilization", "averageUtilization": wanted.cpu.get_ref() });
    Some(json!({
        "metadata": { "name": app.name.get_ref(), "namespace": app.namespace.get_ref() },
        "spec": {
            "minReplicas": wanted.least.get_ref(), "maxReplicas": wanted.most.get_ref(),
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": app.name.get_ref() },
            "metrics": [{ "type": "Resource", "resource": { "name": "cpu", "target": target } }],
        },
    }))
}

/// Its disruption budget, if it has one.
pub(super) fn budget(app: &App) -> Option<Value> {
    let wanted = app.budget.as_ref()?;
    Some(json!({
        "metadata": { "name": app.name.get_ref(), "namespace": app.namespace.get_ref() },
        "spec": {
            "minAvailable": number_or_percent(wanted.available.get_ref()),
            "selector": { "matchLabels": { "app": app.name.get_ref() } },
        },
    }))
}

/// `3` and `25%` as the API takes them.
fn number_or_percent(text: &str) -> Value {
    text.parse::<u32>()
        .map_or_else(|_percent| json!(text), |number| json!(number))
}

/// A percentage, if it is one.
pub(super) fn percent(text: &str) -> Option<u32> {
    text.strip_suffix('%')?.parse().ok()
}

/// Whether the API would take it.
pub(super) fn is_number_or_percent(text: &str) -> bool {
    text.strip_suffix('%').unwrap_or(text).parse::<u32>().is_ok()
}
