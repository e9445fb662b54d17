//! The row of a pod: what its containers come to in one word.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cell::{age, ago};
use crate::sandbox::json::{at, list, number, text};

/// Its cells.
pub(super) fn cells(pod: &Value, now: Timestamp) -> Vec<Value> {
    let or_none = |text: &str| json!(if text.is_empty() { "<none>" } else { text });
    let statuses = list(pod, &["status", "containerStatuses"]);
    let ready = statuses
        .iter()
        .filter(|it| at(it, &["ready"]) == &json!(true) && !at(it, &["state", "running"]).is_null())
        .count();
    let all = list(pod, &["spec", "containers"]).len();
    vec![
        at(pod, &["metadata", "name"]).clone(),
        json!(format!("{ready}/{all}")),
        json!(word(pod)),
        json!(restarts(statuses, now)),
        json!(age(pod, now)),
        or_none(text(pod, &["status", "podIP"])),
        or_none(text(pod, &["spec", "nodeName"])),
        or_none(text(pod, &["status", "nominatedNodeName"])),
        or_none(""),
    ]
}

fn restarts(statuses: &[Value], now: Timestamp) -> String {
    let count: i64 = statuses
        .iter()
        .filter_map(|it| number(it, &["restartCount"]))
        .sum();
    let ends = statuses
        .iter()
        .map(|it| text(it, &["lastState", "terminated", "finishedAt"]));
    match ends.filter(|it| !it.is_empty()).max() {
        Some(last) if count > 0 => format!("{count} ({} ago)", ago(last, now)),
        _ => count.to_string(),
    }
}

/// What the last container that does not run says, or the phase.
fn word(pod: &Value) -> String {
    if !text(pod, &["metadata", "deletionTimestamp"]).is_empty() {
        let is_lost = text(pod, &["status", "reason"]) == "NodeLost";
        return if is_lost { "Unknown" } else { "Terminating" }.to_owned();
    }
    let inits = list(pod, &["status", "initContainerStatuses"]);
    let count = list(pod, &["spec", "initContainers"]).len();
    if let Some(word) = inits
        .iter()
        .enumerate()
        .find_map(|(done, status)| of_init(done, count, status))
    {
        return word;
    }
    let mut word = text(pod, &["status", "phase"]);
    let reason = text(pod, &["status", "reason"]);
    if !reason.is_empty() {
        word = reason;
    }
    let containers = list(pod, &["status", "containerStatuses"]);
    let told = containers.iter().find_map(of_container);
    let runs = containers
        .iter()
        .any(|it| !at(it, &["state", "running"]).is_null());
    match told {
        Some(told) if told == "Completed" && runs => "Running".to_owned(),
        Some(told) => told,
        None => word.to_owned(),
    }
}

fn of_init(done: usize, count: usize, status: &Value) -> Option<String> {
    match of_container(status) {
        Some(word) if word == "Completed" => None,
        Some(word) if word != "PodInitializing" => Some(format!("Init:{word}")),
        _ => Some(format!("Init:{done}/{count}")),
    }
}

/// Why it waits or how it ended; `None` while it runs.
fn of_container(status: &Value) -> Option<String> {
    let waits = text(status, &["state", "waiting", "reason"]);
    if !waits.is_empty() {
        return Some(waits.to_owned());
    }
    let ended = at(status, &["state", "terminated"]);
    if ended.is_null() {
        return None;
    }
    let code = number(ended, &["exitCode"]).unwrap_or(0);
    Some(match text(ended, &["reason"]) {
        "" if code == 0 => "Completed".to_owned(),
        "" => format!("ExitCode:{code}"),
        reason => reason.to_owned(),
    })
}
