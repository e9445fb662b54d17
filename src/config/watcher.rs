//! Noticing that a file changed, by its time and size. Pure but for [`Stamp::of`]; how often one looks is the runtime's part.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// When a file was last written, and its length: editors that keep the time still change the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub modified: SystemTime,
    pub length: u64,
}

impl Stamp {
    /// `None` where there is no such file. Blocks on the disk.
    pub fn of(path: &Path) -> Option<Self> {
        let data = std::fs::metadata(path).ok()?;
        Some(Self {
            modified: data.modified().ok()?,
            length: data.len(),
        })
    }
}

/// What the files were when last looked at.
#[derive(Clone, Debug, Default)]
pub struct Watcher {
    seen: Option<BTreeMap<PathBuf, Stamp>>,
}

impl Watcher {
    /// Whether anything differs from the last look: written, new or gone. The first look only remembers.
    pub fn changed(&mut self, now: impl IntoIterator<Item = (PathBuf, Option<Stamp>)>) -> bool {
        let now: BTreeMap<_, _> = now
            .into_iter()
            .filter_map(|(path, stamp)| Some((path, stamp?)))
            .collect();
        let before = self.seen.replace(now);
        before.is_some() && before != self.seen
    }
}
