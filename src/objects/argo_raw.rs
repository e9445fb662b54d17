//! Reads a Rollout of Argo Rollouts into [`ArgoRollout`].

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::{CanaryStepKind, Seconds, Untrusted, Weight};

use super::argo::{ArgoRollout, ArgoStatus, ArgoStrategy};
use super::condition::{RawCondition, RawShare};
use super::deployment::marks;
use super::raw::{Null, RawMeta, Text, count, seconds};
use super::{Interner, Share, template};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawRollout<'a> {
    #[serde(borrow)]
    metadata: Null<RawMeta<'a>>,
    spec: Null<RawSpec<'a>>,
    status: Null<RawStatus<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawSpec<'a> {
    replicas: Option<i64>,
    paused: Option<bool>,
    min_ready_seconds: Option<i64>,
    progress_deadline_seconds: Option<i64>,
    #[serde(borrow)]
    workload_ref: Option<RawRef<'a>>,
    template: Option<&'a RawValue>,
    strategy: Null<RawStrategy<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawRef<'a> {
    #[serde(borrow)]
    kind: Null<Text<'a>>,
    name: Null<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStrategy<'a> {
    #[serde(borrow)]
    canary: Option<RawCanary<'a>>,
    blue_green: Option<RawBlueGreen<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawCanary<'a> {
    #[serde(borrow)]
    steps: Null<Vec<&'a RawValue>>,
    traffic_routing: Option<RawRouting>,
    max_unavailable: Option<RawShare>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawRouting {
    max_traffic_weight: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawBlueGreen<'a> {
    #[serde(borrow)]
    active_service: Null<Text<'a>>,
    preview_service: Option<Text<'a>>,
    auto_promotion_enabled: Option<bool>,
    auto_promotion_seconds: Option<i64>,
    max_unavailable: Option<RawShare>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStatus<'a> {
    observed_generation: Option<RawGeneration>,
    workload_observed_generation: Option<RawGeneration>,
    #[serde(borrow)]
    phase: Null<Text<'a>>,
    message: Option<Text<'a>>,
    abort: Option<bool>,
    aborted_at: Option<Text<'a>>,
    controller_pause: Option<bool>,
    pause_conditions: Null<Vec<RawPause<'a>>>,
    current_pod_hash: Null<Text<'a>>,
    #[serde(rename = "stableRS")]
    stable_rs: Null<Text<'a>>,
    current_step_index: Option<i64>,
    canary: Null<RawCanaryStatus>,
    blue_green: Null<RawBlueGreenStatus<'a>>,
    replicas: Option<i64>,
    updated_replicas: Option<i64>,
    ready_replicas: Option<i64>,
    available_replicas: Option<i64>,
    conditions: Null<Vec<RawCondition<'a>>>,
}

