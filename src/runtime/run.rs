//! Starting and ending: the tokio runtime, the logs, the exit code.

use std::sync::Arc;
use std::time::Duration;

use crate::cli::Cli;
use crate::clock::SystemClock;

use super::start::{StartError, prepare};
use super::{cockpit::run, logs};

/// How long tasks that do not end are waited for.
const TASKS: Duration = Duration::from_millis(200);

/// The exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub u8);

impl Exit {
    /// Quit as asked.
    pub const DONE: Self = Self(0);
    pub const FAILED: Self = Self(1);
    /// A rollout that is failed or stuck.
    pub const NO_GO: Self = Self(2);
    /// A rollout that moves still, or of which nothing can be said.
    pub const NOT_DECIDED: Self = Self(3);
    /// An action that is refused.
    pub const REFUSED: Self = Self(2);
    /// The plan of an action is not what it was.
    pub const CHANGED: Self = Self(3);
    pub const CANNOT_REACH: Self = Self(4);
    pub const FORBIDDEN: Self = Self(5);
    /// A request was sent and nobody knows what became of it.
    pub const UNKNOWN: Self = Self(6);
    /// A request was accepted and its effect is not there.
    pub const NO_EFFECT: Self = Self(7);
    pub const USAGE: Self = Self(64);
    pub const HANG_UP: Self = Self(129);
    pub const INTERRUPTED: Self = Self(130);
    pub const TERMINATED: Self = Self(143);
}

/// Runs the cockpit from start to end.
///
/// # Errors
///
/// When it cannot start; once it runs, trouble is told on its screen.
pub fn cockpit(cli: Cli) -> Result<Exit, StartError> {
    let start = prepare(cli)?;
    logs::to_file(&start.files.state);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(StartError::Thread)?;
    let exit = runtime.block_on(run(start, Arc::new(SystemClock)));
    // A login plugin that hangs must not keep the program from ending.
    runtime.shutdown_timeout(TASKS);
    exit
}
