//! The three actions from the keys to their effect in a real cluster, and every way in which one of their preconditions fails.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::fault_proxy::Fault;
use crate::lab::{Identity, Patch, lab};
use crate::seat::{Seat, act, armed, close, confirm, open, quit, select};

fn progressing(deployment: &Value) -> &str {
    deployment["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|it| it["type"] == "Progressing")
        .and_then(|it| it["reason"].as_str())
        .unwrap_or_default()
}

#[tokio::test]
async fn pause_resume_and_restart_have_their_effect() {
    let seat = Seat::with_web(Identity::Operator, 2).await;
    let mut pty = seat.at_web(&[]);

    act(&pty, " ", "PAUSE");
    pty.wait_for("✓ effect seen");
    let paused = seat.namespace.get_deployment("web").await;
    assert_eq!(
        (&paused["spec"]["paused"], progressing(&paused)),
        (&json!(true), "DeploymentPaused")
    );
    close(&pty);

    act(&pty, " ", "RESUME");
    // What became of the pause before stands on the same sheet.
    pty.wait_until("the effect of the resume", |screen| {
        let words = screen.contents();
        let mut seen = words.lines().filter(|line| line.contains("✓ effect seen"));
        seen.any(|line| !line.contains("by this program"))
    });
    let resumed = seat.namespace.get_deployment("web").await;
    assert!(resumed["spec"]["paused"].is_null());
    assert_ne!(progressing(&resumed), "DeploymentPaused");
    close(&pty);

    let names = async || {
        let pods = seat.namespace.pods("web").await;
        pods.iter()
            .map(|pod| pod["metadata"]["name"].clone())
            .collect::<Vec<_>>()
    };
    let before = names().await;
    act(&pty, "R", "RESTART");
    // What became of the resume before stands on the same sheet.
    pty.wait_until("the effect of the restart", |screen| {
        let words = screen.contents();
        let mut seen = words.lines().filter(|line| line.contains("✓ effect seen"));
        seen.any(|line| !line.contains("by this program"))
    });
    seat.namespace.wait_until_rolled_out("web").await;
    let after = names().await;
    assert!(
        before.iter().all(|old| !after.contains(old)),
        "{before:?} {after:?}"
    );

    assert_eq!(seat.writes().len(), 3);
    assert_eq!(
        seat.record().matches("\"intent\"").count(),
        3,
        "{}",
        seat.record()
    );
    assert_eq!(quit(&mut pty), 0);
}

#[tokio::test]
async fn a_template_that_changes_on_an_open_sheet_must_be_confirmed_anew() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    open(&pty, "R", "RESTART");
    seat.namespace.set_image("web", "shop/web:v2").await;
    pty.wait_for("CHANGED");
    assert!(seat.writes().is_empty());
    seat.namespace.wait_until_rolled_out("web").await;
    let token = armed(&pty, "RESTART");
    confirm(&pty, &token);
    pty.wait_for("✓ effect seen");
    assert_eq!(seat.writes().len(), 1);
    let now = seat.namespace.get_deployment("web").await;
    assert_eq!(
        now["spec"]["template"]["spec"]["containers"][0]["image"],
        "shop/web:v2"
    );
}

#[tokio::test]
async fn a_template_that_changes_between_reading_and_writing_is_told_as_changed_and_nothing_is_done() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    let token = open(&pty, " ", "PAUSE");
    // The watch does not show what happens; only the server knows, and its test refuses.
    seat.proxy.method(Method::GET, "/apis/apps", Fault::Hang);
    seat.namespace.set_image("web", "shop/web:v2").await;
    confirm(&pty, &token);
    pty.wait_until("a refusal", |screen| screen.contents().contains("refused: "));
    assert_eq!(seat.writes().len(), 1);
    assert_eq!(seat.writes()[0].answered, Some(422));
    assert!(seat.namespace.get_deployment("web").await["spec"]["paused"].is_null());
}

