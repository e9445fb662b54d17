//! Every fate that `stages.yaml` offers shows in the pod's status as a kubelet would write it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;

use serde_json::{Value, json};

use crate::lab::{Patch, Stage, lab};

fn container(pod: &Value) -> &Value {
    &pod["status"]["containerStatuses"][0]
}

fn condition<'a>(pod: &'a Value, kind: &str) -> &'a Value {
    let all = pod["status"]["conditions"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    all.iter()
        .find(|condition| condition["type"] == kind)
        .unwrap_or(&Value::Null)
}

fn waits_for(pod: &Value) -> &str {
    container(pod)["state"]["waiting"]["reason"]
        .as_str()
        .unwrap_or_default()
}

#[tokio::test]
async fn pods_are_ready_after_the_delay_told() {
    let namespace = lab().namespace().await;
    namespace
        .deployment("web")
        .stage(Stage::ReadyAfter(Duration::from_secs(2)))
        .create()
        .await;
    let early = namespace
        .wait_for_pod("web", "a pod is on a node", |pod| {
            condition(pod, "PodScheduled")["status"] == "True"
        })
        .await;
    assert_eq!(early["status"]["phase"], "Pending");
    let late = namespace
        .wait_for_pod("web", "the pod is ready", |pod| {
            condition(pod, "Ready")["status"] == "True"
        })
        .await;
    assert_eq!(late["status"]["phase"], "Running");
    assert_eq!(container(&late)["ready"], true);
}

