//! The way out to the terminal, shared by the writer and by whoever restores: says who is writing, and shuts the way
//! for frames before the terminal is given back, so that none lands on somebody else's screen.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tokio::sync::Notify;

/// State of the way out. Sequentially consistent: either the writer sees that it is shut, or the restorer sees that it
/// writes.
#[derive(Debug, Default)]
pub(super) struct Line {
    busy: AtomicBool,
    shut: AtomicBool,
    broken: AtomicBool,
    idle: Notify,
}

impl Line {
    /// Takes the way for one frame; false when one is on it already.
    pub(super) fn take(&self) -> bool {
        self.busy
            .compare_exchange(false, true, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    /// The frame is through, or thrown away.
    pub(super) fn release(&self) {
        self.busy.store(false, Ordering::SeqCst);
        self.idle.notify_waiters();
    }

    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::SeqCst)
    }

    pub(super) fn shut(&self) {
        self.shut.store(true, Ordering::SeqCst);
    }

    pub(super) fn open(&self) {
        self.shut.store(false, Ordering::SeqCst);
    }

    pub(super) fn is_shut(&self) -> bool {
        self.shut.load(Ordering::SeqCst)
    }

    /// The terminal took no more bytes and never will.
    pub(super) fn mark_broken(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }

    /// Resolves when nothing is on the way.
    pub(super) async fn idle(&self) {
        loop {
            let notified = self.idle.notified();
            let mut notified = std::pin::pin!(notified);
            notified.as_mut().enable();
            if !self.is_busy() {
                return;
            }
            notified.await;
        }
    }

    /// Waits for the way to be free, without a runtime (a panic may have taken it); false when it is not in time.
    pub(super) fn wait_idle(&self, limit: Duration) -> bool {
        for _ in 0..limit.as_millis() {
            if !self.is_busy() {
                return true;
            }
            thread::park_timeout(Duration::from_millis(1));
        }
        !self.is_busy()
    }
}
