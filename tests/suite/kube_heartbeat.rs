//! Whether a server still answers, known sooner than from the watches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use flightdeck::adapters::kube::{Heartbeat, Poke, Rhythm, Vital};
use flightdeck::clock::SystemClock;
use flightdeck::domain::ObjectKind;
use tokio::sync::mpsc;

use crate::support::fake_api::{FakeApi, Reply, Seen, Then};
use crate::support::watching::{event, run, script, timing, watching};

const ANSWERS: u8 = 0;
const HANGS: u8 = 1;
const GATEWAY: u8 = 2;
const REFUSES: u8 = 3;

fn rhythm() -> Rhythm {
    Rhythm {
        every: Duration::from_millis(20),
        within: Duration::from_millis(100),
        again: Duration::from_millis(5),
    }
}

/// A server that is as the switch says.
async fn server(mode: &Arc<AtomicU8>) -> FakeApi {
    let mode = Arc::clone(mode);
    FakeApi::start(move |_: &Seen| match mode.load(Ordering::SeqCst) {
        HANGS => Reply::Silence,
        GATEWAY => Reply::page(502, "<html>bad gateway</html>"),
        REFUSES => Reply::status(401, "Unauthorized", "who are you"),
        _ => Reply::json(200, r#"{"gitVersion":"v1"}"#),
    })
    .await
}

async fn listen(api: &FakeApi, poke: &Poke) -> mpsc::Receiver<Vital> {
    let (told, vitals) = mpsc::channel(4);
    let heartbeat = Heartbeat {
        client: api.client().await,
        poke: poke.clone(),
        clock: Arc::new(SystemClock),
        rhythm: rhythm(),
        told,
    };
    tokio::spawn(heartbeat.run());
    vitals
}

async fn next(vitals: &mut mpsc::Receiver<Vital>) -> Vital {
    tokio::time::timeout(Duration::from_secs(20), vitals.recv())
        .await
        .expect("a word in time")
        .unwrap()
}

#[tokio::test]
async fn a_server_that_hangs_is_told_and_told_again_when_it_answers() {
    let mode = Arc::new(AtomicU8::new(ANSWERS));
    let mut api = server(&mode).await;
    let mut vitals = listen(&api, &Poke::default()).await;
    // It is asked while nothing is heard, and an answer is no news.
    for _ in 0..3 {
        assert_eq!(api.next().await.path, "/version");
    }
    assert!(vitals.try_recv().is_err());
    mode.store(HANGS, Ordering::SeqCst);
    let silent = next(&mut vitals).await;
    let Vital::Silent { why, .. } = silent else {
        panic!("{silent:?}")
    };
    assert!(why.shown().contains("no answer within 100 ms"), "{why}");
    mode.store(ANSWERS, Ordering::SeqCst);
    while let Vital::Silent { .. } = next(&mut vitals).await {}
}

#[tokio::test]
async fn what_stands_before_a_dead_server_does_not_answer_for_it_and_a_refusal_does() {
    let mode = Arc::new(AtomicU8::new(GATEWAY));
    let api = server(&mode).await;
    let mut vitals = listen(&api, &Poke::default()).await;
    assert!(matches!(next(&mut vitals).await, Vital::Silent { .. }));
    mode.store(REFUSES, Ordering::SeqCst);
    while let Vital::Silent { .. } = next(&mut vitals).await {}
}

#[tokio::test]
async fn who_is_heard_is_not_asked() {
    let api = FakeApi::start(|seen: &Seen| {
        if seen.path == "/version" {
            Reply::Silence
        } else {
            Reply::json(200, "{}")
        }
    });
    let mut api = api.await;
    let client = api.client().await;
    let (told, mut vitals) = mpsc::channel(4);
    let heartbeat = Heartbeat {
        client: client.clone(),
        poke: Poke::default(),
        clock: Arc::new(SystemClock),
        rhythm: Rhythm {
            every: Duration::from_secs(1),
            ..rhythm()
        },
        told,
    };
    tokio::spawn(heartbeat.run());
    let end = tokio::time::Instant::now() + Duration::from_millis(1500);
    while tokio::time::Instant::now() < end {
        client.get_raw("/api", Duration::from_secs(5)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(vitals.try_recv().is_err());
    let asked = api.seen().iter().filter(|seen| seen.path == "/version").count();
    assert_eq!(asked, 0, "an answer to somebody else is a sign of life too");
    assert!(
        matches!(next(&mut vitals).await, Vital::Silent { .. }),
        "and silence is none"
    );
}

#[tokio::test]
async fn after_silence_the_watches_prove_their_connections_without_listing() {
    let mut running = run(
        ObjectKind::Pod,
        flightdeck::adapters::kube::Timing {
            watch_idle: Duration::from_secs(3600),
            ..timing()
        },
        script(|_, _| watching(vec![event("BOOKMARK", "", 42)], Then::Hang)),
    )
    .await;
    running.until_live().await;
    while !running.api.next().await.is_watch() {}
    running.poke.reconnect();
    let next = running.api.next().await;
    assert!(next.is_watch(), "it is not listed again: {next:?}");
    running.until_live().await;
}
