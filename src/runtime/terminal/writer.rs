//! The writer: one thread that hands frames to the terminal, at most one in flight, so that a terminal nobody reads
//! blocks neither keys nor signals. It keeps no queue: when it is idle again, the event loop draws what is true by
//! then.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use super::line::Line;

/// The frame that could not be sent because one is in flight.
#[derive(Debug, PartialEq, Eq)]
pub struct Busy(pub Vec<u8>);

/// The handle of the writer thread. The thread ends when the handle is dropped.
#[derive(Debug)]
pub struct Writer {
    frames: SyncSender<Vec<u8>>,
    line: Arc<Line>,
}

impl Writer {
    /// Starts the thread. A session starts one on its terminal; see `Session::writer`.
    pub(super) fn start(out: impl Write + Send + 'static, line: Arc<Line>) -> io::Result<Self> {
        let (frames, incoming) = sync_channel(1);
        let line_of_thread = Arc::clone(&line);
        thread::Builder::new()
            .name("terminal writer".to_owned())
            .spawn(move || write_all(out, &incoming, &line_of_thread))?;
        Ok(Self { frames, line })
    }

    /// Hands over a frame; gives it back when one is still in flight. Ask `is_idle` first: a frame drawn and not sent
    /// is lost.
    pub fn try_send(&self, frame: Vec<u8>) -> Result<(), Busy> {
        if !self.line.take() {
            return Err(Busy(frame));
        }
        self.frames.try_send(frame).map_err(|refused| {
            self.line.release();
            match refused {
                TrySendError::Full(frame) | TrySendError::Disconnected(frame) => Busy(frame),
            }
        })
    }

    /// True when nothing is in flight.
    pub fn is_idle(&self) -> bool {
        !self.line.is_busy()
    }

    /// Resolves when nothing is in flight: time to draw again. Wait for it whenever there was something to draw and
    /// `is_idle` said no; do not ask a second time, or the answer may have changed and nobody draws.
    pub async fn idle(&self) {
        self.line.idle().await;
    }

    /// Waits for the frame in flight, but no longer than `limit`; says whether it went out.
    pub async fn drain(&self, limit: Duration) -> bool {
        tokio::time::timeout(limit, self.idle()).await.is_ok()
    }

    /// True when the terminal refused a frame: it is gone.
    pub fn is_broken(&self) -> bool {
        self.line.is_broken()
    }
}

fn write_all(mut out: impl Write, incoming: &Receiver<Vec<u8>>, line: &Line) {
    while let Ok(frame) = incoming.recv() {
        if !line.is_shut()
            && let Err(error) = out.write_all(&frame).and_then(|()| out.flush())
        {
            tracing::warn!(%error, "the terminal takes no more frames");
            line.mark_broken();
        }
        line.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// A terminal that takes a frame only when it is told to.
    struct Stalling {
        told: Receiver<()>,
        seen: mpsc::SyncSender<Vec<u8>>,
    }

    impl Write for Stalling {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.told.recv().is_err() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let _ = self.seen.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn one_frame_is_in_flight_and_the_next_waits_for_it() {
        let (tell, told) = sync_channel(8);
        let (seen, frames) = sync_channel(8);
        let writer = Writer::start(Stalling { told, seen }, Arc::default()).unwrap();
        assert_eq!(writer.try_send(b"one".to_vec()), Ok(()));
        assert_eq!(writer.try_send(b"two".to_vec()), Err(Busy(b"two".to_vec())));
        assert!(!writer.drain(Duration::from_millis(5)).await, "nobody read it");
        tell.send(()).unwrap();
        writer.idle().await;
        assert_eq!(frames.recv().unwrap(), b"one");
        assert_eq!(writer.try_send(b"three".to_vec()), Ok(()));
    }

    #[tokio::test]
    async fn a_terminal_that_is_gone_is_told() {
        let (tell, told) = sync_channel(1);
        let (seen, _frames) = sync_channel(1);
        drop(tell);
        let writer = Writer::start(Stalling { told, seen }, Arc::default()).unwrap();
        assert_eq!(writer.try_send(b"one".to_vec()), Ok(()));
        writer.idle().await;
        assert!(writer.is_broken());
    }

    #[tokio::test]
    async fn a_way_that_is_shut_swallows_frames() {
        let (seen, frames) = sync_channel(1);
        let (tell, told) = sync_channel(1);
        tell.send(()).unwrap();
        let line = Arc::new(Line::default());
        let writer = Writer::start(Stalling { told, seen }, Arc::clone(&line)).unwrap();
        line.shut();
        assert_eq!(writer.try_send(b"late".to_vec()), Ok(()));
        writer.idle().await;
        assert!(frames.try_recv().is_err());
        line.open();
        assert_eq!(writer.try_send(b"back".to_vec()), Ok(()));
        assert_eq!(frames.recv().unwrap(), b"back");
    }
}
