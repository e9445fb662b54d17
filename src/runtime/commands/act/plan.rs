//! `--plan` for programs: what would be sent, what speaks against it, and the token that confirms it. Its fields are a promise
//! (`docs/COMMANDS.md`).

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::app::{Check, DryRun, Permission, Sheet, dry_run_words, wanted_token};
use crate::domain::{Class, FactCheck, Goal, Plan, PlanToken, Refusal, Step, Untrusted, Write};

use super::super::opened::Opened;

/// The version of the shape.
const VERSION: u32 = 1;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    version: u32,
    cluster: String,
    server: Option<String>,
    user: Option<String>,
    at: Timestamp,
    namespace: String,
    name: String,
    kind: &'static str,
    uid: Option<String>,
    step: &'static str,
    class: Option<&'static str>,
    sentence: Option<String>,
    against: Vec<String>,
    changes: Vec<Change>,
    facts: Vec<Fact>,
    notes: Vec<Note>,
    requests: Vec<Request>,
    dry_run: Option<DryRunReport>,
    rights: Option<Rights>,
    effect: Option<&'static str>,
    way_back: Option<String>,
    kubectl: Option<String>,
    typed: Option<String>,
    needs: Vec<&'static str>,
    token: Option<String>,
    ends_at: Option<Timestamp>,
    refused: Option<Refused>,
}

#[derive(Debug, Serialize)]
struct Change {
    field: String,
    from: String,
    to: String,
}

#[derive(Debug, Serialize)]
struct Fact {
    what: String,
    value: String,
    check: &'static str,
}

#[derive(Debug, Serialize)]
struct Note {
    label: &'static str,
    words: String,
    bad: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: &'static str,
    path: String,
    content_type: &'static str,
    operations: Vec<Value>,
    body_sha256: String,
}

#[derive(Debug, Serialize)]
struct DryRunReport {
    answer: &'static str,
    words: String,
    also: Vec<String>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Rights {
    answer: &'static str,
    words: Option<String>,
}

#[derive(Debug, Serialize)]
struct Refused {
    kind: &'static str,
    why: String,
    next: String,
}

/// What is told of a plan beside the sheet.
pub(super) struct Told<'a> {
    pub(super) opened: &'a Opened,
    pub(super) key: &'a crate::domain::RolloutKey,
    pub(super) step: Step,
    pub(super) sheet: Option<&'a Sheet>,
    pub(super) token: Option<&'a PlanToken>,
    pub(super) needs: &'a [&'static str],
    pub(super) refused: Option<&'a Refusal>,
}

impl Report {
    pub(super) fn of(told: &Told<'_>) -> Self {
        let Told {
            opened,
            key,
            step,
            sheet,
            token,
            needs,
            refused,
        } = told;
        let source = opened.source();
        let plan = sheet.and_then(|sheet| sheet.plan.as_deref());
        let environment = opened.context().policy.environment;
        Self {
            version: VERSION,
            cluster: opened.cluster.to_string(),
            server: source.server.as_ref().map(Untrusted::shown),
            user: source.user.as_ref().map(Untrusted::shown),
            at: opened.now(),
            namespace: key.name.namespace.shown(),
            name: key.name.name.shown(),
            kind: match key.driver {
                crate::domain::Driver::Deployment => "Deployment",
                crate::domain::Driver::Argo => "Rollout",
            },
            uid: opened.model.rollout(key).map(|rollout| rollout.uid.shown()),
            step: step.verb(),
            class: plan.map(|plan| plan.class.word()),
            sentence: plan.map(|plan| plan.sentence.clone()),
            against: plan.map(|plan| plan.against.clone()).unwrap_or_default(),
            changes: plan.map(changes).unwrap_or_default(),
            facts: plan.map(facts).unwrap_or_default(),
            notes: plan.map(notes).unwrap_or_default(),
            requests: plan
                .map(|plan| plan.writes.iter().map(request).collect())
                .unwrap_or_default(),
            dry_run: sheet.and_then(|sheet| sheet.dry_run.got()).map(dry_run),
            rights: sheet.and_then(|sheet| rights(&sheet.permission)),
            effect: plan.map(|plan| effect(&plan.goal)),
            way_back: plan.map(|plan| plan.way_back.clone()),
            kubectl: plan.map(|plan| plan.kubectl.clone()),
            typed: plan.map(|plan| wanted_token(plan, environment).to_owned()),
            needs: needs.to_vec(),
            token: token.map(ToString::to_string),
            ends_at: token.map(PlanToken::ends_at),
            refused: refused.map(|refusal| Refused {
                kind: refusal.kind.word(),
                why: refusal.why.clone(),
                next: refusal.next.clone(),
            }),
        }
    }
}

