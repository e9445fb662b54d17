//! What becomes of pods, and how they tell it.

use serde_json::{Value, json};

use crate::contract::Place;
use crate::contract::place::{Fare, condition, deployment, name, template, version};

async fn made(at: &Place, fare: Fare) {
    let mut it = deployment("web", 1);
    it["spec"]["template"] = template("web", fare, 1);
    at.deploy(&it).await;
}

fn container(pod: &Value) -> &Value {
    &pod["status"]["containerStatuses"][0]
}

async fn waits_for(at: &Place, reason: &str) -> Value {
    at.until(reason, async || {
        let pods = at.pods("web").await;
        pods.into_iter()
            .find(|pod| container(pod)["state"]["waiting"]["reason"] == reason)
    })
    .await
}

pub(crate) async fn a_good_one_runs_and_is_ready(at: &Place) {
    at.running(&deployment("web", 1)).await;
    let pod = at.pods("web").await.remove(0);
    assert_eq!(pod["status"]["phase"], "Running");
    for kind in ["PodScheduled", "Initialized", "Ready", "ContainersReady"] {
        assert_eq!(condition(&pod, kind)["status"], "True", "{kind}");
    }
    let app = container(&pod);
    assert_eq!(
        (&app["name"], &app["ready"], &app["restartCount"]),
        (&"app".into(), &true.into(), &0.into())
    );
    assert!(app["state"]["running"]["startedAt"].is_string(), "{app}");
    assert!(
        pod["status"]["podIP"]
            .as_str()
            .is_some_and(|it| it.parse::<std::net::IpAddr>().is_ok()),
        "{}",
        pod["status"]
    );
    assert!(pod["spec"]["nodeName"].as_str().is_some_and(|it| !it.is_empty()));
    assert!(pod["status"]["startTime"].is_string());
}

pub(crate) async fn addresses_are_not_shared(at: &Place) {
    at.running(&deployment("web", 6)).await;
    let pods = at.pods("web").await;
    let addresses: std::collections::BTreeSet<String> = pods
        .iter()
        .map(|pod| pod["status"]["podIP"].to_string())
        .collect();
    assert_eq!(addresses.len(), 6);
}

pub(crate) async fn an_image_that_cannot_be_had_is_tried_then_waited_for(at: &Place) {
    let since = at.version(&at.core("pods")).await;
    made(at, Fare::ImagePull).await;
    let pod = waits_for(at, "ImagePullBackOff").await;
    assert_eq!(
        (
            &pod["status"]["phase"],
            condition(&pod, "Ready")["status"].as_str()
        ),
        (&"Pending".into(), Some("False"))
    );
    assert!(
        container(&pod)["state"]["waiting"]["message"]
            .as_str()
            .is_some_and(|it| it.starts_with("Back-off pulling image")),
        "{pod}"
    );
    let mut reasons: Vec<String> = at
        .changes(&at.core("pods"), &since)
        .await
        .iter()
        .filter_map(|(_, pod)| {
            container(pod)["state"]["waiting"]["reason"]
                .as_str()
                .map(str::to_owned)
        })
        .collect();
    reasons.dedup();
    let end = reasons
        .iter()
        .position(|it| it == "ErrImagePull")
        .expect("it is tried");
    assert_eq!(reasons.get(end + 1).map(String::as_str), Some("ImagePullBackOff"));
    at.until("a warning tells it", async || {
        let events = at.list(&at.core("events?fieldSelector=type%3DWarning")).await;
        events
            .into_iter()
            .find(|it| it["reason"] == "Failed" && it["involvedObject"]["kind"] == "Pod")
    })
    .await;
}

pub(crate) async fn a_crash_loop_counts_its_restarts(at: &Place) {
    made(at, Fare::CrashLoop).await;
    let pod = at.until("it was started again, and fell again", async || {
        let pods = at.pods("web").await;
        let looping = |pod: &&Value| {
            container(pod)["state"]["waiting"]["reason"] == "CrashLoopBackOff"
                && container(pod)["restartCount"].as_u64() > Some(0)
        };
        pods.iter().find(looping).cloned()
    });
    let pod = pod.await;
    let app = container(&pod);
    assert_eq!(
        (&app["ready"], &pod["status"]["phase"]),
        (&false.into(), &"Running".into())
    );
    let last = &app["lastState"]["terminated"];
    assert!(
        last["exitCode"].as_i64().is_some_and(|code| code != 0)
            && last["reason"].is_string()
            && last["finishedAt"].is_string(),
        "{app}"
    );
    assert!(
        app["state"]["waiting"]["message"].as_str().is_some_and(
            |it| it.starts_with("back-off") && it.contains("restarting failed container=app pod=")
        ),
        "{app}"
    );
    at.until("a warning tells it", async || {
        let events = at.list(&at.core("events?fieldSelector=type%3DWarning")).await;
        events.into_iter().find(|it| it["reason"] == "BackOff")
    })
    .await;
}

