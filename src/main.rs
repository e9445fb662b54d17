//! The `flightdeck` program: arguments in, exit code out.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use flightdeck::cli::Cli;
use flightdeck::runtime::{self, Exit};

fn main() -> ExitCode {
    // Before the terminal is entered: its panic hook is chained onto this one.
    if let Err(error) = color_eyre::install() {
        return told(&error.to_string(), Exit::FAILED);
    }
    let mut cli = match Cli::try_parse().and_then(Cli::check) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match cli.command.take() {
        None => match runtime::cockpit(cli) {
            Ok(exit) => ExitCode::from(exit.0),
            Err(error) => told(&error.to_string(), error.exit()),
        },
        Some(command) => match runtime::command(cli, command) {
            Ok(exit) => ExitCode::from(exit.0),
            Err(error) => told(&error.to_string(), error.exit()),
        },
    }
}

/// Help and version are no mistakes. A reader who left has what was wanted.
fn usage(error: &clap::Error) -> ExitCode {
    drop(error.print());
    let exit = if error.use_stderr() {
        Exit::USAGE
    } else {
        Exit::DONE
    };
    ExitCode::from(exit.0)
}

/// Says on stderr why it ends.
fn told(why: &str, exit: Exit) -> ExitCode {
    let sanitised = flightdeck::domain::Untrusted::from(why);
    // When stderr is closed there is nobody to tell.
    drop(writeln!(std::io::stderr(), "flightdeck: {sanitised}"));
    ExitCode::from(exit.0)
}
