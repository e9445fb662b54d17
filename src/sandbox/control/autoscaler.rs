//! The horizontal autoscaler: as many pods as their load asks for, within bounds. The load of pods is handed in; where nobody
//! hands any in, only the bounds count, as in a cluster without a metrics server.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::controllers::how;
use super::events::{self, Note};
use crate::sandbox::json::{at, list, number, set, text};
use crate::sandbox::objects::{Objects, Part, stamp};
use crate::sandbox::resource::{PODS, SCALERS, by_id};
use crate::sandbox::store::Key;

/// Between two looks.
const EVERY: SignedDuration = SignedDuration::from_secs(15);

/// So long nothing may have asked for more before there are fewer.
const CALM: SignedDuration = SignedDuration::from_secs(300);

/// How much each pod has to do: thousandths of a processor.
pub(in crate::sandbox) type Loads = BTreeMap<Key, u64>;

/// What was asked for in the last minutes, by autoscaler: bounded by [`CALM`].
pub(super) type Wishes = BTreeMap<Key, VecDeque<(Timestamp, i64)>>;

/// What an autoscaler came to.
struct Verdict {
    desired: i64,
    why: String,
    /// Word, reason and message of `ScalingActive`.
    active: (&'static str, &'static str, String),
    utilization: Option<i64>,
}

/// Looks at one autoscaler. Says when to look again, if a load is known.
pub(super) fn reconcile(
    objects: &mut Objects,
    key: &Key,
    loads: &Loads,
    wishes: &mut Wishes,
    now: Timestamp,
) -> Option<Timestamp> {
    let scaler = objects.store.value(key)?;
    // What it did itself is no reason to look again at once.
    let last = text(&scaler, &["status", "lastScaleTime"]).parse::<Timestamp>();
    if let Some(next) = last.ok().map(|last| last + EVERY).filter(|next| now < *next) {
        return Some(next);
    }
    let reference = at(&scaler, &["spec", "scaleTargetRef"]);
    let kind = text(reference, &["kind"]);
    let resource = objects
        .kinds
        .all()
        .find(|it| it.scale && it.kind == kind)
        .cloned();
    let name = text(reference, &["name"]);
    let target = resource
        .as_ref()
        .map(|resource| Key::new(resource.id(), &key.namespace, name));
    let told = resource
        .as_ref()
        .map_or_else(|| kind.to_lowercase(), |resource| resource.id().to_owned());
    let found = resource.zip(target.and_then(|key| Some((objects.store.value(&key)?, key))));
    let Some((resource, (object, target))) = found else {
        let message = format!(
            "the HPA controller was unable to get the target's current scale: {told} {name:?} not found"
        );
        let condition = ("AbleToScale", "False", "FailedGetScale", message.as_str());
        tell(objects, &scaler, true, "FailedGetScale", &message, now);
        write(objects, key, &scaler, None, &[condition], None, now);
        return None;
    };
    let current = number(&object, &["spec", "replicas"]).unwrap_or(1);
    let verdict = decide(objects, key, &scaler, &object, current, loads, wishes, now);
    let mut able = if verdict.utilization.is_some() {
        (
            "ReadyForNewScale",
            "recommended size matches current size".to_owned(),
        )
    } else {
        let message = "the HPA controller was able to get the target's current scale";
        ("SucceededGetScale", message.to_owned())
    };
    let moved = verdict.desired != current;
    if moved {
        let mut changed = object;
        set(&mut changed, &["spec", "replicas"], verdict.desired);
        if objects
            .replace(&resource, &target, Part::Scale, changed, how(now))
            .is_ok()
        {
            let desired = verdict.desired;
            able = (
                "SucceededRescale",
                format!("the HPA controller was able to update the target scale to {desired}"),
            );
            let message = format!("New size: {desired}; reason: {}", verdict.why);
            tell(objects, &scaler, false, "SuccessfulRescale", &message, now);
        }
    }
    let conditions = [
        ("AbleToScale", "True", able.0, able.1.as_str()),
        (
            "ScalingActive",
            verdict.active.0,
            verdict.active.1,
            verdict.active.2.as_str(),
        ),
    ];
    let moved_at = moved.then_some(now);
    let counts = (current, verdict.desired, verdict.utilization);
    write(objects, key, &scaler, Some(counts), &conditions, moved_at, now);
    (!loads.is_empty()).then(|| now + EVERY)
}

