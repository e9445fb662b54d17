//! What the rollout screen says: what runs, why it does not move, what happened.

use crate::app::{Context, Model, Pane};
use crate::domain::{
    CanaryStepKind, ContainerState, Gravity, KindState, Liveness, ObjectKind, OwnerTool, Pod, PodPhase,
    Reverts, Revision, RevisionRole, Rollout, SeenWhole,
};

use super::reasons;
use super::traffic::Users;
use super::words::{self, Words};
use super::{Glyph, Tone};

/// The head: who moves it, and from what to what.
pub fn rollout_title(rollout: &Rollout) -> Words {
    let mut words = vec![
        (Tone::Title, rollout.key.to_string()),
        (
            Tone::Muted,
            format!("  {} by {}", rollout.strategy.word(), rollout.key.driver.by()),
        ),
        (Tone::Muted, " · ".to_owned()),
        (Tone::Text, words::revisions(rollout)),
    ];
    for owner in &rollout.owners {
        words.push((Tone::Muted, " · ".to_owned()));
        words.push((Tone::Warn, owner_words(owner)));
    }
    words
}

/// An owner with when it takes edits back.
pub fn owner_words(owner: &crate::domain::Owner) -> String {
    let tool = match owner.tool {
        OwnerTool::Operator => "operator",
        OwnerTool::ArgoCd => "GitOps: Argo CD",
        OwnerTool::Flux => "GitOps: Flux",
        OwnerTool::Helm => "Helm",
        OwnerTool::Apply => "kubectl apply",
        OwnerTool::ArgoRollouts => "Argo Rollouts",
        OwnerTool::Flagger => "Flagger",
    };
    let reverts = match owner.reverts {
        Reverts::Always => "rewrites edits",
        Reverts::Later => "its next run reverts what its files name",
        Reverts::Perhaps => "may revert edits",
    };
    if owner.tool == OwnerTool::Apply {
        return format!("{tool}, {reverts}");
    }
    format!("{tool} {}, {reverts}", owner.name)
}

/// State, progress and steps: the second line.
pub fn rollout_status(context: &Context<'_>, rollout: &Rollout) -> (Glyph, Words) {
    let (glyph, word, tone) = words::state(rollout.state(context.now));
    let (_, _, progress) = words::progress(rollout);
    let mut line = vec![(tone, format!("{word}  ")), (Tone::Text, progress)];
    let counts = rollout.counts;
    line.push((
        Tone::Muted,
        format!(
            "   updated {} · ready {} · available {} of {}",
            counts.updated, counts.ready, counts.available, counts.wanted
        ),
    ));
    (glyph, line)
}

/// The steps of a canary, one piece each; empty for other strategies.
pub fn rollout_steps(rollout: &Rollout) -> Words {
    let mut line = Vec::new();
    for step in &rollout.steps {
        let what = match &step.kind {
            CanaryStepKind::SetWeight(weight) => format!("{}%", weight.value()),
            CanaryStepKind::Pause(None) => "pause".to_owned(),
            CanaryStepKind::Pause(Some(span)) => format!("pause {span}"),
            CanaryStepKind::Analysis => "analysis".to_owned(),
            CanaryStepKind::Experiment => "experiment".to_owned(),
            CanaryStepKind::SetScale => "scale".to_owned(),
            CanaryStepKind::Other(word) => word.clone(),
        };
        let (tone, mark) = match (step.done, step.current) {
            (true, _) => (Tone::Ok, " ✓"),
            (false, true) => (Tone::Paused, " ‖ here"),
            (false, false) => (Tone::Muted, ""),
        };
        if !line.is_empty() {
            line.push((Tone::Muted, " ─ ".to_owned()));
        }
        line.push((tone, format!("{what}{mark}")));
    }
    line
}

/// The three weights, and whether they agree; empty where nothing has a weight.
pub fn rollout_weights(rollout: &Rollout) -> Words {
    let weights = rollout.weights;
    if weights.asked.is_none() && weights.controller.is_none() && weights.router.is_none() {
        return Vec::new();
    }
    let one = |weight: Option<crate::domain::Weight>| {
        weight.map_or_else(|| "not read".to_owned(), |it| it.value().to_string())
    };
    let mut line = vec![
        (Tone::Muted, "weight ".to_owned()),
        (
            Tone::Text,
            format!(
                "asked {} · controller {} · router {}",
                one(weights.asked),
                one(weights.controller),
                one(weights.router)
            ),
        ),
    ];
    match weights.agree() {
        Some(true) => line.push((Tone::Ok, "  agree".to_owned())),
        Some(false) => line.push((Tone::Warn, "  ! disagree".to_owned())),
        None => {}
    }
    line
}

