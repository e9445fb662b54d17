//! What the API server adds to an object that leaves something out. Only what clients of this program meet. What is refused is
//! in [`super::check`].

use serde_json::{Value, json};

use super::definition;
use super::json::{at, default, text};
use super::resource::{DEFINITIONS, DEPLOYMENTS, EVENTS, PODS, REPLICA_SETS, Resource, SCALERS, SERVICES};

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
            default(object, &["status", "replicas"], 0);
            complete_pod(object, &["spec", "template", "spec"]);
        }
        SERVICES => complete_service(object),
        SCALERS => {
            default(object, &["spec", "minReplicas"], 1);
            let target = json!({ "type": "Utilization", "averageUtilization": 80 });
            let usual = json!([{ "type": "Resource", "resource": { "name": "cpu", "target": target } }]);
            default(object, &["spec", "metrics"], usual);
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
    if resource.status {
        default(object, &["status"], json!({}));
    }
}

fn complete_service(object: &mut Value) {
    default(object, &["spec", "type"], "ClusterIP");
    default(object, &["spec", "sessionAffinity"], "None");
    default(object, &["status", "loadBalancer"], json!({}));
    let ports = object.pointer_mut("/spec/ports").and_then(Value::as_array_mut);
    for port in ports.into_iter().flatten().filter(|it| it.is_object()) {
        default(port, &["protocol"], "TCP");
        let own = at(port, &["port"]).clone();
        default(port, &["targetPort"], own);
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
