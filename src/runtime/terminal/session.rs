//! The terminal is ours from `enter` to `restore`, and afterwards exactly as it was: at quit, after an error, a panic
//! or a signal, and while suspended. It asks the terminal nothing, and it draws nothing.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::{self, ThreadId};
use std::time::Duration;

use rustix::process::{Signal as Number, getpgrp, getpid, getsid, kill_current_process_group, kill_process};
use rustix::termios::{Action, QueueSelector, tcflow, tcflush};

use super::capabilities::Capabilities;
use super::line::Line;
use super::signals::{Signal, Signals};
use super::writer::Writer;

/// How long the frame in flight is waited for at the end.
const FRAME: Duration = Duration::from_secs(1);

/// How long the terminal may take to be told that we leave. A stalled one is left untold: the line discipline can be
/// restored even so.
const FAREWELL: Duration = Duration::from_millis(300);

/// How often room is made for the rest of a frame that nobody reads, within that time.
const FLUSHES: u32 = 30;

/// Alternate screen, no cursor, bracketed paste, focus events, title saved.
const ENTER: &[u8] = b"\x1b[22;0t\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1004h";

/// All of it undone, whatever state a frame left behind.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[?1004l\x1b[?2004l\x1b[?1049l\x1b[?25h\x1b[23;0t";

/// Kitty's keyboard: no ambiguous Esc, and repeats told apart. Kept per screen, so it is pushed after and popped
/// before the switch.
const KITTY_ENTER: &[u8] = b"\x1b[>3u";
const KITTY_LEAVE: &[u8] = b"\x1b[<u";

/// Ends whatever sequence was cut off.
const CANCEL: &[u8] = b"\x18";

/// How to enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Ask for kitty's keyboard protocol. Terminals that do not know it ignore that; some consoles do not.
    pub kitty: bool,
}

impl From<Capabilities> for Options {
    fn from(capabilities: Capabilities) -> Self {
        Self {
            kitty: capabilities.kitty,
        }
    }
}

/// Why the program was not suspended.
#[derive(Debug, thiserror::Error)]
pub enum CannotSuspend {
    #[error(
        "not suspended: no shell waits here that could bring the program back; open another terminal instead"
    )]
    NoShell,
    #[error("suspended, but the terminal could not be entered again: {0}; quit and start again")]
    Enter(#[source] io::Error),
}

/// The terminal while it is ours. Dropping restores it.
#[derive(Debug)]
pub struct Session {
    terminal: Arc<Terminal>,
}

impl Session {
    /// Takes the terminal over and sees to it that a panic gives it back. A panic in a task of the runtime, or in
    /// another thread than this one, does not end the program: it is only logged.
    pub fn enter(options: Options) -> io::Result<Self> {
        if !io::stdout().is_terminal() {
            return Err(io::Error::other(
                "standard output is not a terminal, so there is nothing to draw on; run it without a pipe or a redirection",
            ));
        }
        let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let terminal = Arc::new(Terminal {
            out,
            options,
            line: Arc::default(),
            ours: AtomicBool::new(false),
        });
        restore_on_panic(Arc::clone(&terminal), thread::current().id());
        terminal.enter()?;
        Ok(Self { terminal })
    }

    /// Starts the thread that writes frames to this terminal.
    pub fn writer(&self) -> io::Result<Writer> {
        Writer::start(self.terminal.out.try_clone()?, Arc::clone(&self.terminal.line))
    }

    /// Gives the terminal back. Waits for the frame in flight, but never longer than a second and a half. Once is
    /// enough; more does nothing.
    pub fn restore(&self) {
        self.terminal.restore(FRAME);
    }

    /// Gives the terminal back, stops the process, and takes the terminal over again when the process is continued.
    /// Stop the [`super::Input`] before and start it after; then ask for the size, and draw everything. `asked` is the
    /// signal that asked for it, none if it was a key: then the whole process group is stopped, as the terminal itself
    /// would do.
    pub async fn suspend(&self, signals: &mut Signals, asked: Option<Signal>) -> Result<(), CannotSuspend> {
        if !waited_for() {
            return Err(CannotSuspend::NoShell);
        }
        let terminal = Arc::clone(&self.terminal);
        // Restoring may wait for a stalled terminal; that must not stop the tasks of this thread.
        let _ = tokio::task::spawn_blocking(move || terminal.restore(FRAME)).await;
        signals.forget_job_control();
        // SIGTSTP has our handler, so SIGSTOP it is.
        let stopped = match asked {
            None => kill_current_process_group(Number::STOP),
            Some(_) => kill_process(getpid(), Number::STOP),
        };
        match stopped {
            Ok(()) => signals.resumed().await,
            Err(error) => tracing::error!(%error, "the process could not stop itself"),
        }
        self.terminal.enter().map_err(CannotSuspend::Enter)
    }

