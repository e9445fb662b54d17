//! Events that controllers leave on objects. The same again counts up, as in the real cluster.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::controllers::how;
use crate::sandbox::ids::template_hash;
use crate::sandbox::json::{number, set, text};
use crate::sandbox::objects::{Objects, Part, stamp};
use crate::sandbox::resource::{EVENTS, by_id};
use crate::sandbox::store::Key;

/// What is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Note<'a> {
    pub(super) warning: bool,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
    /// Who tells it.
    pub(super) by: &'a str,
}

/// Tells it of an object.
pub(super) fn tell(objects: &mut Objects, about: &Value, note: Note<'_>, now: Timestamp) {
    let Some(resource) = by_id(EVENTS) else {
        return;
    };
    let namespace = text(about, &["metadata", "namespace"]);
    let about_name = text(about, &["metadata", "name"]);
    let hash = template_hash(
        &format!(
            "{}{}{}",
            text(about, &["metadata", "uid"]),
            note.reason,
            note.message
        ),
        0,
    );
    let name = format!("{about_name}.{hash}");
    let key = Key::new(EVENTS, namespace, &name);
    let told = if let Some(mut event) = objects.store.value(&key) {
        let count = number(&event, &["count"]).unwrap_or(1);
        set(&mut event, &["count"], count + 1);
        set(&mut event, &["lastTimestamp"], stamp(now));
        objects.replace(resource, &key, Part::Main, event, how(now))
    } else {
        let event = json!({
            "metadata": { "name": name, "namespace": namespace },
            "involvedObject": {
                "kind": text(about, &["kind"]), "apiVersion": text(about, &["apiVersion"]), "namespace": namespace,
                "name": about_name, "uid": text(about, &["metadata", "uid"]),
            },
            "type": if note.warning { "Warning" } else { "Normal" },
            "reason": note.reason, "message": note.message, "count": 1,
            "firstTimestamp": stamp(now), "lastTimestamp": stamp(now),
            "source": { "component": note.by }, "reportingComponent": note.by,
        });
        objects.create(resource, event, how(now))
    };
    if let Err(refusal) = told {
        tracing::debug!(?refusal, "an Event of the sandbox was not stored");
    }
}
