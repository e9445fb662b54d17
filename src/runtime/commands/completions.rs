//! `completions`: the script that teaches a shell the commands and flags. It knows no cluster, so it completes no rollouts.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::runtime::Exit;

use super::CommandError;
use super::print::out;

/// Runs it.
pub(super) fn run(shell: Shell) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "flightdeck", &mut script);
    out(&String::from_utf8_lossy(&script))?;
    Ok(Exit::DONE)
}
