//! What `status -o json` and `-o yaml` say. The names are a promise: `docs/COMMANDS.md` describes each, and the version changes
//! when one of them changes its meaning or goes. Nothing of the program's own types shows through.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::{
    Driver, Finding, Gravity, ObjectKind, OwnerTool, Reverts, Revision, RevisionRole, Rollout, RolloutKey,
    Seconds, Side, State,
};
use crate::view;

use super::numbers::numbers;
use super::opened::{Missing, Opened};

/// The version of the shape.
const VERSION: u32 = 1;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    version: u32,
    cluster: String,
    server: String,
    at: Timestamp,
    incomplete: Vec<Incomplete>,
    notes: Vec<String>,
    rollouts: Vec<Entry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Incomplete {
    resource: &'static str,
    namespace: Option<String>,
    cause: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    namespace: String,
    name: String,
    kind: &'static str,
    uid: String,
    standing: &'static str,
    state: &'static str,
    reason: Option<String>,
    strategy: &'static str,
    paused: bool,
    revision: String,
    progress: Progress,
    pods: Pods,
    generation: i64,
    observed_generation: i64,
    created_at: Option<Timestamp>,
    since: Option<Timestamp>,
    age_seconds: Option<u64>,
    findings: Vec<Found>,
    revisions: Option<Vec<Version>>,
    steps: Option<Steps>,
    weights: Option<Weights>,
    owners: Vec<Owner>,
    autoscaler: Option<Autoscaler>,
}

#[derive(Debug, Serialize)]
struct Progress {
    done: u32,
    of: u32,
}

#[derive(Debug, Serialize)]
struct Pods {
    wanted: u32,
    existing: u32,
    updated: u32,
    ready: u32,
    available: u32,
}

#[derive(Debug, Serialize)]
struct Found {
    gravity: &'static str,
    reason: &'static str,
    side: &'static str,
    sentence: String,
    numbers: Map<String, Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    number: Option<u64>,
    role: &'static str,
    hash: Option<String>,
    images: Vec<Image>,
    created_at: Option<Timestamp>,
    change_cause: Option<String>,
    wanted: u32,
    existing: u32,
    ready: u32,
    available: u32,
    restarts: Option<u32>,
}

#[derive(Debug, Serialize)]
struct Image {
    container: String,
    image: String,
}

#[derive(Debug, Serialize)]
struct Steps {
    done: usize,
    of: usize,
}

#[derive(Debug, Serialize)]
struct Weights {
    asked: Option<u8>,
    controller: Option<u8>,
    router: Option<u8>,
}

#[derive(Debug, Serialize)]
struct Owner {
    tool: &'static str,
    name: String,
    reverts: &'static str,
    sentence: String,
}

#[derive(Debug, Serialize)]
struct Autoscaler {
    name: String,
    min: u32,
    max: u32,
}

impl Report {
    /// The report of these rollouts, in this order.
    pub(super) fn of<'a>(opened: &Opened, rollouts: impl Iterator<Item = &'a Rollout>) -> Self {
        let source = opened.source();
        Self {
            version: VERSION,
            cluster: opened.cluster.to_string(),
            server: source
                .server
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            at: opened.now(),
            incomplete: opened.missing().iter().map(incomplete).collect(),
            notes: source.notes.iter().map(ToString::to_string).collect(),
            rollouts: rollouts.map(|rollout| entry(opened, rollout)).collect(),
        }
    }
}

/// One change of `status --watch`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    version: u32,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gone: Option<Gone>,
}

#[derive(Debug, Serialize)]
struct Gone {
    namespace: String,
    name: String,
    kind: &'static str,
}

impl Change {
    /// The rollout as it is now.
    pub(super) fn to(opened: &Opened, rollout: &Rollout) -> Self {
        Self {
            version: VERSION,
            at: opened.now(),
            rollout: Some(entry(opened, rollout)),
            gone: None,
        }
    }

    /// It is there no more.
    pub(super) fn gone(opened: &Opened, key: &RolloutKey) -> Self {
        Self {
            version: VERSION,
            at: opened.now(),
            rollout: None,
            gone: Some(Gone {
                namespace: key.name.namespace.shown(),
                name: key.name.name.shown(),
                kind: kind(key.driver),
            }),
        }
    }
}

fn kind(driver: Driver) -> &'static str {
    match driver {
        Driver::Deployment => "Deployment",
        Driver::Argo => "Rollout",
    }
}

fn incomplete(missing: &Missing) -> Incomplete {
    Incomplete {
        resource: missing.kind.resource(),
        namespace: missing.namespace.as_ref().map(ToString::to_string),
        cause: if missing.is_forbidden {
            "forbidden"
        } else {
            "unread"
        },
        message: missing.why.shown(),
    }
}

