//! The thread that owns the file. A home that hangs hangs this thread, and nothing else. Lines that cannot be written wait, are
//! tried again, and can be asked for: whoever ends with some of them says so.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::Entry;

/// The file's name in the state folder.
pub const FILE: &str = "decisions.jsonl";

/// How long a decision waits for the disk.
const WITHIN: Duration = Duration::from_millis(500);

/// Between two tries to write what waits.
const AGAIN: Duration = Duration::from_millis(500);

/// Lines kept while they cannot be written.
const BACKLOG: usize = 1_000;

/// Jobs handed over and not taken yet.
const WAITING: usize = 64;

/// Why a line is not on disk.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("{path} cannot be written: {source}; free space or make it writable")]
    Write { path: String, source: io::Error },
    #[error("{path} was not written within half a second; the disk or home may hang")]
    Slow { path: String },
    #[error("{path} is locked by another program that does not let go; end that one (lslocks tells which)")]
    Locked { path: String },
    #[error("the record's thread has ended; restart flightdeck")]
    Ended,
}

/// A handle to the record. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Record {
    path: PathBuf,
    jobs: SyncSender<Told>,
    waiting: watch::Sender<Waiting>,
}

/// Who waits for the thread to write what waits, or to try whether something could be written.
type Told = oneshot::Sender<io::Result<()>>;

/// Lines on their way to the disk.
#[derive(Debug, Default)]
struct Waiting {
    /// Numbered, oldest first.
    lines: VecDeque<(u64, String)>,
    last: u64,
    /// Why they have waited longer than a decision waits for the disk.
    trouble: Option<Trouble>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Trouble {
    Slow,
    Locked,
    Write(String),
}

impl Record {
    /// The record in `folder`. Nothing is opened yet: a folder that cannot be written is told when something is recorded.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        let (jobs, incoming) = sync_channel(WAITING);
        let waiting = watch::Sender::new(Waiting::default());
        let (of_thread, lines) = (path.clone(), waiting.clone());
        std::thread::Builder::new()
            .name("decision record".to_owned())
            .spawn(move || write_all(&of_thread, &incoming, &lines))?;
        Ok(Self { path, jobs, waiting })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns once the line is on disk.
    ///
    /// # Errors
    ///
    /// When it is not, within half a second. The line is kept and written when that works again.
    pub async fn append(&self, entry: &Entry) -> Result<(), RecordError> {
        let line = serde_json::to_string(entry).map_err(|source| RecordError::Write {
            path: self.path.display().to_string(),
            source: io::Error::other(source),
        })?;
        self.waiting.send_modify(|waiting| {
            waiting.last += 1;
            waiting.lines.push_back((waiting.last, line));
            if waiting.lines.len() > BACKLOG {
                waiting.lines.pop_front();
            }
        });
        self.written().await
    }

    /// Tries whether the record can be written; writes what waits, and else nothing.
    ///
    /// # Errors
    ///
    /// When it cannot, or that is not known within half a second.
    pub async fn probe(&self) -> Result<(), RecordError> {
        self.written().await
    }

    /// Waits until nothing waits any more.
    ///
    /// # Errors
    ///
    /// When that does not come about in this time: why not. [`Record::unwritten`] tells the lines.
    pub async fn settle(&self, within: Duration) -> Result<(), RecordError> {
        let mut waiting = self.waiting.subscribe();
        let none = waiting.wait_for(|waiting| waiting.lines.is_empty());
        let is_settled = tokio::time::timeout(within, none).await.is_ok();
        if is_settled { Ok(()) } else { Err(self.late()) }
    }

    /// Returns when lines waited longer than they should have, and all of them are on disk now.
    pub async fn recovered(&self) {
        let mut waiting = self.waiting.subscribe();
        // The sender is held by this handle itself, so that neither can fail.
        let late = waiting.wait_for(|waiting| waiting.trouble.is_some() && !waiting.lines.is_empty());
        if late.await.is_ok() {
            drop(waiting.wait_for(|waiting| waiting.lines.is_empty()).await);
        }
    }

    /// The lines that are not on disk, oldest first.
    pub fn unwritten(&self) -> Vec<String> {
        let waiting = self.waiting.borrow();
        waiting.lines.iter().map(|(_, line)| line.clone()).collect()
    }

