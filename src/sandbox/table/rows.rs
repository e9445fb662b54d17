//! The head of a table, and the row of an object.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cell::{age, ago, first_three, joined, pairs, share};
use super::columns::columns;
use super::{pod, printed};
use crate::sandbox::json::{at, list, number, text};
use crate::sandbox::resource::{
    BUDGETS, CONFIG_MAPS, DEFINITIONS, DEPLOYMENTS, EVENTS, NAMESPACES, PODS, REPLICA_SETS, Resource,
    SCALERS, SECRETS, SERVICES, SLICES,
};

/// The definitions of the columns.
pub(in crate::sandbox) fn head(resource: &Resource) -> Value {
    let columns = columns(resource).into_iter().map(|column| {
        json!({
            "name": column.name, "type": column.sort, "description": column.description, "priority": column.priority,
            "format": if column.name == "Name" { "name" } else { "" },
        })
    });
    columns.collect()
}

/// The row of an object; `shown` goes with it.
pub(in crate::sandbox) fn row(resource: &Resource, object: &Value, shown: &Value, now: Timestamp) -> Value {
    json!({ "cells": cells(resource, object, now), "object": shown })
}

fn cells(resource: &Resource, object: &Value, now: Timestamp) -> Vec<Value> {
    let name = at(object, &["metadata", "name"]).clone();
    let count = |path: &[&str]| json!(number(object, path).unwrap_or(0));
    let age = || json!(age(object, now));
    if let Some(custom) = &resource.custom {
        let mut cells = vec![name];
        let printed = custom.columns.iter();
        cells.extend(printed.map(|column| printed::cell(column, object, now)));
        if custom.columns.is_empty() {
            cells.push(age());
        }
        return cells;
    }
    match resource.id() {
        PODS => pod::cells(object, now),
        DEPLOYMENTS => {
            let ready = number(object, &["status", "readyReplicas"]).unwrap_or(0);
            let wanted = number(object, &["spec", "replicas"]).unwrap_or(0);
            let mut cells = vec![
                name,
                json!(format!("{ready}/{wanted}")),
                count(&["status", "updatedReplicas"]),
                count(&["status", "availableReplicas"]),
                age(),
            ];
            cells.extend(template(object));
            cells
        }
        REPLICA_SETS => {
            let mut cells = vec![
                name,
                count(&["spec", "replicas"]),
                count(&["status", "replicas"]),
                count(&["status", "readyReplicas"]),
                age(),
            ];
            cells.extend(template(object));
            cells
        }
        SERVICES => service(object, now),
        EVENTS => event(object, now),
        NAMESPACES => vec![name, at(object, &["status", "phase"]).clone(), age()],
        CONFIG_MAPS => {
            let of = |field: &str| at(object, &[field]).as_object().map_or(0, serde_json::Map::len);
            vec![name, json!(of("data") + of("binaryData")), age()]
        }
        SECRETS => {
            let data = at(object, &["data"]).as_object().map_or(0, serde_json::Map::len);
            let kind = text(object, &["type"]);
            let kind = if kind.is_empty() { "Opaque" } else { kind };
            vec![name, json!(kind), json!(data), age()]
        }
        SLICES => slice(object, now),
        SCALERS => scaler(object, now),
        BUDGETS => vec![
            name,
            json!(share(object, &["spec", "minAvailable"])),
            json!(share(object, &["spec", "maxUnavailable"])),
            count(&["status", "disruptionsAllowed"]),
            age(),
        ],
        DEFINITIONS => vec![name, at(object, &["metadata", "creationTimestamp"]).clone()],
        _ => vec![name, age()],
    }
}

/// Containers, images and selector of a workload.
fn template(object: &Value) -> [Value; 3] {
    let containers = list(object, &["spec", "template", "spec", "containers"]);
    let all = |field: &str| json!(joined(containers.iter().map(|it| text(it, &[field]))));
    let selector = at(object, &["spec", "selector", "matchLabels"]);
    [all("name"), all("image"), json!(pairs(selector))]
}

