//! The commands without a screen against a real control plane, with real rights, and while it goes away.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::lab::{Identity, Stage};
use crate::seat::{Seat, act, quit};

#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

async fn run(seat: &Seat, arguments: &str) -> Said {
    let output = tokio::time::timeout(Duration::from_secs(90), seat.command(arguments).output()).await;
    let output = output.expect("it ends in time").expect("it starts");
    Said {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn parsed(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_is_watched_to_its_end() {
    let seat = Seat::with_web(Identity::Viewer, 3).await;
    let name = format!("{}/web", seat.namespace.name());
    let done = run(&seat, "check web").await;
    assert_eq!(
        (done.code, done.out),
        (Some(0), format!("GO {name}: complete and healthy\n"))
    );

    let slow = Stage::ReadyAfter(Duration::from_secs(1));
    seat.namespace.roll_out("web", "shop/web:v2", slow).await;
    let moving = run(&seat, "check web").await;
    assert_eq!(moving.code, Some(3), "{moving:?}");
    let done = run(&seat, "check web --timeout 60s").await;
    assert_eq!(done.code, Some(0), "{done:?}");
    let deployment = seat.namespace.get_deployment("web").await;
    assert_eq!(
        deployment["status"]["availableReplicas"], 3,
        "no sooner than it was"
    );

    seat.namespace
        .roll_out("web", "shop/web:v3", Stage::ImagePull)
        .await;
    let failed = run(&seat, "check web --timeout 60s --patience 1s").await;
    assert_eq!(failed.code, Some(2), "{failed:?}");
    assert!(
        failed.out.starts_with(&format!(
            "NO-GO {name}: 1 of 1 pod cannot pull the image shop/web:v3"
        )),
        "{failed:?}"
    );

    let report = parsed(&run(&seat, "status web -o json").await);
    assert_eq!(report["rollouts"][0]["standing"], "failed");
    assert_eq!(report["rollouts"][0]["findings"][0]["reason"], "ImagePull");
    assert_eq!(report["rollouts"][0]["revision"], "v2 → v3");

    // The way out is not taken for the failure.
    seat.namespace.roll_out("web", "shop/web:v2", slow).await;
    let mended = run(&seat, "check web --timeout 60s").await;
    assert_eq!(mended.code, Some(0), "{mended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn few_rights_are_few_answers_and_never_zeros() {
    let nothing = Seat::of(Identity::Nothing).await;
    for arguments in ["status", "status web", "check web", "status -A"] {
        let said = run(&nothing, arguments).await;
        assert_eq!(
            (said.code, said.out.as_str()),
            (Some(5), ""),
            "{arguments}: {said:?}"
        );
        assert!(said.err.contains("you may not read rollouts"), "{said:?}");
    }

    let few = Seat::with_web(Identity::Namespaced, 2).await;
    few.namespace.admit().await;
    let name = format!("deployment/{}/web\n", few.namespace.name());
    for arguments in ["status -o name", "status web -o name"] {
        let said = run(&few, arguments).await;
        assert_eq!(
            (said.code, said.out),
            (Some(0), name.clone()),
            "{arguments}: {}",
            said.err
        );
    }
    assert_eq!(run(&few, "check web").await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_told() {
    let seat = Seat::with_web(Identity::Viewer, 1).await;
    seat.proxy.gone();
    for arguments in ["status web", "check web --timeout 60s"] {
        let said = run(&seat, arguments).await;
        assert_eq!((said.code, said.out.as_str()), (Some(4), ""), "{said:?}");
        assert!(said.err.contains("lab cannot be read"), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_outlives_the_server_and_tells_both() {
    let seat = Seat::with_web(Identity::Viewer, 1).await;
    let mut child = seat.command("status web -w").spawn().expect("it starts");
    let mut changes = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut problems = BufReader::new(child.stderr.take().expect("piped")).lines();
    let patience = Duration::from_secs(60);
    let first = tokio::time::timeout(patience, changes.next_line()).await;
    assert!(
        first
            .expect("in time")
            .expect("open")
            .expect("a line")
            .contains("   idle   ")
    );

    seat.proxy.gone();
    let lost = tokio::time::timeout(patience, problems.next_line()).await;
    let lost = lost.expect("in time").expect("open").expect("a line");
    assert!(lost.contains("not read"), "{lost}");
    seat.proxy.back();
    seat.namespace.set_image("web", "shop/web:v2").await;
    loop {
        let line = tokio::time::timeout(patience, problems.next_line()).await;
        let line = line.expect("in time").expect("open").expect("a line");
        if line.contains("everything is heard again") {
            break;
        }
    }
    loop {
        let line = tokio::time::timeout(patience, changes.next_line()).await;
        let line = line.expect("in time").expect("open").expect("a line");
        if line.contains("   idle   ") && line.contains("   v2   1/1") {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_in_the_cockpit_is_in_the_decisions() {
    let seat = Seat::with_web(Identity::Operator, 2).await;
    tokio::task::block_in_place(|| {
        let mut pty = seat.at_web(&[]);
        act(&pty, " ", "PAUSE");
        pty.wait_for("✓ effect seen");
        assert_eq!(quit(&mut pty), 0);
    });
    let report = parsed(&run(&seat, "decisions -o json").await);
    let pause = &report["decisions"][0];
    assert_eq!(
        (&pause["step"], &pause["user"]),
        (&json!("pause"), &json!("operator"))
    );
    assert_eq!(
        (&pause["outcome"], &report["leftOut"]),
        (&json!("done"), &json!([]))
    );
    assert!(
        pause["effectAfterSeconds"].as_u64().is_some_and(|it| it < 60),
        "{pause}"
    );
    let timeline = run(&seat, "decisions --markdown --since 10m").await;
    assert!(
        timeline.out.contains(&format!(
            "operator: **pause** {}/web on lab",
            seat.namespace.name()
        )),
        "{timeline:?}"
    );

    // Held with nothing behind it: complete, and said to be held.
    assert_eq!(run(&seat, "check web").await.code, Some(0));
    assert!(run(&seat, "status web").await.out.contains("Paused"));
}
