//! Confirming by a token or by `--yes`: what is sent, and with which code it ends.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::shop::{Shop, confirmed, plan, web, writes};
use crate::drivers::objects::{Thing, at, deployment, moving, replica_set, set_counts};
use crate::support::fake_api::{Gate, Reply};

/// The Deployment as its controller leaves it after a pause.
fn held() -> Value {
    let thing: Thing = deployment(3)
        .with("/spec/paused", true)
        .with("/metadata/generation", 4)
        .with("/metadata/resourceVersion", "9");
    let thing = thing.with("/status/observedGeneration", 4);
    thing
        .condition("Progressing", "Unknown", "DeploymentPaused", "", at(61))
        .0
}

#[tokio::test]
async fn stopping_takes_yes_and_is_followed_to_its_effect() {
    let mut shop = Shop::web();
    let gate = Gate::closed();
    shop.gate = Some(gate.clone());
    shop.world.gate = Some(gate);
    shop.world.events = vec![("deployments", json!({ "type": "MODIFIED", "object": held() }))];
    let mut desk = shop.open().await;
    let said = desk
        .run("pause web --yes -o json --timeout 8s --follow 1s --reason looks-wrong")
        .await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let report = said.json();
    for (field, value) in [
        ("version", json!(1)),
        ("step", json!("pause")),
        ("class", json!("stop")),
        ("outcome", json!("done")),
        ("stillSoAfterSeconds", json!(1)),
        ("reason", json!("looks-wrong")),
        ("auditId", json!("audit-1")),
        ("warnings", json!([])),
    ] {
        assert_eq!(report[field], value, "{field}");
    }
    assert!(said.err.contains("pause shop/web: done"), "{said:?}");
    assert_eq!(writes(&mut desk).len(), 1);

    let decisions = desk.run("decisions -o json").await.json();
    let decision = &decisions["decisions"][0];
    assert_eq!(
        (
            &decision["id"],
            &decision["user"],
            &decision["reason"],
            &decision["via"],
            &decision["outcome"]
        ),
        (
            &report["decision"],
            &json!("ann"),
            &json!("looks-wrong"),
            &json!("yes"),
            &json!("done")
        )
    );
}

#[tokio::test]
async fn stopping_waits_for_nothing_that_it_does_not_need() {
    let mut shop = Shop::web();
    shop.silent = vec![
        "services",
        "endpointslices",
        "poddisruptionbudgets",
        "events",
        "selfsubjectreviews",
    ];
    shop.dry_run = Some(Reply::Silence);
    let mut desk = shop.open().await;
    let began = Instant::now();
    let said = desk.run("pause web --yes --no-wait").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(writes(&mut desk).len(), 1);
}

#[tokio::test]
async fn yes_confirms_stopping_and_nothing_that_stopping_would_start() {
    let mut things = vec![
        moving(3).counts(1, 1, 0, 0),
        set_counts(replica_set("v2", 1), 1, 0),
        replica_set("v1", 2),
    ];
    things[0] = things[0]
        .clone()
        .with("/spec/strategy", json!({ "type": "Recreate" }));
    let mut desk = Shop::of(&things).open().await;
    desk.run("pause web --yes").await.failed(
        2,
        &["--yes confirms stopping only", "override", "--confirm TOKEN"],
    );
    assert_eq!(writes(&mut desk).len(), 0);
}

#[tokio::test]
async fn whoever_stops_waiting_is_told_that_it_was_sent() {
    let mut desk = Shop::web().open().await;
    let mut child = desk.command("pause web --yes").spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = told.next_line().await.unwrap().unwrap();
    assert!(first.contains("accepted"), "{first}");
    let process = rustix::process::Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    let last = told.next_line().await.unwrap().unwrap();
    assert!(last.contains("the request was sent and is answered"), "{last}");
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
    assert_eq!(writes(&mut desk).len(), 1);
}