#[tokio::test]
async fn an_edit_after_the_confirming_key_is_seen_before_anything_is_sent() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    let token = open(&pty, "R", "RESTART");
    // The watches fall silent; the read after the key does not.
    seat.proxy
        .path(&seat.namespace.apps("deployments?watch"), Fault::Hang);
    seat.proxy
        .path(&seat.namespace.apps("replicasets?watch"), Fault::Hang);
    seat.namespace.set_image("web", "shop/web:v2").await;
    confirm(&pty, &token);
    pty.wait_for("nothing was sent");
    assert!(seat.writes().is_empty());
    assert!(pty.screen().contains("CHANGED"), "{pty}");
}

#[tokio::test]
async fn one_that_was_deleted_and_made_anew_is_not_taken_for_the_old_one() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    open(&pty, " ", "PAUSE");
    let path = seat.namespace.apps("deployments/web");
    seat.namespace.admin().delete(&path).await.success();
    let gone = async || seat.namespace.admin().get(&path).await.status == 404;
    seat.namespace
        .wait_until(Duration::from_secs(20), "it is gone", gone)
        .await;
    seat.namespace.deployment("web").create().await;
    pty.wait_until("a refusal that says so", |screen| {
        let words = screen.contents();
        words.contains("made anew") || words.contains("is gone")
    });
    pty.type_keys("y");
    pty.send("\r");
    pty.send("\x1b");
    assert!(seat.writes().is_empty());
    assert!(seat.namespace.get_deployment("web").await["spec"]["paused"].is_null());
}

#[tokio::test]
async fn another_operator_who_pauses_first_leaves_nothing_to_do() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    let token = open(&pty, " ", "PAUSE");
    seat.proxy.method(
        Method::GET,
        &seat.namespace.apps("deployments?watch"),
        Fault::Hang,
    );
    let path = seat.namespace.apps("deployments/web");
    let pause = json!({ "spec": { "paused": true } });
    seat.namespace
        .admin()
        .patch(Patch::Merge, &path, &pause)
        .await
        .success();
    confirm(&pty, &token);
    pty.wait_for("already so");
    assert_eq!(
        seat.writes().iter().map(|it| it.answered).collect::<Vec<_>>(),
        [Some(422)]
    );
}

#[tokio::test]
async fn who_may_not_patch_is_told_so_and_nothing_is_sent() {
    for identity in [Identity::NoPatch, Identity::Viewer] {
        let seat = Seat::with_web(identity, 1).await;
        let pty = seat.at_web(&[]);
        pty.type_keys("R");
        pty.wait_for("you may not");
        pty.type_keys("1y");
        assert!(seat.writes().is_empty(), "{identity:?}");
    }
}

#[tokio::test]
async fn what_admission_refuses_is_refused_with_its_words_before_it_is_sent() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    seat.namespace
        .refuse_with("web", "releases are frozen until Monday")
        .await;
    let pty = seat.at_web(&[]);
    pty.type_keys("R");
    pty.wait_for("releases are frozen until Monday");
    let token = armed(&pty, "RESTART");
    confirm(&pty, &token);
    pty.wait_for("✗");
    assert!(seat.writes().is_empty());
}

#[tokio::test]
async fn forward_without_a_dry_run_takes_a_word_of_its_own() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    seat.namespace.no_dry_run("web").await;
    let pty = seat.at_web(&[]);
    let token = open(&pty, "R", "RESTART");
    pty.wait_for("not supported");
    confirm(&pty, &token);
    pty.wait_for("no-dry-run");
    assert!(seat.writes().is_empty(), "the token alone is not enough");
    pty.type_keys(&format!("{token} no-dry-run"));
    pty.send("\r");
    pty.wait_for("✓ effect seen");
    assert_eq!(seat.writes().len(), 1);
}

