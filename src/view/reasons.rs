//! Why a rollout does not move, in words: a few for the fleet, a sentence for the rollout's screen. Every rule gives its
//! numbers.

use jiff::Timestamp;

use crate::domain::{Reason, Seconds, Untrusted};

use super::words::count;

/// The few words for the fleet's column: what it waits for, or why it does not move.
pub fn short_reason(reason: &Reason, now: Timestamp) -> String {
    match reason {
        Reason::Paused {
            pending_edit: true, ..
        } => "you: resume? an edit waits".to_owned(),
        Reason::Paused { .. } => "you: resume?".to_owned(),
        Reason::NotObserved { .. } => "controller not observing".to_owned(),
        Reason::ImagePull { pods, of, word, .. } | Reason::CannotStart { pods, of, word, .. } => {
            format!("{word} {pods}/{of}")
        }
        Reason::CrashLoop {
            restarts,
            exit_code,
            last,
            ..
        } => {
            let ended = last
                .as_ref()
                .map(Untrusted::shown)
                .or_else(|| exit_code.map(|code| format!("exit {code}")));
            let ended = ended.map(|ended| format!(" {ended}")).unwrap_or_default();
            // It may wait for its first restart.
            let times = if *restarts > 0 {
                format!(" ×{restarts}")
            } else {
                String::new()
            };
            format!("CrashLoopBackOff{ended}{times}")
        }
        Reason::ProbeFailing { pods, of, .. } => format!("probe failing {pods}/{of}"),
        Reason::Unschedulable { pods, of, .. } => format!("unschedulable {pods}/{of}"),
        Reason::CannotCreatePods { quota: true, .. } => "quota exceeded".to_owned(),
        Reason::CannotCreatePods { quota: false, .. } => "pods refused by the API".to_owned(),
        Reason::DeadlineExceeded { deadline, .. } => format!("no progress in {deadline}"),
        Reason::DeadlineRunning { until, .. } => {
            format!("{} of deadline left", Seconds::between(now, *until).coarse())
        }
        Reason::MinReady { pods, until, .. } => {
            format!(
                "{} counting, {} left",
                count(*pods, "pod"),
                Seconds::between(now, *until).coarse()
            )
        }
        Reason::TooFewUpdated { updated, wanted } => format!("{updated}/{wanted} pods updated"),
        Reason::TooFewReady { ready, wanted } => format!("{ready}/{wanted} pods ready"),
        Reason::OldPodsRemain { pods } => format!("{} to go", count(*pods, "old pod")),
        Reason::TerminatingHangs { pods, since, .. } => {
            format!(
                "{} stuck in Terminating {}",
                count(*pods, "pod"),
                Seconds::between(*since, now).coarse()
            )
        }
        Reason::Evicted { pods, .. } => format!("{} evicted", count(*pods, "pod")),
        Reason::OutageInWaiting { .. } => "Recreate: outage in waiting".to_owned(),
        Reason::Outage { wanted } => format!("outage: 0/{wanted} ready"),
        Reason::BeingDeleted { since } => format!("being deleted {}", Seconds::between(*since, now).coarse()),
        Reason::CanaryPause { step, of, .. } => format!("you: promote past step {step}/{of}"),
        Reason::CanaryPauseUntil { until, .. } => {
            format!("pause, {} left", Seconds::between(now, *until).coarse())
        }
        Reason::Aborted { .. } => "aborted: stable serves".to_owned(),
        Reason::Controller {
            message: Some(message),
            ..
        } => message.shown(),
        Reason::Controller { phase, message: None } => phase.shown(),
        Reason::CannotTell { what } => format!("cannot tell: {what}"),
    }
}

