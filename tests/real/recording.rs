//! Fifty rollouts on a real control plane, each different, and what `kubectl rollout status` and ours say at every state of them.
//! With `FLIGHTDECK_RECORD=tests/fixtures/status/rollouts.jsonl.gz` the states are recorded anew; the suite replays them without
//! servers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flightdeck::domain::{ObjectKind, Standing};
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::lab::{Identity, Namespace, Patch, Stage, lab};
use crate::rollout_status::{Compared, Step, kubectl, pack, write};

/// Rollouts driven at a time.
const AT_A_TIME: usize = 10;

/// One thing that is done to a rollout.
#[derive(Clone, Debug)]
enum Act {
    /// Time passes, in tenths of a second.
    Wait(u64),
    Complete,
    /// A new image, and how its pods fare.
    Image(&'static str, Stage),
    Scale(u32),
    Pause,
    Resume,
    Restart,
    /// Every pod fares so from now on, without a new revision.
    Evict,
    /// Goes once what it owns is gone.
    Delete,
    Quota(u32),
}

/// A Deployment `web` and what becomes of it.
struct Plot {
    name: &'static str,
    replicas: u32,
    stage: Stage,
    spec: Value,
    on_no_node: bool,
    acts: Vec<Act>,
}

fn plot(name: &'static str, replicas: u32, stage: Stage, acts: &[Act]) -> Plot {
    Plot {
        name,
        replicas,
        stage,
        spec: json!({}),
        on_no_node: false,
        acts: acts.to_vec(),
    }
}

impl Plot {
    fn spec(mut self, field: &str, value: Value) -> Self {
        self.spec[field] = value;
        self
    }

    fn recreate(self) -> Self {
        self.spec("strategy", json!({ "type": "Recreate" }))
    }

    fn deadline(self, seconds: u32) -> Self {
        self.spec("progressDeadlineSeconds", json!(seconds))
    }