#[tokio::test]
async fn a_new_revision_replaces_the_old_one() {
    let namespace = lab().namespace().await;
    namespace
        .deployment("web")
        .image("shop/web:v1")
        .replicas(3)
        .stage(Stage::Ready)
        .create()
        .await;
    let first = namespace.wait_until_rolled_out("web").await;
    assert_eq!(
        first["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
        "1"
    );
    namespace.set_image("web", "shop/web:v2").await;
    let second = namespace.wait_until_rolled_out("web").await;
    assert_eq!(
        second["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
        "2"
    );
}

#[tokio::test]
async fn a_revision_that_never_gets_ready_exceeds_its_deadline_and_the_old_one_stays() {
    let namespace = lab().namespace().await;
    namespace
        .deployment("web")
        .replicas(2)
        .spec("progressDeadlineSeconds", json!(2))
        .create()
        .await;
    namespace.wait_until_rolled_out("web").await;
    namespace.roll_out("web", "shop/web:v2", Stage::NeverReady).await;
    let pod = namespace
        .wait_for_pod("web", "the new pod runs", |pod| {
            condition(pod, "Ready")["reason"] == "ContainersNotReady"
        })
        .await;
    assert_eq!(pod["status"]["phase"], "Running");
    assert_eq!(container(&pod)["started"], true);
    assert_eq!(container(&pod)["ready"], false);
    namespace
        .wait_until(Duration::from_secs(30), "the deadline is exceeded", async || {
            let deployment = namespace.get_deployment("web").await;
            deployment["status"]["conditions"]
                .as_array()
                .expect("conditions")
                .iter()
                .any(|c| c["reason"] == "ProgressDeadlineExceeded")
        })
        .await;
    assert_eq!(
        namespace.get_deployment("web").await["status"]["availableReplicas"],
        2
    );
}

#[tokio::test]
async fn an_image_that_cannot_be_pulled_backs_off_with_the_kubelets_words() {
    let namespace = lab().namespace().await;
    namespace
        .deployment("web")
        .image("shop/web:nope")
        .stage(Stage::ImagePull)
        .create()
        .await;
    let first = namespace
        .wait_for_pod("web", "the pull fails", |pod| waits_for(pod) == "ErrImagePull")
        .await;
    let message = container(&first)["state"]["waiting"]["message"]
        .as_str()
        .expect("a message");
    assert!(
        message.contains("Failed to pull image \"shop/web:nope\""),
        "{message}"
    );
    let pod = namespace
        .wait_for_pod("web", "the pull backs off", |pod| {
            waits_for(pod) == "ImagePullBackOff"
        })
        .await;
    assert_eq!(
        container(&pod)["state"]["waiting"]["message"],
        "Back-off pulling image \"shop/web:nope\""
    );
    assert_eq!(pod["status"]["phase"], "Pending");
    let events = namespace
        .admin()
        .get(&namespace.core("events"))
        .await
        .success()
        .to_string();
    assert!(events.contains("Failed to pull image"), "{events}");
}

#[tokio::test]
async fn a_crash_loop_is_oom_killed_again_and_again() {
    let namespace = lab().namespace().await;
    namespace.deployment("web").stage(Stage::CrashLoop).create().await;
    let pod = namespace
        .wait_for_pod("web", "it crashed more than once", |pod| {
            waits_for(pod) == "CrashLoopBackOff" && container(pod)["restartCount"].as_u64() >= Some(2)
        })
        .await;
    let last = &container(&pod)["lastState"]["terminated"];
    assert_eq!(last["reason"], "OOMKilled");
    assert_eq!(last["exitCode"], 137);
    let message = container(&pod)["state"]["waiting"]["message"]
        .as_str()
        .expect("a message");
    assert!(
        message.starts_with("back-off 10s restarting failed container=app pod=web-"),
        "{message}"
    );
}

#[tokio::test]
async fn one_pod_is_evicted_and_replaced() {
    let namespace = lab().namespace().await;
    namespace.deployment("web").create().await;
    namespace.wait_until_rolled_out("web").await;
    let name = namespace.pods("web").await[0]["metadata"]["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    let evict = json!({ "metadata": { "annotations": Stage::Evicted.annotations() } });
    namespace
        .admin()
        .patch(Patch::Merge, &namespace.core(&format!("pods/{name}")), &evict)
        .await
        .success();
    let pod = namespace
        .wait_for_pod("web", "the pod is evicted", |pod| {
            pod["status"]["reason"] == "Evicted"
        })
        .await;
    assert_eq!(pod["metadata"]["name"], name.as_str());
    assert_eq!(pod["status"]["phase"], "Failed");
    assert_eq!(
        condition(&pod, "DisruptionTarget")["reason"],
        "TerminationByKubelet"
    );
    namespace
        .wait_for_pod("web", "another pod took its place", |pod| {
            condition(pod, "Ready")["status"] == "True"
        })
        .await;
}

#[tokio::test]
async fn a_pod_hangs_in_terminating() {
    let namespace = lab().namespace().await;
    namespace
        .deployment("web")
        .stage(Stage::HangsInTerminating)
        .create()
        .await;
    namespace.deployment("api").create().await;
    namespace.wait_until_rolled_out("web").await;
    namespace.wait_until_rolled_out("api").await;
    for name in ["web", "api"] {
        let path = namespace.core(&format!("pods?labelSelector=app%3D{name}"));
        namespace.admin().delete(&path).await.success();
    }
    namespace
        .wait_until(
            Duration::from_secs(20),
            "the pod of `api`, deleted later, is gone",
            async || {
                namespace
                    .pods("api")
                    .await
                    .iter()
                    .all(|pod| pod["metadata"]["deletionTimestamp"].is_null())
            },
        )
        .await;
    namespace
        .wait_for_pod("web", "the deleted pod is still there", |pod| {
            !pod["metadata"]["deletionTimestamp"].is_null()
        })
        .await;
}

#[tokio::test]
async fn a_pod_that_fits_no_node_is_told_why_by_the_scheduler() {
    let namespace = lab().namespace().await;
    namespace.deployment("web").on_no_node().create().await;
    let pod = namespace
        .wait_for_pod("web", "the scheduler gives up", |pod| {
            condition(pod, "PodScheduled")["reason"] == "Unschedulable"
        })
        .await;
    let message = condition(&pod, "PodScheduled")["message"]
        .as_str()
        .expect("a message");
    assert!(
        message.starts_with("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector"),
        "{message}"
    );
}

#[tokio::test]
async fn a_wait_in_vain_shows_what_was_there_instead() {
    let namespace = lab().namespace().await;
    namespace.deployment("web").on_no_node().create().await;
    namespace
        .wait_for_pod("web", "a pod exists", |pod| {
            !condition(pod, "PodScheduled").is_null()
        })
        .await;
    let wait = namespace.wait_until(Duration::from_millis(100), "pigs fly", async || false);
    let panic = AssertUnwindSafe(wait)
        .catch_unwind()
        .await
        .expect_err("it never came");
    let said = panic.downcast_ref::<String>().expect("words");
    assert!(
        said.contains("pigs fly") && said.contains("pods web-") && said.contains("nodes are available"),
        "{said}"
    );
}
