//! The program is killed between a decision and its answer: the next start looks up what became of it, and sends nothing again.

use std::time::{Duration, Instant};

use http::Method;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::cockpit::eventually;
use crate::fault_proxy::Fault;
use crate::lab::{Identity, Patch};
use crate::pty::Pty;
use crate::seat::{Seat, confirm, open, select};

/// Longer than the longest that a request may linger in a server.
const SETTLED: Duration = Duration::from_secs(100);

/// Pauses `web` with this fault on the way, and kills the program once the request is where `is_there` wants it.
async fn killed(fault: Fault, is_there: impl Fn(&Seat) -> bool) -> Seat {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let mut pty = seat.at_web(&[]);
    let token = open(&pty, " ", "PAUSE");
    seat.proxy
        .method(Method::PATCH, &seat.namespace.apps("deployments/web"), fault);
    confirm(&pty, &token);
    eventually("the request is on its way", || is_there(&seat));
    pty.signal(Signal::KILL);
    pty.exit_code();
    let record = seat.record();
    assert!(
        record.contains("\"intent\"") && !record.contains("\"outcome\""),
        "{record}"
    );
    seat.proxy.heal();
    seat
}

fn left(seat: &Seat) -> bool {
    seat.writes().len() == 1
}

fn reached(seat: &Seat) -> bool {
    seat.writes().first().is_some_and(|it| it.answered.is_some())
}

/// Waits for the line of the record that ends the decision, and returns its words.
fn ended(seat: &Seat, pty: &Pty, within: Duration) -> String {
    let end = Instant::now() + within;
    loop {
        let record = seat.record();
        let lines = record
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        let lines: Vec<Value> = lines.collect();
        if let Some(line) = lines.iter().find(|line| line["kind"] == "outcome") {
            assert_eq!(line["decision"], lines[0]["decision"], "{record}");
            assert_eq!(lines.len(), 2, "{record}");
            return line["outcome"].as_str().unwrap_or_default().to_owned();
        }
        assert!(Instant::now() < end, "nothing is recorded\n{pty}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test]
async fn what_was_applied_without_an_answer_is_found_at_the_next_start() {
    let seat = killed(Fault::HoldReply, reached).await;
    let mut pty = seat.start(&[]);
    pty.wait_for("was sent");
    let words = ended(&seat, &pty, Duration::from_secs(20));
    assert!(words.starts_with("the object shows the change"), "{words}");
    select(&pty);
    pty.type_keys("!");
    pty.wait_until("the message", |screen| {
        let words = screen.contents();
        words.contains("by another run") && words.contains("was applied")
    });
    assert_eq!(seat.writes().len(), 1, "it is looked up, not repeated");
    pty.signal(Signal::TERM);
    pty.exit_code();
    // What is known is not asked again.
    let pty = seat.start(&[]);
    select(&pty);
    assert!(!pty.screen().contains("was sent"), "{pty}");
    assert_eq!(seat.record().lines().count(), 2);
}

#[tokio::test]
async fn what_never_reached_the_server_is_called_not_applied_once_it_cannot_any_more() {
    let seat = killed(Fault::Hang, left).await;
    let began = Instant::now();
    let pty = seat.start(&[]);
    pty.wait_for("was sent");
    pty.wait_for("pause: outcome unk");
    pty.wait_for("1 to look at");
    let words = ended(&seat, &pty, SETTLED);
    assert_eq!(words, "not applied; the object is as it was before");
    assert!(began.elapsed() > Duration::from_secs(55), "{:?}", began.elapsed());
    assert_eq!(seat.writes().len(), 1);
    assert!(seat.namespace.get_deployment("web").await["spec"]["paused"].is_null());
}

#[tokio::test]
async fn what_somebody_changed_since_is_not_guessed() {
    let seat = killed(Fault::HoldReply, reached).await;
    let path = seat.namespace.apps("deployments/web");
    let resume = json!({ "spec": { "paused": null } });
    seat.namespace
        .admin()
        .patch(Patch::Merge, &path, &resume)
        .await
        .success();
    let pty = seat.start(&[]);
    let words = ended(&seat, &pty, SETTLED);
    assert!(
        words.starts_with("cannot tell whether it was applied: it was changed since"),
        "paused and resumed looks like never paused: {words}"
    );
}

/// Waits until the last word of the record begins like this.
fn last_word(seat: &Seat, begin: &str, within: Duration) {
    let end = Instant::now() + within;
    loop {
        let record = seat.record();
        let last = record.lines().last().unwrap_or_default();
        let line: Value = serde_json::from_str(last).unwrap_or_default();
        if line["outcome"].as_str().is_some_and(|it| it.starts_with(begin)) {
            return;
        }
        assert!(Instant::now() < end, "{begin:?} is not the last word: {record}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test]
async fn what_only_showed_is_looked_up_and_what_was_in_place_is_told_when_it_is_taken_back() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let mut pty = seat.at_web(&[]);
    let token = open(&pty, " ", "PAUSE");
    confirm(&pty, &token);
    last_word(&seat, "done", Duration::from_secs(20));
    pty.signal(Signal::KILL);
    pty.exit_code();
    // As if it had ended before the controller was done.
    for file in seat.record_files() {
        let text = std::fs::read_to_string(&file).expect("the record");
        let shown = text.replace(
            "\"outcome\":\"done\"",
            "\"outcome\":\"the object shows the change\"",
        );
        assert_ne!(text, shown, "{text}");
        std::fs::write(&file, shown).expect("the record");
    }
    let pty = seat.at_web(&[]);
    last_word(
        &seat,
        "the object shows the change; looked up by a later run",
        Duration::from_secs(20),
    );
    // And it goes on looking.
    let path = seat.namespace.apps("deployments/web");
    let resume = json!({ "spec": { "paused": null } });
    seat.namespace
        .admin()
        .patch(Patch::Merge, &path, &resume)
        .await
        .success();
    last_word(&seat, "reverted", Duration::from_secs(30));
    pty.type_keys("!");
    pty.wait_for("was reverted");
    assert_eq!(seat.writes().len(), 1, "it is looked up, not repeated");
}
