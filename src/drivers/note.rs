//! The Event that tells others on the object itself what was done to it, by whom and why: `kubectl describe` shows it. Changes
//! no workload.

use jiff::Timestamp;
use serde_json::json;

use crate::domain::{Driver, Plan, Step, Untrusted};

use super::request::segment;

/// The server takes no more bytes of a note.
const LONGEST: usize = 1_024;

/// Who did it, why, and where the record has it.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    pub user: Option<&'a Untrusted>,
    /// As typed; empty when none was asked for.
    pub reason: &'a str,
    pub decision: &'a str,
    pub at: Timestamp,
}

/// A request that tells something, and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectEvent {
    /// Path from the server's root.
    pub path: String,
    pub body: String,
}

/// The Event for a plan that the server accepted.
pub fn object_event(plan: &Plan, told: Told<'_>) -> ObjectEvent {
    let (version, kind) = match plan.target.key.driver {
        Driver::Deployment => ("apps/v1", "Deployment"),
        Driver::Argo => ("argoproj.io/v1alpha1", "Rollout"),
    };
    let name = &plan.target.key.name;
    let body = json!({
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        // The server adds what makes the name its own.
        "metadata": { "namespace": name.namespace.raw(), "generateName": format!("{}-", name.name.raw()) },
        "eventTime": told.at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        "type": "Normal",
        "reason": reason(plan.step),
        "action": plan.step.verb(),
        "note": cut(&words(plan, told)),
        "reportingController": "flightdeck.dev/cockpit",
        "reportingInstance": "flightdeck",
        "regarding": {
            "apiVersion": version,
            "kind": kind,
            "namespace": name.namespace.raw(),
            "name": name.name.raw(),
            "uid": plan.target.uid.raw(),
        },
    });
    ObjectEvent {
        path: format!(
            "/apis/events.k8s.io/v1/namespaces/{}/events",
            segment(name.namespace.raw())
        ),
        body: body.to_string(),
    }
}

/// What the Event of a step is called.
fn reason(step: Step) -> &'static str {
    match step {
        Step::Pause => "FlightdeckPause",
        Step::Resume => "FlightdeckResume",
        Step::Restart => "FlightdeckRestart",
        Step::Undo => "FlightdeckUndo",
        Step::SetImage => "FlightdeckSetImage",
        Step::Scale => "FlightdeckScale",
    }
}

/// Sanitised: others read it in terminals, too.
fn words(plan: &Plan, told: Told<'_>) -> String {
    let who = told.user.map_or_else(|| "somebody".to_owned(), Untrusted::shown);
    let why = match told.reason.trim() {
        "" => String::new(),
        reason => format!(", because: {}", Untrusted::from(reason)),
    };
    format!(
        "{} by {who} with flightdeck{why} (decision {})",
        plan.step.words(),
        told.decision
    )
}

fn cut(text: &str) -> String {
    let mut kept = String::new();
    for character in text.chars() {
        if kept.len() + character.len_utf8() > LONGEST {
            break;
        }
        kept.push(character);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_no_longer_than_the_server_takes_and_whole_characters() {
        let long = "ß".repeat(2_000);
        let kept = cut(&long);
        assert_eq!((kept.len(), kept.chars().count()), (1_024, 512));
        assert_eq!(cut("short"), "short");
    }
}
