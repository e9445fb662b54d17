//! `kubectl rollout status` and ours on the same recorded states: the rule of kubectl as an oracle, and every difference by name.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::path::Path;

use flightdeck::domain::{Cluster, Driver, KindState, Name, ObjectKind, Rollout, RolloutKey, Standing};
use flightdeck::drivers::Drivers;
use flightdeck::objects::{Change, Interner, ListScope, Object, ObjectStore};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The rule of kubectl for Deployments (`polymorphichelpers/rollout_status.go`). It looks at that one object only.
pub(crate) fn kubectl(deployment: &Value) -> Standing {
    let number = |pointer: &str| deployment.pointer(pointer).and_then(Value::as_i64);
    let status = |field: &str| number(&format!("/status/{field}")).unwrap_or(0);
    if number("/metadata/generation").unwrap_or(0) > status("observedGeneration") {
        return Standing::Waiting;
    }
    let conditions = deployment.pointer("/status/conditions").and_then(Value::as_array);
    let progressing = conditions
        .into_iter()
        .flatten()
        .find(|it| it["type"] == "Progressing");
    if progressing.is_some_and(|it| it["reason"] == "ProgressDeadlineExceeded") {
        return Standing::Failed;
    }
    let (updated, wanted) = (status("updatedReplicas"), number("/spec/replicas"));
    let waits = wanted.is_some_and(|wanted| updated < wanted)
        || status("replicas") > updated
        || status("availableReplicas") < updated;
    if waits { Standing::Waiting } else { Standing::Done }
}

/// A difference: what kubectl says, what we say, the rule that makes us, and why that is meant.
pub(crate) type Difference = (Standing, Standing, &'static str, &'static str);

/// Every difference there is.
pub(crate) const INTENDED: [Difference; 9] = [
    (
        Standing::Waiting,
        Standing::Failed,
        "ImagePull",
        "a pod of the new revision says that its image cannot be had; kubectl waits for the deadline",
    ),
    (
        Standing::Waiting,
        Standing::Failed,
        "CrashLoop",
        "a container of the new revision ends again and again; kubectl waits for the deadline",
    ),
    (
        Standing::Waiting,
        Standing::Failed,
        "ProbeFailing",
        "a pod of the new revision runs for a minute and is not ready; kubectl waits for the deadline",
    ),
    (
        Standing::Waiting,
        Standing::Failed,
        "Unschedulable",
        "no node takes a pod of the new revision; kubectl waits for the deadline",
    ),
    (
        Standing::Waiting,
        Standing::Failed,
        "CannotCreatePods",
        "the API refuses to make pods; kubectl waits for the deadline",
    ),
    (
        Standing::Waiting,
        Standing::Failed,
        "TerminatingHangs",
        "a pod should be gone and is still there, and a deletion or Recreate waits for it; kubectl waits with them",
    ),
    (
        Standing::Done,
        Standing::Waiting,
        "BeingDeleted",
        "what is being deleted is not rolled out",
    ),
    (
        Standing::Done,
        Standing::Waiting,
        "Paused",
        "an edit made while paused runs nowhere; where no pods are wanted kubectl does not see it",
    ),
    (
        Standing::Failed,
        Standing::Waiting,
        "Paused",
        "a human holds it, and while it is held the deadline does not count; the controller leaves its old word",
    ),
];

/// One event of a recording.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) at: Timestamp,
    pub(crate) kind: ObjectKind,
    pub(crate) name: String,
    /// As it is then; `None`: deleted.
    pub(crate) object: Option<Value>,
}

/// One rollout as lines: the first state of an object whole, then what changed (RFC 6902), or `null` when it is gone.
pub(crate) fn write(lines: &mut String, rollout: &str, steps: &[Step]) {
    let mut before: BTreeMap<(ObjectKind, &str), Value> = BTreeMap::new();
    for step in steps {
        let key = (step.kind, step.name.as_str());
        let (word, value) = match (&step.object, before.get(&key)) {
            (Some(now), Some(then)) => ("diff", serde_json::to_value(json_patch::diff(then, now)).unwrap()),
            (Some(now), None) => ("is", now.clone()),
            (None, _) => ("gone", Value::Bool(true)),
        };
        match &step.object {
            Some(now) => before.insert(key, now.clone()),
            None => before.remove(&key),
        };
        let line =
            json!({ "rollout": rollout, "at": step.at, "kind": step.kind, "name": step.name, word: value });
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
}

/// Writes the lines of a recording as a file, small enough to be kept.
pub(crate) fn pack(path: &Path, lines: &str) {
    let file = std::fs::File::create(path).unwrap();
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::best());
    packed.write_all(lines.as_bytes()).unwrap();
    packed.finish().unwrap();
}

