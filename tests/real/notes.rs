//! The Event that tells others what was done: posted on the object when the server accepted, and missed by nobody when it may
//! not be.

use http::Method;
use serde_json::Value;

use crate::lab::Identity;
use crate::seat::{Seat, act, close, open};

async fn events(seat: &Seat) -> Vec<Value> {
    let path = format!(
        "/apis/events.k8s.io/v1/namespaces/{}/events",
        seat.namespace.name()
    );
    let list = seat.namespace.admin().get(&path).await.success();
    let items = list["items"].as_array().cloned().unwrap_or_default();
    items
        .into_iter()
        .filter(|it| it["reportingController"] == "flightdeck.dev/cockpit")
        .collect()
}

fn posts(seat: &Seat) -> usize {
    let seen = seat.proxy.seen();
    seen.iter()
        .filter(|it| it.method == Method::POST && it.path.contains("/events"))
        .count()
}

#[tokio::test]
async fn what_was_accepted_is_told_on_the_object_once() {
    let seat = Seat::with_web(Identity::Admin, 1).await;
    let pty = seat.at_web(&[]);
    act(&pty, " ", "PAUSE");
    pty.wait_for("✓ effect seen");
    close(&pty);
    pty.type_keys("x");
    pty.wait_until("the note in the list of requests", |screen| {
        let words = screen.contents();
        words.contains("note on") && words.contains("taken")
    });
    let found = events(&seat).await;
    assert_eq!((found.len(), posts(&seat)), (1, 1));
    let event = &found[0];
    assert_eq!(event["reason"], "FlightdeckPause");
    assert_eq!(event["type"], "Normal");
    let web = seat.namespace.get_deployment("web").await;
    assert_eq!(event["regarding"]["uid"], web["metadata"]["uid"]);
    let note = event["note"].as_str().unwrap();
    assert!(note.starts_with("pause by admin with flightdeck"), "{note}");
    let id =
        serde_json::from_str::<Value>(seat.record().lines().next().unwrap()).unwrap()["decision"].clone();
    assert!(note.contains(id.as_str().unwrap()), "{note} {id}");
}

#[tokio::test]
async fn who_may_not_post_it_acts_all_the_same_and_hears_of_it_once() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    act(&pty, " ", "PAUSE");
    pty.wait_for("✓ effect seen");
    close(&pty);
    act(&pty, " ", "RESUME");
    pty.wait_for("✓ effect seen");
    close(&pty);
    pty.type_keys("!");
    pty.wait_for("no Event tells others");
    assert_eq!(pty.screen().matches("no Event tells others").count(), 1, "{pty}");
    assert_eq!((events(&seat).await.len(), posts(&seat)), (0, 2));
}

#[tokio::test]
async fn switched_off_nothing_is_posted() {
    let seat = Seat::with_web(Identity::Admin, 1).await;
    let folder = seat.folder().join("config/flightdeck");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("config.toml"), "events = false\n").expect("a file");
    let pty = seat.at_web(&[]);
    open(&pty, " ", "PAUSE");
    assert!(!pty.screen().contains("an Event on it"), "{pty}");
    pty.type_keys("y");
    pty.wait_for("✓ effect seen");
    assert_eq!(posts(&seat), 0);
}
