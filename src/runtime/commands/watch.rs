//! `status --watch`: goes on after the first answer, until it is interrupted or nobody reads. In a terminal the answer is painted
//! over itself; elsewhere every change is a line, or a document, of its own.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::time::Duration;

use crate::cli::Shape;
use crate::domain::{Rollout, RolloutKey};
use crate::runtime::Exit;
use crate::view;

use super::CommandError;
use super::missing::missing_words;
use super::numbers::numbers;
use super::opened::{Missing, Opened};
use super::print::{Brush, Reader, beside, out};
use super::report::Change;
use super::status::{answer, one_of_many, rollouts, row};

/// Between two looks while nothing is heard: ages go on.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What must differ for a change to be one: what a row says, without what only time moves.
type Face = (String, String, String, &'static str);

/// Follows until nobody reads.
pub(super) async fn follow(
    mut opened: Opened,
    one: Option<&RolloutKey>,
    shape: Shape,
    brush: Brush,
) -> Result<Exit, CommandError> {
    let paints = shape == Shape::Table && io::stdout().is_terminal();
    let mut painting = Painting::default();
    // One that went away while it was being read is told as gone, as if it had been shown.
    let mut faces: BTreeMap<RolloutKey, Face> = one
        .filter(|key| opened.model.rollout(key).is_none())
        .map(|key| (key.clone(), Face::default()))
        .into_iter()
        .collect();
    let mut missing = Vec::new();
    loop {
        let text = if paints {
            painting.next(&opened, one, brush)?
        } else {
            tell_changed(&opened, &mut missing);
            changes(&opened, one, shape, &mut faces)?
        };
        if !text.is_empty() && out(&text)? == Reader::Left {
            return Ok(Exit::DONE);
        }
        opened.hear_for(LOOK_EVERY).await?;
    }
}

/// What is not heard any more, and what is heard again.
fn tell_changed(opened: &Opened, before: &mut Vec<Missing>) {
    let now = opened.missing();
    for lost in now.iter().filter(|it| !before.contains(it)) {
        beside(&missing_words(lost));
    }
    if now.is_empty() && !before.is_empty() {
        beside("everything is heard again");
    }
    *before = now;
}

/// A line or document for each rollout that is not as it was told.
fn changes(
    opened: &Opened,
    one: Option<&RolloutKey>,
    shape: Shape,
    faces: &mut BTreeMap<RolloutKey, Face>,
) -> Result<String, CommandError> {
    let shown = rollouts(opened, one);
    let mut text = String::new();
    let gone: Vec<RolloutKey> = faces
        .keys()
        .filter(|key| !shown.iter().any(|it| it.key == **key))
        .cloned()
        .collect();
    for key in gone {
        faces.remove(&key);
        text.push_str(&match shape {
            Shape::Table => line(opened, &["gone".to_owned(), key.to_string()]),
            Shape::Name => String::new(),
            Shape::Json | Shape::Yaml => one_of_many(&Change::gone(opened, &key), shape)?,
        });
    }
    for rollout in shown {
        let face = face(opened, rollout);
        if faces.get(&rollout.key) == Some(&face) {
            continue;
        }
        let told = match shape {
            Shape::Table => {
                let cells: Vec<String> = row(opened, rollout)
                    .into_iter()
                    .map(|(_, text)| text)
                    .filter(|text| !text.is_empty())
                    .collect();
                // The age ends the row; the time that begins the line tells more.
                line(opened, cells.split_last().map_or(&[], |(_, cells)| cells))
            }
            Shape::Name => format!("{}/{}\n", rollout.key.driver.resource(), rollout.key),
            Shape::Json | Shape::Yaml => one_of_many(&Change::to(opened, rollout), shape)?,
        };
        text.push_str(&told);
        faces.insert(rollout.key.clone(), face);
    }
    Ok(text)
}

fn face(opened: &Opened, rollout: &Rollout) -> Face {
    let now = opened.now();
    let (_, state, _) = view::state(rollout.state(now));
    let (_, _, progress) = view::progress(rollout);
    let reason = rollout.finding(now).map_or("", |it| numbers(&it.reason).0);
    (state.to_owned(), view::revisions(rollout), progress, reason)
}

fn line(opened: &Opened, cells: &[String]) -> String {
    let at = opened.now().strftime("%Y-%m-%dT%H:%M:%SZ");
    format!("{at}   {}\n", cells.join("   "))
}

/// What stands in the terminal, to be painted over.
#[derive(Default)]
struct Painting {
    before: String,
}

impl Painting {
    /// The bytes that replace what stands there; none when it is as it should be.
    fn next(
        &mut self,
        opened: &Opened,
        one: Option<&RolloutKey>,
        brush: Brush,
    ) -> Result<String, CommandError> {
        let mut text = answer(opened, one, Shape::Table, brush)?;
        for missing in opened.missing() {
            text.push_str(&missing_words(&missing));
            text.push('\n');
        }
        if text.is_empty() {
            "no rollouts\n".clone_into(&mut text);
        }
        let (_, height) = crossterm::terminal::size().unwrap_or((80, 24));
        let text = at_most(&text, usize::from(height).saturating_sub(1).max(1));
        if text == self.before {
            return Ok(String::new());
        }
        let lines = self.before.matches('\n').count();
        let up = if lines > 0 {
            format!("\u{1b}[{lines}A")
        } else {
            String::new()
        };
        // Long lines are cut by the terminal itself, or they could not be painted over.
        let bytes = format!("{up}\r\u{1b}[J\u{1b}[?7l{text}\u{1b}[?7h");
        self.before = text;
        Ok(bytes)
    }
}

/// The first lines, and how many more there are.
fn at_most(text: &str, most: usize) -> String {
    let all = text.lines().count();
    if all <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let some: String = text.lines().take(kept).flat_map(|line| [line, "\n"]).collect();
    format!("{some}… {} more lines\n", all.saturating_sub(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        assert_eq!(at_most("a\nb\n", 2), "a\nb\n");
        assert_eq!(at_most("a\nb\nc\n", 2), "a\n… 2 more lines\n");
        assert_eq!(at_most("a\nb\n", 1), "… 2 more lines\n");
    }
}
