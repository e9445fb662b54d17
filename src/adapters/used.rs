//! The namespaces that a user worked in before, per context: where to look when all namespaces may not be listed.
//!
//! A convenience, kept in a small file of the state folder. What cannot be read or written is told or logged, and changes
//! nothing else; two programs that write in the same instant lose a name at most, never the file.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use serde::{Deserialize, Serialize};

use super::state_file;

/// Names kept per context, the last used first.
pub const MOST: usize = 100;

/// Contexts kept; a file with more is not one person's.
const CONTEXTS: usize = 200;

/// Names handed over and not written yet; more at once are not worth waiting for.
const WAITING: usize = 16;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Contents {
    contexts: BTreeMap<String, Vec<String>>,
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "{path} cannot be read ({why}), so the namespaces that were used before are not known; it is written anew with the next one"
)]
pub struct UsedError {
    path: String,
    why: io::Error,
}

/// The names of one context. Whoever drops it waits a moment for what is not written yet.
#[derive(Debug)]
pub struct UsedNamespaces {
    path: PathBuf,
    context: String,
    names: Option<SyncSender<String>>,
    /// Closed by the thread when it ends.
    ended: Receiver<()>,
}

impl UsedNamespaces {
    /// Those of `context`, in the state folder. Nothing is opened yet.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    pub fn in_folder(folder: &Path, context: &str) -> io::Result<Self> {
        let path = folder.join("namespaces.json");
        let (names, incoming) = sync_channel::<String>(WAITING);
        let (of_thread, context_of_thread) = (path.clone(), context.to_owned());
        let (ending, ended) = sync_channel(1);
        std::thread::Builder::new()
            .name("used namespaces".to_owned())
            .spawn(move || {
                let _open_until_it_ends = ending;
                while let Ok(name) = incoming.recv() {
                    if let Err(error) = remember(&of_thread, &context_of_thread, name) {
                        tracing::warn!(path = %of_thread.display(), %error, "a namespace is not remembered");
                    }
                }
            })?;
        Ok(Self {
            path,
            context: context.to_owned(),
            names: Some(names),
            ended,
        })
    }

    /// The names, the last used first. None when there is no file. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the file is there and cannot be understood.
    pub fn read(&self) -> Result<Vec<Arc<str>>, UsedError> {
        let contents = read(&self.path).map_err(|why| UsedError {
            path: self.path.display().to_string(),
            why,
        })?;
        let names = contents.contexts.get(&self.context).into_iter().flatten();
        // They become parts of paths: what no namespace can be called is left out.
        let names = names.filter(|name| is_name(name)).take(MOST);
        Ok(names.map(|name| Arc::from(name.as_str())).collect())
    }

    /// Notes that a namespace is used now. Never waits: whatever becomes of it happens on a thread of its own.
    pub fn note(&self, namespace: &str) {
        if !is_name(namespace) {
            return;
        }
        let told = self
            .names
            .as_ref()
            .map(|names| names.try_send(namespace.to_owned()));
        if !matches!(told, Some(Ok(()))) {
            tracing::debug!("a namespace is not remembered: the disk is behind");
        }
    }
}

impl Drop for UsedNamespaces {
    fn drop(&mut self) {
        self.names = None;
        // A disk that hangs must not keep the program from ending.
        let _ = self.ended.recv_timeout(state_file::FAREWELL);
    }
}

/// A DNS label, as namespaces are called.
fn is_name(name: &str) -> bool {
    let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    !name.is_empty() && name.len() <= 63 && name.chars().all(fits)
}

fn read(path: &Path) -> io::Result<Contents> {
    state_file::read(path).map(Option::unwrap_or_default)
}

fn remember(path: &Path, context: &str, name: String) -> io::Result<()> {
    // A broken file was told when it was read; there is nothing in it to keep.
    let mut contents = read(path).unwrap_or_default();
    if contents.contexts.len() >= CONTEXTS && !contents.contexts.contains_key(context) {
        contents.contexts.pop_first();
    }
    let names = contents.contexts.entry(context.to_owned()).or_default();
    if names.first() == Some(&name) {
        return Ok(());
    }
    names.retain(|known| *known != name);
    names.insert(0, name);
    names.truncate(MOST);
    state_file::replace(path, &contents)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn used(folder: &Path, context: &str) -> Vec<String> {
        let used = UsedNamespaces::in_folder(folder, context).unwrap();
        used.read().unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_last_used_comes_first_per_context_and_the_oldest_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/namespaces.json");
        for number in 0..150 {
            remember(&path, "prod", format!("team-{number}")).unwrap();
        }
        remember(&path, "prod", "team-120".to_owned()).unwrap();
        remember(&path, "stage", "shop".to_owned()).unwrap();
        let deep = folder.path().join("deep");
        let names = used(&deep, "prod");
        assert_eq!(names.len(), MOST);
        assert_eq!(names[..3], ["team-120", "team-149", "team-148"]);
        assert_eq!(names.iter().filter(|name| *name == "team-120").count(), 1);
        assert_eq!(used(&deep, "stage"), ["shop"]);
        assert!(used(&deep, "other").is_empty());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(&deep).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[test]
    fn a_broken_file_is_told_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("namespaces.json");
        for broken in [&b"{"[..], b"\xff\xfe", b"{\"contexts\":5}", b""] {
            fs::write(&path, broken).unwrap();
            let used = UsedNamespaces::in_folder(folder.path(), "prod").unwrap();
            let error = used.read().unwrap_err().to_string();
            assert!(error.contains("namespaces.json cannot be read"), "{error}");
        }
        remember(&path, "prod", "shop".to_owned()).unwrap();
        assert_eq!(used(folder.path(), "prod"), ["shop"]);
    }

    #[test]
    fn what_no_namespace_can_be_called_is_neither_kept_nor_used() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"{"contexts":{"prod":["../../x","\u001b[2J","","shop","UPPER"]}}"#;
        fs::write(folder.path().join("namespaces.json"), text).unwrap();
        assert_eq!(used(folder.path(), "prod"), ["shop"]);
    }

    #[test]
    fn a_folder_that_cannot_be_written_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(remember(&file.join("namespaces.json"), "prod", "shop".to_owned()).is_err());
        let used = UsedNamespaces::in_folder(&file, "prod").unwrap();
        for _ in 0..100 {
            used.note("shop");
        }
    }
}
