//! The demo as a person runs it: the built program in a terminal, flown by keys.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::pty::{Pty, Setting};

const PROGRAM: &str = env!("CARGO_BIN_EXE_flightdeck");

fn wide() -> Setting {
    Setting {
        width: 120,
        height: 36,
        ..Setting::default()
    }
}

#[test]
fn a_bad_image_is_found_and_taken_back_by_keys_in_the_demo() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().display().to_string();
    let mut pty = Pty::spawn(&[PROGRAM, "demo"], wide(), &[("TMPDIR", &folder)]);
    pty.wait_for("SANDBOX");
    pty.wait_for("live");
    pty.wait_for("ImagePullBackOff");
    pty.wait_for("CrashLoopBackOff");
    pty.type_keys("/cart");
    pty.send("\r");
    pty.wait_until("the one that is looked for, alone", |screen| {
        let words = screen.contents();
        words.contains("shop/cart") && !words.contains("pay/ledger")
    });
    pty.type_keys("u");
    pty.wait_for("it still has");
    pty.send("\r");
    pty.wait_until("an armed sheet", |screen| {
        let words = screen.contents();
        words.contains("= UNDO  ") && !words.contains("in a moment")
    });
    pty.wait_for("shop/cart:v19 → shop/cart:v18");
    pty.type_keys("v18");
    pty.wait_for("[v18");
    pty.send("\r");
    pty.wait_for("✓ effect seen");
    // First the sheet is left, then the program.
    pty.type_keys("q");
    pty.wait_until("the sheet is gone", |screen| {
        let words = screen.contents();
        words.contains("4/4") && !words.contains("effect seen")
    });
    pty.type_keys("q");
    assert_eq!(pty.exit_code(), 0);
    let left: Vec<_> = std::fs::read_dir(temporary.path()).unwrap().collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn the_demo_takes_no_other_cluster() {
    let mut pty = Pty::spawn(&[PROGRAM, "demo", "--context", "prod"], wide(), &[]);
    assert_eq!(pty.exit_code(), 64);
    pty.wait_for("leave out --context");
}

/// What the program says when it is not given a terminal, and its status.
fn said(arguments: &[&str], temporary: &Path) -> (Option<i32>, String) {
    let output = Command::new(PROGRAM)
        .arg("demo")
        .args(arguments)
        .env("TMPDIR", temporary)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn scenarios_are_listed_and_a_mistyped_one_is_nearly_found() {
    let temporary = tempfile::tempdir().unwrap();
    let (code, list) = said(&["--list"], temporary.path());
    assert_eq!(code, Some(0));
    for name in [
        "tour",
        "healthy",
        "bad-image",
        "crash-loop",
        "slow-pod",
        "gitops",
        "fleet",
        "large",
    ] {
        assert!(list.lines().any(|line| line.starts_with(name)), "{name}: {list}");
    }
    assert!(list.lines().all(|line| line.chars().count() <= 80), "{list}");
    let (code, told) = said(&["--serve", "--scenario", "helthy"], temporary.path());
    assert_eq!(code, Some(64));
    assert!(told.contains("did you mean \"healthy\"?"), "{told}");
    let (code, told) = said(&["--serve", "--scenario", "./none.toml"], temporary.path());
    assert_eq!(code, Some(64));
    assert!(told.contains("./none.toml cannot be read"), "{told}");
}

#[test]
fn a_scenario_with_mistakes_shows_each_of_them_and_starts_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("mine.toml");
    let text = "[[app]]\nnamespace = \"shop\"\nname = \"web\"\nimage = \"web:v1\"\nreplicas = 1\nat = 0\nsurge = \"much\"\n\
                [[act]]\nat = 1\napp = \"shop/wep\"\nrestart = true\n";
    std::fs::write(&file, text).unwrap();
    let (code, told) = said(
        &["--serve", "--scenario", &file.display().to_string()],
        temporary.path(),
    );
    assert_eq!(code, Some(64));
    for words in [
        "mine.toml:7:9",
        "surge = \"much\"",
        "mine.toml:10:7",
        "did you mean \"shop/web\"?",
        "2 mistakes; nothing was started",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("KUBECONFIG"), "{told}");
}