#[tokio::test]
async fn a_lost_reply_is_unknown_first_and_then_known_from_the_object() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    let token = open(&pty, " ", "PAUSE");
    // Nothing but the resolving read may tell: it is held back until the doubt was shown.
    seat.proxy.method(Method::GET, "/apis/apps", Fault::Hang);
    let path = seat.namespace.apps("deployments/web");
    seat.proxy.once(Method::PATCH, &path, Fault::SwallowReply);
    confirm(&pty, &token);
    pty.wait_for("unknown for");
    assert_eq!(seat.writes().len(), 1);
    seat.proxy.heal();
    seat.proxy.drop_connections();
    pty.wait_until("the object shows the change", |screen| {
        let words = screen.contents();
        words.contains("✓ effect seen") || words.contains("object shows it")
    });
    assert_eq!(seat.writes().len(), 1, "exactly one patch, ever");
    assert_eq!(
        seat.proxy
            .reached(&Method::PATCH)
            .iter()
            .filter(|it| !it.path.contains("dryRun"))
            .count(),
        1
    );
}

#[tokio::test]
async fn a_refused_connection_sends_nothing_and_the_sheet_stays() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    let token = open(&pty, " ", "PAUSE");
    seat.proxy.gone();
    confirm(&pty, &token);
    pty.wait_for("not sent");
    assert!(seat.writes().is_empty());
    seat.proxy.back();
    let token = armed(&pty, "PAUSE");
    confirm(&pty, &token);
    pty.wait_for("✓ effect seen");
    assert_eq!(seat.writes().len(), 1);
}

#[tokio::test]
async fn too_many_requests_is_not_sent_and_not_repeated_by_itself() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    let token = open(&pty, " ", "PAUSE");
    let path = seat.namespace.apps("deployments/web");
    seat.proxy
        .method(Method::PATCH, &path, Fault::AnswerRetryAfter(429, 1));
    confirm(&pty, &token);
    pty.wait_for("not sent");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(seat.writes().len(), 1, "past Retry-After, and still once");
    seat.proxy.heal();
    let token = armed(&pty, "PAUSE");
    confirm(&pty, &token);
    pty.wait_for("✓ effect seen");
    assert_eq!(seat.writes().len(), 2);
}

#[tokio::test]
async fn a_gateway_that_fails_leaves_the_outcome_unknown_and_is_not_asked_again() {
    for code in [500, 503] {
        let seat = Seat::with_web(Identity::Operator, 1).await;
        let pty = seat.at_web(&[]);
        let token = open(&pty, " ", "PAUSE");
        let path = seat.namespace.apps("deployments/web");
        seat.proxy.method(Method::PATCH, &path, Fault::Answer(code));
        confirm(&pty, &token);
        pty.wait_for("unknown for 6s");
        assert_eq!(seat.writes().len(), 1, "{code}");
        assert!(seat.namespace.get_deployment("web").await["spec"]["paused"].is_null());
    }
}

#[tokio::test]
async fn read_only_sends_nothing() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let mut pty = seat.at_web(&["--read-only"]);
    assert!(pty.screen().contains("read-only"), "{pty}");
    for key in [" ", "R"] {
        pty.type_keys(key);
        pty.wait_until("a word on why not", |screen| {
            screen.contents().matches("read-only").count() > 1
        });
        pty.type_keys("y1");
    }
    assert_eq!(quit(&mut pty), 0);
    assert!(
        seat.proxy.seen().iter().all(|it| it.method != Method::PATCH),
        "not even a dry run"
    );
}

#[tokio::test]
async fn who_may_list_in_one_namespace_sees_that_one() {
    let seat = Seat::of(Identity::Namespaced).await;
    seat.namespace.admit().await;
    seat.namespace.deployment("web").create().await;
    let elsewhere = lab().namespace().await;
    elsewhere.deployment("secret-web").create().await;
    let pty = seat.start(&["-A"]);
    pty.wait_for("web");
    pty.wait_for("1 rollout");
    assert!(!pty.screen().contains("secret-web"), "{pty}");
    select(&pty);
    act(&pty, " ", "PAUSE");
    pty.wait_for("✓ accepted");
}