    async fn written(&self) -> Result<(), RecordError> {
        let path = || self.path.display().to_string();
        let (told, answer) = oneshot::channel();
        match self.jobs.try_send(told) {
            Ok(()) => {}
            // So many jobs wait that one of them writes this line as well.
            Err(TrySendError::Full(_)) => return Err(self.late()),
            Err(TrySendError::Disconnected(_)) => return Err(RecordError::Ended),
        }
        match tokio::time::timeout(WITHIN, answer).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(source))) => Err(RecordError::Write { path: path(), source }),
            Ok(Err(_ended)) => Err(RecordError::Ended),
            Err(_elapsed) => Err(self.late()),
        }
    }

    /// Why it takes so long, as far as is known.
    fn late(&self) -> RecordError {
        let path = self.path.display().to_string();
        self.waiting.send_if_modified(|waiting| {
            let is_news = waiting.trouble.is_none() && !waiting.lines.is_empty();
            if is_news {
                waiting.trouble = Some(Trouble::Slow);
            }
            is_news
        });
        match self.waiting.borrow().trouble.clone() {
            Some(Trouble::Locked) => RecordError::Locked { path },
            Some(Trouble::Write(why)) => RecordError::Write {
                path,
                source: io::Error::other(why),
            },
            Some(Trouble::Slow) | None => RecordError::Slow { path },
        }
    }
}

