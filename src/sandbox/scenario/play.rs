//! A scenario that is being played: everything in it at its time, by those who do it. What follows is the controllers' business.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::git::Kept;
use super::manifest;
use super::playable::{Scenario, ScenarioError};
use super::written::{Act, App};
use crate::sandbox::ids::Ids;
use crate::sandbox::json::{set, take, text};
use crate::sandbox::objects::{Deletion, How, Objects, Part, stamp};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::resource::{DEPLOYMENTS, NAMESPACES, SERVICES, by_id};
use crate::sandbox::store::Key;

/// How often those who keep a Deployment as a repository says look at it.
const LOOK: SignedDuration = SignedDuration::from_secs(2);

/// The manager that brings apps when nobody else does.
const BROUGHT_BY: &str = "release-bot";

/// Something that happens at its time.
#[derive(Debug)]
enum Deed {
    /// An object given as YAML.
    Object(Value),
    /// The app of that number comes to be.
    App(usize),
    /// The act of that number, and how often it was.
    Act(usize, usize),
    /// One of the fleet of that number, whose apps begin there, gets another image.
    Release { fleet: usize, first: usize },
    /// Those who keep things look.
    Look,
}

/// A scenario on its way.
#[derive(Debug)]
pub(in crate::sandbox) struct Play {
    scenario: Scenario,
    began: Timestamp,
    deeds: Vec<Deed>,
    due: BTreeSet<(Timestamp, usize)>,
    /// Who keeps which app, by the app's number.
    kept: Vec<Option<Kept>>,
    lots: Ids,
}

impl Play {
    /// Begins now; lots are drawn from the seed.
    pub(in crate::sandbox) fn new(scenario: Scenario, seed: [u8; 16], now: Timestamp) -> Self {
        let began = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let at = |seconds| {
            began
                .checked_add(SignedDuration::from_secs(seconds))
                .unwrap_or(began)
        };
        let (times, deeds): (Vec<i64>, Vec<Deed>) = planned(&scenario).into_iter().unzip();
        let kept = |app: &App| app.git.as_ref().and_then(Kept::new);
        Self {
            began,
            due: times
                .into_iter()
                .enumerate()
                .map(|(number, seconds)| (at(seconds), number))
                .collect(),
            deeds,
            kept: scenario.written.apps.iter().map(kept).collect(),
            lots: Ids::from_seed(seed),
            scenario,
        }
    }

    /// The earliest that anything happens.
    pub(in crate::sandbox) fn start(&self) -> Timestamp {
        self.due().unwrap_or(self.began).min(self.began)
    }

    /// When something happens next.
    pub(in crate::sandbox) fn due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Makes the namespaces, and tries what is written out.
    ///
    /// # Errors
    ///
    /// When the API server would not take an object, with its place in the scenario.
    pub(in crate::sandbox) fn furnish(
        &self,
        objects: &mut Objects,
        at: Timestamp,
    ) -> Result<(), ScenarioError> {
        let how = by(BROUGHT_BY, at);
        let refused = |place: std::ops::Range<usize>| {
            let scenario = &self.scenario;
            move |refusal: Refusal| scenario.refused(place, text(&refusal.status(), &["message"]))
        };
        let (Some(namespaces), Some(deployments)) = (by_id(NAMESPACES), by_id(DEPLOYMENTS)) else {
            return Ok(());
        };
        let apps = &self.scenario.written.apps;
        let mut names = vec![("kube-system", 0..0), ("default", 0..0)];
        names.extend(
            apps.iter()
                .map(|app| (app.namespace.get_ref().as_str(), app.namespace.span())),
        );
        names.extend(
            self.scenario
                .objects
                .iter()
                .map(|(_, object, place)| (text(object, &["metadata", "namespace"]), place.clone())),
        );
        for (name, place) in names.into_iter().filter(|(name, _)| !name.is_empty()) {
            if objects.store.get(&Key::new(NAMESPACES, "", name)).is_none() {
                let object = json!({ "metadata": { "name": name, "labels": { "kubernetes.io/metadata.name": name } } });
                objects.create(namespaces, object, how).map_err(refused(place))?;
            }
        }
        let tried = How { dry_run: true, ..how };
        let mut last = usize::MAX;
        for app in apps {
            // Those of a fleet are alike: the first speaks for all.
            let place = app.name.span();
            if std::mem::replace(&mut last, place.start) != place.start {
                objects
                    .create(deployments, manifest::deployment(app), tried)
                    .map_err(refused(place))?;
            }
        }
        // Definitions first: the others may be of the kinds that they define.
        for (_, object, place) in self
            .scenario
            .objects
            .iter()
            .filter(|(_, it, _)| is_definition(it))
        {
            objects
                .create_any(object.clone(), how)
                .map_err(refused(place.clone()))?;
        }
        for (_, object, place) in self
            .scenario
            .objects
            .iter()
            .filter(|(_, it, _)| !is_definition(it))
        {
            objects
                .create_any(object.clone(), tried)
                .map_err(refused(place.clone()))?;
        }
        Ok(())
    }

