//! Whether a scenario makes sense: every mistake is found, with its place and what can be written instead.

use std::ops::Range;

use serde_json::Value;

use super::written::{Act, App, At, Image, Manifest, Written};
use super::{git, manifest};
use crate::fault::{Fault, remedy_for};
use crate::sandbox::objects::MOST_PODS;
use crate::sandbox::traffic::Plan;

/// A year: what is further away was mistyped.
const FURTHEST: u64 = 366 * 86_400;

/// What can go wrong with an image.
const FAILURES: [&str; 3] = ["pull", "crash", "unready"];

/// A text being checked, and the mistakes found so far.
pub(super) struct Checking<'a> {
    path: &'a str,
    text: &'a str,
    faults: Vec<(usize, Fault)>,
}

impl<'a> Checking<'a> {
    pub(super) fn of(path: &'a str, text: &'a str) -> Self {
        Self {
            path,
            text,
            faults: Vec::new(),
        }
    }

    /// The mistakes, in the order of the text.
    pub(super) fn faults(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(|(start, _)| *start);
        self.faults.into_iter().map(|(_, fault)| fault).collect()
    }

    fn fault(&mut self, at: Range<usize>, what: &str, remedy: &str) {
        let start = at.start;
        self.faults
            .push((start, Fault::at(self.path, self.text, Some(at), what, remedy)));
    }

    fn time(&mut self, at: &At<i64>) {
        if at.get_ref().unsigned_abs() > FURTHEST {
            let what = format!("{} seconds are more than a year", at.get_ref());
            self.fault(
                at.span(),
                &what,
                "write the seconds from the start; before it they are negative",
            );
        }
    }

    fn traffic(&mut self, plan: Option<&At<Plan>>) {
        if let Some(plan) = plan
            && let Some(why) = plan.get_ref().fault()
        {
            self.fault(plan.span(), why, "correct it here");
        }
    }

    fn every(&mut self, every: &At<u32>) {
        if *every.get_ref() == 0 {
            self.fault(every.span(), "nothing happens every 0 seconds", "write 1 or more");
        }
    }

    pub(super) fn images(&mut self, images: &[Image]) {
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
            if let Some(serves) = &image.serves
                && let Some(why) = serves.get_ref().fault()
            {
                self.fault(serves.span(), why, "correct it here");
            }
            if let Some(after) = &image.after
                && fails.is_none_or(|fails| fails.get_ref() != "crash")
            {
                let remedy = "write fails = \"crash\" beside it, or remove it";
                self.fault(after.span(), "only what crashes does so after a time", remedy);
            }
        }
    }

    pub(super) fn apps(&mut self, apps: &[App]) {
        for (index, app) in apps.iter().enumerate() {
            if apps.iter().take(index).any(|other| other.path() == app.path()) {
                let what = format!("the app {} is there twice", app.path());
                self.fault(app.name.span(), &what, "give one of the two another name");
            }
            self.time(&app.at);
            self.traffic(app.traffic.as_ref());
            let shares = [&app.surge, &app.unavailable].into_iter().flatten();
            for share in shares.chain(app.budget.as_ref().map(|it| &it.available)) {
                if !manifest::is_number_or_percent(share.get_ref()) {
                    let what = format!("\"{}\" is neither a number nor a percentage", share.get_ref());
                    self.fault(share.span(), &what, "write \"2\" or \"25%\"");
                }
            }
            if let Some(budget) = &app.budget
                && manifest::percent(budget.available.get_ref()).is_some_and(|percent| percent > 100)
            {
                let what = format!("{} of the pods are more than all", budget.available.get_ref());
                self.fault(budget.available.span(), &what, "write at most \"100%\"");
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
                && *scale.cpu.get_ref() == 0
            {
                self.fault(
                    scale.cpu.span(),
                    "no use of CPU is aimed at",
                    "write a percentage, 1 or more",
                );
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

    pub(super) fn fleets(&mut self, written: &Written) {
        // As many as each is ever asked to have.
        let asked = |app: &App| {
            let acts = written.acts.iter().filter(|act| *act.app.get_ref() == app.path());
            let most = acts
                .filter_map(|act| Some(*act.replicas.as_ref()?.get_ref()))
                .max();
            u64::from(most.unwrap_or(0).max(*app.replicas.get_ref()))
        };
        let mut pods: u64 = written.apps.iter().map(asked).fold(0, u64::saturating_add);
        let mut last = written.apps.last().map(|app| app.replicas.span());
        for fleet in &written.fleets {
            self.time(&fleet.at);
            self.traffic(fleet.traffic.as_ref());
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
        let most = u64::try_from(MOST_PODS).unwrap_or(u64::MAX);
        if let Some(last) = last.filter(|_| pods > most) {
            let what = format!("{pods} pods are more than the {most} that are simulated");
            self.fault(last, &what, "write fewer apps or replicas");
        }
    }

    pub(super) fn object(&mut self, written: &Manifest) -> Option<(i64, Value, Range<usize>)> {
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

    pub(super) fn acts(&mut self, acts: &[Act], apps: &[App], fleets: &[App]) {
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
