//! What controllers ask of a pod again and again, read once when it is stored: ten thousand pods are not parsed to be counted.

use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use super::json::{at, list, text};

/// A pod as its set, its Services and its budgets see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pod {
    /// Somebody asked for its end.
    pub(super) going: bool,
    /// It ended by itself.
    pub(super) over: bool,
    pub(super) created: Option<Timestamp>,
    pub(super) ready_since: Option<Timestamp>,
    pub(super) address: Option<IpAddr>,
    pub(super) node: String,
}

impl Pod {
    /// Reads them; `None` for what is no pod.
    pub(super) fn of(value: &Value) -> Option<Box<Self>> {
        if text(value, &["kind"]) != "Pod" {
            return None;
        }
        let conditions = list(value, &["status", "conditions"]).iter();
        let ready = conditions
            .filter(|it| text(it, &["type"]) == "Ready" && text(it, &["status"]) == "True")
            .find_map(|it| text(it, &["lastTransitionTime"]).parse().ok());
        Some(Box::new(Self {
            going: !at(value, &["metadata", "deletionTimestamp"]).is_null(),
            over: ["Succeeded", "Failed"].contains(&text(value, &["status", "phase"])),
            created: text(value, &["metadata", "creationTimestamp"]).parse().ok(),
            ready_since: ready,
            address: text(value, &["status", "podIP"]).parse().ok(),
            node: text(value, &["spec", "nodeName"]).to_owned(),
        }))
    }

    /// It counts for whoever asked for it.
    pub(super) fn is_active(&self) -> bool {
        !self.going && !self.over
    }
}
