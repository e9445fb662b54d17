//! The commands that act, on a real control plane: a plan, its token, and what became of it; and every way in which the plan
//! does not hold any more.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::fault_proxy::Fault;
use crate::lab::{Identity, Patch, Stage};
use crate::seat::{PROGRAM, Seat};

#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Done, and told as that.
    #[track_caller]
    fn done(&self, outcome: &str) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        let report = self.json();
        assert_eq!(report["outcome"], outcome, "{self:?}");
        report
    }

    #[track_caller]
    fn done_in_words(&self, words: &str) {
        assert_eq!(self.code, Some(0), "{self:?}");
        assert!(self.out.contains(words), "{self:?}");
    }

    /// Ended with this code, and nothing on stdout, and these words.
    #[track_caller]
    fn failed(&self, code: i32, words: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (Some(code), ""), "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} is missing: {self:?}");
        }
    }
}

async fn run(seat: &Seat, arguments: &str) -> Said {
    let output = tokio::time::timeout(Duration::from_secs(120), seat.command(arguments).output()).await;
    let output = output.expect("it ends in time").expect("it starts");
    Said {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Makes the plan and gives it with its token.
async fn plan(seat: &Seat, arguments: &str) -> (Value, String) {
    let said = run(seat, &format!("{arguments} --plan -o json")).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let plan = said.json();
    let token = plan["token"].as_str().expect("a token").to_owned();
    (plan, token)
}

/// Plans and confirms, and waits for the effect.
async fn act(seat: &Seat, arguments: &str) -> Value {
    let (_, token) = plan(seat, arguments).await;
    let said = run(
        seat,
        &format!("{arguments} --confirm {token} --follow 0s -o json"),
    )
    .await;
    said.done("done")
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_resume_and_restart_are_planned_confirmed_and_have_their_effect() {
    let seat = Seat::with_web(Identity::Operator, 2).await;
    let paused = act(&seat, "pause web").await;
    assert_eq!(
        (&paused["step"], &paused["class"], &paused["kind"]),
        (&json!("pause"), &json!("stop"), &json!("Deployment"))
    );
    assert_eq!(seat.namespace.get_deployment("web").await["spec"]["paused"], true);

    let resumed = act(&seat, "resume web").await;
    assert!(resumed["effectAfterSeconds"].is_u64(), "{resumed}");
    assert!(seat.namespace.get_deployment("web").await["spec"]["paused"].is_null());

    let names = async || {
        let pods = seat.namespace.pods("web").await;
        pods.iter()
            .map(|pod| pod["metadata"]["name"].clone())
            .collect::<Vec<_>>()
    };
    let before = names().await;
    let restarted = act(&seat, "restart web --reason because").await;
    assert_eq!(restarted["reason"], "because");
    seat.namespace.wait_until_rolled_out("web").await;
    let after = names().await;
    assert!(
        before.iter().all(|old| !after.contains(old)),
        "{before:?} {after:?}"
    );
    // A plan asks for a dry run; each confirmation sends once.
    assert_eq!(seat.writes().len(), 3);
    let decisions = run(&seat, "decisions -o json").await.json();
    let last = &decisions["decisions"][2];
    assert_eq!(
        (&last["step"], &last["outcome"], &last["reason"], &last["user"]),
        (
            &json!("restart"),
            &json!("done"),
            &json!("because"),
            &json!("operator")
        )
    );
    assert_eq!(last["id"], restarted["decision"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn set_image_scale_and_undo_are_planned_confirmed_and_have_their_effect() {
    let seat = Seat::with_web(Identity::Admin, 2).await;
    act(&seat, "set-image web shop/web:v2").await;
    let deployment = seat.namespace.get_deployment("web").await;
    assert_eq!(
        deployment["spec"]["template"]["spec"]["containers"][0]["image"],
        "shop/web:v2"
    );
    act(&seat, "scale web --replicas 3").await;
    let deployment = seat.namespace.get_deployment("web").await;
    assert_eq!(deployment["status"]["availableReplicas"], 3);

    let (planned, token) = plan(&seat, "undo web --to-revision 1").await;
    assert_eq!(
        (&planned["class"], &planned["typed"]),
        (&json!("back"), &json!("v1"))
    );
    // Which revision is meant, the token knows.
    let said = run(&seat, &format!("undo web --confirm {token} --follow 0s -o json")).await;
    said.done("done");
    let deployment = seat.namespace.get_deployment("web").await;
    assert_eq!(
        deployment["spec"]["template"]["spec"]["containers"][0]["image"],
        "shop/web:v1"
    );
    assert_eq!(deployment["status"]["updatedReplicas"], 3);
    assert_eq!(seat.writes().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_terminal_the_sheet_is_asked_about_and_followed() {
    let seat = Seat::with_web(Identity::Operator, 2).await;
    seat.namespace.roll_out("web", "shop/web:v2", Stage::Ready).await;
    seat.namespace.wait_until_rolled_out("web").await;
    let kubeconfig = seat.kubeconfig.display().to_string();
    tokio::task::block_in_place(|| {
        let mut pty = seat.spawn(&[
            PROGRAM,
            "--kubeconfig",
            &kubeconfig,
            "undo",
            "web",
            "--to-revision",
            "1",
        ]);
        pty.wait_for("type: v1 >");
        pty.send("v1\r");
        pty.wait_for("done after");
        assert_eq!(pty.exit_code(), 0);
    });
    let deployment = seat.namespace.get_deployment("web").await;
    assert_eq!(
        deployment["spec"]["template"]["spec"]["containers"][0]["image"],
        "shop/web:v1"
    );
    assert_eq!(seat.writes().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_whose_guarded_fact_changed_is_not_sent_and_says_which() {
    let seat = Seat::with_web(Identity::Admin, 2).await;
    let (_, token) = plan(&seat, "restart web").await;
    seat.namespace.set_image("web", "shop/web:v2").await;
    seat.namespace.wait_until_rolled_out("web").await;
    run(&seat, &format!("restart web --confirm {token}"))
        .await
        .failed(3, &["changed since the plan was made: template", "--plan"]);

    let (_, token) = plan(&seat, "scale web --replicas 4").await;
    scale_to(&seat, 3).await;
    run(&seat, &format!("scale web --replicas 4 --confirm {token}"))
        .await
        .failed(3, &["changed since the plan was made: replicas"]);

    let (_, token) = plan(&seat, "restart web").await;
    pause(&seat).await;
    run(&seat, &format!("restart web --confirm {token}"))
        .await
        .failed(3, &["changed since the plan was made", "it is paused"]);
    assert_eq!(seat.writes().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_guarded_may_change() {
    let seat = Seat::with_web(Identity::Operator, 2).await;
    let (_, token) = plan(&seat, "restart web").await;
    scale_to(&seat, 3).await;
    let path = seat.namespace.apps("deployments/web");
    let label = json!({ "metadata": { "labels": { "team": "shop" } } });
    seat.namespace
        .admin()
        .patch(Patch::Merge, &path, &label)
        .await
        .success();
    seat.namespace.wait_until_rolled_out("web").await;
    run(
        &seat,
        &format!("restart web --confirm {token} --follow 0s -o json"),
    )
    .await
    .done("done");
    assert_eq!(seat.writes().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_sent_once_whoever_confirms_it_again() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let (_, token) = plan(&seat, "restart web").await;
    let line = format!("restart web --confirm {token} -o json");
    let (one, other) = tokio::join!(run(&seat, &line), run(&seat, &line));
    let accepted = seat.writes().iter().filter(|it| it.answered == Some(200)).count();
    assert_eq!(accepted, 1, "{one:?} {other:?}");
    let mut codes = [one.code, other.code];
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(3)], "{one:?} {other:?}");
    run(&seat, &line).await.failed(3, &["changed since the plan"]);
    assert_eq!(
        seat.writes().iter().filter(|it| it.answered == Some(200)).count(),
        1
    );

    // Stopping twice is stopping: both are told that it is so.
    let (_, token) = plan(&seat, "pause web").await;
    let line = format!("pause web --confirm {token} -o json");
    let (one, other) = tokio::join!(run(&seat, &line), run(&seat, &line));
    assert_eq!((one.code, other.code), (Some(0), Some(0)), "{one:?} {other:?}");
    let accepted = seat.writes().iter().filter(|it| it.answered == Some(200)).count();
    assert_eq!(accepted, 2, "the restart and one pause");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_is_unknown_and_is_found_out() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let prefix = seat.namespace.apps("deployments/web");
    let confirm = async |arguments: &str| {
        let (_, token) = plan(&seat, arguments).await;
        // The dry run of the confirmation passes, the write's answer is lost.
        seat.proxy.once(
            Method::PATCH,
            &format!("{prefix}?fieldManager=flightdeck"),
            Fault::SwallowReply,
        );
        seat.proxy.once(
            Method::PATCH,
            &format!("{prefix}?fieldManager=flightdeck&dryRun"),
            Fault::Pass,
        );
        token
    };
    let token = confirm("pause web").await;
    run(&seat, &format!("pause web --confirm {token} --no-wait"))
        .await
        .failed(
            6,
            &["outcome unknown", "may or may not have been applied", "status"],
        );
    seat.proxy.heal();
    assert_eq!(seat.namespace.get_deployment("web").await["spec"]["paused"], true);

    let token = confirm("resume web").await;
    let said = run(
        &seat,
        &format!("resume web --confirm {token} --follow 0s -o json"),
    )
    .await;
    said.done("done");
    assert!(said.err.contains("unknown"), "{said:?}");
    assert!(seat.namespace.get_deployment("web").await["spec"]["paused"].is_null());
    assert_eq!(seat.writes().len(), 2, "nothing is sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scaler_at_work_keeps_nobody_from_going_back() {
    let seat = Seat::with_web(Identity::Admin, 2).await;
    seat.namespace.roll_out("web", "shop/web:v2", Stage::Ready).await;
    seat.namespace.wait_until_rolled_out("web").await;
    let scale = seat.namespace.apps("deployments/web/scale");
    let admin = seat.namespace.admin();
    let scaler = async {
        for round in 0_u64.. {
            let patch = json!({ "spec": { "replicas": 2 + round % 3 } });
            admin.patch(Patch::Merge, &scale, &patch).await.success();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let going_back = async {
        // Each time the revision that is gone back to takes the next number.
        for number in 1..=3 {
            let (planned, token) = plan(&seat, &format!("undo web --to-revision {number}")).await;
            let said = run(&seat, &format!("undo web --confirm {token} --no-wait -o json")).await;
            said.done("accepted");
            assert_eq!(planned["class"], "back");
        }
    };
    tokio::select! {
        () = scaler => {}
        () = going_back => {}
    }
    assert_eq!(seat.writes().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_of_one_cluster_and_rights_are_asked() {
    let seat = Seat::with_web(Identity::Viewer, 1).await;
    let said = run(&seat, "restart web --plan -o json").await;
    assert_eq!(said.code, Some(5), "{said:?}");
    let refused = said.json();
    assert_eq!(
        (
            &refused["refused"]["kind"],
            &refused["token"],
            &refused["rights"]["answer"]
        ),
        (&json!("forbidden"), &json!(null), &json!("no"))
    );
    run(&seat, "pause web --yes").await.failed(5, &["web"]);
    // Scaling is a right of its own.
    let operator = Seat::with_web(Identity::Operator, 1).await;
    let said = run(&operator, "scale web --replicas 2 --plan").await;
    assert_eq!(said.code, Some(5), "{said:?}");
    assert!(
        said.out.contains("you may not patch deployments/scale"),
        "{said:?}"
    );
    // The eighth digit of the cluster's mark is not what it was.
    let admin = Seat::with_web(Identity::Admin, 1).await;
    let (_, token) = plan(&admin, "restart web").await;
    let mut parts: Vec<String> = token.split('-').map(ToOwned::to_owned).collect();
    let mark = parts[2].clone();
    let last = if mark.ends_with('0') { "1" } else { "0" };
    parts[2] = format!(
        "{}{last}",
        mark.chars().take(mark.chars().count() - 1).collect::<String>()
    );
    run(&admin, &format!("restart web --confirm {}", parts.join("-")))
        .await
        .failed(2, &["another cluster"]);
    assert_eq!(admin.writes().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_that_does_not_come_is_told_with_what_holds_it_up() {
    let seat = Seat::with_web(Identity::Admin, 1).await;
    let patch = json!({ "spec": { "template": {
        "metadata": { "annotations": Stage::ImagePull.annotations() },
    } } });
    let place = seat.namespace.apps("deployments/web");
    seat.namespace
        .admin()
        .patch(Patch::Strategic, &place, &patch)
        .await
        .success();
    let (_, token) = plan(&seat, "set-image web app=shop/web:v9").await;
    run(
        &seat,
        &format!("set-image web app=shop/web:v9 --confirm {token} --timeout 5s"),
    )
    .await
    .failed(
        7,
        &["accepted, and its effect was not seen within 5s", "shop/web:v9"],
    );
}

async fn scale_to(seat: &Seat, replicas: u32) {
    let place = seat.namespace.apps("deployments/web/scale");
    let patch = json!({ "spec": { "replicas": replicas } });
    seat.namespace
        .admin()
        .patch(Patch::Merge, &place, &patch)
        .await
        .success();
}

async fn pause(seat: &Seat) {
    let place = seat.namespace.apps("deployments/web");
    let patch = json!({ "spec": { "paused": true } });
    seat.namespace
        .admin()
        .patch(Patch::Merge, &place, &patch)
        .await
        .success();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_right_after_it_was_done_is_told_and_recorded() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let undone = async {
        while !seat.record().contains("\"done\"") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let path = seat.namespace.apps("deployments/web");
        let resume = json!({ "spec": { "paused": null } });
        seat.namespace
            .admin()
            .patch(Patch::Merge, &path, &resume)
            .await
            .success();
    };
    let (said, ()) = tokio::join!(run(&seat, "pause web --yes --follow 60s"), undone);
    // Who takes a field away leaves no trace, and nobody else is blamed.
    assert_eq!(said.code, Some(7), "{said:?}");
    assert!(said.err.contains("reverted by somebody unknown"), "{said:?}");
    assert_eq!(said.err.matches("reverted").count(), 1, "{said:?}");
    let last = run(&seat, "decisions -o json").await.json();
    let outcome = last["decisions"][0]["outcome"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(outcome.starts_with("reverted after"), "{outcome}");
    run(&seat, "pause web --yes --follow 1s")
        .await
        .done_in_words("still so after 1s");
}
