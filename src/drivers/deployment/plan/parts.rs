//! What the plans of a Deployment have in common: target, facts, tokens, the command of `kubectl`.

use serde_json::{Value, json};

use crate::domain::{Change, Driver, Fact, FactCheck, Note, Rollout, Target, Untrusted};
use crate::drivers::request::{apps_path, short_hash, test};

/// Longest token to be typed.
pub(super) const LONGEST_TOKEN: usize = 8;

/// Where the Deployment is read.
pub(super) fn path(rollout: &Rollout) -> String {
    apps_path("deployments", &rollout.key.name)
}

pub(super) fn uid_test(rollout: &Rollout) -> Value {
    test("/metadata/uid", json!(rollout.uid.raw()))
}

pub(super) fn target(rollout: &Rollout) -> Target {
    let (group, resource) = Driver::Deployment.api();
    Target {
        key: rollout.key.clone(),
        uid: rollout.uid.clone(),
        generation: rollout.generation,
        path: path(rollout),
        group,
        resource,
        subresource: None,
    }
}

pub(super) fn guarded(what: &str, value: &Untrusted) -> Fact {
    Fact {
        what: what.to_owned(),
        value: value.clone(),
        check: FactCheck::Guarded,
    }
}

pub(super) fn informative(what: &str, value: &str) -> Fact {
    Fact {
        what: what.to_owned(),
        value: Untrusted::from(value),
        check: FactCheck::Informative,
    }
}

pub(super) fn change(field: &str, from: &str, to: &str) -> Change {
    Change {
        field: field.to_owned(),
        from: Untrusted::from(from),
        to: Untrusted::from(to),
    }
}

/// Something to know before confirming.
pub(super) fn note(label: &'static str, words: impl Into<String>, bad: bool) -> Note {
    Note {
        label,
        words: Untrusted::from(words.into()),
        bad,
    }
}

/// What tells one template from another, short enough for a sheet.
pub(super) fn digest(template: &Value) -> Untrusted {
    Untrusted::from(format!("whole, {}", short_hash(&template.to_string())))
}

/// The end of the version that will run: what a human checks against what they mean to let go on.
pub(super) fn version_suffix(rollout: &Rollout) -> String {
    let version = rollout
        .target()
        .map(|target| target.version(rollout.previous()))
        .unwrap_or_default();
    let token = tail(&version, LONGEST_TOKEN);
    if token.is_empty() { suffix(rollout) } else { token }
}

/// The last characters of a text that can be typed on any keyboard.
pub(super) fn tail(text: &str, most: usize) -> String {
    let typed: Vec<char> = text.chars().filter(char::is_ascii_graphic).collect();
    let skipped = typed.len().saturating_sub(most);
    typed.into_iter().skip(skipped).collect()
}

/// The end of the rollout's name, at most as long as a token.
pub(super) fn suffix(rollout: &Rollout) -> String {
    let name: Vec<char> = rollout.key.name.name.raw().chars().collect();
    let skipped = name.len().saturating_sub(LONGEST_TOKEN);
    name.into_iter().skip(skipped).collect()
}

/// The command of `kubectl` that does about the same, without the guards: `rollout pause`, and what comes after the name.
pub(super) fn kubectl(rollout: &Rollout, verb: &str, rest: &str) -> String {
    let name = &rollout.key.name;
    let rest = if rest.is_empty() {
        String::new()
    } else {
        format!(" {rest}")
    };
    format!(
        "kubectl {verb} deployment/{}{rest} --namespace {} --context {}",
        word(&name.name),
        word(&name.namespace),
        word(&rollout.key.cluster.0)
    )
}

/// One word of a shell's command line: contexts may be called anything.
pub(super) fn word(text: &Untrusted) -> String {
    let shown = text.shown();
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@".contains(character);
    if !shown.is_empty() && shown.chars().all(plain) {
        shown
    } else {
        format!("'{}'", shown.replace('\'', "'\\''"))
    }
}
