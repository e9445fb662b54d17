//! Three in the morning, over ssh, on 80 by 24: a bad release, a bad hotfix, and the way back to what was good; then the timeline
//! for the incident's channel. And somebody who takes it back: told by name, with the time it took.

use std::time::Duration;

use serde_json::{Value, json};

use crate::lab::{Identity, Patch, Stage};
use crate::pty::Setting;
use crate::seat::{Seat, armed, confirm};

/// What a key takes to get there, and what is drawn to come back.
const LATENCY: Duration = Duration::from_millis(200);

fn image(deployment: &Value) -> &str {
    deployment["spec"]["template"]["spec"]["containers"][0]["image"]
        .as_str()
        .unwrap_or_default()
}

/// `v1` was good; `v2` crashes, and so does its hotfix `v3`. Beside it runs what is well.
async fn bad_night() -> Seat {
    let seat = Seat::of(Identity::Operator).await;
    for name in ["api", "pay"] {
        seat.namespace.deployment(name).create().await;
    }
    let first = seat.namespace.deployment("web").replicas(4);
    first.image("shop/web:v1").create().await;
    seat.namespace.wait_until_rolled_out("web").await;
    for version in ["v2", "v3"] {
        let image = format!("shop/web:{version}");
        seat.namespace.roll_out("web", &image, Stage::CrashLoop).await;
        seat.namespace
            .wait_for_pod("web", "it crashes", |pod| {
                pod["spec"]["containers"][0]["image"] == image
                    && pod["status"]["containerStatuses"][0]["restartCount"].as_u64() > Some(0)
            })
            .await;
    }
    seat
}

async fn decisions(seat: &Seat) -> String {
    let command = seat.command("decisions --markdown").output();
    String::from_utf8(command.await.expect("it runs").stdout).expect("text")
}

#[tokio::test]
async fn a_bad_release_is_taken_back_over_a_slow_line_and_the_timeline_tells_it() {
    let seat = bad_night().await;
    let far = Setting {
        latency: LATENCY,
        ..Setting::default()
    };
    let pty = seat.start_on(far, &[("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 22")], &[]);
    pty.wait_until("the bad one first, with its reason", |screen| {
        let words = screen.contents();
        let row = words
            .lines()
            .find(|line| line.contains("shop/") || line.contains("/web"));
        row.is_some_and(|row| row.contains("web") && row.contains("CrashLoop"))
    });
    // The cursor is there already.
    pty.wait_for("live");
    pty.type_keys("u");
    pty.wait_for("it still has");
    pty.send("\r");
    let token = armed(&pty, "UNDO");
    assert_eq!(token, "v1");
    let sheet = pty.screen();
    for told in [
        "shop/web:v3 → shop/web:v1",
        "was made",
        "takes",
        "way back",
        "tested",
    ] {
        assert!(sheet.contains(told), "{told:?} is not on the sheet:\n{sheet}");
    }
    confirm(&pty, &token);
    pty.wait_for("✓ effect seen");
    let now = seat.namespace.wait_until_rolled_out("web").await;
    assert_eq!(image(&now), "shop/web:v1");
    assert_eq!(seat.writes().len(), 1);
    let timeline = decisions(&seat).await;
    for told in ["undo", "web", "operator", "done"] {
        assert!(
            timeline.contains(told),
            "{told:?} is not in the timeline:\n{timeline}"
        );
    }
}

#[tokio::test]
async fn somebody_who_takes_it_back_after_six_seconds_is_named() {
    let seat = bad_night().await;
    let pty = seat.start(&[]);
    pty.wait_for("live");
    pty.type_keys("u");
    pty.wait_for("it still has");
    pty.send("\r");
    let token = armed(&pty, "UNDO");
    confirm(&pty, &token);
    pty.wait_for("✓ accepted");
    seat.namespace
        .wait_until(Duration::from_secs(20), "it is taken back", async || {
            image(&seat.namespace.get_deployment("web").await) == "shop/web:v1"
        })
        .await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    let path = seat
        .namespace
        .apps("deployments/web?fieldManager=argocd-controller");
    let back = json!({ "spec": { "template": { "spec": { "containers": [{ "name": "app", "image": "shop/web:v3" }] } } } });
    seat.namespace
        .admin()
        .patch(Patch::Strategic, &path, &back)
        .await
        .success();
    pty.wait_for("reverted by argocd-controller after");
}

