//! A reason for programs: a word that stays, and the rule's numbers by name. `docs/COMMANDS.md` lists them all.

use serde_json::{Map, Value, json};

use crate::domain::Reason;

/// The stable word of a reason and its numbers. Instants are RFC 3339, spans are seconds.
pub(super) fn numbers(reason: &Reason) -> (&'static str, Map<String, Value>) {
    let (word, value) = pair(reason);
    let Value::Object(numbers) = value else {
        return (word, Map::new());
    };
    // What the API did not say is left out: null would look like a value.
    (
        word,
        numbers
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect(),
    )
}

fn pair(reason: &Reason) -> (&'static str, Value) {
    let shown = |text: &Option<crate::domain::Untrusted>| text.as_ref().map(ToString::to_string);
    match reason {
        Reason::Paused { since, pending_edit } => {
            ("Paused", json!({ "since": since, "pendingEdit": pending_edit }))
        }
        Reason::NotObserved { generation, observed } => (
            "NotObserved",
            json!({ "generation": generation, "observed": observed }),
        ),
        Reason::ImagePull {
            pods,
            of,
            word,
            image,
            message,
        } => (
            "ImagePull",
            json!({ "pods": pods, "of": of, "word": word.shown(), "image": shown(image), "message": shown(message) }),
        ),
        Reason::CrashLoop {
            pods,
            of,
            container,
            restarts,
            exit_code,
            last,
        } => (
            "CrashLoop",
            json!({
                "pods": pods, "of": of, "container": container.shown(), "restarts": restarts, "exitCode": exit_code,
                "last": shown(last),
            }),
        ),
        Reason::CannotStart {
            pods,
            of,
            word,
            message,
        } => (
            "CannotStart",
            json!({ "pods": pods, "of": of, "word": word.shown(), "message": shown(message) }),
        ),
        Reason::ProbeFailing {
            pods,
            of,
            container,
            running_since,
            message,
        } => (
            "ProbeFailing",
            json!({
                "pods": pods, "of": of, "container": container.shown(), "runningSince": running_since,
                "message": shown(message),
            }),
        ),
        Reason::Unschedulable { pods, of, message } => (
            "Unschedulable",
            json!({ "pods": pods, "of": of, "message": message.shown() }),
        ),
        Reason::CannotCreatePods { message, quota } => (
            "CannotCreatePods",
            json!({ "message": message.shown(), "quota": quota }),
        ),
        Reason::DeadlineExceeded { deadline, message } => (
            "DeadlineExceeded",
            json!({ "deadline": deadline, "message": shown(message) }),
        ),
        Reason::DeadlineRunning { until, deadline } => {
            ("DeadlineRunning", json!({ "until": until, "deadline": deadline }))
        }
        Reason::MinReady { pods, wait, until } => {
            ("MinReady", json!({ "pods": pods, "wait": wait, "until": until }))
        }
        Reason::TooFewUpdated { updated, wanted } => {
            ("TooFewUpdated", json!({ "updated": updated, "wanted": wanted }))
        }
        Reason::TooFewReady { ready, wanted } => ("TooFewReady", json!({ "ready": ready, "wanted": wanted })),
        Reason::OldPodsRemain { pods } => ("OldPodsRemain", json!({ "pods": pods })),
        Reason::TerminatingHangs { pods, since, oldest } => (
            "TerminatingHangs",
            json!({ "pods": pods, "since": since, "oldest": oldest.shown() }),
        ),
        Reason::Evicted { pods, message } => ("Evicted", json!({ "pods": pods, "message": shown(message) })),
        Reason::OutageInWaiting { pods } => ("OutageInWaiting", json!({ "pods": pods })),
        Reason::Outage { wanted } => ("Outage", json!({ "wanted": wanted })),
        Reason::BeingDeleted { since } => ("BeingDeleted", json!({ "since": since })),
        Reason::CanaryPause { step, of, since } => {
            ("CanaryPause", json!({ "step": step, "of": of, "since": since }))
        }
        Reason::CanaryPauseUntil { step, of, until } => (
            "CanaryPauseUntil",
            json!({ "step": step, "of": of, "until": until }),
        ),
        Reason::Aborted { at, message } => ("Aborted", json!({ "at": at, "message": shown(message) })),
        Reason::Controller { phase, message } => (
            "Controller",
            json!({ "phase": phase.shown(), "message": shown(message) }),
        ),
        Reason::CannotTell { what } => ("CannotTell", json!({ "what": what.shown() })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_api_did_not_say_is_left_out() {
        let reason = Reason::Evicted {
            pods: 2,
            message: None,
        };
        let (word, numbers) = numbers(&reason);
        assert_eq!((word, Value::Object(numbers)), ("Evicted", json!({ "pods": 2 })));
    }

    #[test]
    fn every_word_and_number_is_documented() {
        let page = include_str!("../../../docs/COMMANDS.md");
        let source = include_str!("numbers.rs");
        let code = source.split("#[cfg(test)]").next().unwrap();
        let mut words = 0;
        for arm in code.split("Reason::").skip(1) {
            let word = arm.split([' ', '{']).next().unwrap();
            let line = page
                .lines()
                .find(|line| line.starts_with(&format!("| `{word}` |")));
            let line = line.unwrap_or_else(|| panic!("{word} is not in docs/COMMANDS.md"));
            words += 1;
            for name in arm
                .split("json!")
                .nth(1)
                .unwrap_or_default()
                .split('"')
                .skip(1)
                .step_by(2)
            {
                assert!(
                    line.contains(&format!("`{name}`")),
                    "{name} of {word} is not in docs/COMMANDS.md"
                );
            }
        }
        assert_eq!(words, 24);
    }
}