#[expect(clippy::too_many_arguments, reason = "a decision weighs all of it, once")]
fn decide(
    objects: &Objects,
    key: &Key,
    scaler: &Value,
    target: &Value,
    current: i64,
    loads: &Loads,
    wishes: &mut Wishes,
    now: Timestamp,
) -> Verdict {
    let least = number(scaler, &["spec", "minReplicas"]).unwrap_or(1);
    let most = number(scaler, &["spec", "maxReplicas"]).unwrap_or(least);
    let bound = |desired, why: &str| Verdict {
        desired,
        why: why.to_owned(),
        active: (
            "True",
            "ValidMetricFound",
            "the HPA was able to compute the replica count".to_owned(),
        ),
        utilization: None,
    };
    if current == 0 {
        let why = "scaling is disabled since the replica count of the target is zero";
        return Verdict {
            active: ("False", "ScalingDisabled", why.to_owned()),
            ..bound(0, "")
        };
    }
    if current > most {
        return bound(most, "Current number of replicas above Spec.MaxReplicas");
    }
    if current < least {
        return bound(least, "Current number of replicas below Spec.MinReplicas");
    }
    let Some((utilization, goal, pods)) = utilization(objects, scaler, target, loads) else {
        let why = "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for \
                   resource cpu: no metrics returned from resource metrics API";
        return Verdict {
            active: ("False", "FailedGetResourceMetric", why.to_owned()),
            ..bound(current, "")
        };
    };
    // Within a tenth nothing is done.
    let near = (utilization * 10 - goal * 10).abs() <= goal;
    let asked = if near {
        current
    } else {
        (pods * utilization + goal - 1) / goal.max(1)
    };
    // No more than twice as many at once; and fewer only when nothing asked for more in the last minutes.
    let asked = asked.min((current * 2).max(4)).clamp(least, most);
    let recent = wishes.entry(key.clone()).or_default();
    recent.push_back((now, asked));
    while recent.front().is_some_and(|(at, _)| *at + CALM < now) {
        recent.pop_front();
    }
    let calm = recent.iter().map(|(_, asked)| *asked).max().unwrap_or(asked);
    let desired = if asked < current { calm.min(current) } else { asked };
    let side = if desired > current { "above" } else { "below" };
    Verdict {
        utilization: Some(utilization),
        ..bound(
            desired,
            &format!("cpu resource utilization (percentage of request) {side} target"),
        )
    }
}

/// Of the pods whose load is known: per cent of what they ask for, what it should be, and how many they are.
fn utilization(objects: &Objects, scaler: &Value, target: &Value, loads: &Loads) -> Option<(i64, i64, i64)> {
    let metrics = list(scaler, &["spec", "metrics"]).iter();
    let goal = metrics
        .filter(|it| text(it, &["resource", "name"]) == "cpu")
        .find_map(|it| number(it, &["resource", "target", "averageUtilization"]))?;
    let pairs = at(target, &["spec", "selector", "matchLabels"]).as_object()?;
    let containers = list(target, &["spec", "template", "spec", "containers"]).iter();
    let asks: i64 = containers
        .map(|it| millicores(text(it, &["resources", "requests", "cpu"])))
        .sum::<Option<i64>>()
        .filter(|asks| *asks > 0)?;
    let namespace = text(target, &["metadata", "namespace"]);
    let (mut used, mut pods) = (0_i64, 0_i64);
    for (key, stored) in objects.store.list(PODS, Some(namespace)) {
        let selected = pairs
            .iter()
            .all(|(label, value)| stored.label(label).is_some_and(|its| Some(its) == value.as_str()));
        let serves = stored
            .pod
            .as_deref()
            .is_some_and(|pod| pod.is_active() && pod.ready_since.is_some());
        if let (true, true, Some(load)) = (selected, serves, loads.get(key)) {
            used += i64::try_from(*load).unwrap_or(i64::MAX / 1_000_000);
            pods += 1;
        }
    }
    (pods > 0).then(|| (used * 100 / (asks * pods), goal, pods))
}

/// `250m`, `2`, `0.5`.
fn millicores(text: &str) -> Option<i64> {
    if let Some(thousandths) = text.strip_suffix('m') {
        return thousandths.parse().ok();
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    Some(whole.parse::<i64>().ok()? * 1000 + digits.parse::<i64>().ok()?)
}

fn tell(objects: &mut Objects, scaler: &Value, warning: bool, reason: &str, message: &str, now: Timestamp) {
    let note = Note {
        warning,
        reason,
        message,
        by: "horizontal-pod-autoscaler",
    };
    events::tell(objects, scaler, note, now);
}

type Condition<'a> = (&'a str, &'a str, &'a str, &'a str);

fn write(
    objects: &mut Objects,
    key: &Key,
    scaler: &Value,
    counts: Option<(i64, i64, Option<i64>)>,
    conditions: &[Condition<'_>],
    moved_at: Option<Timestamp>,
    now: Timestamp,
) {
    let Some(resource) = by_id(SCALERS) else {
        return;
    };
    let mut object = scaler.clone();
    let before = list(scaler, &["status", "conditions"]);
    let told: Vec<Value> = conditions
        .iter()
        .map(|(kind, word, reason, message)| {
            let same = |it: &&Value| text(it, &["type"]) == *kind && text(it, &["status"]) == *word;
            let since = before
                .iter()
                .find(same)
                .map(|it| text(it, &["lastTransitionTime"]));
            json!({
                "type": kind, "status": word, "reason": reason, "message": message,
                "lastTransitionTime": since.map_or_else(|| stamp(now), str::to_owned),
            })
        })
        .collect();
    set(&mut object, &["status", "conditions"], told);
    let generation = at(scaler, &["metadata", "generation"]).clone();
    set(&mut object, &["status", "observedGeneration"], generation);
    let (current, desired, utilization) = counts.unwrap_or_default();
    set(&mut object, &["status", "currentReplicas"], current);
    set(&mut object, &["status", "desiredReplicas"], desired);
    if let Some(utilization) = utilization {
        let now = json!({ "averageUtilization": utilization });
        let metric = json!([{ "type": "Resource", "resource": { "name": "cpu", "current": now } }]);
        set(&mut object, &["status", "currentMetrics"], metric);
    }
    if let Some(moved_at) = moved_at {
        set(&mut object, &["status", "lastScaleTime"], stamp(moved_at));
    }
    drop(objects.replace(resource, key, Part::Status, object, how(now)));
}
