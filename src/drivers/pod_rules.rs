//! Rules about pods, the same for every workload whose revisions are `ReplicaSet`s. One function per rule.
//!
//! A rule is asked of one side at a time and counts the pods that it holds for. Pods that ended or are being deleted tell
//! nothing about a revision.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{ContainerState, Finding, Gravity, Pod, PodPhase, Reason, Seconds, Untrusted};
use crate::objects::{Event, ObjectStore, Reference};

use super::side::{Side, count};

/// A container that runs this long without becoming ready needs somebody to look.
const UNREADY_FOR: Seconds = Seconds(60);

/// Probes fail once or twice while anything starts; this often they mean it.
const PROBES_FAILED: u32 = 3;

/// Past the grace period a pod may still take this long before it is said to hang.
const HANGS_AFTER: Seconds = Seconds(30);

/// Restarts after which a container that just runs again is still one that crashes.
const RESTARTS: u32 = 3;

const IMAGE_WORDS: [&str; 6] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
];

const START_WORDS: [&str; 9] = [
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "ContainerCannotRun",
    "StartError",
    "PreCreateHookError",
    "PreStartHookError",
    "PostStartHookError",
    "CreatePodSandboxError",
];

/// Every rule that needs somebody, for one side.
pub(super) fn troubles(side: &Side, store: &ObjectStore, gravity: Gravity) -> Vec<Finding> {
    [
        image_pull(side).map(|reason| Finding::now(gravity, reason)),
        crash_loop(side).map(|reason| Finding::now(gravity, reason)),
        cannot_start(side).map(|reason| Finding::now(gravity, reason)),
        unschedulable(side).map(|reason| Finding::now(gravity, reason)),
        probe_failing(side, store, gravity),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The pods that a rule may look at.
fn active(side: &Side) -> impl Iterator<Item = &Arc<Pod>> {
    side.pods
        .iter()
        .filter(|pod| !pod.is_terminating() && !matches!(pod.phase, PodPhase::Succeeded | PodPhase::Failed))
}

/// The pods that have a container for which `holds`, with the first such container of the first of them.
fn holding(side: &Side, holds: impl Fn(&ContainerState) -> bool) -> Option<(u32, u32, &ContainerState)> {
    let (mut pods, mut of, mut first) = (0, 0, None);
    for pod in active(side) {
        of += 1;
        if let Some(container) = pod.containers.iter().find(|container| holds(container)) {
            pods += 1;
            first = first.or(Some(container));
        }
    }
    first.map(|container| (pods, of, container))
}

fn waits_for(container: &ContainerState, words: &[&str]) -> bool {
    container
        .waiting
        .as_ref()
        .is_some_and(|word| words.contains(&word.raw()))
}

fn image_pull(side: &Side) -> Option<Reason> {
    let (pods, of, container) = holding(side, |container| waits_for(container, &IMAGE_WORDS))?;
    Some(Reason::ImagePull {
        pods,
        of,
        word: container.waiting.clone()?,
        image: side
            .set
            .as_ref()
            .and_then(|set| set.template.image_of(&container.name))
            .map(|image| image.0.clone()),
        message: container.message.clone(),
    })
}

/// Between two crashes a container runs, or has just ended: it is still the same loop.
fn crashes(container: &ContainerState) -> bool {
    waits_for(container, &["CrashLoopBackOff"])
        || (!container.ready
            && container.restarts >= RESTARTS
            && container.last_exit_code.is_some_and(|code| code != 0))
}

fn crash_loop(side: &Side) -> Option<Reason> {
    let (pods, of, container) = holding(side, crashes)?;
    Some(Reason::CrashLoop {
        pods,
        of,
        container: container.name.clone(),
        restarts: container.restarts,
        exit_code: container.last_exit_code,
        last: container.last_reason.clone(),
    })
}

fn cannot_start(side: &Side) -> Option<Reason> {
    let (pods, of, container) = holding(side, |container| waits_for(container, &START_WORDS))?;
    Some(Reason::CannotStart {
        pods,
        of,
        word: container.waiting.clone()?,
        message: container.message.clone(),
    })
}

fn unschedulable(side: &Side) -> Option<Reason> {
    let messages: Vec<&Untrusted> = active(side)
        .filter_map(|pod| pod.unschedulable.as_ref())
        .collect();
    Some(Reason::Unschedulable {
        pods: count(messages.len()),
        of: count(active(side).count()),
        message: (*messages.first()?).clone(),
    })
}

/// Counts at once when the kubelet says that probes fail again and again, else after a while.
fn probe_failing(side: &Side, store: &ObjectStore, gravity: Gravity) -> Option<Finding> {
    let unready = |container: &ContainerState| {
        !container.ready && container.running_since.is_some() && !crashes(container)
    };
    let (pods, of, container) = holding(side, unready)?;
    let mut since = container.running_since?;
    let mut said: Option<&Arc<Event>> = None;
    for pod in active(side) {
        let Some(container) = pod.containers.iter().find(|container| unready(container)) else {
            continue;
        };
        since = since.min(container.running_since.unwrap_or(since));
        let event = unhealthy(store, pod, container.running_since);
        said = said.max_by_count(event);
    }
    let reason = Reason::ProbeFailing {
        pods,
        of,
        container: container.name.clone(),
        running_since: since,
        message: said.map(|event| event.message.clone()),
    };
    if said.is_some_and(|event| event.count >= PROBES_FAILED) {
        Some(Finding::now(gravity, reason))
    } else {
        Some(Finding::from(UNREADY_FOR.after(since), gravity, reason))
    }
}

/// Chooses the event that was seen more often.
trait MoreOften<'a> {
    fn max_by_count(self, other: Option<&'a Arc<Event>>) -> Self;
}

impl<'a> MoreOften<'a> for Option<&'a Arc<Event>> {
    fn max_by_count(self, other: Option<&'a Arc<Event>>) -> Self {
        match (self, other) {
            (Some(one), Some(two)) if two.count > one.count => Some(two),
            (None, other) => other,
            (one, _) => one,
        }
    }
}

/// What the kubelet last said about the pod's probes, since the container runs.
fn unhealthy<'a>(
    store: &'a ObjectStore,
    pod: &Pod,
    running_since: Option<Timestamp>,
) -> Option<&'a Arc<Event>> {
    store
        .events
        .by(&Reference::About(pod.uid.clone()))
        .filter(|event| event.about == pod.name && event.warning && event.reason.raw() == "Unhealthy")
        .filter(|event| match (event.last_at, running_since) {
            (Some(last), Some(since)) => last >= since,
            _ => true,
        })
        .max_by_key(|event| (event.count, event.last_at))
}

