//! The users of a scenario's apps: what is wrong with what is said of them, and what the traffic is made from.

use std::collections::BTreeMap;
use std::ops::Range;

use super::check::Scenario;
use super::written::Written;
use crate::sandbox::traffic::{Plan, Serving, Users};

/// What cannot be meant, each with its place.
pub(super) fn faults(written: &Written) -> Vec<(Range<usize>, &'static str)> {
    let apps = written.apps.iter().map(|it| &it.traffic);
    let fleets = written.fleets.iter().map(|it| &it.traffic);
    let plans = apps.chain(fleets).flatten();
    let plans = plans.filter_map(|it| Some((it.span(), it.get_ref().fault()?)));
    let images = written.images.iter().filter_map(|it| it.serves.as_ref());
    let images = images.filter_map(|it| Some((it.span(), it.get_ref().fault()?)));
    plans.chain(images).collect()
}

/// Rates of errors come sooner, too.
pub(super) fn quicker(written: &mut Written, quicker: impl Fn(u32) -> u32) {
    for serving in written.images.iter_mut().filter_map(|it| it.serves.as_mut()) {
        let serving = serving.get_mut();
        serving.errors_after = quicker(serving.errors_after);
    }
}

impl Scenario {
    /// Who uses which Service (namespace, name), and how images answer.
    pub(in crate::sandbox) fn traffic(&self) -> Users {
        let plans: Vec<((String, String), Plan)> = self
            .written
            .apps
            .iter()
            .filter_map(|app| {
                let place = (app.namespace.get_ref().clone(), app.name.get_ref().clone());
                Some((place, *app.traffic.as_ref()?.get_ref()))
            })
            .collect();
        let images: BTreeMap<String, Serving> = self
            .written
            .images
            .iter()
            .filter_map(|image| {
                let serving = image.serves.as_ref()?;
                Some((image.name.get_ref().clone(), *serving.get_ref()))
            })
            .collect();
        Users { plans, images }
    }
}
