//! What one watch tells the store: objects decoded one by one, in batches, and its own state of health.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::domain::{KindState, Name, Oddity, Untrusted};
use crate::objects::{Change, Interner, ListScope, Object};

use super::watch::signed;
use super::{ApiFailure, Piece};

/// Changes in one message at most.
const BATCH: usize = 256;

/// Nobody listens any more.
pub(super) struct Unheard;

pub(super) struct Listener {
    pub(super) scope: ListScope,
    changes: mpsc::Sender<Vec<Change>>,
    clock: Arc<dyn Clock>,
    heard_every: Duration,
    interner: Interner,
    batch: Vec<Change>,
    /// Where a watch goes on; `None` asks for a list.
    version: Option<String>,
    heard_at: Option<Timestamp>,
    /// Whether the first list was told: later tries do not hide why the earlier ones failed.
    asked: bool,
    /// When the last `Live` was told; `None` when something else is being shown.
    told_at: Option<Timestamp>,
    /// The last try to watch was refused: a list alone does not make this live.
    list_only: bool,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize)]
struct WithMeta {
    metadata: Meta,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: String,
    resource_version: String,
}

impl Listener {
    pub(super) fn new(
        scope: ListScope,
        changes: mpsc::Sender<Vec<Change>>,
        clock: Arc<dyn Clock>,
        heard_every: Duration,
    ) -> Self {
        Self {
            scope,
            changes,
            clock,
            heard_every,
            interner: Interner::default(),
            batch: Vec::new(),
            version: None,
            heard_at: None,
            asked: false,
            told_at: None,
            list_only: false,
        }
    }

    pub(super) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    pub(super) fn instant(&self) -> Instant {
        self.clock.instant()
    }

    /// The next round begins with a list. What was not sent yet will be in it.
    pub(super) fn forget(&mut self) {
        self.version = None;
        self.batch.clear();
    }

    /// A list is asked for. Told only the first time: later ones do not blank what is there.
    pub(super) async fn listing(&mut self) -> Result<(), Unheard> {
        if !std::mem::replace(&mut self.asked, true) {
            let since = self.clock.now();
            self.health(KindState::Listing { since, seen: 0 });
            self.flush().await?;
        }
        Ok(())
    }

    pub(super) fn began(&mut self) {
        self.batch.push(Change::ListBegan(self.scope.clone()));
    }

    pub(super) async fn ended(&mut self, version: String) -> Result<(), Unheard> {
        self.batch.push(Change::ListEnded(self.scope.clone()));
        self.told_at = None;
        self.heard();
        self.flush().await?;
        self.version = Some(version);
        self.interner.sweep();
        Ok(())
    }

