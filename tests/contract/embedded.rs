//! The embedded cluster as a world for cases: its time runs ten times as fast, its containers fare as their image is called.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use flightdeck::clock::{Clock, SystemClock};
use flightdeck::sandbox::Sandbox;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Caller, Forgotten, Lab};

const SPEED: i32 = 10;

/// Versions of an image that a case may use.
const VERSIONS: u32 = 12;

/// A cluster of its own.
pub(crate) struct Embedded {
    _sandbox: Sandbox,
    server: String,
    token: String,
    authority: Vec<u8>,
}

impl Embedded {
    pub(crate) async fn start() -> Self {
        flightdeck::adapters::kube::install_crypto();
        let clock = Quick {
            start: SystemClock.now(),
            since: SystemClock.instant(),
        };
        let sandbox = Sandbox::of(&scenario(), Arc::new(clock))
            .await
            .expect("a sandbox");
        let config: Value = serde_json::from_str(&sandbox.kubeconfig()).expect("a kubeconfig");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let authority = text(&config["clusters"][0]["cluster"]["certificate-authority-data"]);
        Self {
            server: text(&config["clusters"][0]["cluster"]["server"]),
            token: text(&config["users"][0]["user"]["token"]),
            authority: base64::Engine::decode(&base64::engine::general_purpose::STANDARD, authority)
                .expect("base64"),
            _sandbox: sandbox,
        }
    }
}

impl Lab for Embedded {
    fn caller(&self, token: Option<&str>) -> Caller {
        Caller::new(&self.server, token.unwrap_or(&self.token), &self.authority)
    }

    /// It began at a later version.
    fn forgotten(&self) -> BoxFuture<'_, Forgotten> {
        async {
            Forgotten {
                version: "2".to_owned(),
                page: "2:none/none".to_owned(),
            }
        }
        .boxed()
    }
}

fn scenario() -> String {
    let mut text = String::from("app = []\n");
    for (name, rest) in [
        ("ready", "start = 0\nready = 0"),
        ("ready-after", "start = 1\nready = 15"),
        ("never-ready", "start = 0\nfails = \"unready\""),
        ("image-pull", "start = 0\nfails = \"pull\""),
        (
            "crash-loop",
            "start = 0\nready = 60\nafter = 3\nfails = \"crash\"",
        ),
    ] {
        for version in 1..=VERSIONS {
            let _ = writeln!(text, "[[image]]\nname = \"case/{name}:v{version}\"\n{rest}");
        }
    }
    text
}

/// Time that runs faster than the machine's.
struct Quick {
    start: Timestamp,
    since: Instant,
}

impl Clock for Quick {
    fn now(&self) -> Timestamp {
        let passed = SystemClock.instant().duration_since(self.since) * SPEED.unsigned_abs();
        self.start + SignedDuration::try_from(passed).expect("a short test")
    }

    fn instant(&self) -> Instant {
        SystemClock.instant()
    }
}
