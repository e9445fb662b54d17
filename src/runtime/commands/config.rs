//! `config`: writes, finds and checks the configuration, and shows what is in effect. It reads files and never a cluster.

use std::fs;
use std::io::{ErrorKind, Write as _};

use crate::cli::{Cli, Config};
use crate::config::{Files, Settings, Situation, sample, schema};
use crate::domain::Untrusted;
use crate::fault::Fault;
use crate::runtime::{Exit, StartError};
use crate::ui::{Depth, Shelf};

use super::CommandError;
use super::print::{beside, out, report};
use super::settings::effective;

/// Runs it.
pub(super) fn run(cli: &Cli, config: &Config) -> Result<Exit, CommandError> {
    let files = Files::locate().map_err(StartError::Files)?;
    let situation = Situation::detect(|name| std::env::var(name).ok());
    let path = Untrusted::from(files.config.display().to_string()).shown();
    match config {
        Config::Init { force } => {
            init(&files, &path, *force)?;
            out(&format!("{path} is written; every line of it is optional\n"))?;
        }
        Config::Path => {
            out(&format!("{path}\n"))?;
        }
        Config::Schema => {
            out(&format!("{:#}\n", schema()))?;
        }
        Config::Show => {
            out(&effective(cli, &files, situation))?;
        }
        Config::Check => return check(&files, situation, &path),
    }
    Ok(Exit::DONE)
}

fn init(files: &Files, path: &str, force: bool) -> Result<(), CommandError> {
    let failed = |source: std::io::Error| {
        CommandError::Config(if source.kind() == ErrorKind::AlreadyExists {
            format!("{path} is there already; flightdeck config init --force replaces it")
        } else {
            format!(
                "{path} cannot be written: {source}; make its folder writable, or name another file with FLIGHTDECK_CONFIG"
            )
        })
    };
    if let Some(folder) = files.config.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut file = options.open(&files.config).map_err(failed)?;
    file.write_all(sample().as_bytes()).map_err(failed)
}

/// Every mistake of the configuration and of the user's themes.
fn check(files: &Files, situation: Situation, path: &str) -> Result<Exit, CommandError> {
    let (mut shelf, mut faults) = (Shelf::shipped(), Vec::new());
    let (own, unreadable) = files.user_themes();
    faults.extend(unreadable);
    for theme in &own {
        if let Err(fault) = shelf.add(&theme.name, &theme.path, &theme.text) {
            faults.push(fault);
        }
    }
    let names: Vec<&str> = shelf.names().collect();
    let is_there = match files.text() {
        Ok(text) => {
            let (_, found) = Settings::read(
                &files.shown(),
                text.as_deref().unwrap_or_default(),
                situation,
                Some(&names),
            );
            faults.extend(found);
            text.is_some()
        }
        Err(fault) => {
            faults.push(fault);
            true
        }
    };
    let broken = own
        .iter()
        .filter_map(|theme| shelf.load(&theme.name, Depth::Rgb).err());
    for fault in broken.collect::<Vec<Fault>>() {
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    if faults.is_empty() {
        let words = if is_there {
            format!("{path} has no mistakes\n")
        } else {
            format!("{path} is not there, so the defaults hold; flightdeck config init writes one\n")
        };
        out(&words)?;
        return Ok(Exit::DONE);
    }
    for fault in &faults {
        report(fault.report());
    }
    beside(&crate::view::count(
        u32::try_from(faults.len()).unwrap_or(u32::MAX),
        "mistake",
    ));
    Ok(Exit::FAILED)
}