/// The whole rule with its numbers, as a sentence.
#[expect(clippy::too_many_lines, reason = "a table: one arm per rule")]
pub fn sentence(reason: &Reason, now: Timestamp) -> String {
    let said = |message: &Option<Untrusted>| message.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
    match reason {
        Reason::Paused { since, pending_edit } => {
            let since = since
                .map(|at| format!(" for {}", Seconds::between(at, now)))
                .unwrap_or_default();
            let edit = if *pending_edit {
                "; the template was edited meanwhile and nothing runs it yet"
            } else {
                ""
            };
            format!("Paused{since}: the controller starts no new pods{edit}. Resuming lets it go on.")
        }
        Reason::NotObserved { generation, observed } => format!(
            "The controller has seen generation {observed} of {generation}: either it is behind, or it does not run."
        ),
        Reason::ImagePull {
            pods,
            of,
            word,
            image,
            message,
        } => {
            let image = image.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
            format!(
                "{pods} of {} cannot pull the image{image} ({word}){}",
                count(*of, "pod"),
                said(message)
            )
        }
        Reason::CrashLoop {
            pods,
            of,
            container,
            restarts,
            exit_code,
            last,
        } => {
            let code = exit_code
                .map(|code| format!(" with exit code {code}"))
                .unwrap_or_default();
            let last = last.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
            format!(
                "Container {container} ends again and again{code}{last}: {pods} of {}, {} so far.",
                count(*of, "pod"),
                count(*restarts, "restart")
            )
        }
        Reason::CannotStart {
            pods,
            of,
            word,
            message,
        } => {
            format!(
                "{pods} of {} cannot start a container ({word}){}",
                count(*of, "pod"),
                said(message)
            )
        }
        Reason::ProbeFailing {
            pods,
            of,
            container,
            running_since,
            message,
        } => format!(
            "{pods} of {} runs and does not become ready: container {container}, for {}{}",
            count(*of, "pod"),
            Seconds::between(*running_since, now),
            said(message)
        ),
        Reason::Unschedulable { pods, of, message } => {
            format!("No node takes {pods} of {}: {message}", count(*of, "pod"))
        }
        Reason::CannotCreatePods { message, quota } => {
            let why = if *quota {
                "a quota is used up"
            } else {
                "the API refuses them"
            };
            format!("Pods cannot be made, {why}: {message}")
        }
        Reason::DeadlineExceeded { deadline, message } => {
            format!(
                "No progress within its deadline of {deadline}; the controller gave up waiting{}",
                said(message)
            )
        }
        Reason::DeadlineRunning { until, deadline } => {
            format!(
                "Its progress deadline of {deadline} ends in {}.",
                Seconds::between(now, *until)
            )
        }
        Reason::MinReady { pods, wait, until } => format!(
            "{} ready, and must stay so for {wait} before counting; {} left.",
            count(*pods, "pod"),
            Seconds::between(now, *until)
        ),
        Reason::TooFewUpdated { updated, wanted } => {
            format!("{updated} of {wanted} pods run the new revision.")
        }
        Reason::TooFewReady { ready, wanted } => format!("{ready} of {wanted} pods are ready."),
        Reason::OldPodsRemain { pods } => {
            format!("{} of older revisions must still go.", count(*pods, "pod"))
        }
        Reason::TerminatingHangs { pods, since, oldest } => format!(
            "{} should be gone and still there: {oldest} for {}. A finalizer, a lost node or a process that ignores its end.",
            count(*pods, "pod"),
            Seconds::between(*since, now)
        ),
        Reason::Evicted { pods, message } => format!("{} evicted{}", count(*pods, "pod"), said(message)),
        Reason::OutageInWaiting { pods } => format!(
            "Recreate: any change stops all {} before a new one starts: an outage until those are ready.",
            count(*pods, "pod")
        ),
        Reason::Outage { wanted } => {
            format!("Recreate: the old pods are gone and none of {wanted} is ready: nothing serves.")
        }
        Reason::BeingDeleted { since } => format!(
            "Its deletion was asked for {} ago.",
            Seconds::between(*since, now)
        ),
        Reason::CanaryPause { step, of, since } => {
            let since = since
                .map(|at| format!(" for {}", Seconds::between(at, now)))
                .unwrap_or_default();
            format!("Held{since} at step {step} of {of}: a pause without duration, a human must promote.")
        }
        Reason::CanaryPauseUntil { step, of, until } => {
            format!(
                "Waits at step {step} of {of}, {} left.",
                Seconds::between(now, *until)
            )
        }
        Reason::Aborted { at, message } => {
            let at = at
                .map(|at| format!(" {} ago", Seconds::between(at, now)))
                .unwrap_or_default();
            format!("Aborted{at}: the stable revision serves{}", said(message))
        }
        Reason::Controller { phase, message } => format!("The controller says {phase}{}", said(message)),
        Reason::CannotTell { what } => format!("Cannot tell: {what}"),
    }
}