    /// Gives the terminal to somebody who blocks, and takes it over again when they are done. Start and stop the
    /// [`super::Input`] as for [`Self::suspend`].
    ///
    /// # Errors
    ///
    /// When the terminal cannot be entered again.
    pub async fn lend<T: Send + 'static>(
        &self,
        signals: &mut Signals,
        borrower: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let terminal = Arc::clone(&self.terminal);
        let done = tokio::task::spawn_blocking(move || {
            terminal.restore(FRAME);
            borrower()
        })
        .await;
        // What was meant for them is not for us.
        signals.forget_interrupts();
        signals.forget_job_control();
        self.terminal.enter()?;
        done.map_err(io::Error::other)
    }

    /// Somebody stopped and continued the process behind our back ([`Signal::Resume`]): takes over the terminal again,
    /// in whatever state it is.
    pub fn reenter(&self) -> io::Result<()> {
        self.terminal.restore(FAREWELL);
        self.terminal.enter()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.restore();
    }
}

/// A shell that started us as a job continues us. If our group is the session's first, nobody does: the terminal
/// emulator started us.
fn waited_for() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

#[derive(Debug)]
struct Terminal {
    out: File,
    options: Options,
    line: Arc<Line>,
    ours: AtomicBool,
}

impl Terminal {
    fn enter(&self) -> io::Result<()> {
        if self.ours.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        crossterm::terminal::enable_raw_mode()?;
        let mut bytes = ENTER.to_vec();
        if self.options.kitty {
            bytes.extend_from_slice(KITTY_ENTER);
        }
        self.line.open();
        (&self.out).write_all(&bytes)
    }

    fn restore(&self, frame: Duration) {
        if !self.ours.swap(false, Ordering::SeqCst) {
            return;
        }
        self.line.shut();
        let mut bytes = Vec::new();
        if !self.line.wait_idle(frame) {
            // Nobody reads. The rest of a large frame fills the room again that was made: until it is through.
            for _ in 0..FLUSHES {
                self.make_room();
                if self.line.wait_idle(FAREWELL / FLUSHES) {
                    break;
                }
            }
            self.make_room();
            bytes.extend_from_slice(CANCEL);
        }
        if self.options.kitty {
            bytes.extend_from_slice(KITTY_LEAVE);
        }
        bytes.extend_from_slice(LEAVE);
        self.write_within(bytes, FAREWELL);
        if let Err(error) = crossterm::terminal::disable_raw_mode() {
            tracing::error!(%error, "the terminal could not be taken out of raw mode");
        }
    }

    /// What the system still holds for the terminal makes room for the farewell.
    fn make_room(&self) {
        let _ = tcflush(&self.out, QueueSelector::OFlush);
        // Linux does not tell a blocked writer that there is room now; going on after a halt does.
        let _ = tcflow(&self.out, Action::OOff).and_then(|()| tcflow(&self.out, Action::OOn));
    }

    /// Writes from a thread of its own, which a stalled terminal may keep until the process ends.
    fn write_within(&self, bytes: Vec<u8>, limit: Duration) {
        let Ok(mut out) = self.out.try_clone() else { return };
        let (done, finished) = sync_channel(1);
        let spawned = thread::Builder::new()
            .name("terminal farewell".to_owned())
            .spawn(move || {
                let _ = out.write_all(&bytes);
                let _ = done.send(());
            });
        if spawned.is_ok() {
            let _ = finished.recv_timeout(limit);
        }
    }
}

fn restore_on_panic(terminal: Arc<Terminal>, owner: ThreadId) {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == owner && tokio::task::try_id().is_none() {
            terminal.restore(FAREWELL);
            report(info);
        } else {
            tracing::error!(panic = %info, "a task failed; the program goes on without it");
        }
    }));
}
