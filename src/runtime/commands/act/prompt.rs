//! The line below the sheet in a terminal. What was typed before the sheet could be read counts for nothing.

use std::io::{self, IsTerminal as _};

use rustix::termios::{QueueSelector, tcflush};
use tokio::sync::mpsc;

use crate::runtime::StartError;

use super::super::CommandError;

/// Lines waiting to be looked at.
const WAITING: usize = 4;

/// Whether somebody sits there: who can read the sheet and answer it.
pub(super) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// The lines that are typed.
pub(super) struct Lines(mpsc::Receiver<String>);

impl Lines {
    /// Begins to read. The thread ends with the program: a read of a terminal cannot be taken back.
    pub(super) fn read() -> Result<Self, CommandError> {
        forget_typed();
        let (lines, typed) = mpsc::channel(WAITING);
        std::thread::Builder::new()
            .name("typed lines".to_owned())
            .spawn(move || {
                let mut line = String::new();
                while let Ok(read) = io::stdin().read_line(&mut line) {
                    let is_end = read == 0;
                    if lines.blocking_send(std::mem::take(&mut line)).is_err() || is_end {
                        return;
                    }
                }
            })
            .map_err(StartError::Thread)?;
        Ok(Self(typed))
    }

    /// What was typed so far was not meant for what is shown now.
    pub(super) fn forget(&mut self) {
        forget_typed();
        while self.0.try_recv().is_ok() {}
    }

    /// The next line; empty at the end of input.
    pub(super) async fn next(&mut self) -> String {
        self.0.recv().await.unwrap_or_default().trim().to_owned()
    }
}

fn forget_typed() {
    if let Err(error) = tcflush(io::stdin(), QueueSelector::IFlush) {
        tracing::warn!(%error, "what was typed before could not be thrown away");
    }
}
