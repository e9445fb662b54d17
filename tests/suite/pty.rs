//! The terminal stack in a real pseudo-terminal: how the terminal is left, and which keys arrive.

use std::io::Read as _;
use std::time::Duration;

use portable_pty::native_pty_system;
use rustix::process::Signal as Number;

use crate::actor::SCENE;
use crate::support::pty::{Pty, Setting, builder};

fn command() -> [String; 4] {
    let program = std::env::current_exe().unwrap().to_string_lossy().into_owned();
    [
        program,
        "--exact".to_owned(),
        "actor::actor".to_owned(),
        "--nocapture".to_owned(),
    ]
}

fn start_with(setting: Setting, environment: &[(&str, &str)]) -> Pty {
    let command = command();
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let environment: Vec<_> = environment.iter().copied().chain([(SCENE, "plain")]).collect();
    let pty = Pty::spawn(&command, setting, &environment);
    pty.wait_for("ready");
    pty
}

fn start() -> Pty {
    start_with(Setting::default(), &[])
}

/// The shell that started the actor tells when it was stopped, and continues it after Enter.
fn start_as_job() -> Pty {
    let script = r#"set -m; "$@"; echo job stopped; read line; fg; echo job ended with $?"#;
    let command = command();
    let words: Vec<&str> = ["sh", "-c", script, "sh"]
        .into_iter()
        .chain(command.iter().map(String::as_str))
        .collect();
    let pty = Pty::spawn(&words, Setting::default(), &[(SCENE, "plain")]);
    pty.wait_for("ready");
    pty
}

