//! What a pod answers to a request that reaches it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::sandbox::json::{at, list, text};

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Reply {
    pub(in crate::sandbox) status: u16,
    /// How long it takes.
    pub(in crate::sandbox) after: Duration,
    pub(in crate::sandbox) body: String,
}

/// Answers for a pod, by method and path; `None` where nothing listens.
pub(in crate::sandbox) type Responder = Arc<dyn Fn(&Value, &str, &str) -> Option<Reply> + Send + Sync>;

/// A pod that is ready is well; one that runs is not yet; one that does not run listens to nobody.
pub(in crate::sandbox) fn usual(pod: &Value, _method: &str, path: &str) -> Option<Reply> {
    let containers = list(pod, &["status", "containerStatuses"]);
    let first = containers.first()?;
    if at(first, &["state", "running"]).is_null() {
        return None;
    }
    let is_ready = at(first, &["ready"]).as_bool() == Some(true);
    let (status, word) = if is_ready { (200, "ok") } else { (503, "not ready") };
    let (name, image) = (text(pod, &["metadata", "name"]), text(first, &["image"]));
    Some(Reply {
        status,
        after: Duration::from_millis(5),
        body: format!("{word}: {name} ({image}) {path}\n"),
    })
}
