//! `status -w`: every change, until somebody ends it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use super::desk::{Desk, World};
use crate::drivers::objects::{Thing, deployment, moving, pod, pods, replica_set, set_counts};
use crate::support::fake_api::Gate;
use crate::support::pty::{Pty, Setting};

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

/// Becomes complete and is deleted then.
fn story() -> World {
    let mut world = World::of(&rolling());
    let done = deployment(2).with("/metadata/resourceVersion", "9");
    world
        .events
        .push(("deployments", json!({ "type": "MODIFIED", "object": done.0 })));
    world
}

struct Watching {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

fn watch(desk: &Desk, arguments: &str) -> Watching {
    let mut child = desk.command(arguments).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    Watching { child, lines }
}

impl Watching {
    async fn until(&mut self, words: &str) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            let line = tokio::time::timeout(Duration::from_secs(30), self.lines.next_line()).await;
            let line = line.unwrap_or_else(|_| panic!("{words:?} never came: {seen:?}"));
            seen.push(line.unwrap().unwrap_or_else(|| panic!("it ended: {seen:?}")));
            if seen.last().is_some_and(|line| line.contains(words)) {
                return seen;
            }
        }
    }

    /// Interrupts it as ctrl-c does; the signal that ended it.
    async fn interrupt(mut self) -> Option<i32> {
        use std::os::unix::process::ExitStatusExt as _;
        let id = rustix::process::Pid::from_raw(i32::try_from(self.child.id().unwrap()).unwrap()).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
        self.child.wait().await.unwrap().signal()
    }
}

#[tokio::test]
async fn every_change_is_a_line_until_it_is_interrupted() {
    let desk = Desk::at(story()).await;
    let mut watching = watch(&desk, "status web -w");
    let seen = watching.until("idle   shop/web   rolling   v2   2/2").await;
    assert!(seen.len() <= 2, "the state before may have been seen: {seen:?}");
    let time = seen.last().unwrap().split("   ").next().unwrap();
    time.parse::<jiff::Timestamp>()
        .unwrap_or_else(|error| panic!("{time}: {error}"));
    assert_eq!(watching.interrupt().await, Some(2));
}

#[tokio::test]
async fn programs_get_a_line_of_json_for_each_change_and_for_what_is_gone() {
    let mut world = story();
    let gone = deployment(2).with("/metadata/resourceVersion", "10");
    world.events.push(("replicasets", json!({ "type": "BOOKMARK", "object": { "kind": "ReplicaSet", "metadata": { "resourceVersion": "9" } } })));
    world
        .events
        .push(("deployments", json!({ "type": "DELETED", "object": gone.0 })));
    let gate = Gate::closed();
    world.gate = Some(gate.clone());
    let desk = Desk::at(world).await;
    let mut watching = watch(&desk, "status -w -o json");
    // What was deleted before it was ever told is not told as gone.
    let mut seen = watching.until("\"web\"").await;
    gate.open();
    seen.extend(watching.until("\"gone\"").await);
    let all: Vec<Value> = seen
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        all.iter().all(|it| it["version"] == 1 && it["at"].is_string()),
        "{seen:?}"
    );
    assert_eq!(all[0]["rollout"]["name"], "web");
    assert_eq!(
        all.last().unwrap()["gone"],
        json!({ "namespace": "shop", "name": "web", "kind": "Deployment" })
    );
}

#[tokio::test]
async fn without_a_change_nothing_is_said() {
    let desk = Desk::at(World::of(&rolling())).await;
    let mut watching = watch(&desk, "status web -w");
    watching.until("rolling   shop/web").await;
    // Two looks later the ages and deadlines are others, and that is no change.
    let more = tokio::time::timeout(Duration::from_millis(2_500), watching.lines.next_line()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn it_ends_when_nobody_reads() {
    let desk = Desk::at(story()).await;
    let mut command = desk.command("status -w");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer);
    let ends = command.spawn().unwrap().wait_with_output();
    let output = tokio::time::timeout(Duration::from_secs(30), ends)
        .await
        .expect("it ends")
        .unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}

#[tokio::test]
async fn what_may_not_be_read_is_told_beside_the_changes() {
    let desk = Desk::at(World::of(&rolling()).without("pods")).await;
    let mut command = desk.command("status web -w");
    let mut child = command.spawn().unwrap();
    let mut problems = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = tokio::time::timeout(Duration::from_secs(30), problems.next_line()).await;
    assert!(
        line.unwrap()
            .unwrap()
            .unwrap()
            .contains("pods in shop: forbidden")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_terminal_it_is_painted_over_itself() {
    let desk = Desk::at(story()).await;
    let (kubeconfig, config) = (desk.path("kubeconfig"), desk.path("config"));
    let (kubeconfig, config) = (kubeconfig.to_string_lossy(), config.to_string_lossy());
    let command = [env!("CARGO_BIN_EXE_flightdeck"), "status", "-w"];
    let environment = [("KUBECONFIG", &*kubeconfig), ("XDG_CONFIG_HOME", &*config)];
    let screens = tokio::task::block_in_place(|| {
        let mut pty = Pty::spawn(&command, Setting::default(), &environment);
        pty.wait_for("idle    shop/web");
        let screen = pty.screen();
        pty.send("\u{3}");
        (screen, pty.exit_code())
    });
    let (screen, code) = screens;
    assert_eq!(screen.matches("STATE").count(), 1, "{screen}");
    assert_ne!(code, 0, "ctrl-c ends it");
}
