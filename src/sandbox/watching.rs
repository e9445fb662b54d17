//! One watch: the changes since a version that are wanted, as the lines of its answer, until its time is over.
//!
//! It keeps no objects: it goes through the store's history at the pace of its reader.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::cluster::Cluster;
use super::form::Extent;
use super::listing;
use super::refusal::Refusal;
use super::resource::Resource;
use super::route::Query;
use super::selector::Selector;
use super::store::{Change, Gone, Store};

/// Between two bookmarks, while nothing else is told.
const BOOKMARK: Duration = Duration::from_secs(30);

/// How long before its end a watch shows a last bookmark.
const FAREWELL: Duration = Duration::from_secs(2);

/// Changes looked at while the store is held.
const AT_ONCE: usize = 256;

/// Batches of lines that wait for their reader.
const WAITING: usize = 4;

/// What is watched.
pub(super) struct Watched {
    pub(super) resource: Arc<Resource>,
    pub(super) namespace: Option<String>,
    pub(super) selector: Selector,
    pub(super) extent: Extent,
    pub(super) bookmarks: bool,
    /// Go on after this version; `None` begins with everything there is.
    pub(super) since: Option<u64>,
    /// What there is ends with a bookmark that says so.
    pub(super) initial_events: bool,
    pub(super) lasts: Duration,
}

/// What a watch asks for of versions.
pub(super) struct Asked {
    pub(super) since: Option<u64>,
    pub(super) initial_events: bool,
}