pub(crate) async fn one_that_never_is_ready_says_why(at: &Place) {
    made(at, Fare::NeverReady).await;
    let pod = at
        .until("it runs", async || {
            at.pods("web")
                .await
                .into_iter()
                .find(|pod| pod["status"]["phase"] == "Running")
        })
        .await;
    for kind in ["Ready", "ContainersReady"] {
        let told = condition(&pod, kind);
        assert_eq!(
            (&told["status"], &told["reason"], &told["message"]),
            (
                &"False".into(),
                &"ContainersNotReady".into(),
                &"containers with unready status: [app]".into()
            )
        );
    }
    assert_eq!(
        (&container(&pod)["started"], &container(&pod)["ready"]),
        (&true.into(), &false.into())
    );
    at.until("a warning tells it", async || {
        let events = at.list(&at.core("events?fieldSelector=reason%3DUnhealthy")).await;
        events.into_iter().find(|it| {
            it["message"]
                .as_str()
                .is_some_and(|it| it.starts_with("Readiness probe failed"))
        })
    })
    .await;
}

pub(crate) async fn one_that_fits_no_node_waits(at: &Place) {
    let mut it = deployment("web", 1);
    it["spec"]["template"]["spec"]["nodeSelector"] = json!({ "disk": "none-such" });
    at.deploy(&it).await;
    let pod = at.until("the scheduler says so", async || {
        let pods = at.pods("web").await;
        pods.into_iter()
            .find(|pod| condition(pod, "PodScheduled")["reason"] == "Unschedulable")
    });
    let pod = pod.await;
    let told = condition(&pod, "PodScheduled");
    assert_eq!(
        (&told["status"], &pod["status"]["phase"]),
        (&"False".into(), &"Pending".into())
    );
    assert!(
        told["message"].as_str().is_some_and(|it| it
            .starts_with("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector")),
        "{told}"
    );
    at.until("a warning tells it", async || {
        let events = at
            .list(&at.core("events?fieldSelector=reason%3DFailedScheduling"))
            .await;
        (!events.is_empty()).then_some(())
    })
    .await;
}

pub(crate) async fn a_slow_one_is_ready_in_the_end(at: &Place) {
    let since = at.version(&at.core("pods")).await;
    made(at, Fare::ReadyAfter).await;
    at.rolled_out("web").await;
    let changes = at.changes(&at.core("pods"), &since).await;
    let ready: Vec<bool> = changes
        .iter()
        .map(|(_, pod)| condition(pod, "Ready")["status"] == "True")
        .collect();
    assert!(ready.is_sorted() && ready.first() == Some(&false), "{ready:?}");
}

pub(crate) async fn who_goes_is_marked_until_nothing_holds_it(at: &Place) {
    let mut pod = template("web", Fare::Ready, 1);
    pod["metadata"]["name"] = json!("held");
    pod["metadata"]["finalizers"] = json!(["example.com/hold"]);
    at.call.post(&at.core("pods"), &pod).await.ok();
    let path = at.core("pods/held");
    at.until("it runs", async || {
        (at.call.get(&path).await.ok()["status"]["phase"] == "Running").then_some(())
    })
    .await;
    at.call.delete(&path, &Value::Null).await.ok();
    let going = at.call.get(&path).await.ok();
    assert!(
        going["metadata"]["deletionTimestamp"].is_string()
            && going["metadata"]["deletionGracePeriodSeconds"].is_number(),
        "{going}"
    );
    at.a_moment().await;
    assert_eq!(name(&at.call.get(&path).await.ok()), "held");
    at.call
        .merge(&path, &json!({ "metadata": { "finalizers": null } }))
        .await
        .ok();
    at.until("it is gone", async || {
        (at.call.get(&path).await.status == 404).then_some(())
    })
    .await;
}

pub(crate) async fn without_grace_it_is_gone_at_once(at: &Place) {
    at.running(&deployment("web", 1)).await;
    let pod = at.pods("web").await.remove(0);
    let path = at.core(&format!("pods/{}", name(&pod)));
    at.call
        .delete(&path, &json!({ "gracePeriodSeconds": 0 }))
        .await
        .ok();
    at.call.get(&path).await.refused(404, "NotFound");
}

pub(crate) async fn what_a_pod_runs_stays_as_it_is(at: &Place) {
    at.running(&deployment("web", 1)).await;
    let pod = at.pods("web").await.remove(0);
    let path = at.core(&format!("pods/{}", name(&pod)));
    let change = json!([{ "op": "add", "path": "/spec/restartPolicy", "value": "Never" }]);
    at.call.json_patch(&path, &change).await.invalid("spec");
    let image = json!([{ "op": "replace", "path": "/spec/containers/0/image", "value": "case/ready:v9" }]);
    let now = at.call.json_patch(&path, &image).await.ok();
    assert!(version(&now) > version(&pod));
}
