//! The demo as a person runs it: the built program in a terminal, flown by keys.

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
    pty.wait_for("shop/web:v1");
    pty.type_keys("j");
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