/// Text in every version that was seen, a number in none; both are read.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawGeneration {
    Number(i64),
    Word(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawPause<'a> {
    #[serde(borrow)]
    reason: Null<Text<'a>>,
    start_time: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawCanaryStatus {
    weights: Null<RawWeights>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawWeights {
    canary: Null<RawWeight>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawWeight {
    weight: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawBlueGreenStatus<'a> {
    #[serde(borrow)]
    active_selector: Null<Text<'a>>,
    preview_selector: Null<Text<'a>>,
}

impl ArgoRollout {
    /// Reads one; `None` when it has no name.
    pub(super) fn decode(item: &[u8], interner: &mut Interner) -> serde_json::Result<Option<Self>> {
        let RawRollout {
            metadata: Null(meta),
            spec: Null(spec),
            status: Null(status),
        } = serde_json::from_slice(item)?;
        let Some(name) = meta.name(interner) else {
            return Ok(None);
        };
        let (strategy, max_unavailable) = spec.strategy.0.keep();
        Ok(Some(Self {
            name,
            uid: interner.text(&meta.uid.0.0),
            created_at: meta.created_at(),
            deleted_at: meta.deleted_at(),
            generation: meta.generation.unwrap_or(0),
            replicas: count(spec.replicas, 1),
            paused: spec.paused,
            min_ready: seconds(spec.min_ready_seconds, 0),
            progress_deadline: Some(seconds(spec.progress_deadline_seconds, 600)),
            workload: spec
                .workload_ref
                .filter(|workload| workload.kind.0.0 == "Deployment")
                .map(|workload| workload.name.0.own()),
            template: template::keep(spec.template, interner)?,
            strategy,
            max_unavailable,
            status: status.keep(interner),
            marks: marks(&meta),
            owner: meta.controller(interner),
            managers: meta.managers(interner),
            labels: meta.labels.0.keep(interner),
        }))
    }
}

impl RawStrategy<'_> {
    fn keep(&self) -> (ArgoStrategy, Share) {
        let quarter = Share::Percent(25);
        if let Some(blue_green) = &self.blue_green {
            let strategy = ArgoStrategy::BlueGreen {
                active: blue_green.active_service.0.own(),
                preview: blue_green.preview_service.as_ref().map(Text::own),
                promotes_itself: blue_green.auto_promotion_enabled.unwrap_or(true),
                promotes_after: blue_green
                    .auto_promotion_seconds
                    .filter(|wait| *wait > 0)
                    .map(|wait| seconds(Some(wait), 0)),
            };
            let share = blue_green.max_unavailable.as_ref();
            return (strategy, share.map_or(Share::Pods(0), |raw| raw.keep(quarter)));
        }
        let nothing = RawCanary::default();
        let canary = self.canary.as_ref().unwrap_or(&nothing);
        let strategy = ArgoStrategy::Canary {
            steps: canary.steps.0.iter().map(|raw| step(raw.get())).collect(),
            routed: canary.traffic_routing.is_some(),
            full_weight: canary
                .traffic_routing
                .as_ref()
                .and_then(|routing| routing.max_traffic_weight)
                .filter(|weight| *weight > 0)
                .unwrap_or(100),
        };
        let share = canary.max_unavailable.as_ref();
        (strategy, share.map_or(quarter, |raw| raw.keep(quarter)))
    }
}

/// One step; a step that is not known keeps its own word.
fn step(raw: &str) -> CanaryStepKind {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(raw) else {
        return CanaryStepKind::Other("?".to_owned());
    };
    let Some((word, value)) = fields.iter().find(|(_, value)| !value.is_null()) else {
        // `pause: null` is what `- pause:` says in YAML, and waits for a human.
        let pause = fields.contains_key("pause");
        return if pause {
            CanaryStepKind::Pause(None)
        } else {
            CanaryStepKind::Other("?".to_owned())
        };
    };
    match word.as_str() {
        "setWeight" => match value.as_i64().and_then(Weight::percent) {
            Some(weight) => CanaryStepKind::SetWeight(weight),
            None => CanaryStepKind::Other(format!("setWeight {value}")),
        },
        "pause" => CanaryStepKind::Pause(value.get("duration").and_then(duration)),
        "analysis" => CanaryStepKind::Analysis,
        "experiment" => CanaryStepKind::Experiment,
        "setCanaryScale" => CanaryStepKind::SetScale,
        other => CanaryStepKind::Other(Untrusted::from(other).shown()),
    }
}

/// Seconds as a number or in digits, or Go's way of writing durations (`1h30m`).
fn duration(value: &serde_json::Value) -> Option<Seconds> {
    if let Some(number) = value.as_u64() {
        return Some(Seconds(number));
    }
    let text = value.as_str()?;
    if let Ok(number) = text.parse() {
        return Some(Seconds(number));
    }
    let (mut total, mut digits) = (0u64, String::new());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        let millis = character == 'm' && characters.next_if_eq(&'s').is_some();
        let unit = match character {
            _ if millis => 0,
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        };
        let number: u64 = std::mem::take(&mut digits).parse().ok()?;
        total = total.saturating_add(number.saturating_mul(unit));
    }
    digits.is_empty().then_some(Seconds(total))
}

impl RawGeneration {
    fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Word(word) => word.parse().ok(),
        }
    }
}

impl RawStatus<'_> {
    fn keep(&self, interner: &mut Interner) -> ArgoStatus {
        ArgoStatus {
            observed_generation: self.observed_generation.as_ref().and_then(RawGeneration::number),
            workload_observed_generation: self
                .workload_observed_generation
                .as_ref()
                .and_then(RawGeneration::number),
            phase: interner.text(&self.phase.0.0),
            message: self
                .message
                .as_ref()
                .filter(|text| !text.0.is_empty())
                .map(Text::message),
            aborted: self.abort.unwrap_or(false),
            aborted_at: self.aborted_at.as_ref().and_then(Text::instant),
            controller_pause: self.controller_pause.unwrap_or(false),
            pauses: self
                .pause_conditions
                .0
                .iter()
                .map(|pause| {
                    let start = pause.start_time.as_ref().and_then(Text::instant);
                    (interner.text(&pause.reason.0.0), start)
                })
                .collect(),
            current_hash: self.current_pod_hash.0.own(),
            stable_hash: self.stable_rs.0.own(),
            step: self
                .current_step_index
                .and_then(|index| u32::try_from(index).ok()),
            weight: self.canary.0.weights.0.canary.0.weight,
            active_hash: self.blue_green.0.active_selector.0.own(),
            preview_hash: self.blue_green.0.preview_selector.0.own(),
            existing: count(self.replicas, 0),
            updated: count(self.updated_replicas, 0),
            ready: count(self.ready_replicas, 0),
            available: count(self.available_replicas, 0),
            conditions: self.conditions.0.iter().map(|raw| raw.keep(interner)).collect(),
        }
    }
}
