//! What the steps mean, in words with numbers: what keeps serving, what becomes of an edit made while paused.

use crate::domain::{Change, Reason, Revision, Rollout, Seconds, Strategy, Untrusted};

/// `1 pod`, `3 pods`.
pub(super) fn number_of_pods(number: u32) -> String {
    if number == 1 {
        "1 pod".to_owned()
    } else {
        format!("{number} pods")
    }
}

/// How many pods of which revision are ready.
pub(super) fn pods(rollout: &Rollout) -> String {
    let parts: Vec<String> = rollout
        .revisions
        .iter()
        .filter(|revision| revision.existing > 0)
        .map(|revision| format!("{} of {} ready", revision.ready, version(rollout, revision)))
        .collect();
    if parts.is_empty() {
        format!("{} of {} ready", rollout.counts.ready, rollout.counts.wanted)
    } else {
        parts.join(", ")
    }
}

fn version(rollout: &Rollout, revision: &Revision) -> String {
    let other = rollout
        .revisions
        .iter()
        .find(|it| it.uid != revision.uid && it.existing > 0);
    let version = revision.version(other);
    if other.is_some_and(|other| other.version(Some(revision)) == version) {
        format!("{version} ({})", revision.label())
    } else {
        version
    }
}

/// `its one pod`, `all 3 pods`.
pub(super) fn all_pods(number: u32) -> String {
    if number == 1 {
        "its one pod".to_owned()
    } else {
        format!("all {number} pods")
    }
}

/// What pausing stops, and what goes on serving.
pub(super) fn pause(rollout: &Rollout) -> String {
    let (Some(target), Some(previous)) = (rollout.target(), rollout.previous()) else {
        if rollout.counts.ready < rollout.counts.wanted {
            return format!(
                "Hold it: {} of {} pods are ready, and those that were asked for go on starting; no change of its template is rolled out until it is resumed.",
                rollout.counts.ready, rollout.counts.wanted
            );
        }
        return "Hold it: nothing moves now, and nothing will until it is resumed, whoever changes its template.".to_owned();
    };
    let ready = target.ready + previous.ready;
    let share = (u64::from(target.ready) * 100).checked_div(u64::from(ready));
    let share = share
        .map(|share| format!(", {share} % of the ready pods"))
        .unwrap_or_default();
    format!(
        "Stop it where it is. Serving then: {} of {}{share}, and {} of {}.",
        number_of_pods(target.ready),
        version(rollout, target),
        previous.ready,
        version(rollout, previous)
    )
}

/// What resuming lets go on.
pub(super) fn resume(rollout: &Rollout) -> String {
    let target = rollout
        .target()
        .map(|target| target.version(rollout.previous()))
        .unwrap_or_default();
    match (has_pending_edit(rollout), rollout.previous()) {
        (true, _) => format!(
            "Let the edit made while it was paused become a new revision: {target} replaces every pod."
        ),
        (false, Some(previous)) => {
            let from = previous.version(rollout.target());
            format!(
                "Let it go on: {target} has yet to replace {} of {from}.",
                number_of_pods(previous.existing)
            )
        }
        (false, None) => "Let changes to its template start rollouts again; nothing moves now.".to_owned(),
    }
}

fn has_pending_edit(rollout: &Rollout) -> bool {
    rollout.findings.iter().any(|finding| {
        matches!(
            finding.reason,
            Reason::Paused {
                pending_edit: true,
                ..
            }
        )
    })
}

/// The images that an edit made while paused changes.
pub(super) fn pending_edit(rollout: &Rollout) -> Vec<Change> {
    let (true, Some(target), Some(previous)) =
        (has_pending_edit(rollout), rollout.target(), rollout.previous())
    else {
        return Vec::new();
    };
    let changes: Vec<Change> = target
        .images
        .iter()
        .filter_map(|(container, image)| {
            let (_, before) = previous.images.iter().find(|(name, _)| name == container)?;
            (before != image).then(|| Change {
                field: format!("image of {container}"),
                from: before.0.clone(),
                to: image.0.clone(),
            })
        })
        .collect();
    if changes.is_empty() {
        let words = |text: &str| Untrusted::from(text);
        return vec![Change {
            field: "template".to_owned(),
            from: words("as it runs"),
            to: words("edited, same images"),
        }];
    }
    changes
}

/// What a restart replaces.
pub(super) fn restart(rollout: &Rollout) -> String {
    let version = rollout
        .target()
        .map(|target| target.version(None))
        .unwrap_or_default();
    if rollout.strategy == Strategy::Recreate {
        return format!(
            "OUTAGE: Recreate stops {} of {version} at once, and nothing serves until new ones are ready.",
            all_pods(rollout.counts.wanted)
        );
    }
    format!(
        "Replace {} by new ones of the same revision {version}, a few at a time as the strategy says.",
        all_pods(rollout.counts.wanted)
    )
}

/// How long it takes until `revision` has all pods, from how long its pods, or else any of the rollout's, took to be ready.
pub(super) fn takes(rollout: &Rollout, revision: &Revision) -> String {
    let missing = rollout.counts.wanted.saturating_sub(revision.ready);
    takes_for(rollout, missing)
}

/// How long it takes until every pod is replaced.
pub(super) fn takes_all(rollout: &Rollout) -> String {
    takes_for(rollout, rollout.counts.wanted)
}

fn takes_for(rollout: &Rollout, missing: u32) -> String {
    if missing == 0 {
        return "seconds: every pod that it needs is there".to_owned();
    }
    let pods = number_of_pods(missing);
    let rounds = missing.div_ceil(rollout.written.at_a_time.max(1));
    match startup(rollout) {
        Some(startup) => format!(
            "about {}: {pods}, {} at a time, each ready after {startup} as its pods were so far",
            Seconds(startup.0.saturating_mul(u64::from(rounds))),
            rollout.written.at_a_time.min(missing)
        ),
        None => format!(
            "{pods}, {} at a time; how long each takes is not known: none was seen to become ready",
            rollout.written.at_a_time.min(missing)
        ),
    }
}

/// The middle of how long its ready pods took from being made to being ready. Pods that were restarted or lost readiness tell
/// nothing of it.
fn startup(rollout: &Rollout) -> Option<Seconds> {
    let mut spans: Vec<Seconds> = rollout
        .pods
        .iter()
        .flatten()
        .filter(|pod| pod.ready && pod.restarts() == 0)
        .filter_map(|pod| Some(Seconds::between(pod.created_at?, pod.ready_since?)))
        .collect();
    spans.sort();
    spans.get(spans.len() / 2).map(|span| Seconds(span.0.max(1)))
}

/// What a restart can be taken back by: nothing has to, the revision is the same.
pub(super) fn restart_back(rollout: &Rollout) -> &'static str {
    if rollout.strategy == Strategy::Recreate {
        "none once it is sent: the outage lasts until the new pods are ready"
    } else {
        "none is needed: the new pods run the same revision; pausing stops the replacing half way"
    }
}