#[tokio::test]
async fn fields_that_this_program_does_not_know_come_back_as_they_were() {
    let seat = Seat::of(Identity::Operator).await;
    let pod = json!({
        "metadata": { "labels": { "app": "web" }, "annotations": { "corp.example/text": "π \"quoted\" \u{7f} text" } },
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "hostUsers": false,
            "setHostnameAsFQDN": true,
            "dnsConfig": { "options": [{ "name": "ndots", "value": "2" }] },
            "topologySpreadConstraints": [{
                "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": { "matchLabels": { "app": "web" } }, "matchLabelKeys": ["pod-template-hash"],
            }],
            "containers": [{
                "name": "app", "image": "shop/web:v1",
                "resizePolicy": [{ "resourceName": "cpu", "restartPolicy": "NotRequired" }],
                "resources": { "requests": { "cpu": "1m" } },
            }],
        },
    });
    seat.namespace
        .deployment("web")
        .spec("template", pod)
        .create()
        .await;
    let before = seat.namespace.wait_until_rolled_out("web").await;
    let other = json!([{ "op": "replace", "path": "/spec/template", "value": {
        "metadata": { "labels": { "app": "web" } },
        "spec": { "terminationGracePeriodSeconds": 1, "containers": [{ "name": "app", "image": "shop/web:v2" }] },
    } }]);
    let path = seat.namespace.apps("deployments/web");
    seat.namespace
        .admin()
        .patch(Patch::Json, &path, &other)
        .await
        .success();
    seat.namespace.wait_until_rolled_out("web").await;
    let pty = seat.at_web(&[]);
    // All pods run v2, and nothing was seen whole by an earlier run.
    pty.type_keys("u");
    pty.wait_for("EVER HEALTHY");
    pty.type_keys("j");
    pty.send("\r");
    let token = armed(&pty, "UNDO");
    confirm(&pty, &token);
    pty.wait_for("✓ effect seen");
    let after = seat.namespace.get_deployment("web").await;
    assert_eq!(before["spec"]["template"], after["spec"]["template"]);
}

#[tokio::test]
async fn an_image_is_set_by_its_tag_alone() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    pty.type_keys("i");
    pty.wait_for("SET-IMAGE");
    pty.send("\x15");
    pty.type_keys(":v2");
    pty.wait_for("becomes");
    pty.send("\r");
    let token = armed(&pty, "SET-IMAGE");
    confirm(&pty, &token);
    pty.wait_for("✓ effect seen");
    let now = seat.namespace.get_deployment("web").await;
    assert_eq!(image(&now), "shop/web:v2");
}

/// Chooses one pod more, and goes on to the sheet.
fn one_more(pty: &crate::pty::Pty) {
    pty.type_keys("s");
    pty.wait_for("up and down change by one");
    pty.send("\x1b[A");
    pty.wait_for("pods  2");
    pty.send("\r");
}

#[tokio::test]
async fn a_number_of_pods_is_set_by_who_may_scale_and_by_nobody_else() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    one_more(&pty);
    pty.wait_for("you may not patch deployments/scale in");
    assert_eq!(seat.writes().len(), 0);
    let seat = Seat::with_web(Identity::Admin, 1).await;
    let pty = seat.at_web(&[]);
    one_more(&pty);
    let token = armed(&pty, "SCALE");
    confirm(&pty, &token);
    pty.wait_for("✓ effect seen");
    let now = seat.namespace.get_deployment("web").await;
    assert_eq!(now["spec"]["replicas"], 2);
}
