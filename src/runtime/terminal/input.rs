//! The reader: a thread that owns crossterm's event stream, and a task that sends on what was put together. It can be
//! stopped and started again, so that while the program is suspended or an editor runs, nobody else reads the
//! terminal's keys.

use std::collections::VecDeque;
use std::fs::File;
use std::future::poll_fn;
use std::io::{self, IsTerminal as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{Event, EventStream};
use futures::Stream as _;
use futures::future::{Either, select};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::clock::Clock;

use super::reassemble::{Reassembler, TermEvent};

/// Most events waiting for the event loop. When it is behind, reading waits: nothing is lost but speed.
const WAITING: usize = 256;

/// How often reading may fail in a row.
const ATTEMPTS: usize = 16;

/// How long a former reader may take to let go of the terminal.
const LETTING_GO: Duration = Duration::from_secs(1);

/// The handle of the reader. Dropping it stops the reader, too, but does not wait for it.
#[derive(Debug)]
pub struct Input {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    let_go: oneshot::Receiver<()>,
}

/// What could be read without waiting, and when.
type Batch = io::Result<(Vec<Event>, Instant)>;

impl Input {
    /// Starts reading the terminal, which must be in raw mode; the first event tells its size. `hold`: see
    /// [`Reassembler::new`].
    pub fn start(hold: Duration, clock: Arc<dyn Clock>, events: mpsc::Sender<TermEvent>) -> io::Result<Self> {
        let (batches, incoming) = mpsc::channel(1);
        let (stop, stopped) = oneshot::channel();
        let (letting_go, let_go) = oneshot::channel();
        let clock_of_thread = Arc::clone(&clock);
        // A thread of its own: when the terminal is gone, crossterm never comes back from reading it.
        thread::Builder::new()
            .name("terminal reader".to_owned())
            .spawn(move || {
                futures::executor::block_on(read(clock_of_thread, batches, stopped));
                let _ = letting_go.send(());
            })?;
        let task = tokio::spawn(reassemble(Reassembler::new(hold), clock, incoming, events));
        Ok(Self { stop, task, let_go })
    }

    /// Stops reading; afterwards the keys are somebody else's.
    pub async fn stop(self) {
        // The task first: alone with a reader that has stopped, it would tell that the terminal is gone.
        self.task.abort();
        // It was told to end, so how it ended is no news.
        drop(self.task.await);
        drop(self.stop);
        if tokio::time::timeout(LETTING_GO, self.let_go).await.is_err() {
            tracing::warn!("a half key keeps the reader of the terminal; the next key will be lost");
        }
    }
}

/// The thread: reads until it is stopped, or nobody wants to know.
async fn read(clock: Arc<dyn Clock>, batches: mpsc::Sender<Batch>, mut stopped: oneshot::Receiver<()>) {
    let mut stream = EventStream::new();
    let size = crossterm::terminal::size()
        .map(|(width, height)| (vec![Event::Resize(width, height)], clock.instant()));
    let mut next = Some(size);
    loop {
        let batch = match next.take() {
            Some(size) => size,
            None => match select(&mut stopped, pin!(batch(&mut stream))).await {
                Either::Left(_) => return,
                Either::Right((batch, _)) => batch.map(|events| (events, clock.instant())),
            },
        };
        let failed = batch.is_err();
        match select(&mut stopped, pin!(batches.send(batch))).await {
            Either::Right((Ok(()), _)) if !failed => {}
            Either::Left(_) | Either::Right(_) => return,
        }
    }
}

/// The task: puts together what the thread read, and hands it on as fast as it is taken.
async fn reassemble(
    mut reassembler: Reassembler,
    clock: Arc<dyn Clock>,
    mut batches: mpsc::Receiver<Batch>,
    events: mpsc::Sender<TermEvent>,
) {
    let mut closed = pin!(closed());
    let mut waiting: VecDeque<TermEvent> = VecDeque::new();
    loop {
        let deadline = reassembler.deadline();
        tokio::select! {
            biased;
            permit = events.reserve(), if !waiting.is_empty() => {
                let Ok(permit) = permit else { return };
                if let Some(event) = waiting.pop_front() {
                    permit.send(event);
                }
            }
            batch = batches.recv(), if waiting.len() < WAITING => match batch {
                Some(Ok((batch, read_at))) => {
                    for event in batch {
                        reassembler.feed(event, read_at);
                    }
                }
                Some(Err(error)) => {
                    tracing::error!(%error, "keys cannot be read any more");
                    break;
                }
                None => break,
            },
            () = until(deadline) => reassembler.expire(clock.instant()),
            () = &mut closed => break,
        }
        for event in reassembler.take() {
            if matches!(event, TermEvent::Resize { .. }) {
                waiting.retain(|event| !matches!(event, TermEvent::Resize { .. }));
            }
            waiting.push_back(event);
        }
    }
    let _ = events.send(TermEvent::InputClosed).await;
}

/// Everything that can be read without waiting, and at least one event: only together do a burst's keys show what they are.
async fn batch(stream: &mut EventStream) -> io::Result<Vec<Event>> {
    let mut batch = Vec::new();
    poll_fn(move |context| {
        while batch.len() < WAITING {
            match poll_event(stream, context) {
                Poll::Ready(Ok(event)) => batch.push(event),
                Poll::Ready(Err(error)) if batch.is_empty() => return Poll::Ready(Err(error)),
                Poll::Pending if batch.is_empty() => return Poll::Pending,
                Poll::Ready(Err(_)) | Poll::Pending => break,
            }
        }
        Poll::Ready(Ok(std::mem::take(&mut batch)))
    })
    .await
}

/// One event. An error may pass (the wake-up of a stream that was just dropped arrives as an error of this one); one
/// that stays is told.
fn poll_event(stream: &mut EventStream, context: &mut Context<'_>) -> Poll<io::Result<Event>> {
    let mut failed = io::Error::from(io::ErrorKind::UnexpectedEof);
    for _ in 0..ATTEMPTS {
        match Pin::new(&mut *stream).poll_next(context) {
            Poll::Ready(Some(Ok(event))) => return Poll::Ready(Ok(event)),
            Poll::Ready(Some(Err(error))) => failed = error,
            Poll::Ready(None) => break,
            Poll::Pending => return Poll::Pending,
        }
    }
    Poll::Ready(Err(failed))
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

/// Resolves when the terminal hangs up. crossterm itself does not tell: at the end of its input it reads on for ever.
async fn closed() {
    let Ok(terminal) = terminal().and_then(watch) else {
        return std::future::pending().await;
    };
    while let Ok(mut ready) = terminal.readable().await {
        if ready.ready().is_read_closed() {
            return;
        }
        ready.clear_ready();
    }
}

#[expect(
    deprecated,
    reason = "its successor is unsafe, for types that close what they own early; an OwnedFd does not"
)]
fn watch(terminal: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(terminal, Interest::READABLE)
}

/// What crossterm reads: standard input if it is a terminal, else the terminal of the process.
fn terminal() -> io::Result<OwnedFd> {
    if io::stdin().is_terminal() {
        io::stdin().as_fd().try_clone_to_owned()
    } else {
        File::open("/dev/tty").map(OwnedFd::from)
    }
}