/// The title of a pane, with the age of what it shows when that is not fresh.
pub fn pane_title(context: &Context<'_>, model: &Model, rollout: &Rollout, pane: Pane) -> (String, Words) {
    let (title, kind) = match pane {
        Pane::Revisions => ("Revisions", ObjectKind::Pod),
        Pane::Why => ("Why and what next", ObjectKind::Deployment),
        Pane::Events => ("Events", ObjectKind::Event),
    };
    let Some(source) = model.sources.get(&rollout.key.cluster) else {
        return (title.to_owned(), Vec::new());
    };
    let namespace = rollout.key.name.namespace.shown();
    let note = match source.liveness(kind, &namespace, context.now) {
        Liveness::Fresh => Vec::new(),
        Liveness::Old(age) => vec![(Tone::Stale, format!("stale {age}"))],
        Liveness::Unknown => vec![(Tone::Unknown, "not read yet".to_owned())],
    };
    let forbidden = source.states(kind, &namespace).find_map(|state| match state {
        KindState::Forbidden { message } => Some(vec![(Tone::Warn, format!("forbidden: {message}"))]),
        KindState::Absent | KindState::Listing { .. } | KindState::Live { .. } | KindState::Stale { .. } => {
            None
        }
    });
    (title.to_owned(), forbidden.unwrap_or(note))
}

/// Revisions with their pods. Revisions without pods come last, in few words.
pub fn revision_lines(
    context: &Context<'_>,
    rollout: &Rollout,
    seen: &SeenWhole,
    users: Option<Users<'_>>,
) -> Vec<Words> {
    let mut lines = Vec::new();
    lines.extend(users.and_then(Users::trouble));
    for revision in rollout
        .revisions
        .iter()
        .filter(|it| it.role != RevisionRole::Kept)
    {
        lines.push(revision_line(rollout, revision));
        lines.extend(users.and_then(|users| users.line(rollout, revision)));
        match &rollout.pods {
            None => lines.push(vec![(Tone::Unknown, "  pods could not be read".to_owned())]),
            Some(pods) => {
                let its = pods
                    .iter()
                    .filter(|pod| pod.owner.is_some() && pod.owner == revision.uid);
                lines.extend(its.map(|pod| pod_line(context, pod)));
            }
        }
    }
    let kept: Vec<&Revision> = rollout
        .revisions
        .iter()
        .filter(|it| it.role == RevisionRole::Kept)
        .collect();
    if !kept.is_empty() {
        lines.push(vec![(Tone::Muted, "kept for going back".to_owned())]);
    }
    for revision in kept {
        let age = words::coarse_age(revision.created_at, context.now);
        let mut line = vec![(
            Tone::Muted,
            format!("  {} {}  made {age} ago", revision.label(), images(revision)),
        )];
        if let Some(at) = seen.of(revision) {
            let ago = words::coarse_age(Some(at), context.now);
            line.push((Tone::Muted, format!("  all its pods available {ago} ago")));
        }
        lines.push(line);
    }
    lines
}

fn revision_line(rollout: &Rollout, revision: &Revision) -> Words {
    let (role, tone) = match revision.role {
        RevisionRole::New => ("new", Tone::Canary),
        RevisionRole::Canary => ("canary", Tone::Canary),
        RevisionRole::Old => ("old", Tone::Baseline),
        RevisionRole::Stable => ("stable", Tone::Baseline),
        RevisionRole::Current => ("current", Tone::Ok),
        RevisionRole::Kept => ("kept", Tone::Muted),
    };
    let restarts: u32 = rollout
        .pods
        .iter()
        .flatten()
        .filter(|pod| pod.owner.is_some() && pod.owner == revision.uid)
        .map(|pod| pod.restarts())
        .sum();
    let restarts = if rollout.pods.is_some() {
        format!("  {}", words::count(restarts, "restart"))
    } else {
        String::new()
    };
    let cause = revision
        .change_cause
        .as_ref()
        .map(|cause| format!("  {cause}"))
        .unwrap_or_default();
    vec![
        (tone, format!("{} {role}", revision.label())),
        (Tone::Text, format!("  {}", images(revision))),
        (
            Tone::Text,
            format!("  {}/{} ready{restarts}", revision.ready, revision.wanted),
        ),
        (Tone::Muted, cause),
    ]
}

fn images(revision: &Revision) -> String {
    let images: Vec<String> = revision
        .images
        .iter()
        .map(|(_, image)| image.to_string())
        .collect();
    images.join(", ")
}

fn pod_line(context: &Context<'_>, pod: &Pod) -> Words {
    let (word, tone) = pod_state(pod);
    let age = words::coarse_age(pod.created_at, context.now);
    let restarts = pod.restarts();
    let mut line = vec![
        (Tone::Text, format!("  {}  ", pod.name.name)),
        (tone, word),
        (Tone::Muted, format!("  {age}")),
    ];
    if restarts > 0 {
        line.push((Tone::Warn, format!("  {}", words::count(restarts, "restart"))));
    }
    if let Some(node) = &pod.node {
        line.push((Tone::Muted, format!("  {node}")));
    }
    line
}