fn entry(opened: &Opened, rollout: &Rollout) -> Entry {
    let now = opened.now();
    let (done, of, _) = view::progress(rollout);
    let counts = rollout.counts;
    let since = rollout.since.or(rollout.created_at);
    let sets_read = opened.has_read(ObjectKind::ReplicaSet, rollout);
    Entry {
        namespace: rollout.key.name.namespace.shown(),
        name: rollout.key.name.name.shown(),
        kind: kind(rollout.key.driver),
        uid: rollout.uid.shown(),
        standing: rollout.standing(now).word(),
        state: state(rollout.state(now)),
        reason: rollout.finding(now).map(|it| view::short_reason(&it.reason, now)),
        strategy: rollout.strategy.word(),
        paused: rollout.paused,
        revision: view::revisions(rollout),
        progress: Progress { done, of },
        pods: Pods {
            wanted: counts.wanted,
            existing: counts.existing,
            updated: counts.updated,
            ready: counts.ready,
            available: counts.available,
        },
        generation: rollout.generation,
        observed_generation: rollout.observed_generation,
        created_at: rollout.created_at,
        since,
        age_seconds: since.map(|since| Seconds::between(since, now).0),
        findings: findings(rollout, now),
        revisions: sets_read.then(|| rollout.revisions.iter().map(|it| version(rollout, it)).collect()),
        steps: steps(rollout),
        weights: weights(rollout),
        owners: rollout.owners.iter().map(owner).collect(),
        autoscaler: rollout.autoscaler.as_ref().map(|(name, min, max)| Autoscaler {
            name: name.shown(),
            min: *min,
            max: *max,
        }),
    }
}

fn state(state: State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Failing => "failing",
        State::Stuck => "stuck",
        State::Moving => "rolling",
        State::Unknown => "unknown",
        State::Idle => "idle",
    }
}

fn findings(rollout: &Rollout, now: Timestamp) -> Vec<Found> {
    let mut counting: Vec<&Finding> = rollout.findings.iter().filter(|it| it.counts(now)).collect();
    counting.sort_by_key(|it| it.gravity);
    counting
        .into_iter()
        .map(|it| {
            let (reason, numbers) = numbers(&it.reason);
            Found {
                gravity: match it.gravity {
                    Gravity::Failing => "failing",
                    Gravity::Stuck => "stuck",
                    Gravity::Held => "held",
                    Gravity::Moving => "moving",
                    Gravity::Note => "note",
                },
                reason,
                side: match it.side {
                    Side::Newest => "newest",
                    Side::Older => "older",
                },
                sentence: view::sentence(&it.reason, now),
                numbers,
            }
        })
        .collect()
}

fn version(rollout: &Rollout, revision: &Revision) -> Version {
    let its = |pods: &Vec<std::sync::Arc<crate::domain::Pod>>| {
        pods.iter()
            .filter(|pod| pod.owner.is_some() && pod.owner == revision.uid)
            .map(|pod| pod.restarts())
            .sum()
    };
    Version {
        number: revision.number,
        role: match revision.role {
            RevisionRole::New => "new",
            RevisionRole::Old => "old",
            RevisionRole::Current => "current",
            RevisionRole::Canary => "canary",
            RevisionRole::Stable => "stable",
            RevisionRole::Kept => "kept",
        },
        hash: revision.hash.as_ref().map(ToString::to_string),
        images: revision
            .images
            .iter()
            .map(|(container, image)| Image {
                container: container.shown(),
                image: image.to_string(),
            })
            .collect(),
        created_at: revision.created_at,
        change_cause: revision.change_cause.as_ref().map(ToString::to_string),
        wanted: revision.wanted,
        existing: revision.existing,
        ready: revision.ready,
        available: revision.available,
        restarts: rollout.pods.as_ref().map(its),
    }
}

fn steps(rollout: &Rollout) -> Option<Steps> {
    let done = rollout.steps.iter().filter(|step| step.done).count();
    (!rollout.steps.is_empty()).then_some(Steps {
        done,
        of: rollout.steps.len(),
    })
}

fn weights(rollout: &Rollout) -> Option<Weights> {
    let weights = rollout.weights;
    let percent = |weight: Option<crate::domain::Weight>| weight.map(crate::domain::Weight::value);
    let all = [weights.asked, weights.controller, weights.router];
    all.iter().any(Option::is_some).then(|| Weights {
        asked: percent(weights.asked),
        controller: percent(weights.controller),
        router: percent(weights.router),
    })
}

fn owner(owner: &crate::domain::Owner) -> Owner {
    Owner {
        tool: match owner.tool {
            OwnerTool::Operator => "operator",
            OwnerTool::ArgoCd => "argocd",
            OwnerTool::Flux => "flux",
            OwnerTool::Helm => "helm",
            OwnerTool::Apply => "kubectl-apply",
            OwnerTool::ArgoRollouts => "argo-rollouts",
            OwnerTool::Flagger => "flagger",
        },
        name: owner.name.shown(),
        reverts: match owner.reverts {
            Reverts::Always => "always",
            Reverts::Later => "later",
            Reverts::Perhaps => "perhaps",
        },
        sentence: view::owner_words(owner),
    }
}