/// A pod that outlives its grace period: a node that is gone, or a finalizer.
pub(super) fn terminating_hangs(sides: &[Side], gravity: Gravity) -> Option<Finding> {
    let leaving: Vec<(Timestamp, &Arc<Pod>)> = sides
        .iter()
        .flat_map(|side| side.pods.iter())
        .filter_map(|pod| Some((pod.deleted_at?, pod)))
        .collect();
    let (since, oldest) = leaving.iter().min_by_key(|(since, pod)| (*since, &pod.name))?;
    let reason = Reason::TerminatingHangs {
        pods: count(leaving.len()),
        since: *since,
        oldest: oldest.name.name.clone(),
    };
    Some(Finding::from(HANGS_AFTER.after(*since), gravity, reason))
}

/// So many may be evicted at once by one node that is short of something.
const EVICTED_IN_A_ROW: u32 = 5;

/// Evicted pods are kept by the API for a while; their successors run elsewhere.
pub(super) fn evicted(sides: &[Side]) -> Option<Finding> {
    let evicted: Vec<&Arc<Pod>> = sides
        .iter()
        .flat_map(|side| side.pods.iter())
        .filter(|pod| {
            pod.reason
                .as_ref()
                .is_some_and(|reason| reason.raw() == "Evicted")
        })
        .collect();
    let pods = count(evicted.len());
    let wanted: u32 = sides.iter().map(|side| side.revision.wanted).sum();
    let reason = Reason::Evicted {
        pods,
        message: evicted.first()?.message.clone(),
    };
    // More than there are pods, and not a handful: their successors are evicted as well.
    let gravity = if pods > wanted.max(EVICTED_IN_A_ROW) {
        Gravity::Stuck
    } else {
        Gravity::Note
    };
    Some(Finding::now(gravity, reason))
}

/// Pods that are ready and must stay so before they count.
pub(super) fn min_ready(sides: &[Side], wait: Seconds, ready: u32, available: u32) -> Option<Finding> {
    if wait == Seconds(0) || available >= ready {
        return None;
    }
    let since = sides
        .iter()
        .flat_map(active)
        .filter_map(|pod| pod.ready_since)
        .max()?;
    let reason = Reason::MinReady {
        pods: ready - available,
        wait,
        until: wait.after(since),
    };
    Some(Finding::now(Gravity::Moving, reason))
}