/// The one word for a pod, as `kubectl get pods` would choose it, except that running without being ready is not green.
fn pod_state(pod: &Pod) -> (String, Tone) {
    if pod.is_terminating() {
        return ("Terminating".to_owned(), Tone::Muted);
    }
    if let Some(reason) = &pod.reason {
        return (reason.shown(), Tone::Fail);
    }
    let waiting = pod
        .containers
        .iter()
        .find_map(|container: &ContainerState| container.waiting.as_ref());
    match (waiting, pod.phase, pod.ready) {
        (Some(word), _, _) if matches!(word.shown().as_str(), "ContainerCreating" | "PodInitializing") => {
            ("starting".to_owned(), Tone::Info)
        }
        (Some(word), _, _) => (word.shown(), Tone::Fail),
        (None, PodPhase::Running, true) => ("ready".to_owned(), Tone::Ok),
        (None, PodPhase::Running, false) => ("not ready".to_owned(), Tone::Warn),
        (None, PodPhase::Pending, _) if pod.unschedulable.is_some() => {
            ("unschedulable".to_owned(), Tone::Fail)
        }
        (None, PodPhase::Pending, _) => ("pending".to_owned(), Tone::Info),
        (None, PodPhase::Succeeded, _) => ("completed".to_owned(), Tone::Muted),
        (None, PodPhase::Failed, _) => ("failed".to_owned(), Tone::Fail),
        (None, PodPhase::Unknown, _) => ("unknown".to_owned(), Tone::Unknown),
    }
}

/// Every rule that holds with its numbers, then who else writes here, then what can be done.
pub fn why_lines(context: &Context<'_>, rollout: &Rollout) -> Vec<Words> {
    let now = context.now;
    let mut findings: Vec<_> = rollout.findings.iter().filter(|it| it.counts(now)).collect();
    findings.sort_by_key(|it| it.gravity);
    let mut lines: Vec<Words> = findings
        .iter()
        .map(|finding| {
            let (mark, tone) = match finding.gravity {
                Gravity::Failing => ("✗ ", Tone::Fail),
                Gravity::Stuck => ("! ", Tone::Warn),
                Gravity::Held => ("‖ ", Tone::Paused),
                Gravity::Moving => ("» ", Tone::Info),
                Gravity::Note => ("- ", Tone::Muted),
            };
            vec![
                (tone, mark.to_owned()),
                (Tone::Text, reasons::sentence(&finding.reason, now)),
            ]
        })
        .collect();
    if lines.is_empty() {
        lines.push(vec![
            (Tone::Ok, "✓ ".to_owned()),
            (
                Tone::Text,
                "Nothing to be done: every wanted pod runs the current revision.".to_owned(),
            ),
        ]);
    }
    if let Some((name, min, max)) = &rollout.autoscaler {
        lines.push(vec![(
            Tone::Muted,
            format!("Autoscaler {name} sets the number of pods, {min} to {max}."),
        )]);
    }
    for owner in &rollout.owners {
        lines.push(vec![(Tone::Muted, format!("Owner: {}.", owner_words(owner)))]);
    }
    if let Some(manager) = rollout.managers.first() {
        lines.push(vec![(
            Tone::Muted,
            format!(
                "Last written by {} {} ago.",
                manager.manager,
                words::coarse_age(manager.at, now)
            ),
        )]);
    }
    if !rollout.services.is_empty() {
        let services: Vec<String> = rollout.services.iter().map(ToString::to_string).collect();
        lines.push(vec![(
            Tone::Muted,
            format!("Behind Service {}.", services.join(", ")),
        )]);
    }
    lines
}

/// Events of the rollout, its replica sets and pods, newest first.
pub fn event_lines(context: &Context<'_>, model: &Model, rollout: &Rollout) -> Vec<Words> {
    if model.view.events_of.as_ref() != Some(&rollout.key) {
        return vec![vec![(Tone::Info, "Reading events…".to_owned())]];
    }
    if model.view.events.is_empty() {
        return vec![vec![(
            Tone::Muted,
            "No events. The API keeps them for an hour.".to_owned(),
        )]];
    }
    model
        .view
        .events
        .iter()
        .map(|event| {
            let tone = if event.warning { Tone::Warn } else { Tone::Text };
            let times = if event.count > 1 {
                format!(" ×{}", event.count)
            } else {
                String::new()
            };
            vec![
                (
                    Tone::Muted,
                    format!("{:>6} ", words::coarse_age(event.at, context.now)),
                ),
                (tone, format!("{}{times} ", event.reason)),
                (Tone::Muted, format!("{} {} ", event.kind, event.about.name)),
                (Tone::Text, event.message.shown()),
            ]
        })
        .collect()
}