#[test]
fn a_port_in_use_and_a_folder_that_is_none_are_told() {
    let temporary = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, told) = said(&["--serve", "--port", &port], temporary.path());
    assert_eq!(code, Some(1));
    assert!(
        told.contains(&format!("port {port} of 127.0.0.1")) && told.contains("--port"),
        "{told}"
    );
    let (code, told) = said(&["--serve"], &temporary.path().join("none"));
    assert_eq!(code, Some(1));
    assert!(told.contains("name another with TMPDIR"), "{told}");
}

/// A demo that serves.
struct Serving {
    child: Child,
    kubeconfig: PathBuf,
}

impl Serving {
    fn start(temporary: &Path) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["demo", "--serve", "--scenario", "healthy"])
            .env("TMPDIR", temporary)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let kubeconfig = line.trim().strip_prefix("export KUBECONFIG=").unwrap().into();
        Self { child, kubeconfig }
    }

    fn signal(&mut self, signal: Signal) -> ExitStatus {
        let process = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(process, signal).unwrap();
        self.child.wait().unwrap()
    }
}

#[test]
fn two_demos_do_not_meet_and_nothing_is_left_even_of_one_that_was_killed() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut one, mut other) = (Serving::start(temporary.path()), Serving::start(temporary.path()));
    assert_ne!(
        std::fs::read_to_string(&one.kubeconfig).unwrap(),
        std::fs::read_to_string(&other.kubeconfig).unwrap()
    );
    one.signal(Signal::KILL);
    assert!(one.kubeconfig.exists(), "nobody could remove it");
    let mut third = Serving::start(temporary.path());
    assert!(!one.kubeconfig.exists(), "the next one did");
    assert!(other.kubeconfig.exists(), "its owner lives");
    for demo in [&mut other, &mut third] {
        assert_eq!(demo.signal(Signal::TERM).code(), Some(143));
    }
    let left: Vec<_> = std::fs::read_dir(temporary.path()).unwrap().collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

const HURTS: &str = r#"
image = [{ name = "shop/web:v2", serves = { error_rate = 0.3 } }]
[[app]]
namespace = "shop"
name = "web"
image = "shop/web:v1"
replicas = 3
at = -86400
traffic = { rate = 120 }
[[act]]
app = "shop/web"
at = -60
images = ["shop/web:v2"]
"#;

/// The errors that are told of the users of a revision, in percent.
fn errors(screen: &str, revision: &str) -> Option<f64> {
    let told = screen.split(revision).nth(1)?;
    let users = told.split("users").nth(1)?;
    let (before, _) = users.split_once("% errors")?;
    before
        .split_whitespace()
        .last()?
        .trim_start_matches('<')
        .parse()
        .ok()
}

#[test]
fn users_feel_a_bad_release_and_its_undo_in_the_demo() {
    let temporary = tempfile::tempdir().unwrap();
    let scenario = temporary.path().join("hurts.toml");
    std::fs::write(&scenario, HURTS).unwrap();
    let scenario = scenario.display().to_string();
    let mut pty = Pty::spawn(&[PROGRAM, "demo", "--scenario", &scenario], wide(), &[]);
    pty.wait_for("shop/web");
    pty.send("\r");
    pty.wait_for("metrics live");
    pty.wait_until("a third of the requests fails", |screen| {
        errors(&screen.contents(), "#2 current").is_some_and(|it| (15.0..45.0).contains(&it))
    });
    pty.type_keys("u");
    pty.wait_for("EVER HEALTHY");
    pty.type_keys("j");
    pty.wait_for("> 1  ");
    pty.send("\r");
    pty.wait_until("an armed sheet", |screen| {
        let words = screen.contents();
        words.contains("= UNDO  ") && !words.contains("in a moment")
    });
    pty.type_keys("v1");
    pty.wait_for("[v1");
    pty.send("\r");
    pty.wait_for("✓ effect seen");
    pty.type_keys("q");
    pty.wait_until("nothing fails any more", |screen| {
        let words = screen.contents();
        errors(&words, "#3 current").is_some_and(|it| it < 0.5) && !words.contains("#2 old")
    });
    pty.type_keys("q");
    pty.wait_for("Rollouts 1");
    pty.type_keys("q");
    assert_eq!(pty.exit_code(), 0);
}