#[tokio::test]
async fn what_is_so_already_is_done() {
    let mut desk = Shop::web().with("/spec/paused", true).open().await;
    for arguments in ["pause web --yes", "scale web --replicas 3 --plan"] {
        let said = desk.run(&format!("{arguments} -o json")).await;
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    let said = desk.run("pause web --yes").await;
    assert_eq!(
        said.well(),
        "pause shop/web: already so, nothing was sent: it is paused already\n"
    );
    assert_eq!(writes(&mut desk).len(), 0);
}

#[tokio::test]
async fn the_bytes_of_the_plan_are_the_bytes_that_are_sent() {
    for arguments in [
        "restart web",
        "undo web --to-revision 1",
        "set-image web web=shop/web:v3",
        "scale web --replicas 5",
    ] {
        let mut desk = Shop::web().open().await;
        let (plan, token) = plan(&desk, arguments).await;
        let said = desk
            .run(&format!("{arguments} --confirm {token} --no-wait -o json"))
            .await;
        assert_eq!(
            (said.code, &said.json()["outcome"]),
            (Some(0), &json!("accepted")),
            "{said:?}"
        );
        let planned = plan["requests"][0]["operations"].clone();
        assert_eq!(writes(&mut desk), vec![planned], "{arguments}");
    }
}

#[tokio::test]
async fn a_plan_holds_for_ten_minutes_by_the_server_s_clock() {
    let (said, sent) = confirmed(Shop::web(), Shop::web().at_time(at(655)), "restart web").await;
    assert_eq!((said.code, sent.len()), (Some(0), 1), "{said:?}");
    let (said, sent) = confirmed(Shop::web(), Shop::web().at_time(at(700)), "restart web").await;
    said.failed(3, &["the plan is 10m", "nothing was sent", "--plan"]);
    assert_eq!(sent.len(), 0);
}

#[tokio::test]
async fn a_plan_is_of_one_cluster() {
    let mut elsewhere = Shop::web();
    elsewhere.uid = Some("another-uid");
    let (said, sent) = confirmed(Shop::web(), elsewhere, "restart web").await;
    said.failed(2, &["another cluster", "--context", "nothing was sent"]);
    assert_eq!(sent.len(), 0);
    // Who may not read the uid is told by what is planned: here it is the same.
    let mut blind = Shop::web();
    blind.uid = None;
    let (said, _) = confirmed(Shop::web(), blind, "restart web").await;
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[tokio::test]
async fn what_changed_since_the_plan_is_named_and_nothing_is_sent() {
    let cases: [(&str, Shop, &[&str]); 5] = [
        (
            "pause web",
            Shop::web().with("/spec/template/spec/containers/0/image", "shop/web:v3"),
            &["image of web"],
        ),
        (
            "restart web",
            Shop::web().with("/spec/template/spec/containers/0/image", "shop/web:v3"),
            &["template"],
        ),
        (
            "undo web --to-revision 1",
            Shop::web().with("/spec/paused", true),
            &["paused"],
        ),
        (
            "scale web --replicas 5",
            Shop::web().with("/spec/replicas", 4),
            &["replicas"],
        ),
        (
            "restart web",
            Shop::web().with("/spec/paused", true),
            &["it is paused", "resume it first"],
        ),
    ];
    for (arguments, now, words) in cases {
        let (said, sent) = confirmed(Shop::web(), now, arguments).await;
        said.failed(3, &["changed since the plan was made"]);
        said.failed(3, words);
        assert_eq!(sent.len(), 0, "{arguments}");
    }
}

#[tokio::test]
async fn what_is_not_guarded_may_change() {
    let more = Shop::web()
        .with("/spec/replicas", 7)
        .with("/metadata/labels/team", "shop");
    for arguments in [
        "pause web",
        "restart web",
        "undo web --to-revision 1",
        "set-image web shop/web:v3",
    ] {
        let (said, sent) = confirmed(Shop::web(), more.clone(), arguments).await;
        assert_eq!((said.code, sent.len()), (Some(0), 1), "{arguments}: {said:?}");
    }
}

#[tokio::test]
async fn a_change_after_the_token_was_taken_is_found_before_and_by_the_server() {
    // Read once for the plan and once more for the confirmation: in between somebody sets another image.
    fn another_image(objects: &mut [Value]) {
        objects[0]["spec"]["template"]["spec"]["containers"][0]["image"] = json!("shop/web:v9");
    }
    let desk = Shop::web().open().await;
    let (_, token) = plan(&desk, "restart web").await;
    let mut now = Shop::web();
    now.meanwhile = Some((1, another_image));
    let mut desk = now.open().await;
    desk.run(&format!("restart web --confirm {token}")).await.failed(
        3,
        &["changed since the plan was made: template", "nothing was sent"],
    );
    assert_eq!(writes(&mut desk).len(), 0);

    let mut now = Shop::web();
    now.patch = Some(Reply::status(
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
    ));
    let desk = now.open().await;
    desk.run(&format!("restart web --confirm {token}"))
        .await
        .failed(3, &["changed"]);
}

#[tokio::test]
async fn a_token_of_another_step_or_choice_confirms_nothing() {
    let mut desk = Shop::web().open().await;
    let (_, token) = plan(&desk, "scale web --replicas 4").await;
    for arguments in ["scale web --replicas 5", "restart web", "pause web", "undo web"] {
        let said = desk.run(&format!("{arguments} --confirm {token}")).await;
        said.failed(3, &["nothing was sent"]);
    }
    assert_eq!(writes(&mut desk).len(), 0);
}

#[tokio::test]
async fn a_token_of_a_rollout_made_anew_says_so() {
    for arguments in ["undo web --to-revision 1", "restart web"] {
        let anew = Shop::web().with("/metadata/uid", "another-uid");
        let (said, sent) = confirmed(Shop::web(), anew, arguments).await;
        said.failed(3, &["is of another rollout than shop/web", "deleted since"]);
        assert_eq!(sent.len(), 0);
    }
}

#[tokio::test]
async fn every_end_has_its_code() {
    let answers: [(Reply, i32, &[&str]); 6] = [
        (
            Reply::status(403, "Forbidden", "you may not patch"),
            5,
            &["you may not patch", "ask for the right"],
        ),
        (Reply::status(404, "NotFound", "no such web"), 3, &["no such web"]),
        (
            Reply::status(422, "Invalid", "spec.template: field is immutable"),
            2,
            &["field is immutable"],
        ),
        (
            Reply::status(429, "TooManyRequests", "slow down"),
            4,
            &["not sent", "nothing was changed"],
        ),
        (
            Reply::HangUp,
            6,
            &["outcome unknown", "may or may not have been applied"],
        ),
        (Reply::Silence, 6, &["outcome unknown"]),
    ];
    for (reply, code, words) in answers {
        let mut shop = Shop::web();
        shop.patch = Some(reply);
        let mut desk = shop.open().await;
        let (_, token) = plan(&desk, "restart web").await;
        let said = desk
            .run(&format!("restart web --confirm {token} --no-wait"))
            .await;
        said.failed(code, words);
        assert_eq!(writes(&mut desk).len(), 1, "sent once, and never again");
    }
}

#[tokio::test]
async fn an_effect_that_is_not_seen_in_time_has_its_own_code() {
    let desk = Shop::web().open().await;
    desk.run("pause web --yes --timeout 1s").await.failed(
        7,
        &[
            "accepted, and its effect was not seen within 1s",
            "status shop/web -w",
        ],
    );
}

#[tokio::test]
async fn a_record_that_cannot_be_written_refuses_forward_and_nothing_else() {
    let mut desk = Shop::web().open().await;
    let (_, token) = plan(&desk, "restart web").await;
    std::fs::remove_dir_all(desk.path("state")).unwrap();
    desk.write("state/flightdeck", "a file where a folder should be");
    desk.run(&format!("restart web --confirm {token}")).await.failed(
        2,
        &[
            "the decision could not be recorded",
            "stopping and going back need no record",
        ],
    );
    assert_eq!(writes(&mut desk).len(), 0);
    let said = desk.run("pause web --yes --no-wait").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("could not be recorded yet"), "{said:?}");
    assert!(
        said.err.contains("is NOT in the record") && said.err.contains("Add these lines"),
        "{said:?}"
    );
    // What is printed is what is missing.
    let lines: Vec<Value> = said
        .err
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&lines[0]["kind"], &lines[0]["step"], &lines[1]["outcome"]),
        (&json!("intent"), &json!("pause"), &json!("accepted")),
        "{said:?}"
    );
    assert_eq!(writes(&mut desk).len(), 1);
}

