//! `check`: every exit code, at the first look and while it is watched.

use std::time::{Duration, Instant};

use serde_json::json;

use super::desk::{Desk, Said, World};
use crate::drivers::objects::{Thing, at, deployment, moving, pod, pods, replica_set, set_counts};

fn complete() -> Vec<Thing> {
    let mut things = vec![deployment(2), replica_set("v2", 2)];
    things.extend(pods("v2", 2));
    things
}

fn rolling() -> Vec<Thing> {
    let mut things = vec![
        moving(2).counts(3, 1, 2, 2),
        replica_set("v1", 2),
        set_counts(replica_set("v2", 1), 1, 0),
        pod("v2", 0).waiting("ContainerCreating", ""),
    ];
    things.extend(pods("v1", 2));
    things
}

fn stuck() -> Vec<Thing> {
    let mut things = rolling();
    things[3] = pod("v2", 0).waiting("ImagePullBackOff", "no such image");
    things
}

#[track_caller]
fn says(said: &Said, code: i32, words: &str) {
    assert_eq!((said.code, said.err.as_str()), (Some(code), ""), "{said:?}");
    assert!(
        said.out.starts_with(words) && said.out.lines().count() == 1,
        "{said:?}"
    );
}

#[tokio::test]
async fn the_first_look_decides() {
    for (things, code, words) in [
        (complete(), 0, "GO shop/web: complete and healthy"),
        (
            stuck(),
            2,
            "NO-GO shop/web: 1 of 1 pod cannot pull the image shop/web:v2 (ImagePullBackOff): no such image",
        ),
        (rolling(), 3, "WAIT shop/web: 1 of 2 pods run the new revision."),
    ] {
        let desk = Desk::at(World::of(&things)).await;
        for name in ["shop/web", "deploy/web"] {
            says(&desk.run(&format!("check {name}")).await, code, words);
        }
    }
}

#[tokio::test]
async fn the_other_codes_are_those_of_every_command() {
    Desk::before("http://127.0.0.1:1")
        .run("check web")
        .await
        .failed(4, &["prod cannot be read"]);
    let closed = World::of(&complete()).without("deployments").without("rollouts");
    Desk::at(closed)
        .await
        .run("check shop/web")
        .await
        .failed(5, &["you may not read rollouts in shop"]);
    let desk = Desk::at(World::of(&complete())).await;
    desk.run("check").await.failed(64, &["ROLLOUT"]);
    desk.run("check wbe")
        .await
        .failed(64, &["did you mean shop/web?"]);
    desk.run("check web --timeout soon")
        .await
        .failed(64, &["write a number with s, m, h or d"]);
}

#[tokio::test]
async fn what_becomes_complete_while_it_is_watched_is_done() {
    let mut world = World::of(&rolling());
    let done = deployment(2).with("/metadata/resourceVersion", "9");
    world
        .events
        .push(("deployments", json!({ "type": "MODIFIED", "object": done.0 })));
    let desk = Desk::at(world).await;
    says(&desk.run("check web --timeout 50s").await, 0, "GO shop/web");
}

#[tokio::test]
async fn what_is_deleted_while_it_is_watched_failed() {
    let mut world = World::of(&rolling());
    let gone = rolling().remove(0).with("/metadata/resourceVersion", "9");
    world
        .events
        .push(("deployments", json!({ "type": "DELETED", "object": gone.0 })));
    let desk = Desk::at(world).await;
    says(
        &desk.run("check web --timeout 50s").await,
        2,
        "NO-GO shop/web: it was deleted",
    );
}

#[tokio::test]
async fn when_the_time_is_up_it_says_what_it_waited_for() {
    let desk = Desk::at(World::of(&rolling())).await;
    let began = Instant::now();
    let said = desk.run("check web --timeout 1s").await;
    says(
        &said,
        3,
        "WAIT shop/web: not decided after 1s: 1 of 2 pods run the new revision.",
    );
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn trouble_must_last_while_there_is_time_and_a_deadline_that_passed_need_not() {
    let desk = Desk::at(World::of(&stuck())).await;
    says(
        &desk.run("check web --timeout 50s --patience 0s").await,
        2,
        "NO-GO",
    );
    let began = Instant::now();
    says(
        &desk.run("check web --timeout 50s --patience 1s").await,
        2,
        "NO-GO",
    );
    assert!(began.elapsed() >= Duration::from_secs(1));
    says(
        &desk.run("check web --timeout 1s --patience 50s").await,
        2,
        "NO-GO",
    );

    let mut gave_up = rolling();
    gave_up[0] = gave_up[0].clone().condition(
        "Progressing",
        "False",
        "ProgressDeadlineExceeded",
        "timed out",
        at(0),
    );
    let desk = Desk::at(World::of(&gave_up)).await;
    let said = desk.run("check web --timeout 50s --patience 40s").await;
    says(&said, 2, "NO-GO shop/web: No progress within its deadline of 10m");
}

#[tokio::test]
async fn rights_on_deployments_are_enough_and_the_rest_is_said() {
    let world = World::of(&complete())
        .without("pods")
        .without("replicasets")
        .without("events");
    let said = Desk::at(world).await.run("check shop/web").await;
    assert_eq!(
        (said.code, said.out.as_str()),
        (Some(0), "GO shop/web: complete and healthy\n"),
        "{said:?}"
    );
    assert!(said.err.contains("pods in shop: forbidden"), "{said:?}");
}

#[tokio::test]
async fn a_reader_that_left_does_not_change_the_verdict() {
    let desk = Desk::at(World::of(&stuck())).await;
    let mut command = desk.command("check web");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer);
    let output = command.spawn().unwrap().wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