    /// One object of a list.
    pub(super) fn item(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Item(item) => self.decode(item),
            Piece::TooLarge { bytes } => {
                self.odd(None, format!("it has {bytes} bytes, which is too much to keep"));
            }
        }
    }

    /// One event of a watch. An error ends the watch.
    pub(super) fn event(&mut self, piece: &Piece<'_>) -> Result<(), ApiFailure> {
        self.heard();
        let Piece::Item(line) = piece else {
            self.item(piece);
            return Ok(());
        };
        let event: Event<'_> = serde_json::from_slice(line).map_err(|error| {
            self.forget();
            bad_event(&error)
        })?;
        let object = event.object.get().as_bytes();
        if event.kind == "ERROR" {
            // Whatever it says, this server cannot go on from here.
            self.forget();
            return Err(ApiFailure::of_answer(StatusCode::OK, &HeaderMap::new(), object));
        }
        let meta = match serde_json::from_slice::<WithMeta>(object) {
            Ok(whole) => whole.metadata,
            Err(error) => {
                self.odd(None, error.to_string());
                return Ok(());
            }
        };
        match event.kind.as_ref() {
            "ADDED" | "MODIFIED" => self.decode(object),
            "DELETED" => {
                let name = Name::new(&meta.namespace, &meta.name);
                self.batch.push(Change::Deleted {
                    kind: self.scope.kind,
                    name,
                });
            }
            "BOOKMARK" => {}
            other => self.odd(
                Some(Name::new(&meta.namespace, &meta.name)),
                format!("unknown event `{other}`"),
            ),
        }
        self.version = Some(meta.resource_version);
        Ok(())
    }

    fn decode(&mut self, item: &[u8]) {
        match Object::decode(self.scope.kind, item, &mut self.interner) {
            Ok(object) => self.batch.push(Change::Applied(object)),
            Err(error) => self.odd(error.name, error.source.to_string()),
        }
    }

    fn odd(&mut self, name: Option<Name>, why: String) {
        let kind = self.scope.kind.resource();
        let what = match (name, &self.scope.namespace) {
            (Some(name), _) => {
                Untrusted::from(format!("{kind} {}/{}", name.namespace.raw(), name.name.raw()))
            }
            (None, Some(namespace)) => Untrusted::from(format!("one of {kind} in {namespace}")),
            (None, None) => Untrusted::from(format!("one of {kind}")),
        };
        self.batch.push(Change::Odd(Oddity {
            what,
            why: Untrusted::from(why),
        }));
    }

    /// A sign of life. Told at once after silence, and now and then from there.
    pub(super) fn heard(&mut self) {
        let now = self.clock.now();
        self.heard_at = Some(now);
        let is_due = self
            .told_at
            .is_none_or(|told| now.duration_since(told) >= signed(self.heard_every));
        if is_due && !self.list_only {
            self.told_at = Some(now);
            self.health(KindState::Live { heard_at: now });
        }
    }

    /// The server took the watch.
    pub(super) fn watching(&mut self) {
        self.list_only = false;
        // Told even if it was told a moment ago: somebody may wait for a sign that is newer than that.
        self.told_at = None;
        self.heard();
    }

    /// What was listed is all there is until the next list.
    pub(super) fn unwatchable(&mut self, words: &Untrusted, delay: Duration, tries: u32) -> KindState {
        self.list_only = true;
        let kind = self.scope.kind.resource();
        let why = format!(
            "you may list {kind} and not watch them, so they are read again only now and then; ask for the right to watch ({words})"
        );
        self.stale_because(Untrusted::from(why), delay, tries)
    }

    /// What is known stays, and is as old as the last sign of life.
    pub(super) fn stale(&self, failure: &ApiFailure, delay: Duration, tries: u32) -> KindState {
        self.stale_because(Untrusted::from(failure.sentence()), delay, tries)
    }

    fn stale_because(&self, why: Untrusted, delay: Duration, tries: u32) -> KindState {
        let now = self.clock.now();
        KindState::Stale {
            heard_at: self.heard_at,
            why,
            retry_at: now.saturating_add(signed(delay)).unwrap_or(Timestamp::MAX),
            tries,
        }
    }

    /// Nothing is heard any more.
    pub(super) async fn lost(&mut self, state: KindState) -> Result<(), Unheard> {
        self.told_at = None;
        self.health(state);
        self.flush().await
    }

    fn health(&mut self, state: KindState) {
        self.batch.push(Change::Health {
            scope: self.scope.clone(),
            state,
        });
    }

    /// Sends full batches only.
    pub(super) async fn flush_full(&mut self) -> Result<(), Unheard> {
        if self.batch.len() >= BATCH {
            self.flush().await
        } else {
            Ok(())
        }
    }

    pub(super) async fn flush(&mut self) -> Result<(), Unheard> {
        while !self.batch.is_empty() {
            let rest = self.batch.split_off(self.batch.len().min(BATCH));
            let full = std::mem::replace(&mut self.batch, rest);
            if self.changes.send(full).await.is_err() {
                return Err(Unheard);
            }
        }
        Ok(())
    }
}

fn bad_event(error: &serde_json::Error) -> ApiFailure {
    ApiFailure::BadAnswer {
        why: Untrusted::from(format!("an event of the watch: {error}")),
    }
}