#[tokio::test]
async fn a_command_waits_for_whoever_holds_the_record() {
    let mut desk = Shop::web().open().await;
    let path = desk.write("state/flightdeck/decisions.jsonl", "");
    let held = std::fs::File::options().append(true).open(&path).unwrap();
    held.lock().unwrap();
    let mut child = desk.command("pause web --yes --no-wait").spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut words = String::new();
    while !words.contains("Waiting for it") {
        words += &told.next_line().await.unwrap().unwrap();
    }
    assert!(words.contains("locked by another program"), "{words}");
    held.unlock().unwrap();
    let last = told.next_line().await.unwrap().unwrap();
    assert!(last.contains("is in the record now"), "{last}");
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
    assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), 2);
    assert_eq!(writes(&mut desk).len(), 1);
}

#[tokio::test]
async fn a_disk_without_room_is_told_by_the_plan() {
    let desk = Shop::web().open().await;
    let path = desk.write("state/flightdeck/decisions.jsonl", "");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/dev/full", path).unwrap();
    let said = desk.run("restart web --plan").await;
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        said.out.contains("could not be recorded") && said.out.contains("No space left"),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_refusal_is_said_once() {
    let mut shop = Shop::web();
    shop.patch = Some(Reply::status(403, "Forbidden", "no patching today"));
    let desk = shop.open().await;
    let said = desk.run("pause web --yes").await;
    said.failed(5, &["no patching today"]);
    assert_eq!(said.err.matches("no patching today").count(), 1, "{said:?}");
}

#[tokio::test]
async fn a_record_that_somebody_holds_refuses_forward_within_a_moment() {
    let mut desk = Shop::web().open().await;
    let (_, token) = plan(&desk, "restart web").await;
    let path = desk.write("state/flightdeck/decisions.jsonl", "");
    let held = std::fs::File::options().append(true).open(path).unwrap();
    held.lock().unwrap();
    let began = Instant::now();
    let said = desk.run(&format!("restart web --confirm {token}")).await;
    said.failed(2, &["is locked by another program"]);
    assert_eq!(said.err.matches("locked by").count(), 1, "{said:?}");
    assert!(!said.err.contains("as soon as that works"), "{said:?}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(writes(&mut desk).len(), 0);
}

#[tokio::test]
async fn a_record_that_is_cut_off_or_newer_takes_the_next_decision() {
    let mut desk = Shop::web().open().await;
    desk.write(
        "state/flightdeck/decisions.jsonl",
        "{\"version\":9,\"kind\":\"prophecy\"}\n{\"version\":1,\"deci",
    );
    let (_, token) = plan(&desk, "restart web").await;
    let said = desk
        .run(&format!("restart web --confirm {token} --no-wait"))
        .await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(writes(&mut desk).len(), 1);
    let decisions = desk.run("decisions -o json").await.json();
    assert_eq!(decisions["decisions"][0]["step"], "restart");
    assert_eq!(decisions["leftOut"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_reader_that_left_changes_no_code() {
    let desk = Shop::of(&web()).open().await;
    let program = env!("CARGO_BIN_EXE_flightdeck");
    let mut command = tokio::process::Command::new("bash");
    let mut own = desk.command("");
    command
        .arg("-c")
        .arg(format!(
            "set -o pipefail; {program} restart web --plan -o json | head -c 1"
        ))
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap());
    for (name, value) in own.as_std_mut().get_envs() {
        command.env(name, value.unwrap());
    }
    let said = crate::commands::desk::said(command).await;
    assert_eq!((said.code, said.out.as_str()), (Some(0), "{"), "{said:?}");
}
