//! From a command to its exit code: what every one of them needs before it begins.

use std::sync::Arc;
use std::time::Duration;

use crate::adapters::record::Record;
use crate::cli::{Cli, Command};
use crate::clock::{Clock, SystemClock};
use crate::config::{Events, Files, Settings, Situation};
use crate::domain::{ObjectKind, Step};
use crate::runtime::source::Opening;
use crate::runtime::start::{Configured, configured, opening, seen, used};
use crate::runtime::{Exit, StartError, demo, logs};

use super::CommandError;
use super::act::{self, Order, Surroundings};
use super::opened::{ACTED_ON, STOPPED, TOLD};
use super::print::{Brush, beside};
use super::{check, completions, config, decisions, status};

/// How long tasks that do not end are waited for.
const TASKS: Duration = Duration::from_millis(200);

/// Runs a command from start to end.
///
/// # Errors
///
/// When there is no answer; then nothing was written to standard output.
pub fn command(owned: Cli, command: Command) -> Result<Exit, CommandError> {
    let cli = &owned;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    match command {
        Command::Status(arguments) => {
            let (opening, settings) = cluster(cli, &TOLD)?;
            awaited(status::run(cli, arguments, opening, &settings, clock))
        }
        Command::Check(arguments) => {
            let (opening, _) = cluster(cli, &TOLD)?;
            awaited(check::run(arguments, opening, clock))
        }
        Command::Pause(arguments) => acting(cli, Order::of(Step::Pause, arguments)?, clock),
        Command::Resume(arguments) => acting(cli, Order::of(Step::Resume, arguments)?, clock),
        Command::Restart(arguments) => acting(cli, Order::of(Step::Restart, arguments)?, clock),
        Command::Undo(arguments) => acting(cli, Order::undo(arguments)?, clock),
        Command::SetImage(arguments) => acting(cli, Order::set_image(arguments)?, clock),
        Command::Scale(arguments) => acting(cli, Order::scale(arguments)?, clock),
        Command::Decisions(arguments) => {
            let Configured { files, settings, .. } = told_configuration()?;
            decisions::run(cli, &arguments, &files.state, &settings, &*clock)
        }
        Command::Config(what) => config::run(cli, &what),
        Command::Demo(arguments) => Ok(demo(owned, &arguments)?),
        Command::Completions { shell } => completions::run(shell),
    }
}

/// Does what was ordered. The record is the cockpit's.
fn acting(cli: &Cli, order: Order, clock: Arc<dyn Clock>) -> Result<Exit, CommandError> {
    let kinds = if order.stops() {
        &STOPPED[..]
    } else {
        &ACTED_ON[..]
    };
    let (opening, settings) = cluster(cli, kinds)?;
    let files = Files::locate().map_err(StartError::from)?;
    let record = Record::in_folder(&files.state).map_err(StartError::Thread)?;
    let situation = Situation::detect(|name| std::env::var(name).ok());
    let mut faults = Vec::new();
    let seen = seen(&files, &mut faults)?;
    for fault in faults {
        beside(&fault);
    }
    let surroundings = Surroundings {
        brush: Brush::choose(cli, &settings),
        arming: settings.arming_delay(situation),
        events: settings.events == Events::Post,
        record,
        seen,
        clock,
    };
    awaited(act::run(cli, order, opening, surroundings))
}

/// What a cluster is opened with.
fn cluster(cli: &Cli, kinds: &[ObjectKind]) -> Result<(Opening, Settings), CommandError> {
    let Configured { files, settings, .. } = told_configuration()?;
    logs::to_file(&files.state);
    let mut opening = opening(cli, &settings)?;
    opening.kinds = kinds.to_vec();
    opening.clock_first = true;
    let mut faults = Vec::new();
    used(&files, &mut opening, &mut faults)?;
    for fault in faults {
        beside(&fault);
    }
    Ok((opening, settings))
}

/// A mistake in the configuration is told, and what can be used of it is.
fn told_configuration() -> Result<Configured, CommandError> {
    let mut faults = Vec::new();
    let configured = configured(&mut faults)?;
    for fault in faults {
        beside(&fault);
    }
    Ok(configured)
}

/// Runs what waits for a cluster.
fn awaited(work: impl Future<Output = Result<Exit, CommandError>>) -> Result<Exit, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(StartError::Thread)?;
    let exit = runtime.block_on(work);
    // A login plugin that hangs must not keep the program from ending.
    runtime.shutdown_timeout(TASKS);
    exit
}
