//! When revisions were last known to become whole, over runs of this program: the cluster tells it of the current one only, and
//! an undo wants to know it of the others.
//!
//! A convenience, kept in a small file of the state folder: what cannot be read or written is told or logged, and an undo then
//! offers less. Nothing is decided by it but which revision is offered first.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{SeenWhole, Untrusted};

use super::state_file;

/// Revisions kept, the latest: about ten of each of two thousand rollouts.
pub const MOST: usize = 20_000;

/// No uid of any API server is longer.
const LONGEST: usize = 64;

/// Batches handed over and not written yet; more at once are not worth waiting for.
const WAITING: usize = 256;

/// News is gathered until nothing comes for this long: a fleet that is listed is one write.
const QUIET_FOR: Duration = Duration::from_secs(1);

#[derive(Debug, Default, Serialize, Deserialize)]
struct Contents {
    /// By the uid of the object that stands for the revision.
    whole: BTreeMap<Untrusted, Timestamp>,
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "{path} cannot be read ({why}), so which revisions were healthy in earlier runs is not known; it is written anew"
)]
pub struct SeenError {
    path: String,
    why: io::Error,
}

/// The file and the thread that writes it. Whoever drops it waits a moment for what is not written yet.
#[derive(Debug)]
pub struct SeenRevisions {
    path: PathBuf,
    news: Option<SyncSender<Vec<(Untrusted, Timestamp)>>>,
    /// Closed by the thread when it ends.
    ended: Receiver<()>,
}

impl SeenRevisions {
    /// Those of the state folder. Nothing is opened yet.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        let path = folder.join("revisions.json");
        let (news, incoming) = sync_channel::<Vec<(Untrusted, Timestamp)>>(WAITING);
        let of_thread = path.clone();
        let (ending, ended) = sync_channel(1);
        std::thread::Builder::new()
            .name("seen revisions".to_owned())
            .spawn(move || {
                let _open_until_it_ends = ending;
                while let Ok(mut batch) = incoming.recv() {
                    while batch.len() < MOST
                        && let Ok(more) = incoming.recv_timeout(QUIET_FOR)
                    {
                        batch.extend(more);
                    }
                    if let Err(error) = remember(&of_thread, batch) {
                        tracing::warn!(path = %of_thread.display(), %error, "revisions are not remembered");
                    }
                }
            })?;
        Ok(Self {
            path,
            news: Some(news),
            ended,
        })
    }

    /// What was seen in earlier runs. Nothing when there is no file. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the file is there and cannot be understood.
    pub fn read(&self) -> Result<SeenWhole, SeenError> {
        let contents: Contents = state_file::read(&self.path)
            .map_err(|why| SeenError {
                path: self.path.display().to_string(),
                why,
            })?
            .unwrap_or_default();
        let mut seen = SeenWhole::default();
        for (uid, at) in contents.whole {
            seen.note(&uid, at);
        }
        Ok(seen)
    }

    /// Notes what became whole. Never waits: whatever becomes of it happens on a thread of its own.
    pub fn note(&self, batch: Vec<(Untrusted, Timestamp)>) {
        let told = self.news.as_ref().map(|news| news.try_send(batch));
        if !matches!(told, Some(Ok(()))) {
            tracing::debug!("revisions are not remembered: the disk is behind");
        }
    }
}

impl Drop for SeenRevisions {
    fn drop(&mut self) {
        self.news = None;
        // A disk that hangs must not keep the program from ending.
        let _ = self.ended.recv_timeout(state_file::FAREWELL);
    }
}

fn remember(path: &Path, batch: Vec<(Untrusted, Timestamp)>) -> io::Result<()> {
    // A broken file was told when it was read; there is nothing in it to keep.
    let mut contents: Contents = state_file::read(path).ok().flatten().unwrap_or_default();
    let mut changed = false;
    for (uid, at) in batch {
        let fits = uid.raw().len() <= LONGEST;
        if fits && contents.whole.get(&uid).is_none_or(|known| *known < at) {
            contents.whole.insert(uid, at);
            changed = true;
        }
    }
    if !changed {
        return Ok(());
    }
    forget_the_oldest(&mut contents.whole);
    state_file::replace(path, &contents)
}

fn forget_the_oldest(whole: &mut BTreeMap<Untrusted, Timestamp>) {
    let Some(too_many) = whole.len().checked_sub(MOST).filter(|it| *it > 0) else {
        return;
    };
    let mut times: Vec<Timestamp> = whole.values().copied().collect();
    times.sort_unstable();
    if let Some(last) = times.get(too_many - 1).copied() {
        whole.retain(|_, at| *at > last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn uid(number: usize) -> Untrusted {
        Untrusted::from(format!("uid-{number}"))
    }

    #[test]
    fn what_became_whole_is_known_to_the_next_run_by_its_last_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revisions.json");
        remember(&path, vec![(uid(1), at(5)), (uid(2), at(9))]).unwrap();
        remember(&path, vec![(uid(1), at(7)), (uid(2), at(3))]).unwrap();
        let seen = SeenRevisions::in_folder(folder.path()).unwrap().read().unwrap();
        let all: Vec<(Untrusted, Timestamp)> = seen.iter().map(|(uid, at)| (uid.clone(), at)).collect();
        assert_eq!(all, [(uid(1), at(7)), (uid(2), at(9))]);
    }

    #[test]
    fn a_broken_file_is_told_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revisions.json");
        for broken in [&b"{"[..], b"{\"whole\":{\"a\":\"yesterday\"}}", b""] {
            std::fs::write(&path, broken).unwrap();
            let error = SeenRevisions::in_folder(folder.path())
                .unwrap()
                .read()
                .unwrap_err();
            assert!(
                error.to_string().contains("revisions.json cannot be read"),
                "{error}"
            );
        }
        remember(&path, vec![(uid(1), at(5))]).unwrap();
        let seen = SeenRevisions::in_folder(folder.path()).unwrap().read().unwrap();
        assert_eq!(seen.iter().count(), 1);
    }

    #[test]
    fn the_oldest_are_forgotten_and_what_is_no_uid_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revisions.json");
        let second = |it: usize| at(i64::try_from(it).unwrap());
        let mut batch: Vec<_> = (0..MOST + 10).map(|it| (uid(it), second(it))).collect();
        batch.push((Untrusted::from("x".repeat(100)), at(1 << 32)));
        remember(&path, batch).unwrap();
        let seen = SeenRevisions::in_folder(folder.path()).unwrap().read().unwrap();
        assert_eq!(seen.iter().count(), MOST);
        assert_eq!(seen.iter().map(|(_, at)| at).min(), Some(second(10)));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "waits for another thread")]
    fn news_is_written_by_a_thread_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let seen = SeenRevisions::in_folder(folder.path()).unwrap();
        seen.note(vec![(uid(1), at(5))]);
        seen.note(vec![(uid(2), at(6))]);
        let all = (0..200).find_map(|_| {
            std::thread::sleep(Duration::from_millis(50));
            seen.read().ok().filter(|it| it.iter().count() == 2)
        });
        assert!(all.is_some(), "it was never written");
    }
}