fn changes(plan: &Plan) -> Vec<Change> {
    let all = plan.changes.iter().map(|it| Change {
        field: it.field.clone(),
        from: it.from.shown(),
        to: it.to.shown(),
    });
    all.collect()
}

fn facts(plan: &Plan) -> Vec<Fact> {
    let all = plan.facts.iter().map(|it| Fact {
        what: it.what.clone(),
        value: it.value.shown(),
        check: match it.check {
            FactCheck::Guarded => "guarded",
            FactCheck::JustBefore => "justBefore",
            FactCheck::Informative => "informative",
        },
    });
    all.collect()
}

fn notes(plan: &Plan) -> Vec<Note> {
    let all = plan.notes.iter().map(|it| Note {
        label: it.label,
        words: it.words.shown(),
        bad: it.bad,
    });
    all.collect()
}

/// As it may be seen: values of environment variables are hashed. The digest is of the bytes themselves.
fn request(write: &Write) -> Request {
    let operations = write.shown.lines().map(|line| {
        serde_json::from_str(line).unwrap_or_else(|_| Value::String(Untrusted::from(line).shown()))
    });
    let digest = Sha256::digest(write.body.as_bytes());
    Request {
        method: write.method.word(),
        path: write.path.clone(),
        content_type: write.content_type,
        operations: operations.collect(),
        body_sha256: digest.iter().fold(String::new(), |mut text, byte| {
            // Writing to memory cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }),
    }
}

fn dry_run(answer: &DryRun) -> DryRunReport {
    let (also, warnings): (&[Untrusted], &[Untrusted]) =
        if let DryRun::Accepted { also, warnings, .. } = answer {
            (also, warnings)
        } else {
            (&[], &[])
        };
    DryRunReport {
        answer: dry_run_word(answer),
        words: dry_run_words(answer).1,
        also: also.iter().map(Untrusted::shown).collect(),
        warnings: warnings.iter().map(Untrusted::shown).collect(),
    }
}

fn dry_run_word(answer: &DryRun) -> &'static str {
    match answer {
        DryRun::Accepted { .. } => "accepted",
        DryRun::Denied { .. } => "denied",
        DryRun::Changed => "changed",
        DryRun::Unsupported { .. } => "unsupported",
        DryRun::TimedOut => "timedOut",
        DryRun::Failed { .. } => "failed",
    }
}

fn rights(permission: &Check<Permission>) -> Option<Rights> {
    let (answer, words) = match permission.got()? {
        Permission::Yes => ("yes", None),
        Permission::No { why } => ("no", Some(why.shown())),
        Permission::Unknown { why } => ("unknown", Some(why.shown())),
    };
    Some(Rights { answer, words })
}

/// What is waited for after it was accepted.
pub(super) fn effect(goal: &Goal) -> &'static str {
    match goal {
        Goal::Paused(true) => "the controller reports the rollout as paused",
        Goal::Paused(false) => "the controller has seen that it goes on",
        Goal::RestartedAt(_) => "every wanted pod was made anew and is available",
        Goal::Template { .. } => "every wanted pod runs this template and is available, and no other is left",
        Goal::Replicas(_) => "so many pods exist and are available",
    }
}

/// The flags that a confirmation of this plan needs.
pub(super) fn needs(plan: &Plan, dry_run: &Check<DryRun>) -> Vec<&'static str> {
    let mut needs = Vec::new();
    if plan.class == Class::Override {
        needs.extend(["--override", "--reason"]);
    }
    let is_tried = matches!(
        dry_run,
        Check::Got(DryRun::Accepted { .. } | DryRun::Denied { .. } | DryRun::Changed)
    );
    if plan.class.needs_fresh_data() && !is_tried {
        needs.push("--no-dry-run");
    }
    needs
}