    fn nowhere(mut self) -> Self {
        self.on_no_node = true;
        self
    }
}

fn slow(tenths: u64) -> Stage {
    Stage::ReadyAfter(Duration::from_millis(tenths * 100))
}

#[rustfmt::skip]
fn plots() -> Vec<Plot> {
    use Act::{Complete, Delete, Evict, Image, Pause, Quota, Restart, Resume, Scale, Wait};
    use Stage::{CrashLoop, HangsInTerminating, ImagePull, NeverReady, Ready};
    let surge = |surge: u32, missing: u32| json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": surge, "maxUnavailable": missing } });
    vec![
        plot("good", 3, Ready, &[Complete, Image("v2", Ready), Complete]),
        plot("good-slow", 3, Ready, &[Complete, Image("v2", slow(10)), Complete]),
        plot("slow-from-the-start", 2, slow(15), &[Complete]),
        plot("one-pod", 1, Ready, &[Complete, Image("v2", slow(8)), Complete]),
        plot("many-pods", 8, Ready, &[Complete, Image("v2", slow(5)), Complete]),
        plot("all-at-once", 4, Ready, &[Complete, Image("v2", slow(10)), Complete]).spec("strategy", surge(4, 4)),
        plot("one-by-one", 3, Ready, &[Complete, Image("v2", slow(4)), Complete]).spec("strategy", surge(1, 0)),
        plot("without-surge", 3, Ready, &[Complete, Image("v2", slow(4)), Complete]).spec("strategy", surge(0, 1)),
        plot("never-ready", 2, Ready, &[Complete, Image("v2", NeverReady), Wait(40)]),
        plot("never-ready-from-the-start", 2, NeverReady, &[Wait(40)]),
        plot("never-ready-deadline", 2, Ready, &[Complete, Image("v2", NeverReady), Wait(60)]).deadline(3),
        plot("never-ready-then-mended", 2, Ready, &[Complete, Image("v2", NeverReady), Wait(60), Image("v3", Ready), Complete]).deadline(3),
        plot("image-pull", 2, Ready, &[Complete, Image("v2", ImagePull), Wait(40)]),
        plot("image-pull-from-the-start", 2, ImagePull, &[Wait(40)]),
        plot("image-pull-deadline", 2, Ready, &[Complete, Image("v2", ImagePull), Wait(60)]).deadline(3),
        plot("image-pull-then-undone", 2, Ready, &[Complete, Image("v2", ImagePull), Wait(30), Image("v1", Ready), Complete]),
        plot("image-pull-then-mended", 2, Ready, &[Complete, Image("v2", ImagePull), Wait(30), Image("v3", slow(5)), Complete]),
        plot("crash", 2, Ready, &[Complete, Image("v2", CrashLoop), Wait(70)]),
        plot("crash-from-the-start", 1, CrashLoop, &[Wait(70)]),
        plot("crash-then-mended", 2, CrashLoop, &[Wait(50), Image("v2", slow(10)), Complete]),
        plot("crash-deadline", 2, Ready, &[Complete, Image("v2", CrashLoop), Wait(70)]).deadline(4),
        plot("no-node", 2, Ready, &[Wait(40)]).nowhere(),
        plot("no-node-deadline", 1, Ready, &[Wait(60)]).nowhere().deadline(3),
        plot("quota", 3, Ready, &[Complete, Quota(3), Image("v2", Ready), Wait(40)]),
        plot("quota-from-the-start", 3, Ready, &[Quota(1), Wait(40)]).spec("paused", json!(false)),
        plot("quota-lifted", 2, Ready, &[Complete, Quota(2), Image("v2", Ready), Wait(20), Quota(9), Wait(30), Scale(2), Complete]),
        plot("scale-up", 2, Ready, &[Complete, Scale(5), Complete]),
        plot("scale-up-slow", 2, slow(5), &[Complete, Scale(5), Complete]),
        plot("scale-down", 5, Ready, &[Complete, Scale(2), Complete]),
        plot("scale-to-zero-and-back", 2, Ready, &[Complete, Scale(0), Complete, Scale(2), Complete]),
        plot("scale-while-moving", 3, Ready, &[Complete, Image("v2", slow(10)), Wait(5), Scale(6), Complete]),
        plot("scale-down-while-moving", 6, Ready, &[Complete, Image("v2", slow(10)), Wait(5), Scale(2), Complete]),
        plot("zero", 0, Ready, &[Complete, Image("v2", Ready), Complete]),
        plot("paused", 2, Ready, &[Complete, Pause, Wait(10), Resume, Complete]),
        plot("paused-edit", 2, Ready, &[Complete, Pause, Wait(5), Image("v2", Ready), Wait(15), Resume, Complete]),
        plot("paused-half-way", 4, Ready, &[Complete, Image("v2", slow(8)), Wait(6), Pause, Wait(20), Resume, Complete]),
        plot("paused-at-zero-edit", 0, Ready, &[Complete, Pause, Wait(5), Image("v2", Ready), Wait(10)]),
        plot("paused-after-its-deadline", 2, Ready, &[Complete, Image("v2", NeverReady), Wait(55), Pause, Wait(15)]).deadline(3),
        plot("paused-with-a-bad-image", 2, Ready, &[Complete, Image("v2", ImagePull), Wait(20), Pause, Wait(15)]),
        plot("paused-scaled", 2, Ready, &[Complete, Pause, Wait(5), Scale(4), Complete]),
        plot("recreate", 2, Ready, &[Complete, Image("v2", slow(10)), Complete]).recreate(),
        plot("recreate-bad", 2, Ready, &[Complete, Image("v2", ImagePull), Wait(40)]).recreate(),
        plot("recreate-never-ready", 1, Ready, &[Complete, Image("v2", NeverReady), Wait(60)]).recreate().deadline(3),
        plot("min-ready", 2, Ready, &[Complete, Image("v2", Ready), Complete]).spec("minReadySeconds", json!(2)),
        plot("restart", 3, Ready, &[Complete, Restart, Complete]),
        plot("restart-while-moving", 3, Ready, &[Complete, Image("v2", slow(10)), Wait(5), Restart, Complete]),
        plot("changed-while-moving", 3, Ready, &[Complete, Image("v2", slow(20)), Wait(8), Image("v3", slow(5)), Complete]),
        plot("evicted", 2, Ready, &[Complete, Evict, Wait(20), Complete]),
        plot("hangs-in-terminating", 2, HangsInTerminating, &[Complete, Image("v2", Ready), Wait(30)]),
        plot("deleted", 2, HangsInTerminating, &[Complete, Delete, Wait(20)]),
    ]
}

#[test]
fn there_are_fifty_and_each_has_its_own_name() {
    let mut names: Vec<&str> = plots().iter().map(|it| it.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 50);
}

async fn drive(plot: Plot) -> (&'static str, Namespace) {
    let namespace = lab().namespace().await;
    if let Some(Act::Quota(pods)) = plot.acts.first() {
        namespace.quota(json!({ "pods": pods.to_string() })).await;
    }
    let mut deployment = namespace
        .deployment("web")
        .replicas(plot.replicas)
        .stage(plot.stage);
    for (field, value) in plot.spec.as_object().into_iter().flatten() {
        deployment = deployment.spec(field, value.clone());
    }
    if plot.on_no_node {
        deployment = deployment.on_no_node();
    }
    deployment.create().await;
    for (index, act) in plot.acts.iter().enumerate() {
        if index > 0 || !matches!(act, Act::Quota(_)) {
            perform(&namespace, act).await;
        }
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    (plot.name, namespace)
}

async fn perform(namespace: &Namespace, act: &Act) {
    let path = namespace.apps("deployments/web");
    let edit = |body: Value| {
        let path = path.clone();
        async move {
            drop(
                namespace
                    .admin()
                    .patch(Patch::Merge, &path, &body)
                    .await
                    .success(),
            );
        }
    };
    match act {
        Act::Wait(tenths) => tokio::time::sleep(Duration::from_millis(tenths * 100)).await,
        Act::Complete => {
            let is_done = async || kubectl(&namespace.get_deployment("web").await) == Standing::Done;
            namespace
                .wait_until(Duration::from_secs(60), "it is complete", is_done)
                .await;
        }
        Act::Image(version, stage) => drop(
            namespace
                .roll_out("web", &format!("shop/web:{version}"), *stage)
                .await,
        ),
        Act::Scale(replicas) => edit(json!({ "spec": { "replicas": replicas } })).await,
        Act::Pause => edit(json!({ "spec": { "paused": true } })).await,
        Act::Resume => edit(json!({ "spec": { "paused": null } })).await,
        Act::Restart => {
            let stamp = json!({ "kubectl.kubernetes.io/restartedAt": Timestamp::now().to_string() });
            edit(json!({ "spec": { "template": { "metadata": { "annotations": stamp } } } })).await;
        }
        Act::Evict => {
            for pod in namespace.pods("web").await.iter().take(1) {
                let path = namespace.core(&format!("pods/{}", pod["metadata"]["name"].as_str().unwrap()));
                let stage = json!({ "metadata": { "annotations": Stage::Evicted.annotations() } });
                namespace
                    .admin()
                    .patch(Patch::Merge, &path, &stage)
                    .await
                    .success();
            }
        }
        Act::Delete => drop(
            namespace
                .admin()
                .delete(&format!("{path}?propagationPolicy=Foreground"))
                .await,
        ),
        Act::Quota(pods) => {
            let hard = json!({ "pods": pods.to_string() });
            let path = namespace.core("resourcequotas/quota");
            if namespace.admin().get(&path).await.status == 200 {
                let body = json!({ "spec": { "hard": hard } });
                namespace
                    .admin()
                    .patch(Patch::Merge, &path, &body)
                    .await
                    .success();
            } else {
                namespace.quota(hard).await;
            }
        }
    }
}

/// What the watches saw, by namespace.
type Seen = Arc<Mutex<BTreeMap<String, Vec<Step>>>>;

async fn listen(kind: ObjectKind, path: &'static str, seen: Seen) {
    let caller = lab().caller(Identity::Viewer);
    let mut body = caller
        .stream(&format!("{path}?watch=1&timeoutSeconds=1800"))
        .await
        .expect("a watch");
    let mut text = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        text.extend_from_slice(&frame.into_data().unwrap_or_default());
        while let Some(end) = text.iter().position(|it| *it == b'\n') {
            let line: Vec<u8> = text.drain(..=end).collect();
            let event: Value = serde_json::from_slice(&line).expect("an event");
            let object = &event["object"];
            let name = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
            let step = Step {
                at: Timestamp::now(),
                kind,
                name: name("name"),
                object: (event["type"] != "DELETED").then(|| reduced(kind, object.clone())),
            };
            seen.lock()
                .unwrap()
                .entry(name("namespace"))
                .or_default()
                .push(step);
        }
    }
}

/// Without what nobody looks at.
fn reduced(kind: ObjectKind, mut object: Value) -> Value {
    let keep = |value: &mut Value, fields: &[&str]| {
        if let Some(map) = value.as_object_mut() {
            map.retain(|field, _| fields.contains(&field.as_str()));
        }
    };
    keep(
        &mut object["metadata"],
        &[
            "name",
            "namespace",
            "uid",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "labels",
            "annotations",
            "ownerReferences",
        ],
    );
    if kind == ObjectKind::Pod {
        keep(&mut object["spec"], &["nodeName", "containers"]);
        for container in object["spec"]["containers"].as_array_mut().into_iter().flatten() {
            keep(container, &["name", "image"]);
        }
        keep(
            &mut object["status"],
            &[
                "phase",
                "reason",
                "message",
                "conditions",
                "containerStatuses",
                "startTime",
            ],
        );
    }
    object
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_and_we_agree_on_fifty_rollouts_but_where_we_mean_it() {
    let seen = Seen::default();
    for (kind, path) in [
        (ObjectKind::Deployment, "/apis/apps/v1/deployments"),
        (ObjectKind::ReplicaSet, "/apis/apps/v1/replicasets"),
        (ObjectKind::Pod, "/api/v1/pods"),
    ] {
        tokio::spawn(listen(kind, path, Arc::clone(&seen)));
    }
    let driving = futures::stream::iter(plots().into_iter().map(drive));
    let driven: Vec<(&str, Namespace)> = driving.buffer_unordered(AT_A_TIME).collect().await;
    let mut all = std::mem::take(&mut *seen.lock().unwrap());
    let mut compared = Compared::default();
    let mut recording = String::new();
    for (plot, namespace) in &driven {
        let mut steps = all.remove(namespace.name()).unwrap_or_default();
        assert!(steps.len() > 3, "{plot} was not heard: {steps:?}");
        for object in steps.iter_mut().filter_map(|it| it.object.as_mut()) {
            object["metadata"]["namespace"] = json!(plot);
        }
        compared.replay(plot, &steps);
        write(&mut recording, plot, &steps);
    }
    eprintln!("{} states: {:?}", compared.states, compared.verdicts);
    if let Ok(path) = std::env::var("FLIGHTDECK_RECORD") {
        pack(path.as_ref(), &recording);
    }
    assert!(
        compared.not_intended.is_empty(),
        "{}",
        compared.not_intended.join("\n")
    );
}
