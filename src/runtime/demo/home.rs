//! The folder of one demo: private, and gone at its end. What a demo that was killed left behind goes with the next one.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::process::{Pid, geteuid, test_kill_process};

/// Names of folders that are tried.
const FOLDERS: u32 = 100;

const PREFIX: &str = "flightdeck-demo-";

/// The folder of one demo. It goes when this is dropped.
pub(super) struct Home {
    folder: PathBuf,
    pub(super) kubeconfig: PathBuf,
}

impl Home {
    /// Makes one below a folder for temporary files.
    pub(super) fn make(temporary: &Path, kubeconfig: &str) -> io::Result<Self> {
        sweep(temporary);
        let folder = private_folder(temporary)?;
        // From here on it is removed, whatever fails.
        let home = Self {
            kubeconfig: folder.join("kubeconfig"),
            folder,
        };
        write_private(&home.kubeconfig, kubeconfig)?;
        fs::create_dir(home.state())?;
        Ok(home)
    }

    pub(super) fn state(&self) -> PathBuf {
        self.folder.join("state")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, "the demo's folder was not removed");
        }
    }
}

/// A new folder that nobody else may enter. What is there already, a link say, is never used.
fn private_folder(within: &Path) -> io::Result<PathBuf> {
    let process = std::process::id();
    let mut number = 0;
    loop {
        let folder = within.join(format!("{PREFIX}{process}-{number}"));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < FOLDERS => number += 1,
            made => return made.map(|()| folder),
        }
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

/// Removes what demos left that were killed: ours by name, by owner, and by a process that is no more. Nothing depends on it.
fn sweep(temporary: &Path) {
    for entry in fs::read_dir(temporary).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let of = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        let Some(process) = of.and_then(|of| of.split('-').next()?.parse().ok()) else {
            continue;
        };
        // What is a link, or somebody else's, only looks like ours.
        let is_ours = fs::symlink_metadata(entry.path())
            .is_ok_and(|its| its.is_dir() && its.uid() == geteuid().as_raw());
        if is_ours && is_over(process) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

fn is_over(process: i32) -> bool {
    Pid::from_raw(process).is_some_and(|process| test_kill_process(process) == Err(rustix::io::Errno::SRCH))
}
