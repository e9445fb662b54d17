//! The servers start in seconds and never outlive the process that started them.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::lab::{ControlPlane, lab};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/control_plane.sh");

/// What the killed processes run: any test that keeps the control plane busy for a while.
const VICTIM: &str = "lab_works::stages::pods_are_ready_after_the_delay_told";

#[tokio::test]
async fn the_control_plane_starts_in_seconds_with_three_nodes_that_take_pods() {
    let lab = lab();
    assert!(lab.started_in() < Duration::from_secs(60));
    let namespace = lab.namespace().await;
    let nodes = namespace.admin().get("/api/v1/nodes").await.success();
    let nodes = nodes["items"].as_array().expect("a list");
    assert_eq!(nodes.len(), 3);
    assert!(nodes.iter().all(|node| node["spec"]["taints"].is_null()));

    namespace.deployment("web").replicas(6).create().await;
    namespace.wait_until_rolled_out("web").await;
    let mut used: Vec<_> = namespace
        .pods("web")
        .await
        .iter()
        .map(|pod| pod["spec"]["nodeName"].to_string())
        .collect();
    used.sort();
    used.dedup();
    assert_eq!(used.len(), 3, "the scheduler spreads six pods over all nodes");
}

#[test]
fn no_server_outlives_a_killed_test_process() {
    let (mut child, folder) = another_test_process();
    wait_for("the other control plane serves", || {
        folder.join("serving").exists()
    });
    assert!(
        !processes_of(&folder).is_empty(),
        "the servers are seen while they run"
    );
    assert_eq!(end(&mut child, Signal::KILL), Some(Signal::KILL.as_raw()));
    wait_for("all servers have ended", || processes_of(&folder).is_empty());
    assert!(
        !folder.join("failed").exists(),
        "they were asked to end, in order"
    );
}

#[test]
fn no_server_outlives_a_test_process_interrupted_while_they_start() {
    let (mut child, folder) = another_test_process();
    wait_for("the first server has started", || {
        folder.join("kube-apiserver.log").exists()
    });
    assert_eq!(end(&mut child, Signal::INT), Some(Signal::INT.as_raw()));
    wait_for("all servers have ended", || processes_of(&folder).is_empty());
}

#[test]
fn without_the_servers_the_script_says_what_is_missing_and_fails() {
    let empty = tempfile::tempdir().expect("a folder");
    let ended = Command::new(SCRIPT)
        .arg("run")
        .arg(empty.path().join("lab"))
        .env("FLIGHTDECK_SERVERS", empty.path())
        .stdin(Stdio::null())
        .output()
        .expect("the script runs");
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("The real server 'etcd' is not in"), "{said}");
    assert!(said.contains("build.sh"), "{said}");
}

#[test]
fn a_server_that_dies_is_named_with_the_end_of_its_log_and_takes_the_others_along() {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = parent.path().join("lab");
    let mut script = Command::new(SCRIPT)
        .arg("run")
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the script runs");
    wait_for("it serves", || folder.join("serving").exists());
    let kwok = processes_of(&folder)
        .into_iter()
        .find(|line| line.contains("/kwok "));
    let id = kwok.and_then(|line| line.split_whitespace().next()?.parse().ok());
    let id = id.and_then(Pid::from_raw).expect("kwok runs");
    kill_process(id, Signal::KILL).expect("kwok runs");
    assert_eq!(script.wait().expect("it is our child").code(), Some(1));
    let failed = std::fs::read_to_string(folder.join("failed")).expect("a failure");
    assert!(
        failed.starts_with("The server kwok ended by itself. The end of "),
        "{failed}"
    );
    assert!(
        failed.contains("kwok.log") && failed.contains("\"level\":"),
        "{failed}"
    );
    wait_for("all servers have ended", || processes_of(&folder).is_empty());
}

/// The same tests once more, in a process of their own with a control plane of its own.
fn another_test_process() -> (Child, std::path::PathBuf) {
    // A shell starts its background jobs with SIGINT ignored, and that is inherited: here it has to mean what it says.
    let child = Command::new("env")
        .arg("--default-signal=INT")
        .arg(std::env::current_exe().expect("this test's path"))
        .args(["--exact", VICTIM, "--nocapture"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the tests start");
    let folder = ControlPlane::folder_of(child.id());
    (child, folder)
}

fn end(child: &mut Child, signal: Signal) -> Option<i32> {
    kill_process(Pid::from_child(child), signal).expect("the process still runs");
    child.wait().expect("it is our child").signal()
}

/// The command lines that name the folder: all servers do, and the script.
fn processes_of(folder: &Path) -> Vec<String> {
    let all = Command::new("ps")
        .args(["-Ao", "pid=,args="])
        .output()
        .expect("ps runs");
    let folder = folder.display().to_string();
    String::from_utf8_lossy(&all.stdout)
        .lines()
        .filter(|line| line.contains(&folder))
        .map(str::to_owned)
        .collect()
}

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(90);
    while !condition() {
        assert!(Instant::now() < deadline, "in time it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
