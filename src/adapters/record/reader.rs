//! Reads the record back, as far as it can be read. What cannot is told, and spoils nothing else. Writes nothing.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::app::EFFECT_DONE;
use crate::domain::{Seconds, Untrusted};

use super::entry::{VERSION, What};
use super::{Ask, Entry};

/// How long somebody who writes is waited for.
const WITHIN: Duration = Duration::from_millis(500);

/// A decision with everything that became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Ties the lines of the record together.
    pub id: String,
    pub at: Timestamp,
    pub cluster: Untrusted,
    pub server: Untrusted,
    /// As the server named the user; `None` when it did not.
    pub user: Option<Untrusted>,
    pub rollout: String,
    pub uid: Untrusted,
    pub step: String,
    pub class: String,
    pub reason: String,
    /// How it was confirmed; `None` in lines of an older program.
    pub via: Option<String>,
    pub sentence: String,
    pub evidence: Vec<String>,
    pub requests: Vec<String>,
    /// What the cluster can be asked with; `None` in lines of an older program.
    pub ask: Option<Box<Ask>>,
    /// Oldest first.
    pub outcomes: Vec<Became>,
}

/// One thing that became of a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Became {
    pub at: Timestamp,
    pub words: String,
    pub audit_id: Option<Untrusted>,
}

impl Decision {
    /// What became of it in the end; `None` when nothing was recorded after it.
    pub fn outcome(&self) -> Option<&str> {
        self.outcomes.last().map(|it| it.words.as_str())
    }

    /// From the decision to the moment at which the controller had done what was meant.
    pub fn effect_after(&self) -> Option<Seconds> {
        let done = self.outcomes.iter().find(|it| it.words == EFFECT_DONE)?;
        Some(Seconds::between(self.at, done.at))
    }
}

/// What a record says, oldest first, and what of it could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    pub decisions: Vec<Decision>,
    pub left_out: Vec<String>,
}

/// Reads the record at `path`. No file is no decision.
///
/// # Errors
///
/// When the file is there and cannot be read.
pub fn read(path: &Path) -> io::Result<Reading> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Reading::default()),
        Err(error) => return Err(error),
    };
    // A device tells nothing back, and may do so without end.
    let kind = file.metadata()?.file_type();
    if !kind.is_file() && !kind.is_dir() {
        return Ok(Reading::default());
    }
    let (file, is_ours) = locked(file)?;
    let mut reading = Reading::default();
    let mut lines = Lines::default();
    let mut reader = BufReader::new(file);
    let mut bytes = Vec::new();
    let mut number = 0_usize;
    while reader.read_until(b'\n', &mut bytes)? > 0 {
        number += 1;
        let whole = bytes.last() == Some(&b'\n');
        lines.take(number, &bytes, whole, &mut reading);
        bytes.clear();
    }
    reading.left_out.extend(lines.told());
    if !is_ours {
        let text = "somebody is writing the record and does not finish; its last line may be missing";
        reading.left_out.push(text.to_owned());
    }
    Ok(reading)
}

/// The file once nobody writes it any more, and whether that came about. A home that hangs hangs the thread alone.
fn locked(file: File) -> io::Result<(File, bool)> {
    let waits = file.try_clone()?;
    let (told, answer) = sync_channel(1);
    std::thread::Builder::new()
        .name("record lock".to_owned())
        .spawn(move || {
            // A file system without locks is read without one. Nobody may be waiting any more.
            if waits.lock_shared().is_err() {
                tracing::info!("the record cannot be locked here");
            }
            let _ = told.try_send(());
        })?;
    let is_ours = answer.recv_timeout(WITHIN).is_ok();
    Ok((file, is_ours))
}

/// What every line has, whatever else a newer program writes.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// What is counted while lines are read.
#[derive(Default)]
struct Lines {
    newer: usize,
    unreadable: Vec<usize>,
    cut_off: bool,
    orphans: usize,
}

impl Lines {
    fn take(&mut self, number: usize, bytes: &[u8], is_whole: bool, reading: &mut Reading) {
        let text = bytes.trim_ascii();
        if text.is_empty() {
            return;
        }
        if let Ok(head) = serde_json::from_slice::<Head>(text)
            && head.version > VERSION
        {
            self.newer += 1;
            return;
        }
        match serde_json::from_slice::<Entry>(text) {
            Ok(entry) => self.file(entry, reading),
            Err(_) if !is_whole => self.cut_off = true,
            Err(_) => self.unreadable.push(number),
        }
    }

    fn file(&mut self, entry: Entry, reading: &mut Reading) {
        let Entry {
            decision: id,
            at,
            what,
            ..
        } = entry;
        match what {
            What::Intent {
                cluster,
                server,
                user,
                rollout,
                uid,
                step,
                class,
                reason,
                via,
                sentence,
                evidence,
                requests,
                ask,
                ..
            } => reading.decisions.push(Decision {
                id,
                at,
                cluster,
                server,
                user,
                rollout,
                uid,
                step,
                class,
                reason,
                via,
                sentence,
                evidence,
                requests,
                ask,
                outcomes: Vec::new(),
            }),
            What::Outcome {
                outcome, audit_id, ..
            } => {
                let became = Became {
                    at,
                    words: outcome,
                    audit_id,
                };
                match reading.decisions.iter_mut().rev().find(|it| it.id == id) {
                    Some(decision) => decision.outcomes.push(became),
                    None => self.orphans += 1,
                }
            }
        }
    }

    fn told(self) -> Vec<String> {
        const MOST: usize = 5;
        let mut told = Vec::new();
        if self.newer > 0 {
            told.push(format!(
                "{} of a newer flightdeck left out; update this one to see more",
                lines(self.newer)
            ));
        }
        if !self.unreadable.is_empty() {
            let numbers: Vec<String> = self
                .unreadable
                .iter()
                .take(MOST)
                .map(ToString::to_string)
                .collect();
            let more = if self.unreadable.len() > MOST { ", …" } else { "" };
            told.push(format!(
                "{} left out that cannot be read (line {}{more}); look into the file",
                lines(self.unreadable.len()),
                numbers.join(", ")
            ));
        }
        if self.cut_off {
            told.push("the last line was cut off; it is being written, or the disk was full".to_owned());
        }
        if self.orphans > 0 {
            told.push(format!(
                "{} left out that speak of decisions that are not there",
                lines(self.orphans)
            ));
        }
        told
    }
}

fn lines(count: usize) -> String {
    format!("{count} line{}", if count == 1 { "" } else { "s" })
}
