//! Reads a pod into [`Pod`].

use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::{ContainerState, Pod, PodPhase, Untrusted};

use super::Interner;
use super::raw::{Null, RawMeta, Text, count};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawPod<'a> {
    #[serde(borrow)]
    metadata: Null<RawMeta<'a>>,
    spec: Null<RawSpec<'a>>,
    status: Null<RawStatus<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawSpec<'a> {
    #[serde(borrow)]
    node_name: Option<Text<'a>>,
    init_containers: Null<Vec<RawInit<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawInit<'a> {
    #[serde(borrow)]
    name: Null<Text<'a>>,
    restart_policy: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStatus<'a> {
    #[serde(borrow)]
    phase: Null<Text<'a>>,
    reason: Option<Text<'a>>,
    message: Option<Text<'a>>,
    conditions: Null<Vec<RawPodCondition<'a>>>,
    container_statuses: Null<Vec<RawContainer<'a>>>,
    init_container_statuses: Null<Vec<RawContainer<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawPodCondition<'a> {
    #[serde(borrow)]
    r#type: Null<Text<'a>>,
    status: Null<Text<'a>>,
    reason: Null<Text<'a>>,
    message: Null<Text<'a>>,
    last_transition_time: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawContainer<'a> {
    #[serde(borrow)]
    name: Null<Text<'a>>,
    ready: Option<bool>,
    restart_count: Option<i64>,
    state: Null<RawState<'a>>,
    last_state: Null<RawState<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawState<'a> {
    #[serde(borrow)]
    waiting: Option<RawEnd<'a>>,
    running: Option<RawRunning<'a>>,
    terminated: Option<RawEnd<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawRunning<'a> {
    #[serde(borrow)]
    started_at: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawEnd<'a> {
    #[serde(borrow)]
    reason: Option<Text<'a>>,
    message: Option<Text<'a>>,
    exit_code: Option<i32>,
}

/// Reads one; `None` when it has no name.
pub(super) fn decode(item: &[u8], interner: &mut Interner) -> serde_json::Result<Option<Pod>> {
    let RawPod {
        metadata: Null(meta),
        spec: Null(spec),
        status: Null(status),
    } = serde_json::from_slice(item)?;
    let Some(name) = meta.name(interner) else {
        return Ok(None);
    };
    let ready = status.condition("Ready");
    let is_ready = ready.is_some_and(|condition| condition.status.0.0 == "True");
    let unschedulable = status
        .condition("PodScheduled")
        .filter(|condition| condition.status.0.0 == "False" && condition.reason.0.0 == "Unschedulable")
        .map(|condition| interner.text(&condition.message.0.message_text()));
    let containers = status
        .init_container_statuses
        .0
        .iter()
        .filter(|container| container.matters(&spec))
        .chain(status.container_statuses.0.iter())
        .map(|container| container.keep(interner))
        .collect();
    Ok(Some(Pod {
        name,
        uid: meta.uid.0.own(),
        owner: meta.controller_uid(interner),
        phase: phase(&status.phase.0.0),
        reason: kept(status.reason.as_ref(), interner),
        message: status.message.as_ref().map(Text::message),
        node: kept(spec.node_name.as_ref(), interner),
        created_at: meta.created_at(),
        deleted_at: meta.deleted_at(),
        ready: is_ready,
        ready_since: ready
            .filter(|_| is_ready)
            .and_then(|condition| condition.last_transition_time.as_ref()?.instant()),
        unschedulable,
        containers,
        labels: meta.labels.0.keep(interner),
    }))
}

fn kept(text: Option<&Text<'_>>, interner: &mut Interner) -> Option<Untrusted> {
    text.filter(|text| !text.0.is_empty())
        .map(|text| interner.text(&text.0))
}

fn phase(word: &str) -> PodPhase {
    match word {
        "Pending" => PodPhase::Pending,
        "Running" => PodPhase::Running,
        "Succeeded" => PodPhase::Succeeded,
        "Failed" => PodPhase::Failed,
        _ => PodPhase::Unknown,
    }
}

impl Text<'_> {
    /// The message as it is shared: the same for every pod that no node takes.
    fn message_text(&self) -> String {
        self.message().raw().to_owned()
    }
}

impl<'a> RawStatus<'a> {
    fn condition(&self, kind: &str) -> Option<&RawPodCondition<'a>> {
        self.conditions
            .0
            .iter()
            .find(|condition| condition.r#type.0.0 == kind)
    }
}

impl RawContainer<'_> {
    /// Init containers count as long as they keep the pod from starting, sidecars always. One that is at work is not
    /// unready: it is not meant to be ready.
    fn matters(&self, spec: &RawSpec<'_>) -> bool {
        let sidecar = spec.init_containers.0.iter().any(|init| {
            init.name.0 == self.name.0
                && init
                    .restart_policy
                    .as_ref()
                    .is_some_and(|policy| policy.0 == "Always")
        });
        let waits = self
            .state
            .0
            .waiting
            .as_ref()
            .and_then(|waiting| waiting.reason.as_ref())
            .is_some_and(|reason| reason.0 != "PodInitializing");
        let failed = self
            .state
            .0
            .terminated
            .as_ref()
            .is_some_and(|end| end.exit_code != Some(0));
        sidecar || waits || failed
    }

    fn keep(&self, interner: &mut Interner) -> ContainerState {
        let now = self.state.0.waiting.as_ref().or(self.state.0.terminated.as_ref());
        let last = self
            .last_state
            .0
            .terminated
            .as_ref()
            .or(self.state.0.terminated.as_ref());
        ContainerState {
            name: interner.text(&self.name.0.0),
            ready: self.ready.unwrap_or(false),
            restarts: count(self.restart_count, 0),
            waiting: kept(now.and_then(|state| state.reason.as_ref()), interner),
            message: now
                .and_then(|state| state.message.as_ref())
                .filter(|text| !text.0.is_empty())
                .map(Text::message),
            last_reason: kept(last.and_then(|end| end.reason.as_ref()), interner),
            last_exit_code: last.and_then(|end| end.exit_code),
            running_since: self.state.0.running.as_ref().and_then(|running| {
                running
                    .started_at
                    .as_ref()
                    .map_or(Some(Timestamp::UNIX_EPOCH), Text::instant)
            }),
        }
    }
}
