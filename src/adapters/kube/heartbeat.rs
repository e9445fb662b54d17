//! Whether the server still answers, sooner than the watches can know: a connection to a server that hangs stays open, and a
//! quiet watch says nothing for a minute.
//!
//! It only ever takes belief away. An answer proves that the server lives, not that any watch's connection does; those are
//! made anew once it answers again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{HeaderValue, header};
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::domain::Untrusted;

use super::client::get;
use super::watch::signed;
use super::{ApiClient, ApiFailure, Poke};

/// Counts the signs of life of one server: heads of answers and bytes of watches. A count needs no clock.
#[derive(Clone, Debug, Default)]
pub(super) struct Pulse(Arc<AtomicU64>);

impl Pulse {
    pub(super) fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How often the pulse is looked at within the time after which silence counts: how much later than that it may be noticed.
const LOOKS: u32 = 5;

/// When the server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// Silence after which it is asked.
    pub every: Duration,
    /// How long the answer is waited for.
    pub within: Duration,
    /// Between two questions while it does not answer.
    pub again: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(10),
            within: Duration::from_secs(5),
            again: Duration::from_secs(2),
        }
    }
}

/// What became of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vital {
    /// It does not answer, in words; asked again at `retry_at`.
    Silent { why: Untrusted, retry_at: Timestamp },
    /// It answers again. What was heard before `at` is proven by nothing since.
    Answers { at: Timestamp },
}

/// Listens to the pulse of one server, and asks when there is none.
pub struct Heartbeat {
    pub client: ApiClient,
    pub poke: Poke,
    pub clock: Arc<dyn Clock>,
    pub rhythm: Rhythm,
    pub told: mpsc::Sender<Vital>,
}

impl Heartbeat {
    /// Runs until nobody listens.
    pub async fn run(self) {
        let mut before = self.client.pulse().count();
        let mut quiet = 0;
        loop {
            tokio::select! {
                () = self.told.closed() => return,
                () = tokio::time::sleep(self.rhythm.every / LOOKS) => {}
            }
            let now = self.client.pulse().count();
            quiet = if now == before { quiet + 1 } else { 0 };
            if quiet >= LOOKS {
                quiet = 0;
                if let Err(failure) = self.ask().await
                    && self.silent(failure).await.is_err()
                {
                    return;
                }
            }
            before = self.client.pulse().count();
        }
    }

    /// Tells that it does not answer, asks until it does, and tells that.
    async fn silent(&self, mut failure: ApiFailure) -> Result<(), mpsc::error::SendError<Vital>> {
        let last = self.client.pulse().count();
        loop {
            let now = self.clock.now();
            let vital = Vital::Silent {
                why: Untrusted::from(failure.sentence()),
                retry_at: now
                    .saturating_add(signed(self.rhythm.again))
                    .unwrap_or(Timestamp::MAX),
            };
            self.told.send(vital).await?;
            tokio::time::sleep(self.rhythm.again).await;
            // Before the watches connect again: what they hear then is newer.
            let at = self.clock.now();
            if self.client.pulse().count() == last
                && let Err(again) = self.ask().await
            {
                failure = again;
                continue;
            }
            self.told.send(Vital::Answers { at }).await?;
            self.poke.reconnect();
            return Ok(());
        }
    }

    /// Any answer of the server itself will do, a refusal too. The connection is not kept: the next question needs one of
    /// its own.
    async fn ask(&self) -> Result<(), ApiFailure> {
        let mut request = get("/version")?;
        let close = HeaderValue::from_static("close");
        request.headers_mut().insert(header::CONNECTION, close);
        let within = self.rhythm.within;
        let answer = self.client.exchange(request, "a sign of life", within).await;
        let answer = match answer.map_err(|none| none.failure) {
            // Without credentials nothing was asked, so nothing is known. The watches tell it when they need them.
            Err(ApiFailure::LoginFailed { .. }) => return Ok(()),
            answer => answer?,
        };
        if answer.status.is_server_error() {
            let body = answer.body.unwrap_or_default();
            return Err(self.client.failure(answer.status, &answer.headers, &body));
        }
        Ok(())
    }
}