fn service(object: &Value, now: Timestamp) -> Vec<Value> {
    let or = |text: &str, otherwise: &str| json!(if text.is_empty() { otherwise } else { text });
    let ports = list(object, &["spec", "ports"]).iter().map(|port| {
        let protocol = text(port, &["protocol"]);
        let protocol = if protocol.is_empty() { "TCP" } else { protocol };
        let number_of = |field: &str| number(port, &[field]).unwrap_or(0);
        match number_of("nodePort") {
            0 => format!("{}/{protocol}", number_of("port")),
            node => format!("{}:{node}/{protocol}", number_of("port")),
        }
    });
    let kind = or(text(object, &["spec", "type"]), "ClusterIP");
    vec![
        at(object, &["metadata", "name"]).clone(),
        kind,
        or(text(object, &["spec", "clusterIP"]), "<none>"),
        json!(joined(
            list(object, &["spec", "externalIPs"])
                .iter()
                .filter_map(Value::as_str)
        )),
        json!(joined(ports)),
        json!(age(object, now)),
        json!(pairs(at(object, &["spec", "selector"]))),
    ]
}

fn event(object: &Value, now: Timestamp) -> Vec<Value> {
    let time = |fields: [&str; 2]| {
        let found = fields.into_iter().map(|field| text(object, &[field]));
        ago(
            found.into_iter().find(|it| !it.is_empty()).unwrap_or_default(),
            now,
        )
    };
    let about = at(object, &["involvedObject"]);
    let kind = text(about, &["kind"]).to_lowercase();
    let by = text(object, &["source", "component"]);
    let by = if by.is_empty() {
        text(object, &["reportingComponent"])
    } else {
        by
    };
    vec![
        json!(time(["lastTimestamp", "eventTime"])),
        at(object, &["type"]).clone(),
        at(object, &["reason"]).clone(),
        json!(format!("{kind}/{}", text(about, &["name"]))),
        json!(text(about, &["fieldPath"])),
        json!(by),
        json!(text(object, &["message"]).trim()),
        json!(time(["firstTimestamp", "eventTime"])),
        json!(number(object, &["count"]).unwrap_or(1)),
        at(object, &["metadata", "name"]).clone(),
    ]
}

fn slice(object: &Value, now: Timestamp) -> Vec<Value> {
    let ports: Vec<String> = list(object, &["ports"])
        .iter()
        .map(|port| number(port, &["port"]).map_or_else(|| "*".to_owned(), |it| it.to_string()))
        .collect();
    let addresses: Vec<String> = list(object, &["endpoints"])
        .iter()
        .flat_map(|endpoint| list(endpoint, &["addresses"]))
        .filter_map(|address| address.as_str().map(str::to_owned))
        .collect();
    vec![
        at(object, &["metadata", "name"]).clone(),
        at(object, &["addressType"]).clone(),
        json!(first_three(&ports)),
        json!(first_three(&addresses)),
        json!(age(object, now)),
    ]
}

fn scaler(object: &Value, now: Timestamp) -> Vec<Value> {
    let target = at(object, &["spec", "scaleTargetRef"]);
    let statuses = list(object, &["status", "currentMetrics"]);
    let metrics = list(object, &["spec", "metrics"]).iter().enumerate();
    let metrics: Vec<String> = metrics
        .map(|(index, metric)| {
            let name = text(metric, &["resource", "name"]);
            let share = |value: Option<i64>| value.map(|it| format!("{it}%"));
            let now = statuses
                .get(index)
                .and_then(|status| share(number(status, &["resource", "current", "averageUtilization"])));
            let wanted = share(number(metric, &["resource", "target", "averageUtilization"]));
            let unknown = |share: Option<String>| share.unwrap_or_else(|| "<unknown>".to_owned());
            format!("{name}: {}/{}", unknown(now), unknown(wanted))
        })
        .collect();
    vec![
        at(object, &["metadata", "name"]).clone(),
        json!(format!("{}/{}", text(target, &["kind"]), text(target, &["name"]))),
        json!(joined(metrics.iter())),
        json!(number(object, &["spec", "minReplicas"]).unwrap_or(1)),
        json!(number(object, &["spec", "maxReplicas"]).unwrap_or(0)),
        json!(number(object, &["status", "currentReplicas"]).unwrap_or(0)),
        json!(age(object, now)),
    ]
}
