//! Keeps one kind in one scope up to date: list, watch, list again when it must, for ever, and says how well it hears.
//!
//! It never ends by itself: what is absent, forbidden or out of reach is told and tried again. Where a kind may be listed and
//! not watched, what was listed is kept as stale and listed again from time to time. Whether another scope would be allowed
//! is not its business: whoever started it may ask to hear of refusals first.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::domain::{KindState, Untrusted};
use crate::objects::{Change, ListScope};

use super::listener::{Listener, Unheard};
use super::poke::{How, Poked};
use super::reading::Reader;
use super::{ApiClient, ApiFailure, Events, ItemSplitter, Timing, WatchSplitter, list_path, watch_path};

/// One list and watch, ready to run.
pub struct Watch {
    pub scope: ListScope,
    pub events: Events,
    pub client: ApiClient,
    pub changes: mpsc::Sender<Vec<Change>>,
    pub poked: Poked,
    pub clock: Arc<dyn Clock>,
    pub timing: Timing,
    /// Who hears of a refusal before it is told, and decides whether this watch goes on.
    pub refused: Option<mpsc::Sender<Refused>>,
}

/// The user may not list, or not watch, what a [`Watch`] is for. Answered, the watch tells it and tries again; dropped, the
/// watch ends without a word.
#[derive(Debug)]
pub struct Refused {
    pub scope: ListScope,
    /// The list was allowed, the watch was not.
    pub listed: bool,
    pub go_on: oneshot::Sender<()>,
}

/// Refusals in a row after which everything is listed again instead of going on.
const POINTLESS: u32 = 3;

/// Why a list or watch is over.
enum Ended {
    /// Nobody listens any more.
    Unheard,
    Poked,
    /// Somebody wants to know whether this connection is alive.
    Reconnect,
    /// The server ended the watch in good order.
    InOrder,
    /// No byte came for too long: the connection may be dead.
    Silent,
    /// The list was allowed just now, the watch was not; the server's words.
    Unwatchable(Untrusted),
    Failed(ApiFailure),
}

impl From<Unheard> for Ended {
    fn from(_: Unheard) -> Self {
        Self::Unheard
    }
}

impl From<ApiFailure> for Ended {
    fn from(failure: ApiFailure) -> Self {
        Self::Failed(failure)
    }
}

impl Watch {
    /// Runs until the receiver of the changes is dropped.
    pub async fn run(self) {
        let Self {
            scope,
            events,
            client,
            changes,
            mut poked,
            clock,
            timing,
            refused,
        } = self;
        let gone = changes.clone();
        let listener = Listener::new(scope, changes, clock, timing.heard_every);
        let answer = timing.answer;
        let mut task = Task {
            reader: Reader { client, answer },
            events,
            listener,
            timing,
            listed: false,
            tries: 0,
        };
        loop {
            let ended = tokio::select! {
                biased;
                () = gone.closed() => return,
                poke = poked.wait() => match poke {
                    How::ListAgain => Ended::Poked,
                    How::Reconnect => Ended::Reconnect,
                },
                ended = task.round() => ended,
            };
            if let Some(ask) = &refused
                && let Some(question) = ended.refused(&task.listener.scope)
            {
                let goes_on = tokio::select! {
                    biased;
                    () = gone.closed() => return,
                    goes_on = question.ask(ask) => goes_on,
                };
                if !goes_on {
                    return;
                }
            }
            let Ok(delay) = task.settle(ended).await else {
                return;
            };
            tokio::select! {
                biased;
                () = gone.closed() => return,
                poke = poked.wait() => if poke == How::ListAgain { task.start_over() },
                () = tokio::time::sleep(delay) => {}
            }
        }
    }
}

impl Ended {
    /// The refusal in it, if that is what it is.
    fn refused(&self, scope: &ListScope) -> Option<Question> {
        let listed = match self {
            Self::Unwatchable(_) => true,
            Self::Failed(ApiFailure::Forbidden { .. }) => false,
            Self::Failed(_)
            | Self::Unheard
            | Self::Poked
            | Self::Reconnect
            | Self::InOrder
            | Self::Silent => return None,
        };
        let scope = scope.clone();
        Some(Question { scope, listed })
    }
}

/// A refusal that somebody else is asked about.
struct Question {
    scope: ListScope,
    listed: bool,
}

impl Question {
    /// Whether the watch goes on.
    async fn ask(self, whom: &mpsc::Sender<Refused>) -> bool {
        let (go_on, answer) = oneshot::channel();
        let Self { scope, listed } = self;
        let refused = Refused { scope, listed, go_on };
        whom.send(refused).await.is_ok() && answer.await.is_ok()
    }
}

struct Task {
    reader: Reader,
    events: Events,
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
        let lists = self.listener.version().is_none();
        if lists && let Err(ended) = self.list().await {
            return ended;
        }
        match self.watch().await {
            Ok(()) => Ended::InOrder,
            Err(Ended::Failed(ApiFailure::Forbidden { message })) if lists => Ended::Unwatchable(message),
            // The right to list may be gone as well: the list tells.
            Err(Ended::Failed(ApiFailure::Forbidden { .. })) => {
                self.listener.forget();
                Ended::InOrder
            }
            Err(ended) => ended,
        }
    }

    async fn list(&mut self) -> Result<(), Ended> {
        let base = list_path(&self.listener.scope, !self.listed, self.events);
        let mut path = base.clone();
        self.listener.listing().await?;
        let mut is_first = true;
        loop {
            let mut body = self.reader.open(&path, "the list").await?;
            if is_first {
                self.listener.began();
                is_first = false;
            }
            let (mut splitter, idle) = (ItemSplitter::default(), self.timing.list_idle);
            while let Some(chunk) = self.reader.chunk(&mut body, idle, "the list").await? {
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
            self.events,
        );
        let mut body = self.reader.open(&path, "the watch").await?;
        let since = self.listener.instant();
        self.listener.watching();
        self.listener.flush().await?;
        let mut splitter = WatchSplitter::default();
        let mut has_spoken = false;
        loop {
            let Some(next) = self.reader.next(&mut body, self.timing.watch_idle).await else {
                return Err(Ended::Silent);
            };
            let Some(chunk) = next? else {
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

    /// Tells what an end means and says how long to wait. An error when nobody listens.
    async fn settle(&mut self, ended: Ended) -> Result<Duration, Unheard> {
        match ended {
            Ended::Unheard => Err(Unheard),
            Ended::Poked => {
                self.start_over();
                Ok(Duration::ZERO)
            }
            Ended::Reconnect => Ok(Duration::ZERO),
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
            Ended::Unwatchable(words) => self.list_only(&words).await,
            Ended::Failed(failure) => {
                let at_once = matches!(failure, ApiFailure::Expired { .. });
                self.failed(&failure, at_once).await
            }
        }
    }

    /// What was listed stays, as stale, and is listed again later. Lists are dear, so that is seldom.
    async fn list_only(&mut self, words: &Untrusted) -> Result<Duration, Unheard> {
        self.tries = self.tries.saturating_add(1);
        let delay = self.timing.relist.delay(self.tries);
        let state = self.listener.unwatchable(words, delay, self.tries);
        self.listener.forget();
        self.listener.lost(state).await.map(|()| delay)
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

/// A span of the standard library as one of the calendar's.
pub(super) fn signed(span: Duration) -> SignedDuration {
    SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)
}
