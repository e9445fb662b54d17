//! `decisions`: the record, for people, for a chat channel, for programs. It reads files and never a cluster.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::adapters::record::{self, Decision, Reading};
use crate::cli::{Cli, Decisions, Listing};
use crate::clock::Clock;
use crate::config::Settings;
use crate::domain::{Class, Untrusted};
use crate::runtime::Exit;
use crate::view::Tone;

use super::CommandError;
use super::print::{Brush, beside, out};
use super::table::{self, Cell};

/// The version of the shape of `-o json`.
const VERSION: u32 = 1;

/// Runs it.
pub(super) fn run(
    cli: &Cli,
    arguments: &Decisions,
    folder: &std::path::Path,
    settings: &Settings,
    clock: &dyn Clock,
) -> Result<Exit, CommandError> {
    let path = folder.join(record::FILE);
    let shown = Untrusted::from(path.display().to_string()).shown();
    let reading = record::read(&path).map_err(|source| CommandError::Record {
        path: shown.clone(),
        source,
    })?;
    let since = arguments.since.map(|since| since.instant(clock.now()));
    let Reading {
        mut decisions,
        left_out,
    } = reading;
    decisions.retain(|it| is_asked_for(cli, it, since));
    let text = match (arguments.markdown, arguments.output) {
        (true, _) => markdown(&decisions),
        (false, Listing::Table) => lines(&decisions, Brush::choose(cli, settings)),
        (false, Listing::Json) => json(&shown, &decisions, &left_out)?,
    };
    for problem in left_out {
        beside(&format!("{shown}: {problem}"));
    }
    if decisions.is_empty() {
        beside(&format!("no decision in {shown} is what was asked for"));
    }
    out(&text)?;
    Ok(Exit::DONE)
}

/// The flags that choose a cluster and namespaces choose decisions as well.
fn is_asked_for(cli: &Cli, decision: &Decision, since: Option<Timestamp>) -> bool {
    let namespace = decision
        .rollout
        .split_once('/')
        .map_or("", |(namespace, _)| namespace);
    since.is_none_or(|since| decision.at >= since)
        && cli
            .context
            .as_deref()
            .is_none_or(|context| decision.cluster.raw() == context)
        && (cli.namespace.is_empty() || cli.namespace.iter().any(|it| it == namespace))
}

const HEADING: [&str; 7] = [
    "TIME (UTC)",
    "WHO",
    "WHAT",
    "WHERE",
    "OUTCOME",
    "EFFECT AFTER",
    "WHY",
];

fn lines(decisions: &[Decision], brush: Brush) -> String {
    let rows: Vec<Vec<Cell>> = decisions
        .iter()
        .map(|it| {
            let cells = [
                time(it.at, "%Y-%m-%d %H:%M:%S"),
                who(it),
                what(it),
                place(it),
                outcome(it),
                effect(it).unwrap_or_default(),
                clean(&it.reason),
            ];
            cells.into_iter().map(|text| (Tone::Text, text)).collect()
        })
        .collect();
    let mut text = String::new();
    for line in table::lines(&HEADING, &rows, brush) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// A timeline as a list: chat programs show lists, and few of them tables.
fn markdown(decisions: &[Decision]) -> String {
    let mut text = String::new();
    let mut day = String::new();
    for it in decisions {
        let its_day = time(it.at, "%Y-%m-%d");
        if its_day != day {
            let gap = if day.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}**Decisions of {its_day}** (UTC)\n");
            day = its_day;
        }
        let why = match clean(&it.reason) {
            reason if reason.is_empty() => String::new(),
            reason => format!(", because: {}", plain(&reason)),
        };
        let effect = effect(it)
            .map(|after| format!(", effect after {after}"))
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "- **{}** {}: **{}**{} {}: {}{why} → {}{effect}",
            time(it.at, "%H:%M:%S"),
            plain(&who(it)),
            plain(&clean(&it.step)),
            if is_override(it) { " (override)" } else { "" },
            plain(&place(it)),
            plain(&in_short(it)),
            plain(&outcome(it)),
        );
    }
    text
}

