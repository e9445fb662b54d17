//! Small JSON files of the state folder: read whole with a limit, replaced at once. Knows nothing of what they hold, and merges
//! nothing: of two programs that write in the same instant the later one wins.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A file larger than this is some other file.
const LARGEST: u64 = 4 << 20;

/// How long whoever ends waits for what is being written.
pub(super) const FAREWELL: Duration = Duration::from_millis(300);

/// What the file holds; `None` when there is none.
///
/// # Errors
///
/// When it is there and cannot be read or understood.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= LARGEST => {}
        Ok(_) => return Err(io::Error::other("it is no file of a sensible size")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut text = String::new();
    File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    serde_json::from_str(&text).map(Some).map_err(io::Error::other)
}

/// The old file or the new one, never half of either.
///
/// # Errors
///
/// When the disk refuses.
pub(super) fn replace(path: &Path, contents: &impl Serialize) -> io::Result<()> {
    let bytes = serde_json::to_vec_pretty(contents)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    remove_left_behind(path);
    let beside = path.with_extension(format!("json.{}", std::process::id()));
    let written = write_new(&beside, &bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What could not be made complete is of no use; that it cannot be removed either is no news.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// What programs left that ended while they wrote. Those that still run are left alone.
fn remove_left_behind(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|it| it.to_str())) else {
        return;
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let its = entry.file_name();
        let process = its
            .to_str()
            .and_then(|its| its.strip_prefix(name)?.strip_prefix('.')?.parse().ok())
            .and_then(Pid::from_raw);
        if process.is_some_and(|process| test_kill_process(process) == Err(Errno::SRCH)) {
            // Nobody needs it; that it cannot be removed is no news.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_left_that_ended_while_it_wrote_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seen.json");
        let mut ended = std::process::Command::new("true").spawn().unwrap();
        let gone = ended.id();
        ended.wait().unwrap();
        let alive = rustix::process::getppid().unwrap().as_raw_nonzero();
        let beside = |process: String| folder.path().join(format!("seen.json.{process}"));
        for process in [gone.to_string(), alive.to_string(), "notes".to_owned()] {
            fs::write(beside(process), "{").unwrap();
        }
        replace(&path, &1).unwrap();
        assert_eq!(read::<u8>(&path).unwrap(), Some(1));
        assert!(!beside(gone.to_string()).exists());
        assert!(beside(alive.to_string()).exists());
        assert!(beside("notes".to_owned()).exists());
    }
}
