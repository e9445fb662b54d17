//! An API server that is frozen: its connections stay open and say nothing, which no watch can tell from quiet.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flightdeck::adapters::kube::{Heartbeat, Poke, Rhythm, Vital};
use flightdeck::clock::SystemClock;
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::mpsc;

use crate::fault_proxy::Fault;
use crate::lab::{ControlPlane, Identity};
use crate::listening::{PATIENCE, client};
use crate::seat::{Seat, select};

/// A process that does not run until this is dropped, however the test ends.
struct Frozen(Pid);

impl Frozen {
    fn new(process: Pid) -> Self {
        kill_process(process, Signal::STOP).expect("the process is there");
        Self(process)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::CONT);
    }
}

async fn next(vitals: &mut mpsc::Receiver<Vital>) -> Vital {
    tokio::time::timeout(PATIENCE, vitals.recv())
        .await
        .expect("a word in time")
        .expect("it goes on")
}

#[tokio::test]
async fn a_frozen_api_server_is_told_and_told_again_when_it_runs() {
    // Of its own: nobody else shall wait for a server that was stopped here.
    let own = tokio::task::spawn_blocking(|| ControlPlane::own("frozen"))
        .await
        .expect("it starts");
    let connected = client(own.kubeconfig(Identity::Viewer, "default", None)).await;
    let (told, mut vitals) = mpsc::channel(16);
    let heartbeat = Heartbeat {
        client: connected.client.clone(),
        poke: Poke::default(),
        clock: Arc::new(SystemClock),
        rhythm: Rhythm {
            every: Duration::from_millis(200),
            within: Duration::from_secs(2),
            again: Duration::from_millis(100),
        },
        told,
    };
    tokio::spawn(heartbeat.run());
    // A connection that is at rest, and would be taken for the next question.
    connected.client.server_version().await.expect("it runs");
    let frozen = Frozen::new(own.process_of("kube-apiserver"));
    let silent = next(&mut vitals).await;
    assert!(
        matches!(&silent, Vital::Silent { why, .. } if why.shown().contains("no answer within 2 s")),
        "{silent:?}"
    );
    drop(frozen);
    while let Vital::Silent { .. } = next(&mut vitals).await {}
}

#[tokio::test]
async fn a_server_that_hangs_is_not_called_live_for_long_and_recovers_by_itself() {
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let pty = seat.at_web(&[]);
    select(&pty);
    seat.proxy.all(Fault::Hang);
    // Ten seconds of silence, five for the answer: longer than a test usually waits, and far less than a watch takes.
    let end = Instant::now() + PATIENCE;
    while !pty.screen().contains("stale") {
        assert!(Instant::now() < end, "it is never told\n{pty}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!pty.screen().contains("   live"), "{pty}");
    seat.proxy.heal();
    pty.wait_until("it is live again", |screen| {
        let words = screen.contents();
        words.contains("live") && !words.contains("stale")
    });
}
