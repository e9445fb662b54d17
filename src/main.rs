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
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() {
                Exit::USAGE
            } else {
                Exit::DONE
            };
            return match error.print() {
                Ok(()) => ExitCode::from(code.0),
                Err(_closed) => ExitCode::from(Exit::FAILED.0),
            };
        }
    };
    match runtime::cockpit(cli) {
        Ok(exit) => ExitCode::from(exit.0),
        Err(error) => told(&error.to_string(), error.exit()),
    }
}

/// Says on stderr why it ends.
fn told(why: &str, exit: Exit) -> ExitCode {
    let sanitised = flightdeck::domain::Untrusted::from(why);
    // When stderr is closed there is nobody to tell.
    drop(writeln!(std::io::stderr(), "flightdeck: {sanitised}"));
    ExitCode::from(exit.0)
}