/// Text that Markdown shall not act on.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(
            character,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#'
        ) {
            plain.push('\\');
        }
        plain.push(character);
    }
    plain
}

fn time(at: Timestamp, format: &str) -> String {
    at.to_zoned(TimeZone::UTC).strftime(format).to_string()
}

/// The record is a file like any other: what stands in it is shown as text from outside.
fn clean(text: &str) -> String {
    Untrusted::from(text).shown()
}

fn who(decision: &Decision) -> String {
    decision
        .user
        .as_ref()
        .map_or_else(|| "?".to_owned(), Untrusted::shown)
}

fn place(decision: &Decision) -> String {
    format!("{} on {}", clean(&decision.rollout), decision.cluster)
}

/// The verb with what it did, and that something spoke against it.
fn what(decision: &Decision) -> String {
    let mark = if is_override(decision) { " (override)" } else { "" };
    format!("{}{mark}: {}", clean(&decision.step), in_short(decision))
}

fn is_override(decision: &Decision) -> bool {
    decision.class == Class::Override.word()
}

/// The plan's sentence up to its first end: what comes after explains it.
fn in_short(decision: &Decision) -> String {
    let sentence = clean(&decision.sentence);
    let first = sentence.split(". ").next().unwrap_or_default();
    let first = first.split(": ").next().unwrap_or_default();
    first.trim_end_matches('.').to_owned()
}

fn outcome(decision: &Decision) -> String {
    decision
        .outcome()
        .map_or_else(|| "not recorded".to_owned(), clean)
}

fn effect(decision: &Decision) -> Option<String> {
    decision.effect_after().map(|after| after.to_string())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    version: u32,
    file: &'a str,
    left_out: &'a [String],
    decisions: Vec<Entry>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: String,
    at: Timestamp,
    user: Option<String>,
    cluster: String,
    server: String,
    rollout: String,
    uid: String,
    step: String,
    class: String,
    what: String,
    reason: String,
    via: Option<String>,
    sentence: String,
    evidence: Vec<String>,
    requests: Vec<String>,
    outcome: Option<String>,
    effect_after_seconds: Option<u64>,
    outcomes: Vec<Became>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Became {
    at: Timestamp,
    words: String,
    audit_id: Option<String>,
}

fn json(file: &str, decisions: &[Decision], left_out: &[String]) -> Result<String, CommandError> {
    let report = Report {
        version: VERSION,
        file,
        left_out,
        decisions: decisions.iter().map(entry).collect(),
    };
    let text = serde_json::to_string_pretty(&report).map_err(|why| CommandError::Format {
        format: "JSON",
        why: why.to_string(),
    })?;
    Ok(format!("{text}\n"))
}

fn entry(it: &Decision) -> Entry {
    let all = |texts: &[String]| texts.iter().map(|text| clean(text)).collect();
    Entry {
        id: clean(&it.id),
        at: it.at,
        user: it.user.as_ref().map(Untrusted::shown),
        cluster: it.cluster.shown(),
        server: it.server.shown(),
        rollout: clean(&it.rollout),
        uid: it.uid.shown(),
        step: clean(&it.step),
        class: clean(&it.class),
        what: in_short(it),
        reason: clean(&it.reason),
        via: it.via.as_deref().map(clean),
        sentence: clean(&it.sentence),
        evidence: all(&it.evidence),
        requests: all(&it.requests),
        outcome: it.outcome().map(clean),
        effect_after_seconds: it.effect_after().map(|after| after.0),
        outcomes: it
            .outcomes
            .iter()
            .map(|became| Became {
                at: became.at,
                words: clean(&became.words),
                audit_id: became.audit_id.as_ref().map(Untrusted::shown),
            })
            .collect(),
    }
}
