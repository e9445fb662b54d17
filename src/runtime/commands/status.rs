//! `status`: where rollouts stand. It says what is, and leaves judging to `check`.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::app::Context;
use crate::cli::{Cli, Shape, Status};
use crate::clock::Clock;
use crate::config::Settings;
use crate::domain::{Rollout, RolloutKey};
use crate::runtime::Exit;
use crate::runtime::source::Opening;
use crate::view::{self, Tone, Words};

use serde::Serialize;

use super::CommandError;
use super::find::{Wanted, find};
use super::missing::{tell_empty, tell_missing};
use super::opened::Opened;
use super::print::{Brush, out};
use super::report::Report;
use super::table::{self, Cell};
use super::watch;

const HEADING: [&str; 7] = [
    "STATE", "ROLLOUT", "STRATEGY", "REVISION", "PROGRESS", "REASON", "AGE",
];

/// Runs it.
pub(super) async fn run(
    cli: &Cli,
    status: Status,
    opening: Opening,
    settings: &Settings,
    clock: Arc<dyn Clock>,
) -> Result<Exit, CommandError> {
    let brush = Brush::choose(cli, settings);
    let (opened, one) = open(&status, opening, &clock).await?;
    if status.watch {
        return watch::follow(opened, one.as_ref(), status.output, brush).await;
    }
    if let Some(key) = one.as_ref().filter(|key| opened.model.rollout(key).is_none()) {
        return Err(CommandError::Rollout(format!(
            "{key} was deleted while it was read; flightdeck status lists those there are"
        )));
    }
    let text = answer(&opened, one.as_ref(), status.output, brush)?;
    tell_missing(&opened);
    tell_empty(&opened);
    out(&text)?;
    Ok(Exit::DONE)
}

/// The cluster, and the one rollout that is asked for, if one is.
async fn open(
    status: &Status,
    opening: Opening,
    clock: &Arc<dyn Clock>,
) -> Result<(Opened, Option<RolloutKey>), CommandError> {
    if let Some(name) = &status.rollout {
        let (opened, key) = find(opening, &Wanted::read(name)?, clock).await?;
        return Ok((opened, Some(key)));
    }
    let namespaces = opening.namespaces.clone();
    Ok((Opened::read(opening, namespaces, Arc::clone(clock)).await?, None))
}

/// The rollouts to tell of, those that need a human first.
pub(super) fn rollouts<'a>(opened: &'a Opened, one: Option<&RolloutKey>) -> Vec<&'a Rollout> {
    let model = &opened.model;
    let keys = match one {
        Some(key) => vec![key.clone()],
        None => model.rows(opened.context().now),
    };
    keys.iter().filter_map(|key| model.rollout(key)).collect()
}

/// The answer as text, made whole before any of it is written.
pub(super) fn answer(
    opened: &Opened,
    one: Option<&RolloutKey>,
    shape: Shape,
    brush: Brush,
) -> Result<String, CommandError> {
    let rollouts = rollouts(opened, one);
    let report = || Report::of(opened, rollouts.iter().copied());
    match (shape, one) {
        (Shape::Json, _) => json(&report()),
        (Shape::Yaml, _) => yaml(&report()),
        (Shape::Name, _) => Ok(rollouts.iter().fold(String::new(), |mut text, rollout| {
            let _ = writeln!(text, "{}/{}", rollout.key.driver.resource(), rollout.key);
            text
        })),
        (Shape::Table, None) => Ok(fleet(opened, &rollouts, brush)),
        (Shape::Table, Some(_)) => Ok(rollouts
            .iter()
            .map(|rollout| details(opened, rollout, brush))
            .collect()),
    }
}

fn json(report: &Report) -> Result<String, CommandError> {
    let text = serde_json::to_string_pretty(report).map_err(|why| no_json(&why))?;
    Ok(format!("{text}\n"))
}

fn yaml(document: &impl Serialize) -> Result<String, CommandError> {
    serde_saphyr::to_string(document).map_err(|why| CommandError::Format {
        format: "YAML",
        why: why.to_string(),
    })
}

fn no_json(why: &serde_json::Error) -> CommandError {
    CommandError::Format {
        format: "JSON",
        why: why.to_string(),
    }
}

/// One of many: a line of JSON, or a document of YAML.
pub(super) fn one_of_many(document: &impl Serialize, shape: Shape) -> Result<String, CommandError> {
    if shape == Shape::Yaml {
        return Ok(format!("---\n{}", yaml(document)?));
    }
    let text = serde_json::to_string(document).map_err(|why| no_json(&why))?;
    Ok(format!("{text}\n"))
}

fn fleet(opened: &Opened, rollouts: &[&Rollout], brush: Brush) -> String {
    let rows: Vec<Vec<Cell>> = rollouts.iter().map(|rollout| row(opened, rollout)).collect();
    let mut text = String::new();
    for line in table::lines(&HEADING, &rows, brush) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// The fleet's own words.
pub(super) fn row(opened: &Opened, rollout: &Rollout) -> Vec<Cell> {
    let row = view::fleet_row(&opened.context(), &opened.model, rollout);
    let (_, _, progress) = row.progress;
    vec![
        row.state,
        (Tone::Text, row.name),
        (Tone::Text, row.strategy.to_owned()),
        (Tone::Text, row.revision),
        (Tone::Text, progress),
        row.waiting_for,
        (Tone::Text, row.age),
    ]
}

/// The rollout screen's own words: what runs, why it does not move, who else writes here.
fn details(opened: &Opened, rollout: &Rollout, brush: Brush) -> String {
    let context = Context {
        now: opened.now(),
        ..opened.context()
    };
    let mut lines = vec![view::rollout_title(rollout)];
    lines.push(view::rollout_status(&context, rollout).1);
    for more in [view::rollout_steps(rollout), view::rollout_weights(rollout)] {
        if !more.is_empty() {
            lines.push(more);
        }
    }
    lines.push(Vec::new());
    lines.extend(view::revision_lines(&context, rollout, &opened.model.seen, None));
    lines.push(Vec::new());
    lines.extend(view::why_lines(&context, rollout));
    let mut text = String::new();
    for line in lines {
        text.push_str(painted(&line, brush).trim_end());
        text.push('\n');
    }
    text
}

fn painted(words: &Words, brush: Brush) -> String {
    words
        .iter()
        .map(|(tone, word)| brush.paint(*tone, word))
        .collect()
}