    /// Does what is due.
    pub(in crate::sandbox) fn act(&mut self, objects: &mut Objects, now: Timestamp) {
        while let Some((at, number)) = self.due.first().copied()
            && at <= now
        {
            self.due.pop_first();
            // From now: what was missed while the machine slept is not made up for.
            if let Some(pause) = self.perform(number, objects, now)
                && let Ok(next) = now.checked_add(pause)
            {
                self.due.insert((next, number));
            }
        }
    }

    /// Does one thing; says after how long again.
    fn perform(&mut self, number: usize, objects: &mut Objects, now: Timestamp) -> Option<SignedDuration> {
        let seconds = |count: u32| SignedDuration::from_secs(count.max(1).into());
        let Self {
            scenario,
            deeds,
            kept,
            lots,
            ..
        } = self;
        let (apps, acts) = (&scenario.written.apps, &scenario.written.acts);
        match deeds.get_mut(number)? {
            Deed::Object(object) => {
                told(
                    objects.create_any(object.clone(), by(BROUGHT_BY, now)),
                    "make an object",
                );
                None
            }
            Deed::App(app) => {
                let (kept, app) = (kept.get_mut(*app)?, apps.get(*app)?);
                bring(objects, app, kept.as_mut(), now);
                None
            }
            Deed::Act(act, times) => {
                let act = acts.get(*act)?;
                let kept = apps
                    .iter()
                    .zip(kept)
                    .find(|(app, _)| app.path() == *act.app.get_ref());
                change(
                    objects,
                    act,
                    *times,
                    kept.and_then(|(_, kept)| kept.as_mut()),
                    now,
                );
                *times += 1;
                act.every.as_ref().map(|every| seconds(*every.get_ref()))
            }
            Deed::Release { fleet, first } => {
                let fleet = scenario.written.fleets.get(*fleet)?;
                let releases = fleet.releases.as_ref()?;
                let images = releases.images.get_ref();
                let app = apps.get(*first + lots.below(size(*fleet.apps.get_ref())))?;
                let image = images.get(lots.below(images.len()))?;
                edit(objects, app, BROUGHT_BY, now, |object| set_image(object, image));
                Some(seconds(*releases.every.get_ref()))
            }
            Deed::Look => {
                for (app, kept) in apps.iter().zip(kept) {
                    if let Some(kept) = kept
                        && let Some(object) = objects.store.value(&place(app))
                        && let Some(wanted) = kept.put_back(&object, now)
                    {
                        edit(objects, app, kept.manager, now, |object| *object = wanted);
                    }
                }
                Some(LOOK)
            }
        }
    }
}

/// What happens at which second.
fn planned(scenario: &Scenario) -> Vec<(i64, Deed)> {
    let written = &scenario.written;
    let mut planned = Vec::new();
    for (at, object, _) in scenario.objects.iter().filter(|(_, it, _)| !is_definition(it)) {
        planned.push((*at, Deed::Object(object.clone())));
    }
    for (number, app) in written.apps.iter().enumerate() {
        planned.push((*app.at.get_ref(), Deed::App(number)));
    }
    for (number, act) in written.acts.iter().enumerate() {
        planned.push((*act.at.get_ref(), Deed::Act(number, 0)));
    }
    // A fleet's apps follow those that are written out, in order.
    let in_fleets: usize = written.fleets.iter().map(|it| size(*it.apps.get_ref())).sum();
    let mut first = written.apps.len().saturating_sub(in_fleets);
    for (fleet, it) in written.fleets.iter().enumerate() {
        if let Some(releases) = &it.releases {
            planned.push((*releases.at.get_ref(), Deed::Release { fleet, first }));
        }
        first += size(*it.apps.get_ref());
    }
    if written.apps.iter().any(|app| app.git.is_some()) {
        planned.push((0, Deed::Look));
    }
    planned
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn place(app: &App) -> Key {
    Key::new(DEPLOYMENTS, app.namespace.get_ref(), app.name.get_ref())
}

fn by(manager: &str, now: Timestamp) -> How<'_> {
    How {
        manager,
        now,
        dry_run: false,
    }
}

