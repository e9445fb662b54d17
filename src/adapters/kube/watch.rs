//! Keeps one kind in one scope up to date: list, watch, list again when it must, for ever, and says how well it hears.
//!
//! It never ends by itself: what is absent, forbidden or out of reach is told and tried again.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use kube::client::Body;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::domain::{KindState, Untrusted};
use crate::objects::{Change, ListScope};

use super::client::get;
use super::listener::{Listener, Unheard};
use super::{ApiClient, ApiFailure, Choice, ItemSplitter, Timing, WatchSplitter, list_path, watch_path};

/// Makes every watch drop its connection and list again, at once: after sleep, or when the user asks.
#[derive(Clone, Debug)]
pub struct Poke(watch::Sender<u64>);

/// The watches' end of a [`Poke`].
#[derive(Clone, Debug)]
pub struct Poked(watch::Receiver<u64>);

impl Default for Poke {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Poke {
    /// Now.
    pub fn all(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// An end for one watch.
    pub fn listen(&self) -> Poked {
        Poked(self.0.subscribe())
    }
}

impl Poked {
    async fn wait(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// One list and watch, ready to run.
pub struct Watch {
    pub scope: ListScope,
    pub choice: Choice,
    pub client: ApiClient,
    pub changes: mpsc::Sender<Vec<Change>>,
    pub poked: Poked,
    pub clock: Arc<dyn Clock>,
    pub timing: Timing,
}

/// Refusals in a row after which everything is listed again instead of going on.
const POINTLESS: u32 = 3;

/// Why a list or watch is over.
enum Ended {
    /// Nobody listens any more.
    Unheard,
    Poked,
    /// The server ended the watch in good order.
    InOrder,
    /// No byte came for too long: the connection may be dead.
    Silent,
    Failed(ApiFailure),
}

impl From<Unheard> for Ended {
    fn from(_: Unheard) -> Self {
        Self::Unheard
    }
}

impl Watch {
    /// Runs until the receiver of the changes is dropped.
    pub async fn run(self) {
        let Self {
            scope,
            choice,
            client,
            changes,
            mut poked,
            clock,
            timing,
        } = self;
        let gone = changes.clone();
        let listener = Listener::new(scope, changes, clock, timing.heard_every);
        let mut task = Task {
            client,
            choice,
            listener,
            timing,
            listed: false,
            tries: 0,
        };
        loop {
            let ended = tokio::select! {
                biased;
                () = gone.closed() => return,
                () = poked.wait() => Ended::Poked,
                ended = task.round() => ended,
            };
            let Ok(delay) = task.settle(ended).await else {
                return;
            };
            tokio::select! {
                biased;
                () = gone.closed() => return,
                () = poked.wait() => task.start_over(),
                () = tokio::time::sleep(delay) => {}
            }
        }
    }
}

struct Task {
    client: ApiClient,
    choice: Choice,
    listener: Listener,
    timing: Timing,
    /// Whether a list was ever complete: the first may be a little old, later ones may not.
    listed: bool,
    /// Failures in a row.
    tries: u32,
}

impl Task {
    fn start_over(&mut self) {
        self.listener.forget();
        self.tries = 0;
    }

    async fn round(&mut self) -> Ended {
        if self.listener.version().is_none()
            && let Err(ended) = self.list().await
        {
            return ended;
        }
        match self.watch().await {
            Ok(()) => Ended::InOrder,
            Err(ended) => ended,
        }
    }

    async fn list(&mut self) -> Result<(), Ended> {
        let base = list_path(&self.listener.scope, !self.listed, self.choice);
        let mut path = base.clone();
        self.listener.listing().await?;
        let mut is_first = true;
        loop {
            let mut body = self.open(&path, "the list").await?;
            if is_first {
                self.listener.began();
                is_first = false;
            }
            let mut splitter = ItemSplitter::default();
            while let Some(chunk) = self.chunk(&mut body, self.timing.list_idle, "the list").await? {
                splitter
                    .push(&chunk, |piece| self.listener.item(&piece))
                    .map_err(|error| unreadable(&error))?;
                self.listener.flush_full().await?;
            }
            let meta = splitter.finish().map_err(|error| unreadable(&error))?;
            if let Some(page) = meta.r#continue.filter(|page| !page.is_empty()) {
                let mark = if base.contains('?') { '&' } else { '?' };
                path = format!("{base}{mark}continue={}", super::paths::encoded(&page));
                continue;
            }
            let version = meta.resource_version.filter(|version| !version.is_empty());
            let why = Untrusted::from("the list has no resourceVersion");
            let version = version.ok_or(Ended::Failed(ApiFailure::BadAnswer { why }))?;
            self.listed = true;
            return Ok(self.listener.ended(version).await?);
        }
    }

    async fn watch(&mut self) -> Result<(), Ended> {
        let version = self.listener.version().unwrap_or_default().to_owned();
        let path = watch_path(
            &self.listener.scope,
            &version,
            self.timing.watch_for.as_secs().max(1),
            self.choice,
        );
        let mut body = self.open(&path, "the watch").await?;
        let since = self.listener.instant();
        self.listener.heard();
        self.listener.flush().await?;
        let mut splitter = WatchSplitter::default();
        let mut has_spoken = false;
        loop {
            let Ok(next) = timeout(self.timing.watch_idle, next_chunk(&mut body)).await else {
                return Err(Ended::Silent);
            };
            let Some(chunk) = next.map_err(Ended::Failed)? else {
                break;
            };
            let mut result = Ok(());
            let split = splitter.push(&chunk, |piece| {
                if result.is_ok() {
                    result = self.listener.event(&piece);
                }
            });
            self.listener.flush().await?;
            result.map_err(Ended::Failed)?;
            split.map_err(|error| {
                // What was in it is lost, so everything is asked for again.
                self.listener.forget();
                unreadable(&error)
            })?;
            self.tries = 0;
            has_spoken = true;
        }
        let lasted = self.listener.instant().duration_since(since);
        if has_spoken || lasted >= self.timing.too_short {
            Ok(())
        } else {
            let why = "the server ended the watch at once".to_owned();
            Err(Ended::Failed(ApiFailure::Broken { why }))
        }
    }

    /// Sends a GET; its body when the answer is a success.
    async fn open(&mut self, path: &str, what: &str) -> Result<Body, Ended> {
        let request = get(path).map_err(Ended::Failed)?;
        let late = || ApiFailure::Timeout {
            what: what.to_owned(),
            after: self.timing.answer,
        };
        let answer = timeout(self.timing.answer, self.client.open(request)).await;
        let response = match answer {
            Ok(answer) => answer.map_err(|none| Ended::Failed(none.failure))?,
            Err(_elapsed) => return Err(Ended::Failed(late())),
        };
        let (head, mut body) = response.into_parts();
        if head.status.is_success() {
            return Ok(body);
        }
        let words = self.words(&mut body).await;
        Err(Ended::Failed(self.client.failure(
            head.status,
            &head.headers,
            &words,
        )))
    }

    /// What an unsuccessful answer says, as far as it comes.
    async fn words(&self, body: &mut Body) -> Vec<u8> {
        const ENOUGH: usize = 64 << 10;
        let mut words = Vec::new();
        while words.len() < ENOUGH
            && let Ok(Ok(Some(chunk))) = timeout(self.timing.answer, next_chunk(body)).await
        {
            words.extend_from_slice(&chunk);
        }
        words
    }

    async fn chunk(&self, body: &mut Body, idle: Duration, what: &str) -> Result<Option<Vec<u8>>, Ended> {
        match timeout(idle, next_chunk(body)).await {
            Ok(chunk) => chunk.map_err(Ended::Failed),
            Err(_elapsed) => Err(Ended::Failed(ApiFailure::Timeout {
                what: what.to_owned(),
                after: idle,
            })),
        }
    }

    /// Tells what an end means and says how long to wait. An error when nobody listens.
    async fn settle(&mut self, ended: Ended) -> Result<Duration, Unheard> {
        match ended {
            Ended::Unheard => Err(Unheard),
            Ended::Poked => {
                self.start_over();
                Ok(Duration::ZERO)
            }
            Ended::InOrder => {
                self.tries = 0;
                Ok(Duration::ZERO)
            }
            Ended::Silent => {
                let after = self.timing.watch_idle;
                self.failed(
                    &ApiFailure::Timeout {
                        what: "the watch".to_owned(),
                        after,
                    },
                    true,
                )
                .await
            }
            Ended::Failed(failure) => {
                let at_once = matches!(failure, ApiFailure::Expired { .. });
                self.failed(&failure, at_once).await
            }
        }
    }

    /// `at_once`: the first try needs no delay, for there is no sign that the server is in trouble.
    async fn failed(&mut self, failure: &ApiFailure, at_once: bool) -> Result<Duration, Unheard> {
        self.tries = self.tries.saturating_add(1);
        // A missing right or kind does not come back within seconds, and may come back as something else.
        let is_shut = matches!(
            failure,
            ApiFailure::Forbidden { .. } | ApiFailure::NotFound { .. }
        );
        let is_expired = matches!(failure, ApiFailure::Expired { .. });
        let backoff = if is_shut {
            self.timing.slow
        } else {
            self.timing.retry
        };
        let mut delay = if at_once && self.tries == 1 {
            Duration::ZERO
        } else {
            backoff.delay(self.tries)
        };
        if let ApiFailure::Throttled {
            retry_after: Some(after),
            ..
        } = failure
        {
            delay = delay.max((*after).min(self.timing.slow.most));
        }
        let state = if let ApiFailure::Forbidden { message } = failure {
            KindState::Forbidden {
                message: message.clone(),
            }
        } else if is_shut {
            KindState::Absent
        } else {
            self.listener.stale(failure, delay, self.tries)
        };
        // After a restore of etcd the point to go on from may be from a future that never was.
        let is_pointless = self.tries >= POINTLESS
            && matches!(
                failure,
                ApiFailure::Invalid { .. } | ApiFailure::ServerError { .. }
            );
        if is_shut || is_expired || is_pointless {
            self.listener.forget();
        }
        // Going on after 410 at once is the normal way of things and no news.
        if is_expired && delay.is_zero() {
            return Ok(delay);
        }
        self.listener.lost(state).await.map(|()| delay)
    }
}

fn unreadable(error: &super::SplitError) -> Ended {
    Ended::Failed(ApiFailure::BadAnswer {
        why: Untrusted::from(error.to_string()),
    })
}

async fn next_chunk(body: &mut Body) -> Result<Option<Vec<u8>>, ApiFailure> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data.to_vec()));
                }
            }
            Some(Err(error)) => return Err(super::cause::of_transport(&error).1),
        }
    }
}

/// A span of the standard library as one of the calendar's.
pub(super) fn signed(span: Duration) -> SignedDuration {
    SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)
}