fn write_all(path: &Path, incoming: &Receiver<Told>, waiting: &watch::Sender<Waiting>) {
    loop {
        let told = if waiting.borrow().lines.is_empty() {
            incoming.recv().map(Some).map_err(RecvTimeoutError::from)
        } else {
            incoming.recv_timeout(AGAIN).map(Some)
        };
        let told = match told {
            Ok(told) => told,
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let written = write_waiting(path, waiting);
        if let Err(error) = &written {
            let why = error.to_string();
            waiting.send_modify(|waiting| waiting.trouble = Some(Trouble::Write(why)));
        }
        // Nobody may be waiting any more; the line is on disk, or kept, all the same.
        if let Some(told) = told {
            let _ = told.send(written);
        }
    }
}

/// Writes what waits, oldest first, and flushes it to the disk. Other cockpits write the same file, so it is locked.
fn write_waiting(path: &Path, waiting: &watch::Sender<Waiting>) -> io::Result<()> {
    let mut file = open(path)?;
    lock(&file, waiting)?;
    let lines: Vec<(u64, String)> = waiting.borrow().lines.iter().cloned().collect();
    if lines.is_empty() {
        reserve(&mut file)?;
    } else {
        let mut text = String::new();
        if !ends_a_line(path)? {
            text.push('\n');
        }
        for (_, line) in &lines {
            text.push_str(line);
            text.push('\n');
        }
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
    }
    let last = lines.last().map_or(0, |(number, _)| *number);
    waiting.send_modify(|waiting| {
        waiting.lines.retain(|(number, _)| *number > last);
        waiting.trouble = None;
    });
    Ok(())
}

/// Waits for the lock, and says that it waits.
fn lock(file: &File, waiting: &watch::Sender<Waiting>) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            waiting.send_modify(|waiting| waiting.trouble = Some(Trouble::Locked));
            file.lock()
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Asks for room for a line or two and leaves what is there as it is: a full disk is opened well.
fn reserve(file: &mut File) -> io::Result<()> {
    let kept = file.metadata()?;
    if !kept.is_file() {
        // A device has no room to ask for. Readers skip an empty line.
        return file.write_all(b"\n");
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::io::Errno;
        /// As much as the lines of a decision take.
        const ROOM: u64 = 16 * 1024;
        // Not every file system can tell.
        if let Err(why @ (Errno::NOSPC | Errno::DQUOT)) =
            fallocate(&*file, FallocateFlags::KEEP_SIZE, kept.len(), ROOM)
        {
            return Err(why.into());
        }
    }
    Ok(())
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

/// False when an earlier write was cut off: the next line must not be glued to it.
fn ends_a_line(path: &Path) -> io::Result<bool> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0_u8];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::super::entry::What;
    use super::*;

    fn entry(decision: &str, what: What) -> Entry {
        Entry {
            version: 1,
            decision: decision.to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            what,
        }
    }

    fn outcome(decision: &str) -> Entry {
        let what = What::Outcome {
            rollout: "shop/web".to_owned(),
            step: "pause".to_owned(),
            outcome: "accepted".to_owned(),
            audit_id: None,
        };
        entry(decision, what)
    }

    fn intent(decision: &str) -> Entry {
        let what = What::Intent {
            cluster: "prod".into(),
            server: "https://x".into(),
            user: None,
            rollout: "shop/web".to_owned(),
            uid: "u".into(),
            step: "pause".to_owned(),
            class: "stop".to_owned(),
            reason: String::new(),
            via: None,
            sentence: String::new(),
            digest: String::new(),
            evidence: Vec::new(),
            requests: Vec::new(),
            ask: None,
        };
        entry(decision, what)
    }

    #[tokio::test]
    async fn lines_are_on_disk_and_for_nobody_else_to_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let record = Record::in_folder(&folder.path().join("new")).unwrap();
        record.append(&intent("a")).await.unwrap();
        record.append(&outcome("a")).await.unwrap();
        let text = fs::read_to_string(record.path()).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert_eq!(
            fs::metadata(record.path()).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_kept_and_written_later() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("state");
        fs::write(&blocked, "a file where a folder should be").unwrap();
        let record = Record::in_folder(&blocked).unwrap();
        assert!(matches!(
            record.append(&intent("a")).await,
            Err(RecordError::Write { .. })
        ));
        fs::remove_file(&blocked).unwrap();
        record.append(&intent("b")).await.unwrap();
        let text = fs::read_to_string(record.path()).unwrap();
        assert_eq!(text.lines().count(), 2);
    }

    #[tokio::test]
    async fn trying_writes_nothing_but_what_waits() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("state");
        let record = Record::in_folder(&blocked).unwrap();
        record.probe().await.unwrap();
        assert_eq!(fs::read_to_string(record.path()).unwrap(), "");
        fs::remove_dir_all(&blocked).unwrap();
        fs::write(&blocked, "a file where a folder should be").unwrap();
        let told = record.probe().await.unwrap_err().to_string();
        assert!(told.contains("decisions.jsonl cannot be written"), "{told}");
        record.append(&intent("a")).await.unwrap_err();
        fs::remove_file(&blocked).unwrap();
        record.probe().await.unwrap();
        assert_eq!(fs::read_to_string(record.path()).unwrap().lines().count(), 1);
    }

    #[tokio::test]
    async fn a_home_that_hangs_is_told_in_half_a_second() {
        let folder = tempfile::tempdir().unwrap();
        let record = Record::in_folder(folder.path()).unwrap();
        // Opening a pipe for writing waits for somebody who reads.
        let made = std::process::Command::new("mkfifo").arg(record.path()).status();
        assert!(made.unwrap().success());
        assert!(matches!(record.probe().await, Err(RecordError::Slow { .. })));
    }

    #[tokio::test]
    async fn a_full_disk_is_told_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let record = Record::in_folder(folder.path()).unwrap();
        std::os::unix::fs::symlink("/dev/full", record.path()).unwrap();
        let told = record.probe().await.unwrap_err().to_string();
        assert!(told.contains("No space left"), "{told}");
    }

    #[tokio::test]
    async fn a_lock_that_somebody_holds_is_told_as_that_and_its_lines_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let record = Record::in_folder(folder.path()).unwrap();
        let held = File::create(record.path()).unwrap();
        held.lock().unwrap();
        let tried = record.probe().await;
        assert!(matches!(tried, Err(RecordError::Locked { .. })), "{tried:?}");
        let told = record.append(&intent("a")).await;
        assert!(matches!(told, Err(RecordError::Locked { .. })), "{told:?}");
        record.settle(Duration::from_millis(50)).await.unwrap_err();
        assert_eq!(record.unwritten().len(), 1);
        held.unlock().unwrap();
        record.settle(Duration::from_secs(10)).await.unwrap();
        assert_eq!(record.unwritten(), Vec::<String>::new());
        assert_eq!(fs::read_to_string(record.path()).unwrap().lines().count(), 1);
    }

    #[tokio::test]
    async fn what_waits_is_tried_again_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("state");
        fs::write(&blocked, "a file where a folder should be").unwrap();
        let record = Record::in_folder(&blocked).unwrap();
        record.append(&intent("a")).await.unwrap_err();
        fs::remove_file(&blocked).unwrap();
        tokio::time::timeout(Duration::from_secs(10), record.recovered())
            .await
            .unwrap();
        assert_eq!(fs::read_to_string(record.path()).unwrap().lines().count(), 1);
    }

    #[tokio::test]
    async fn a_line_that_was_cut_off_spoils_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let record = Record::in_folder(folder.path()).unwrap();
        fs::write(record.path(), "{\"version\":1,\"deci").unwrap();
        record.append(&intent("a")).await.unwrap();
        let read = super::super::read(record.path()).unwrap();
        assert_eq!(read.decisions.len(), 1);
        assert_eq!(read.decisions.first().unwrap().rollout, "shop/web");
    }
}