/// Reads it. What there is can only be asked for in full: with how old it may be.
pub(super) fn asked(query: &Query) -> Result<Asked, Refusal> {
    let wish = listing::match_of(query)?;
    let wanted = query.get("sendInitialEvents");
    if !wanted.is_empty() && wish != "NotOlderThan" {
        return Err(Refusal::option(
            "resourceVersionMatch",
            "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ));
    }
    if wanted.is_empty() && !wish.is_empty() {
        return Err(Refusal::option(
            "resourceVersionMatch",
            "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ));
    }
    let initial_events = query.is_set("sendInitialEvents");
    let since = match query.get("resourceVersion") {
        "" | "0" => None,
        version if initial_events => {
            listing::version(version)?;
            None
        }
        version => Some(listing::version(version)?),
    };
    Ok(Asked {
        since,
        initial_events,
    })
}

/// Begins a watch; its lines come until its time is over, or nobody reads them.
pub(super) fn begin(cluster: &Arc<Cluster>, watched: Watched) -> Result<mpsc::Receiver<Bytes>, Refusal> {
    let (at, first, news) = {
        let now = cluster.now();
        cluster.with(|state| first(&state.objects.store, &watched, now))?
    };
    let (lines, reader) = mpsc::channel(WAITING);
    let cluster = Arc::clone(cluster);
    tokio::spawn(async move {
        let lasts = watched.lasts;
        // A last sign of life, so that whoever goes on later has not far to go.
        let last = lasts.checked_sub(FAREWELL).filter(|_| watched.bookmarks);
        let all = go_on(&cluster, &watched, at, first, news, last, &lines);
        tokio::select! {
            () = lines.closed() => {}
            () = all => {}
            () = tokio::time::sleep(lasts) => {}
        }
    });
    Ok(reader)
}

type First = (u64, Option<Bytes>, watch::Receiver<u64>);

fn first(store: &Store, watched: &Watched, now: Timestamp) -> Result<First, Refusal> {
    if let Some(since) = watched.since {
        return match store.since(since).err() {
            None => Ok((since, None, store.news())),
            // Told in the stream, as the real server does it.
            Some(Gone::TooOld) => {
                let mut lines = Vec::new();
                let refusal = Refusal::expired(since, store.version());
                event(&mut lines, "ERROR", &Bytes::from(refusal.status().to_string()));
                Ok((0, Some(Bytes::from(lines)), store.news()))
            }
            Some(Gone::NotYet) => Err(Refusal::not_yet(since, store.version())),
        };
    }
    let mut lines = Vec::new();
    for (_, object) in store.list(watched.resource.id(), watched.namespace.as_deref()) {
        if watched.selector.wants(object) {
            event(
                &mut lines,
                "ADDED",
                &watched.extent.one(&watched.resource, &object.bytes, now),
            );
        }
    }
    if watched.initial_events {
        bookmark(&mut lines, watched, store.version(), true);
    }
    let first = (!lines.is_empty()).then(|| Bytes::from(lines));
    Ok((store.version(), first, store.news()))
}

async fn go_on(
    cluster: &Cluster,
    watched: &Watched,
    mut at: u64,
    first: Option<Bytes>,
    mut news: watch::Receiver<u64>,
    last: Option<Duration>,
    lines: &mpsc::Sender<Bytes>,
) {
    if let Some(first) = first
        && (lines.send(first).await.is_err() || at == 0)
    {
        return;
    }
    let farewell = async {
        match last {
            Some(last) => tokio::time::sleep(last).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(farewell);
    let mut parted = false;
    loop {
        news.borrow_and_update();
        let mut told = Vec::new();
        let now = cluster.now();
        match cluster.with(|state| step(&state.objects.store, watched, (at, now), &mut told)) {
            Ok(reached) if reached > at => at = reached,
            Ok(_) => {
                tokio::select! {
                    changed = news.changed() => if changed.is_err() { return },
                    () = tokio::time::sleep(BOOKMARK) => if watched.bookmarks {
                        bookmark(&mut told, watched, at, false);
                    },
                    () = &mut farewell, if !parted => {
                        parted = true;
                        bookmark(&mut told, watched, at, false);
                    }
                }
            }
            // Its reader is slower than the history is long.
            Err(refusal) => {
                event(&mut told, "ERROR", &Bytes::from(refusal.status().to_string()));
                drop(lines.send(Bytes::from(told)).await);
                return;
            }
        }
        if !told.is_empty() && lines.send(Bytes::from(told)).await.is_err() {
            return;
        }
    }
}

/// The next changes after `at`; says how far that is.
fn step(
    store: &Store,
    watched: &Watched,
    (at, now): (u64, Timestamp),
    lines: &mut Vec<u8>,
) -> Result<u64, Refusal> {
    let id = watched.resource.id();
    let since = store
        .since(at)
        .map_err(|_gone| Refusal::expired(at, store.version()))?;
    let mut reached = at;
    for change in since.take(AT_ONCE) {
        reached = change.version;
        let elsewhere = watched
            .namespace
            .as_deref()
            .is_some_and(|it| it != &*change.key.namespace);
        if *change.key.resource == *id && !elsewhere {
            tell(watched, change, lines, now);
        }
    }
    Ok(reached)
}

/// What no longer is as wanted is gone for this watch.
fn tell(watched: &Watched, change: &Change, lines: &mut Vec<u8>, now: Timestamp) {
    let was = change
        .before
        .as_ref()
        .is_some_and(|before| watched.selector.wants(before));
    let is = !change.deleted && watched.selector.wants(&change.object);
    let word = match (was, is) {
        (false, true) => "ADDED",
        (true, true) => "MODIFIED",
        (true, false) => "DELETED",
        (false, false) => return,
    };
    // What left is shown as it was when it was still wanted.
    if let (false, false, Some(before)) = (is, change.deleted, &change.before) {
        let mut last = before.value();
        let version = change.version.to_string();
        super::json::set(&mut last, &["metadata", "resourceVersion"], version);
        let last = Bytes::from(last.to_string());
        event(lines, word, &watched.extent.one(&watched.resource, &last, now));
        return;
    }
    event(
        lines,
        word,
        &watched.extent.one(&watched.resource, &change.object.bytes, now),
    );
}

fn event(lines: &mut Vec<u8>, word: &str, object: &Bytes) {
    lines.extend_from_slice(format!(r#"{{"type":"{word}","object":"#).as_bytes());
    lines.extend_from_slice(object);
    lines.extend_from_slice(b"}\n");
}

fn bookmark(lines: &mut Vec<u8>, watched: &Watched, version: u64, ends_initial: bool) {
    if matches!(watched.extent, Extent::Table(_)) {
        // A table of no rows says how far it is, and no more.
        let table = json!({
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": [], "rows": [],
            "metadata": { "resourceVersion": version.to_string() },
        });
        event(lines, "BOOKMARK", &Bytes::from(table.to_string()));
        return;
    }
    let resource = &watched.resource;
    let mut object: Value = json!({
        "kind": &resource.kind, "apiVersion": resource.api_version(),
        "metadata": { "resourceVersion": version.to_string() },
    });
    if ends_initial {
        let note = json!({ "k8s.io/initial-events-end": "true" });
        super::json::set(&mut object, &["metadata", "annotations"], note);
    }
    event(lines, "BOOKMARK", &Bytes::from(object.to_string()));
}

#[cfg(test)]
#[path = "watching_tests.rs"]
mod tests;