fn pid_shown(pty: &Pty) -> u32 {
    let screen = pty.screen();
    screen
        .split("pid ")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

fn fresh_termios() -> String {
    let pty = Pty::spawn(&["cat"], Setting::default(), &[]);
    pty.termios()
}

#[track_caller]
fn assert_left_as_found(pty: &Pty) {
    pty.wait_until("the terminal left as it was found", |screen| {
        !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
    });
    assert_eq!(pty.termios(), fresh_termios(), "{pty}");
    let raw = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    for (on, off) in [
        ("\u{1b}[?1004h", "\u{1b}[?1004l"),
        ("\u{1b}[22;0t", "\u{1b}[23;0t"),
        ("\u{1b}[?2026h", "\u{1b}[?2026l"),
    ] {
        assert!(raw.rfind(on) < raw.rfind(off), "{on:?} was not undone\n{pty}");
    }
}

#[test]
fn quitting_leaves_the_terminal_as_it_was() {
    let mut pty = start();
    pty.look(|screen| assert!(screen.alternate_screen() && screen.hide_cursor() && screen.bracketed_paste()));
    assert_ne!(pty.termios(), fresh_termios());
    pty.send("q");
    assert_eq!(pty.exit_code(), 0);
    assert_left_as_found(&pty);
}

#[test]
fn a_panic_restores_before_it_reports() {
    let mut pty = start();
    pty.send("!");
    pty.wait_for("the main thread fell over");
    assert_eq!(pty.exit_code(), 101);
    assert_left_as_found(&pty);
}

#[test]
fn a_panic_in_a_task_leaves_the_screen_alone() {
    let mut pty = start();
    pty.send("@");
    pty.wait_for("<@>");
    pty.send("k");
    pty.wait_for("<k>");
    pty.look(|screen| assert!(screen.alternate_screen()));
    assert!(!pty.screen().contains("fell over"));
    pty.send("q");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn signals_end_the_program_with_their_status_and_restore() {
    for (signal, status) in [(Number::TERM, 143), (Number::HUP, 129), (Number::INT, 0)] {
        let mut pty = start();
        pty.signal(signal);
        assert_eq!(pty.exit_code(), status, "{signal:?}");
        assert_left_as_found(&pty);
    }
}

#[test]
fn a_suspended_program_gives_the_terminal_back_and_takes_it_again() {
    let mut pty = start_as_job();
    pty.send("\u{1a}");
    pty.wait_for("job stopped");
    assert_left_as_found(&pty);
    pty.send("\r");
    pty.wait_for("resumed");
    pty.look(|screen| assert!(screen.alternate_screen() && screen.hide_cursor()));
    pty.send("k");
    pty.wait_for("<k>");
    pty.send("q");
    pty.wait_for("job ended with 0");
    assert_eq!(pty.exit_code(), 0);
    assert_left_as_found(&pty);
}

#[test]
fn a_stop_from_outside_is_a_suspension_too() {
    let pty = start_as_job();
    pty.signal_to(pid_shown(&pty), Number::TSTP);
    pty.wait_for("job stopped");
    assert_left_as_found(&pty);
    pty.send("\r");
    pty.wait_for("resumed");
    pty.send("q");
    pty.wait_for("job ended with 0");
}

#[test]
fn stopped_behind_its_back_it_draws_everything_again() {
    let pty = start_as_job();
    let pid = pid_shown(&pty);
    pty.signal_to(pid, Number::STOP);
    pty.wait_for("job stopped");
    // The shell finds the terminal raw, where Enter is no line end.
    pty.send("\n");
    pty.wait_for("continued");
    pty.look(|screen| assert!(screen.alternate_screen() && !screen.contents().contains("job stopped")));
    pty.send("q");
    pty.wait_for("job ended with 0");
}

#[test]
fn without_a_shell_ctrl_z_does_not_strand_the_program() {
    let mut pty = start();
    pty.send("\u{1a}");
    pty.wait_for("no shell waits");
    pty.send("q");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn the_smallest_window_is_survived() {
    let mut pty = start();
    for (width, height) in [(1, 1), (120, 30), (0, 0), (80, 24)] {
        pty.resize(width, height);
        if width > 20 {
            pty.wait_for(&format!("ready {width}x{height}"));
        }
    }
    pty.send("q");
    assert_eq!(pty.exit_code(), 0);
    assert_left_as_found(&pty);
}

#[test]
fn a_stalled_terminal_still_ends_on_sigterm() {
    let mut pty = start();
    pty.send("f");
    pty.wait_for("0000");
    pty.stop_reading();
    std::thread::sleep(Duration::from_secs(1));
    let before = pty.raw_output().len();
    pty.signal(Number::TERM);
    assert_eq!(pty.exit_code(), 143);
    assert_eq!(pty.raw_output().len(), before, "the terminal was indeed stalled");
    assert_eq!(pty.termios(), fresh_termios());
    pty.resume_reading();
    assert_left_as_found(&pty);
}

#[test]
fn a_stalled_terminal_still_takes_keys() {
    let mut pty = start();
    pty.send("f");
    pty.wait_for("0000");
    pty.stop_reading();
    std::thread::sleep(Duration::from_secs(1));
    pty.send("q");
    assert_eq!(pty.exit_code(), 0);
    pty.resume_reading();
    assert_left_as_found(&pty);
}

#[test]
fn a_terminal_that_hangs_up_is_noticed_by_its_input_alone() {
    let pair = native_pty_system()
        .openpty(portable_pty::PtySize::default())
        .unwrap();
    let home = tempfile::tempdir().unwrap();
    let command = command();
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let mut child = pair
        .slave
        .spawn_command(builder(&command, home.path(), &[(SCENE, "deaf")]))
        .unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("ready") {
        let mut bytes = [0; 512];
        let count = reader.read(&mut bytes).unwrap();
        seen.extend_from_slice(bytes.get(..count).unwrap());
    }
    drop(reader);
    drop(pair.master);
    assert_eq!(child.wait().unwrap().exit_code(), 7);
}

#[test]
fn split_keys_and_pastes_do_not_act() {
    let pty = start();
    let soon = Duration::from_millis(3);
    pty.send_split(&[b"\x1b", b"[A"], soon);
    pty.wait_for("<up>");
    pty.send_split(&[b"\x1b", b"[200~q\rq\x1b[201~"], soon);
    pty.wait_for(r#"<Paste("q\nq")>"#);
    pty.send("\u{1b}]11;rgb:1c1c/1c1c/1c1c\u{7}");
    pty.send("k");
    pty.wait_for("<k>");
    assert!(
        !pty.screen().contains("<esc>") && !pty.screen().contains("<1>"),
        "{pty}"
    );
}

#[test]
fn escape_alone_is_escape_and_an_unmarked_paste_is_told() {
    let pty = start();
    pty.send("\u{1b}");
    pty.wait_for("<esc>");
    pty.send("rm -rf everything\rq");
    pty.wait_for(r#"<Dropped { what: "unmarked paste", count: 19 }>"#);
    pty.send("jjjjjjjjjjjj");
    pty.wait_for("<j>\n<j>\n<j>\n<j>");
}

#[test]
fn a_far_terminal_gets_the_same_keys() {
    let setting = Setting {
        latency: Duration::from_millis(100),
        ..Setting::default()
    };
    let pty = start_with(setting, &[("SSH_CONNECTION", "1 2 3 4")]);
    pty.type_keys("kl");
    pty.wait_for("<l>\n<k>");
    pty.send_split(&[b"\x1b", b"[B"], Duration::from_millis(40));
    pty.wait_for("<down>");
}

#[test]
fn reverse_video_survives_no_color() {
    let pty = start_with(Setting::default(), &[("NO_COLOR", "1")]);
    pty.look(|screen| assert!(screen.cell(0, 0).unwrap().inverse()));
}

#[test]
fn kitty_keys_are_asked_for_where_known_and_given_back() {
    let mut pty = start_with(Setting::default(), &[("TERM", "xterm-kitty")]);
    pty.send("\u{1b}[106;1:2u");
    pty.wait_for("<Repeat(");
    pty.send("\u{1b}[107;1:3u");
    pty.send("q");
    assert_eq!(pty.exit_code(), 0);
    let raw = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    assert!(raw.contains("\u{1b}[?1049h") && raw.rfind("\u{1b}[>3u") < raw.rfind("\u{1b}[<u"));
    assert!(
        raw.rfind("\u{1b}[<u") < raw.rfind("\u{1b}[?1049l"),
        "popped on the screen it was pushed on"
    );
    assert!(!raw.contains("<k>"), "a release is no key");
}
