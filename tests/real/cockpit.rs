//! The built program in a terminal of 80 by 24, against a real control plane: from the first frame to a terminal that is left
//! as it was found, through everything that a terminal, a system and an operator do to it.

use std::time::{Duration, Instant};

use http::Method;
use rustix::process::Signal;
use serde_json::json;

use crate::fault_proxy::Fault;
use crate::lab::Identity;
use crate::pty::Pty;
use crate::seat::{PROGRAM, Seat, act, close, confirm, open, quit, select};

/// The program started by a shell that says how the terminal is before and after.
fn between_two_looks(seat: &Seat) -> Pty {
    let kubeconfig = seat.kubeconfig.display().to_string();
    let script = "stty -g; \"$0\" --kubeconfig \"$1\" -n \"$2\"; echo exit=$?; stty -g; echo over";
    seat.spawn(&["sh", "-c", script, PROGRAM, &kubeconfig, seat.namespace.name()])
}

fn left_as_found(pty: &Pty, exit: u32) {
    pty.wait_for("over");
    let screen = pty.screen();
    let settings: Vec<&str> = screen
        .lines()
        .filter(|line| line.matches(':').count() > 10)
        .collect();
    // A long line of settings wraps; its beginning is enough to tell raw from cooked.
    assert_eq!(settings.len(), 2, "{screen}");
    assert_eq!(settings[0], settings[1]);
    assert!(screen.contains(&format!("exit={exit}")), "{screen}");
    pty.look(|screen| {
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    });
}

pub(crate) fn eventually(what: &str, wanted: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !wanted() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test]
async fn from_the_first_frame_to_a_terminal_left_as_it_was() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = between_two_looks(&seat);
    select(&pty);
    act(&pty, " ", "PAUSE");
    pty.wait_for("✓ effect seen");
    close(&pty);
    pty.send("q");
    left_as_found(&pty, 0);
    assert_eq!(seat.namespace.get_deployment("web").await["spec"]["paused"], true);
}

#[tokio::test]
async fn a_terminated_program_leaves_the_terminal_as_it_was() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let mut pty = seat.at_web(&[]);
    pty.signal(Signal::TERM);
    assert_eq!(pty.exit_code(), 143);
    pty.look(|screen| assert!(!screen.alternate_screen() && !screen.hide_cursor()));
}

#[tokio::test]
async fn it_is_suspended_and_comes_back() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.spawn(&["bash", "--norc", "--noprofile", "-i"]);
    let kubeconfig = seat.kubeconfig.display().to_string();
    let name = seat.namespace.name();
    pty.send(format!("{PROGRAM} --kubeconfig {kubeconfig} -n {name}\r"));
    select(&pty);
    for _ in 0..5 {
        pty.send("\x1a");
        pty.wait_until("the shell has the terminal", |screen| {
            !screen.alternate_screen() && screen.contents().trim_end().ends_with('#')
        });
        pty.send("fg\r");
        pty.wait_until("the program has it again", vt100::Screen::alternate_screen);
        select(&pty);
    }
    act(&pty, " ", "PAUSE");
    pty.wait_for("✓ effect seen");
    close(&pty);
    pty.send("q");
    pty.wait_until("the shell again", |screen| !screen.alternate_screen());
    assert_eq!(seat.writes().len(), 1);
}

#[tokio::test]
async fn it_lives_in_a_tiny_window_and_grows_again() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let mut pty = seat.at_web(&[]);
    let before = pty.screen();
    let grown = |screen: &vt100::Screen| {
        let words = screen.contents();
        words.contains("WAITING FOR")
            && words.contains("live")
            && words.lines().count() == before.lines().count()
    };
    pty.resize(40, 10);
    pty.wait_until("a frame of 10 lines", |screen| {
        screen
            .rows(0, 40)
            .nth(9)
            .is_some_and(|line| line.contains("enter"))
    });
    pty.resize(80, 24);
    pty.wait_until("the whole fleet again", grown);
    // So quickly that the program may only ever see the size that it knows.
    pty.resize(40, 10);
    pty.resize(80, 24);
    pty.wait_until("the whole fleet once more", grown);
    assert_eq!(quit(&mut pty), 0);
}

#[tokio::test]
async fn a_signal_waits_for_the_write_that_is_under_way() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let mut pty = seat.at_web(&[]);
    let token = open(&pty, " ", "PAUSE");
    let path = seat.namespace.apps("deployments/web");
    seat.proxy
        .method(Method::PATCH, &path, Fault::Delay(Duration::from_secs(2)));
    confirm(&pty, &token);
    eventually("the write is under way", || seat.writes().len() == 1);
    pty.signal(Signal::TERM);
    assert_eq!(pty.exit_code(), 143);
    let record = seat.record();
    assert!(record.contains("\"outcome\""), "{record}");
    assert!(record.to_lowercase().contains("accepted"), "{record}");
    assert_eq!(seat.writes().len(), 1);
}

#[tokio::test]
async fn a_terminal_that_does_not_read_delays_nothing_but_itself() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    let token = open(&pty, " ", "PAUSE");
    pty.stop_reading();
    let stalled = Instant::now();
    confirm_blind(&pty, &token);
    eventually("the write is sent", || seat.writes().len() == 1);
    while stalled.elapsed() < Duration::from_secs(5) {
        // Whole frames, until the terminal takes no more.
        pty.send("\x0c");
        std::thread::sleep(Duration::from_millis(100));
    }
    pty.resume_reading();
    pty.wait_for("✓ effect seen");
    assert_eq!(seat.writes().len(), 1);
}

/// Without looking at what is typed.
fn confirm_blind(pty: &Pty, token: &str) {
    pty.type_keys(token);
    if token != "y" {
        pty.send("\r");
    }
}

#[tokio::test]
async fn a_kubeconfig_that_means_another_cluster_stops_writing() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    let text = std::fs::read_to_string(&seat.kubeconfig).expect("the kubeconfig");
    let other = text.replace(seat.proxy.url(), "http://127.0.0.1:9");
    assert_ne!(text, other);
    std::fs::write(&seat.kubeconfig, other).expect("the kubeconfig can be written");
    pty.wait_for("writing has stopped");
    pty.type_keys(" ");
    // The action is refused with its reason before anything opens.
    pty.wait_for("cannot pause");
    assert!(!pty.screen().contains("PAUSE"), "no sheet opens");
    assert!(seat.writes().is_empty());
}

#[tokio::test]
async fn a_server_that_goes_away_is_told_on_the_first_line_and_comes_back() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    seat.proxy.gone();
    pty.wait_until("age and retry on the first line", |screen| {
        let words = screen.contents();
        words.lines().next().is_some_and(|line| line.contains("stale")) && words.contains("web")
    });
    seat.namespace.set_image("web", "shop/web:v2").await;
    seat.proxy.back();
    pty.wait_until("live with what happened meanwhile", |screen| {
        let words = screen.contents();
        words.lines().next().is_some_and(|line| line.contains("live")) && words.contains("v2")
    });
}

#[tokio::test]
async fn a_pause_by_somebody_else_shows_in_the_fleet() {
    let seat = Seat::with_web(Identity::Viewer, 1).await;
    let pty = seat.at_web(&[]);
    let path = seat.namespace.apps("deployments/web");
    let pause = json!({ "spec": { "paused": true } });
    seat.namespace
        .admin()
        .patch(crate::lab::Patch::Merge, &path, &pause)
        .await
        .success();
    pty.wait_for("waiting");
    // A viewer may not resume it, so it does not wait for them.
    pty.wait_for("resume? you may not");
    assert!(!pty.screen().contains("you: resume?"), "{pty}");
}
