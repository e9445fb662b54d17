//! For each way in which pods fail, the reason is known within a second of the API's event.

use std::time::{Duration, Instant};

use flightdeck::domain::Reason;
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::lab::{Identity, Namespace, Patch, Stage, lab};
use crate::listening::{Listening, PATIENCE};

const SOON: Duration = Duration::from_secs(1);

/// A watch of its own: the moment at which one of its events holds all of the words.
async fn event_with(
    namespace: &Namespace,
    path: &str,
    words: &'static [&'static str],
) -> JoinHandle<Instant> {
    let caller = lab().caller(Identity::Viewer);
    let mut body = caller.stream(&format!("{path}?watch=1")).await.expect("a watch");
    let name = namespace.name().to_owned();
    tokio::spawn(async move {
        let mut line = String::new();
        loop {
            let frame = tokio::time::timeout(PATIENCE, body.frame()).await;
            let frame = frame.unwrap_or_else(|_| panic!("{words:?} never came in {name}"));
            let data = frame.expect("open").expect("a frame").into_data();
            line.push_str(&String::from_utf8_lossy(&data.unwrap_or_default()));
            while let Some((event, rest)) = line.split_once('\n') {
                if words.iter().all(|word| event.contains(word)) {
                    return Instant::now();
                }
                line = rest.to_owned();
            }
        }
    })
}

struct Case {
    what: &'static str,
    namespace: Namespace,
    listening: Listening,
}

async fn case(what: &'static str) -> Case {
    let namespace = lab().namespace().await;
    let kubeconfig = lab().kubeconfig(Identity::Viewer, namespace.name(), None);
    let mut listening = Listening::start(kubeconfig, namespace.name()).await;
    listening.until("all kinds are heard", Listening::all_live).await;
    Case {
        what,
        namespace,
        listening,
    }
}

impl Case {
    /// Compares when the event came with when the rollout had the reason.
    async fn shows(mut self, event: JoinHandle<Instant>, is: fn(&Reason) -> bool) {
        let told = self
            .listening
            .until(self.what, |it| {
                it.rollout("web")
                    .is_some_and(|it| it.findings.iter().any(|it| is(&it.reason)))
            })
            .await;
        let came = event.await.expect("the other watch");
        let late = told.saturating_duration_since(came);
        eprintln!("{}: {} ms after the API's event", self.what, late.as_millis());
        assert!(late <= SOON, "{}: {late:?} after the event", self.what);
    }

    fn pods(&self) -> String {
        self.namespace.core("pods")
    }
}

#[tokio::test]
async fn an_image_that_cannot_be_pulled() {
    let case = case("image pull").await;
    let event = event_with(&case.namespace, &case.pods(), &["\"ErrImagePull\""]).await;
    case.namespace
        .deployment("web")
        .stage(Stage::ImagePull)
        .create()
        .await;
    case.shows(event, |it| matches!(it, Reason::ImagePull { .. }))
        .await;
}

#[tokio::test]
async fn a_crash_loop_with_its_last_words() {
    let case = case("crash loop").await;
    let event = event_with(
        &case.namespace,
        &case.pods(),
        &["\"CrashLoopBackOff\"", "OOMKilled"],
    )
    .await;
    case.namespace
        .deployment("web")
        .stage(Stage::CrashLoop)
        .create()
        .await;
    case.shows(event, |it| {
        matches!(it, Reason::CrashLoop { exit_code: Some(137), last: Some(last), .. } if last.raw() == "OOMKilled")
    })
    .await;
}

#[tokio::test]
async fn a_pod_that_runs_and_is_never_ready() {
    let case = case("never ready").await;
    let event = event_with(
        &case.namespace,
        &case.pods(),
        &["\"startedAt\"", "\"ready\":false"],
    )
    .await;
    case.namespace
        .deployment("web")
        .stage(Stage::NeverReady)
        .create()
        .await;
    case.shows(event, |it| matches!(it, Reason::ProbeFailing { .. }))
        .await;
}

#[tokio::test]
async fn a_pod_that_no_node_takes() {
    let case = case("unschedulable").await;
    let event = event_with(&case.namespace, &case.pods(), &["\"Unschedulable\""]).await;
    case.namespace.deployment("web").on_no_node().create().await;
    case.shows(event, |it| matches!(it, Reason::Unschedulable { .. }))
        .await;
}

#[tokio::test]
async fn an_evicted_pod() {
    let case = case("evicted").await;
    case.namespace.deployment("web").create().await;
    case.namespace.wait_until_rolled_out("web").await;
    let event = event_with(&case.namespace, &case.pods(), &["\"reason\":\"Evicted\""]).await;
    let pods = case.namespace.pods("web").await;
    let pod = pods[0]["metadata"]["name"].as_str().expect("a name");
    let path = case.namespace.core(&format!("pods/{pod}"));
    let stage = json!({ "metadata": { "annotations": Stage::Evicted.annotations() } });
    case.namespace
        .admin()
        .patch(Patch::Merge, &path, &stage)
        .await
        .success();
    case.shows(event, |it| matches!(it, Reason::Evicted { .. })).await;
}

#[tokio::test]
async fn a_pod_that_hangs_in_terminating() {
    let case = case("hangs in Terminating").await;
    let deployment = case.namespace.deployment("web").stage(Stage::HangsInTerminating);
    deployment.create().await;
    case.namespace.wait_until_rolled_out("web").await;
    let event = event_with(&case.namespace, &case.pods(), &["\"deletionTimestamp\""]).await;
    let pods = case.namespace.pods("web").await;
    let pod = pods[0]["metadata"]["name"].as_str().expect("a name");
    let path = case.namespace.core(&format!("pods/{pod}"));
    case.namespace.admin().delete(&path).await.success();
    case.shows(event, |it| matches!(it, Reason::TerminatingHangs { .. }))
        .await;
}

#[tokio::test]
async fn a_quota_that_is_used_up() {
    let case = case("quota").await;
    case.namespace.quota(json!({ "pods": "1" })).await;
    let sets = case.namespace.apps("deployments");
    let event = event_with(&case.namespace, &sets, &["ReplicaFailure", "exceeded quota"]).await;
    case.namespace.deployment("web").replicas(2).create().await;
    case.shows(event, |it| {
        matches!(it, Reason::CannotCreatePods { quota: true, .. })
    })
    .await;
}

#[tokio::test]
async fn pods_that_are_ready_and_do_not_count_yet() {
    let case = case("minReadySeconds").await;
    let event = event_with(&case.namespace, &case.pods(), &["\"ready\":true"]).await;
    let deployment = case
        .namespace
        .deployment("web")
        .spec("minReadySeconds", json!(20));
    deployment
        .stage(Stage::ReadyAfter(Duration::from_secs(1)))
        .create()
        .await;
    case.shows(event, |it| matches!(it, Reason::MinReady { .. }))
        .await;
}