/// The rollouts of a recording, each with its steps.
pub(crate) fn read(path: &Path) -> Vec<(String, Vec<Step>)> {
    let mut lines = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut lines)
        .unwrap();
    let mut all: Vec<(String, Vec<Step>)> = Vec::new();
    let mut objects: BTreeMap<(ObjectKind, String), Value> = BTreeMap::new();
    for line in lines.lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let rollout = line["rollout"].as_str().unwrap().to_owned();
        if all.last().is_none_or(|(name, _)| *name != rollout) {
            all.push((rollout, Vec::new()));
            objects.clear();
        }
        let kind: ObjectKind = serde_json::from_value(line["kind"].take()).unwrap();
        let name = line["name"].as_str().unwrap().to_owned();
        let key = (kind, name.clone());
        let object = if line["gone"] == true {
            objects.remove(&key);
            None
        } else if line["is"].is_object() {
            objects.insert(key, line["is"].take());
            objects.get(&(kind, name.clone())).cloned()
        } else {
            let object = objects.get_mut(&key).unwrap();
            let diff: json_patch::Patch = serde_json::from_value(line["diff"].take()).unwrap();
            json_patch::patch(object, &diff).unwrap();
            Some(object.clone())
        };
        let at = line["at"].as_str().unwrap().parse().unwrap();
        let steps = &mut all.last_mut().unwrap().1;
        steps.push(Step {
            at,
            kind,
            name,
            object,
        });
    }
    all
}

/// What a comparison has seen.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) states: usize,
    /// By verdict of kubectl and ours.
    pub(crate) verdicts: BTreeMap<(&'static str, &'static str), usize>,
    /// Differences that are intended, by index.
    pub(crate) met: BTreeSet<usize>,
    /// Those that are not, each with its rollout and state.
    pub(crate) not_intended: Vec<String>,
}

impl Compared {
    /// Compares at every state of one rollout, called `web` in a namespace of its own.
    pub(crate) fn replay(&mut self, rollout: &str, steps: &[Step]) {
        let drivers = Drivers::new(Cluster::new("lab"));
        let mut store = ObjectStore::default();
        for kind in ObjectKind::ALL {
            let scope = ListScope {
                kind,
                namespace: None,
            };
            store.apply(Change::ListBegan(scope.clone()));
            store.apply(Change::ListEnded(scope.clone()));
            let heard_at = Timestamp::UNIX_EPOCH;
            store.apply(Change::Health {
                scope,
                state: KindState::Live { heard_at },
            });
        }
        let key = RolloutKey {
            cluster: Cluster::new("lab"),
            driver: Driver::Deployment,
            name: Name::new(rollout, "web"),
        };
        let mut deployment = None;
        for (index, step) in steps.iter().enumerate() {
            if let Some(object) = &step.object {
                let text = object.to_string();
                let object = Object::decode(step.kind, text.as_bytes(), &mut Interner::default());
                store.apply(Change::Applied(object.unwrap()));
            } else {
                let name = Name::new(rollout, &step.name);
                store.apply(Change::Deleted {
                    kind: step.kind,
                    name,
                });
            }
            if step.kind == ObjectKind::Deployment {
                deployment.clone_from(&step.object);
            }
            if let Some(deployment) = &deployment {
                let ours = drivers.observe(&store, &key).rollout.unwrap();
                let next = steps.get(index + 1).map(|next| next.at);
                self.compare(rollout, step.at, deployment, &ours);
                // Time alone changes what holds, too.
                let mut at = step.at;
                while let Some(turn) = ours
                    .turns_at(at)
                    .filter(|turn| next.is_none_or(|next| *turn < next))
                {
                    self.compare(rollout, turn, deployment, &ours);
                    at = turn;
                }
            }
        }
    }

    fn compare(&mut self, name: &str, at: Timestamp, deployment: &Value, rollout: &Rollout) {
        let (theirs, ours) = (kubectl(deployment), rollout.standing(at));
        self.states += 1;
        *self.verdicts.entry((theirs.word(), ours.word())).or_default() += 1;
        if theirs == ours {
            return;
        }
        let finding = rollout.failure(at).or_else(|| rollout.finding(at));
        let reason = finding.map(|it| format!("{:?}", it.reason)).unwrap_or_default();
        let rule = reason.split([' ', '{']).next().unwrap_or_default();
        match INTENDED
            .iter()
            .position(|it| (it.0, it.1, it.2) == (theirs, ours, rule))
        {
            Some(index) => {
                self.met.insert(index);
            }
            None => self.not_intended.push(format!(
                "{name} at {at}: kubectl {}, we {}: {reason}\n    {} {}",
                theirs.word(),
                ours.word(),
                deployment["spec"]["paused"],
                deployment["status"]
            )),
        }
    }
}
