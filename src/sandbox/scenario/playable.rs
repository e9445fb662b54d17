//! A scenario that can be played: as it is written, or faster.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use super::check::Checking;
use super::fleet;
use super::written::{App, At, Image, Written};
use crate::fault::Fault;
use crate::sandbox::control::{Behaviour, Failure};
use crate::sandbox::traffic::{Serving, Users};

/// How fast a scenario is played.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=100.0;

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The mistakes, of which there is at least one, in the order of the text.
    #[error("the scenario cannot be played: {}", first(.0))]
    Faults(Vec<Fault>),
    #[error("the speed is {0}, but must lie between 0.1 and 100; 1 is the speed of a real cluster")]
    Speed(f64),
}

impl ScenarioError {
    /// What is wrong with the file.
    pub fn faults(&self) -> &[Fault] {
        match self {
            Self::Faults(faults) => faults,
            Self::Speed(_) => &[],
        }
    }
}

fn first(faults: &[Fault]) -> String {
    let first = faults.first().map(Fault::to_string).unwrap_or_default();
    match faults.len().saturating_sub(1) {
        0 => first,
        others => format!("{first} (and {others} more)"),
    }
}

/// A scenario that can be played.
#[derive(Clone, Debug)]
pub struct Scenario {
    path: String,
    text: String,
    pub(super) written: Written,
    /// The objects given as YAML, with when they come to be and their place.
    pub(super) objects: Vec<(i64, Value, Range<usize>)>,
}

impl Scenario {
    /// Reads one. `path` is only told.
    ///
    /// # Errors
    ///
    /// Every mistake in it; the first one where it is no TOML, or has a field that no scenario has.
    pub fn parse(path: &str, text: &str) -> Result<Self, ScenarioError> {
        let written: Written = toml::from_str(text)
            .map_err(|error| ScenarioError::Faults(vec![Fault::from_toml(path, text, &error)]))?;
        let mut checking = Checking::of(path, text);
        checking.images(&written.images);
        checking.apps(&written.apps);
        checking.fleets(&written);
        let apps: Vec<App> = written.fleets.iter().flat_map(fleet::apps).collect();
        let objects = written
            .objects
            .iter()
            .filter_map(|it| checking.object(it))
            .collect();
        checking.acts(&written.acts, &written.apps, &apps);
        let faults = checking.faults();
        if !faults.is_empty() {
            return Err(ScenarioError::Faults(faults));
        }
        let mut written = written;
        written.apps.extend(apps);
        Ok(Self {
            path: path.to_owned(),
            text: text.to_owned(),
            written,
            objects,
        })
    }

    /// The same, so many times faster: what is done and how long containers take, not the limits that Kubernetes sets.
    ///
    /// # Errors
    ///
    /// When nobody could follow it.
    pub fn at_speed(mut self, speed: f64) -> Result<Self, ScenarioError> {
        if !SPEEDS.contains(&speed) {
            return Err(ScenarioError::Speed(speed));
        }
        let written = &mut self.written;
        for image in &mut written.images {
            image.start = quicker(image.start, speed);
            image.ready = quicker(image.ready, speed);
            if let Some(after) = &mut image.after {
                *after.get_mut() = quicker(*after.get_ref(), speed);
            }
            if let Some(serves) = &mut image.serves {
                serves.get_mut().errors_after = quicker(serves.get_ref().errors_after, speed);
            }
        }
        for act in &mut written.acts {
            sooner(&mut act.at, speed);
            if let Some(every) = &mut act.every {
                *every.get_mut() = quicker(*every.get_ref(), speed);
            }
        }
        for releases in written.fleets.iter_mut().filter_map(|it| it.releases.as_mut()) {
            sooner(&mut releases.at, speed);
            *releases.every.get_mut() = quicker(*releases.every.get_ref(), speed);
        }
        for app in &mut written.apps {
            sooner(&mut app.at, speed);
            if let Some(git) = &mut app.git {
                git.after = quicker(git.after, speed);
            }
        }
        for (at, ..) in &mut self.objects {
            *at = in_future(*at, speed);
        }
        Ok(self)
    }

    /// What it is about, in a line.
    pub fn about(&self) -> &str {
        &self.written.about
    }

    /// How containers behave, by their image.
    pub(in crate::sandbox) fn behaviours(&self) -> BTreeMap<String, Behaviour> {
        let behaviour = |image: &Image| Behaviour {
            start: image.start,
            ready: image.ready,
            failure: failure(image),
        };
        let images = self.written.images.iter();
        images
            .map(|image| (image.name.get_ref().clone(), behaviour(image)))
            .collect()
    }

    /// Who uses which Service (namespace, name), and how images answer.
    pub(in crate::sandbox) fn traffic(&self) -> Users {
        let service = |app: &App| (app.namespace.get_ref().clone(), app.name.get_ref().clone());
        let plan = |app: &App| Some((service(app), *app.traffic.as_ref()?.get_ref()));
        let serving = |image: &Image| {
            let serves = image
                .serves
                .as_ref()
                .map_or_else(Serving::default, |it| *it.get_ref());
            (image.name.get_ref().clone(), serves)
        };
        Users {
            plans: self.written.apps.iter().filter_map(plan).collect(),
            images: self.written.images.iter().map(serving).collect(),
        }
    }

    /// That something in it is wrong after all.
    pub(super) fn refused(&self, at: Range<usize>, what: &str) -> ScenarioError {
        let what = format!("the API server refuses it: {what}");
        let fault = Fault::at(&self.path, &self.text, Some(at), &what, "correct it here");
        ScenarioError::Faults(vec![fault])
    }
}

fn quicker(seconds: u32, speed: f64) -> u32 {
    let quicker = (f64::from(seconds) / speed)
        .ceil()
        .clamp(0.0, f64::from(u32::MAX));
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what fits, and whole"
    )]
    let quicker = quicker as u32;
    quicker
}

fn sooner(at: &mut At<i64>, speed: f64) {
    *at.get_mut() = in_future(*at.get_ref(), speed);
}

/// The past stays where it is.
fn in_future(at: i64, speed: f64) -> i64 {
    u32::try_from(at).map_or(at, |at| quicker(at, speed).into())
}

fn failure(image: &Image) -> Failure {
    let after = image.after.as_ref().map_or(image.ready, |after| *after.get_ref());
    let word = image.fails.as_ref().map(|fails| fails.get_ref().as_str());
    Failure::of(word, after).unwrap_or(Failure::None)
}

#[cfg(test)]
#[path = "scenario_tests.rs"]
mod tests;
