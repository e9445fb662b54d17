//! What the system asks of the program, one word each. Only listening; what to do about it is the event loop's business.

use futures::FutureExt as _;
use std::io;

use rustix::process::Signal as Number;
use tokio::signal::unix::{self, SignalKind};

/// A request from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// SIGTERM: end, with status 143.
    Terminate,
    /// SIGHUP: the terminal or the connection to it is gone; end, with status 129.
    HangUp,
    /// SIGINT from outside (the key is read as ctrl-c): quit as if asked to.
    Interrupt,
    /// SIGTSTP from outside (the key is read as ctrl-z): suspend.
    Suspend,
    /// SIGCONT without our having suspended: somebody stopped us and may have changed the terminal.
    Resume,
}

impl Signal {
    /// The status to end with, where the signal fixes one.
    pub fn status(self) -> Option<u8> {
        match self {
            Self::Terminate => Some(143),
            Self::HangUp => Some(129),
            Self::Interrupt | Self::Suspend | Self::Resume => None,
        }
    }
}

/// Listens from the moment it exists: make it before the terminal is entered.
#[derive(Debug)]
pub struct Signals {
    terminate: unix::Signal,
    hang_up: unix::Signal,
    interrupt: unix::Signal,
    stop: unix::Signal,
    resume: unix::Signal,
}

impl Signals {
    /// Starts listening, in place of what the system does by default. Needs a tokio runtime.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: unix::signal(SignalKind::terminate())?,
            hang_up: unix::signal(SignalKind::hangup())?,
            interrupt: unix::signal(SignalKind::interrupt())?,
            stop: unix::signal(SignalKind::from_raw(Number::TSTP.as_raw()))?,
            resume: unix::signal(SignalKind::from_raw(Number::CONT.as_raw()))?,
        })
    }

    /// The next request. The ones that end the program come first. Cancel safe.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            _ = self.hang_up.recv() => Signal::HangUp,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.stop.recv() => Signal::Suspend,
            _ = self.resume.recv() => Signal::Resume,
        }
    }

    /// Waits for the end of a suspension.
    pub(super) async fn resumed(&mut self) {
        let _ = self.resume.recv().await;
        self.forget_job_control();
    }

    /// Interrupts from before now mean nothing any more.
    pub(super) fn forget_interrupts(&mut self) {
        while self.interrupt.recv().now_or_never().flatten().is_some() {}
    }

    /// Requests to stop and go on from before now mean nothing any more.
    pub(super) fn forget_job_control(&mut self) {
        while self.stop.recv().now_or_never().flatten().is_some() {}
        while self.resume.recv().now_or_never().flatten().is_some() {}
    }
}
