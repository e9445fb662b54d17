//! Whether the kubeconfig still means the cluster that is open. Once it did not, nothing is written any more: what the user
//! thinks this program is connected to may be something else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::domain::Untrusted;

use super::{Connected, Flags, Pin, Surroundings, pin_now};

/// How long reading the kubeconfig may take before a write.
const WITHIN: Duration = Duration::from_millis(500);

/// A file that is being written is complete a moment later.
const AGAIN: Duration = Duration::from_millis(50);

/// Together well within the time that there is.
const TRIES: usize = 5;

/// What a client was opened with and to. Clones share what became of it.
#[derive(Clone)]
pub struct Pinned {
    flags: Flags,
    surroundings: Surroundings,
    pin: Pin,
    server_url: String,
    /// A kubeconfig was read, so there must be one.
    from_file: bool,
    broken: Arc<OnceLock<String>>,
    cluster_uid: Arc<OnceLock<Untrusted>>,
    reading: Arc<AtomicBool>,
}

/// Whether the pin holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    Yes,
    /// Another cluster is meant now, in words. Never mends.
    Broken(String),
    /// The kubeconfig could not be read in time, in words: a home that hangs.
    NotKnown(String),
}

impl Pinned {
    /// Remembers what `connected` was opened with.
    pub fn new(flags: &Flags, surroundings: &Surroundings, connected: &Connected) -> Self {
        Self {
            flags: flags.clone(),
            surroundings: surroundings.clone(),
            pin: connected.pin.clone(),
            server_url: connected.server_url.clone(),
            from_file: connected.context.is_some(),
            broken: Arc::default(),
            cluster_uid: Arc::default(),
            reading: Arc::default(),
        }
    }

    /// Address and authority that it was opened to: what a cluster is told by where nothing better may be read.
    pub fn identity(&self) -> (&str, [u8; 32]) {
        (&self.pin.server, self.pin.authority.unwrap_or_default())
    }

    /// Breaks the pin, for a reason that was found elsewhere. The first reason stays.
    pub fn break_for(&self, why: String) {
        // An error says that it was broken before.
        let _ = self.broken.set(why);
    }

    /// Remembers what makes the cluster itself, once that is known: the uid of its namespace `kube-system`.
    pub fn identified(&self, uid: Untrusted) {
        // An error says that it was known before.
        let _ = self.cluster_uid.set(uid);
    }

    /// The uid of the namespace `kube-system`; `None` while it is not known, or when it may not be read.
    pub fn cluster_uid(&self) -> Option<&Untrusted> {
        self.cluster_uid.get()
    }

    /// The server that was opened.
    pub fn server(&self) -> &str {
        &self.server_url
    }

    /// Reads the kubeconfig and compares. Waits half a second at most.
    pub async fn holds(&self) -> Held {
        if let Some(why) = self.broken.get() {
            return Held::Broken(why.clone());
        }
        match tokio::time::timeout(WITHIN, self.compare()).await {
            Ok(None) => Held::Yes,
            Ok(Some(why)) => {
                self.break_for(why.clone());
                Held::Broken(self.broken.get().cloned().unwrap_or(why))
            }
            Err(_elapsed) => Held::NotKnown(format!(
                "the kubeconfig could not be read within {WITHIN:?} to see that it still means this cluster; its disk or \
                 home may hang"
            )),
        }
    }

    /// What is different, in words. A file that cannot be read is read again: it may be being written.
    async fn compare(&self) -> Option<String> {
        let mut unreadable = String::new();
        for _ in 0..TRIES {
            unreadable = match self.read().await {
                Ok(Some(pin)) if pin == self.pin => return None,
                Ok(Some(pin)) => {
                    let server = Untrusted::from(pin.server);
                    return Some(format!(
                        "the kubeconfig means {server} now, and {} is open",
                        self.server_url
                    ));
                }
                Ok(None) if !self.from_file => return None,
                Ok(None) => "there is none".to_owned(),
                Err(why) => why,
            };
            tokio::time::sleep(AGAIN).await;
        }
        Some(format!("the kubeconfig cannot be read any more: {unreadable}"))
    }

    /// One reading at a time: on a home that hangs, each would hold a thread for as long as it hangs.
    async fn read(&self) -> Result<Option<Pin>, String> {
        while self.reading.swap(true, Ordering::Acquire) {
            tokio::time::sleep(AGAIN).await;
        }
        let (flags, around) = (self.flags.clone(), self.surroundings.clone());
        let reading = Reading(Arc::clone(&self.reading));
        let read = tokio::task::spawn_blocking(move || {
            let pin = pin_now(&flags, &around);
            drop(reading);
            pin
        });
        match read.await {
            Ok(pin) => pin.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Ends with the reading, whether anybody still waits for it or not.
struct Reading(Arc<AtomicBool>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
