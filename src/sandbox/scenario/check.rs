//! From the text of a scenario to one that can be played. Every mistake is told with its place and what can be written instead.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use super::written::{Act, App, At, Image, Manifest, Written};
use super::{fleet, git, manifest};
use crate::fault::{Fault, remedy_for};
use crate::sandbox::control::{Behaviour, Failure};

/// A year: what is further away was mistyped.
const FURTHEST: i64 = 366 * 86_400;

/// Pods of one scenario. More would make a laptop slow, not the lesson better.
const MOST_PODS: u64 = 20_000;

/// What can go wrong with an image.
const FAILURES: [&str; 3] = ["pull", "crash", "unready"];

/// How fast and how random a scenario is played.
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
        let mut checking = Checking {
            path,
            text,
            faults: Vec::new(),
        };
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
        if !checking.faults.is_empty() {
            checking.faults.sort_by_key(|(start, _)| *start);
            let faults = checking.faults.into_iter().map(|(_, fault)| fault);
            return Err(ScenarioError::Faults(faults.collect()));
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

/// A text being checked, and the mistakes found so far.
struct Checking<'a> {
    path: &'a str,
    text: &'a str,
    faults: Vec<(usize, Fault)>,
}

impl Checking<'_> {
    fn fault(&mut self, at: Range<usize>, what: &str, remedy: &str) {
        let start = at.start;
        self.faults
            .push((start, Fault::at(self.path, self.text, Some(at), what, remedy)));
    }

    fn time(&mut self, at: &At<i64>) {
        if at.get_ref().abs() > FURTHEST {
            let what = format!("{} seconds are more than a year", at.get_ref());
            self.fault(
                at.span(),
                &what,
                "write the seconds from the start; before it they are negative",
            );
        }
    }

    fn every(&mut self, every: &At<u32>) {
        if *every.get_ref() == 0 {
            self.fault(every.span(), "nothing happens every 0 seconds", "write 1 or more");
        }
    }

    fn images(&mut self, images: &[Image]) {
        for (index, image) in images.iter().enumerate() {
            let name = image.name.get_ref();
            if images
                .iter()
                .take(index)
                .any(|other| other.name.get_ref() == name)
            {
                let what = format!("the image {name} is described twice");
                self.fault(image.name.span(), &what, "remove one of the two");
            }
            let fails = image.fails.as_ref();
            if let Some(fails) = fails.filter(|fails| !FAILURES.contains(&fails.get_ref().as_str())) {
                let word = fails.get_ref();
                let what = format!("\"{word}\" is no way to fail");
                self.fault(fails.span(), &what, &remedy_for(word, FAILURES.into_iter()));
            }
            if let Some(after) = &image.after
                && fails.is_none_or(|fails| fails.get_ref() != "crash")
            {
                let remedy = "write fails = \"crash\" beside it, or remove it";
                self.fault(after.span(), "only what crashes does so after a time", remedy);
            }
        }
    }

    fn apps(&mut self, apps: &[App]) {
        for (index, app) in apps.iter().enumerate() {
            if apps.iter().take(index).any(|other| other.path() == app.path()) {
                let what = format!("the app {} is there twice", app.path());
                self.fault(app.name.span(), &what, "give one of the two another name");
            }
            self.time(&app.at);
            let shares = [&app.surge, &app.unavailable].into_iter().flatten();
            for share in shares.chain(app.budget.as_ref().map(|it| &it.available)) {
                if !manifest::is_number_or_percent(share.get_ref()) {
                    let what = format!("\"{}\" is neither a number nor a percentage", share.get_ref());
                    self.fault(share.span(), &what, "write \"2\" or \"25%\"");
                }
            }
            let tools = git::TOOLS.map(|(word, _)| word);
            if let Some(git) = &app.git {
                let word = git.tool.get_ref().as_str();
                if !tools.contains(&word) {
                    let what = format!("\"{word}\" is no tool that is known here");
                    self.fault(git.tool.span(), &what, &remedy_for(word, tools.into_iter()));
                }
                if app.autoscale.is_some() {
                    let what = "git and autoscale would set the number of pods in turn, for ever";
                    self.fault(git.tool.span(), what, "remove one of the two");
                }
            }
            if let Some(scale) = &app.autoscale
                && !(1..=*scale.most.get_ref()).contains(scale.least.get_ref())
            {
                let what = format!(
                    "from {} to {} there is nothing between",
                    scale.least.get_ref(),
                    scale.most.get_ref()
                );
                self.fault(
                    scale.least.span(),
                    &what,
                    "write at least 1, and not more than `most`",
                );
            }
        }
    }

    fn fleets(&mut self, written: &Written) {
        let mut pods: u64 = written
            .apps
            .iter()
            .map(|app| u64::from(*app.replicas.get_ref()))
            .sum();
        let mut last = written.apps.last().map(|app| app.replicas.span());
        for fleet in &written.fleets {
            self.time(&fleet.at);
            if *fleet.namespaces.get_ref() == 0 {
                self.fault(
                    fleet.namespaces.span(),
                    "a fleet needs a namespace",
                    "write 1 or more",
                );
            }
            if let Some(releases) = &fleet.releases {
                self.time(&releases.at);
                self.every(&releases.every);
                if releases.images.get_ref().is_empty() {
                    self.fault(
                        releases.images.span(),
                        "nothing is released",
                        "name at least one image",
                    );
                }
            }
            let apps = u64::from(*fleet.apps.get_ref());
            pods = pods.saturating_add(apps.saturating_mul((*fleet.replicas.get_ref()).into()));
            last = Some(fleet.apps.span());
        }
        if let Some(last) = last.filter(|_| pods > MOST_PODS) {
            let what = format!("{pods} pods are more than the {MOST_PODS} that are simulated");
            self.fault(last, &what, "write fewer apps or replicas");
        }
    }

    fn object(&mut self, written: &Manifest) -> Option<(i64, Value, Range<usize>)> {
        self.time(&written.at);
        let span = written.yaml.span();
        let object: Value = match serde_saphyr::from_str(written.yaml.get_ref()) {
            Ok(object) => object,
            Err(error) => {
                let what = error.to_string();
                let what = what.lines().next().unwrap_or_default();
                self.fault(span, &format!("it is no YAML: {what}"), "correct it");
                return None;
            }
        };
        for field in ["apiVersion", "kind"] {
            if object.get(field).is_none_or(|value| !value.is_string()) {
                let what = format!("the object has no {field}");
                self.fault(span, &what, "write it as kubectl would take it");
                return None;
            }
        }
        Some((*written.at.get_ref(), object, span))
    }

    fn acts(&mut self, acts: &[Act], apps: &[App], fleets: &[App]) {
        let paths: Vec<String> = apps.iter().chain(fleets).map(App::path).collect();
        for act in acts {
            self.time(&act.at);
            act.every.as_ref().into_iter().for_each(|every| self.every(every));
            if !paths.contains(act.app.get_ref()) {
                let what = format!("there is no app \"{}\"", act.app.get_ref());
                // A fleet's names are too many to list.
                let known = apps.iter().map(App::path).collect::<Vec<_>>();
                let remedy = remedy_for(act.app.get_ref(), known.iter().map(String::as_str));
                self.fault(act.app.span(), &what, &remedy);
            }
            if act.is_idle() {
                let remedy = "add images, pause, replicas, restart or delete";
                self.fault(act.app.span(), "this does nothing", remedy);
            }
        }
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