/// Whether it makes other objects possible; such a one is there from the start.
fn is_definition(object: &Value) -> bool {
    text(object, &["kind"]) == "CustomResourceDefinition"
}

/// What an app is made of.
fn bring(objects: &mut Objects, app: &App, kept: Option<&mut Kept>, now: Timestamp) {
    let manager = kept.as_ref().map_or(BROUGHT_BY, |kept| kept.manager);
    let made = [
        (DEPLOYMENTS, Some(manifest::deployment(app))),
        (SERVICES, Some(manifest::service(app))),
        ("horizontalpodautoscalers.autoscaling", manifest::autoscaler(app)),
        ("poddisruptionbudgets.policy", manifest::budget(app)),
    ];
    for (id, object) in made {
        if let (Some(resource), Some(object)) = (by_id(id), object) {
            told(objects.create(resource, object, by(manager, now)), "bring an app");
        }
    }
    if let (Some(kept), Some(object)) = (kept, objects.store.value(&place(app))) {
        kept.commit(&object);
    }
}

/// Somebody else's change. What is gone is left in peace.
fn change(objects: &mut Objects, act: &Act, times: usize, kept: Option<&mut Kept>, now: Timestamp) {
    let Some((namespace, name)) = act.app.get_ref().split_once('/') else {
        return;
    };
    let key = Key::new(DEPLOYMENTS, namespace, name);
    let Some(resource) = by_id(DEPLOYMENTS) else {
        return;
    };
    if act.delete {
        told(
            objects.delete(resource, &key, &Deletion::default(), by(&act.by, now)),
            "delete an app",
        );
        return;
    }
    let Some(mut object) = objects.store.value(&key) else {
        return;
    };
    if let Some(image) = act.images.get(times % act.images.len().max(1)) {
        set_image(&mut object, image);
    }
    if let Some(replicas) = &act.replicas {
        set(&mut object, &["spec", "replicas"], *replicas.get_ref());
    }
    if act.restart {
        let note = "kubectl.kubernetes.io/restartedAt";
        let path = ["spec", "template", "metadata", "annotations", note];
        set(&mut object, &path, stamp(now));
    }
    match act.pause {
        Some(true) => set(&mut object, &["spec", "paused"], true),
        Some(false) => drop(take(&mut object, &["spec", "paused"])),
        None => {}
    }
    // What a repository's tool releases goes through the repository; others edit beside it.
    if let Some(kept) = kept.filter(|kept| act.by == BROUGHT_BY || act.by == kept.manager) {
        kept.commit(&object);
        told(
            objects.replace(resource, &key, Part::Main, object, by(kept.manager, now)),
            "release",
        );
        return;
    }
    told(
        objects.replace(resource, &key, Part::Main, object, by(&act.by, now)),
        "act",
    );
}

fn edit(objects: &mut Objects, app: &App, manager: &str, now: Timestamp, edit: impl FnOnce(&mut Value)) {
    let key = place(app);
    if let (Some(mut object), Some(resource)) = (objects.store.value(&key), by_id(DEPLOYMENTS)) {
        edit(&mut object);
        told(
            objects.replace(resource, &key, Part::Main, object, by(manager, now)),
            "edit",
        );
    }
}

fn set_image(object: &mut Value, image: &str) {
    if let Some(place) = object.pointer_mut("/spec/template/spec/containers/0/image") {
        *place = json!(image);
    }
}

fn told<T>(outcome: Result<T, Refusal>, what: &str) {
    if let Err(refusal) = outcome {
        tracing::warn!(?refusal, "the scenario could not {what}");
    }
}

#[cfg(test)]
#[path = "play_tests.rs"]
mod tests;
