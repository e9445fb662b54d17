//! What became of a decision that an earlier run recorded, told from the object as it is now. Works on the recorded
//! operations, whatever driver made them. States are reported, not authorship.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::domain::{Answer, Untrusted};

use super::request::masked;

/// Managers whose entries tell nothing about who changed something else: this program, and the controller that keeps books.
const OURS: [&str; 2] = ["flightdeck", "kube-controller-manager"];

/// What was recorded of a decision.
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'a> {
    pub uid: &'a Untrusted,
    /// Of the object as it was shown.
    pub generation: i64,
    /// Operations of a JSON patch; values of environment variables are hashes.
    pub operations: &'a [Value],
    pub at: Timestamp,
}

/// What the object shows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It holds every value that was to be written.
    Applied,
    /// It is as it was before, and nobody changed its spec since.
    AsBefore,
    /// It shows neither; who wrote to it since, if that was one alone.
    Changed { by: Option<Untrusted> },
    /// Gone, or made anew under the same name.
    Gone,
    /// It could not be read, in words.
    Unread(String),
}

/// Compares an object as it was read with what was recorded.
pub fn found(recorded: Recorded<'_>, answer: &Answer) -> Found {
    let object = match answer {
        Answer::Gone => return Found::Gone,
        Answer::Failed(why) => return Found::Unread(why.clone()),
        Answer::Found(text) => match serde_json::from_str::<Value>(text) {
            Ok(object) => masked(object),
            Err(error) => return Found::Unread(format!("the server's answer cannot be read: {error}")),
        },
    };
    if object.pointer("/metadata/uid") != Some(&json!(recorded.uid.raw())) {
        return Found::Gone;
    }
    let (tests, edits): (Vec<&Value>, Vec<&Value>) =
        recorded.operations.iter().partition(|it| verb(it) == "test");
    // What a human wants stands in the spec; notes beside it may be written over by anybody.
    let (wanted, beside): (Vec<&Value>, Vec<&Value>) =
        edits.into_iter().partition(|it| path(it).starts_with("/spec"));
    let wanted = if wanted.is_empty() { beside } else { wanted };
    if !wanted.is_empty() && wanted.iter().all(|it| shows(&object, it)) {
        return Found::Applied;
    }
    // The state of before may also be what somebody went back to: the generation tells that apart.
    let untouched = object.pointer("/metadata/generation") == Some(&json!(recorded.generation));
    if untouched && !tests.is_empty() && tests.iter().all(|it| holds(&object, it)) {
        return Found::AsBefore;
    }
    Found::Changed {
        by: writer(&object, recorded.at),
    }
}

fn verb(operation: &Value) -> &str {
    operation.get("op").and_then(Value::as_str).unwrap_or_default()
}

fn path(operation: &Value) -> &str {
    operation.get("path").and_then(Value::as_str).unwrap_or_default()
}

fn shows(object: &Value, operation: &Value) -> bool {
    let found = object.pointer(path(operation)).unwrap_or(&Value::Null);
    match (verb(operation), operation.get("value")) {
        ("remove", _) => is_nothing(found),
        (_, Some(value)) => found == value,
        (_, None) => false,
    }
}

fn holds(object: &Value, operation: &Value) -> bool {
    let found = object.pointer(path(operation)).unwrap_or(&Value::Null);
    let value = operation.get("value").unwrap_or(&Value::Null);
    found == value || (value.is_null() && is_nothing(found))
}

/// Absent to the server, one way or the other: a scale of zero is left out by one form of an object and told by the other.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || *value == json!(false) || *value == json!(0)
}

/// Who wrote to the object since, if that was one alone.
fn writer(object: &Value, since: Timestamp) -> Option<Untrusted> {
    // The server counts whole seconds.
    let since = since.saturating_sub(SignedDuration::from_secs(1)).ok()?;
    let entries = object.pointer("/metadata/managedFields")?.as_array()?;
    let mut writers: Vec<&str> = entries
        .iter()
        .filter(|entry| {
            let subresource = entry.get("subresource").and_then(Value::as_str);
            let at = entry.get("time").and_then(Value::as_str);
            subresource != Some("status")
                && at
                    .and_then(|text| text.parse::<Timestamp>().ok())
                    .is_some_and(|at| at >= since)
        })
        .filter_map(|entry| entry.get("manager")?.as_str())
        .filter(|manager| !OURS.contains(manager))
        .collect();
    writers.dedup();
    match writers.as_slice() {
        [one] => Some(Untrusted::from(*one)),
        _ => None,
    }
}
