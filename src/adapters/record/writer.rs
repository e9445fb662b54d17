//! The thread that owns the file. A home that hangs hangs this thread, and nothing else.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use tokio::sync::oneshot;

use super::Entry;

/// The file's name in the state folder.
pub const FILE: &str = "decisions.jsonl";

/// How long a decision waits for the disk.
const WITHIN: Duration = Duration::from_millis(500);

/// Lines kept while they cannot be written.
const BACKLOG: usize = 1_000;

/// Lines handed over and not taken yet.
const WAITING: usize = 64;

/// Why a line is not on disk.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("{path} cannot be written: {source}; free space or make it writable")]
    Write { path: String, source: io::Error },
    #[error("{path} was not written within half a second; the disk or home may hang")]
    Slow { path: String },
    #[error("the record's thread has ended")]
    Ended,
}

/// A handle to the record. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Record {
    path: PathBuf,
    jobs: SyncSender<Job>,
}

/// What the thread is asked to do, and who waits for it.
#[derive(Debug)]
struct Job {
    /// `None`: it is only tried whether one could be written.
    line: Option<String>,
    told: oneshot::Sender<io::Result<()>>,
}

impl Record {
    /// The record in `folder`. Nothing is opened yet: a folder that cannot be written is told when something is recorded.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        let (jobs, incoming) = sync_channel(WAITING);
        let of_thread = path.clone();
        std::thread::Builder::new()
            .name("decision record".to_owned())
            .spawn(move || write_all(&of_thread, &incoming))?;
        Ok(Self { path, jobs })
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
        self.do_within(Some(line)).await
    }

    /// Tries whether the record can be opened for writing; writes what waits, and else nothing. A full disk may only show
    /// when something is written.
    ///
    /// # Errors
    ///
    /// When it cannot, or that is not known within half a second.
    pub async fn probe(&self) -> Result<(), RecordError> {
        self.do_within(None).await
    }

    async fn do_within(&self, line: Option<String>) -> Result<(), RecordError> {
        let path = || self.path.display().to_string();
        let (told, answer) = oneshot::channel();
        if self.jobs.try_send(Job { line, told }).is_err() {
            return Err(RecordError::Ended);
        }
        match tokio::time::timeout(WITHIN, answer).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(source))) => Err(RecordError::Write { path: path(), source }),
            Ok(Err(_ended)) => Err(RecordError::Ended),
            Err(_elapsed) => Err(RecordError::Slow { path: path() }),
        }
    }
}

fn write_all(path: &Path, incoming: &Receiver<Job>) {
    let mut backlog: VecDeque<String> = VecDeque::new();
    while let Ok(Job { line, told }) = incoming.recv() {
        backlog.extend(line);
        let written = if backlog.is_empty() {
            open(path).map(drop)
        } else {
            write_backlog(path, &mut backlog)
        };
        if backlog.len() > BACKLOG {
            backlog.pop_front();
        }
        // Nobody may be waiting any more; the line is on disk, or kept, all the same.
        let _ = told.send(written);
    }
}

/// Writes what waits, oldest first, and flushes it to the disk. Other cockpits write the same file, so it is locked.
fn write_backlog(path: &Path, backlog: &mut VecDeque<String>) -> io::Result<()> {
    let mut file = open(path)?;
    file.lock()?;
    let mut text = String::new();
    if !ends_a_line(path)? {
        text.push('\n');
    }
    for line in backlog.iter() {
        text.push_str(line);
        text.push('\n');
    }
    file.write_all(text.as_bytes())?;
    file.sync_data()?;
    backlog.clear();
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
