//! What happens in a sandbox, as data: which images behave how, which Deployments there are, who does what to them and when.
//! Times are seconds from the start; what lies before it has happened already.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::control::{Behaviour, Failure};
use super::json::{set, text};
use super::objects::{How, Objects, Part};
use super::refusal::Refusal;
use super::resource::{DEPLOYMENTS, NAMESPACES, SERVICES, by_id};
use super::store::Key;
use super::traffic::{Plan, Serving};

/// The scenario that is played when nobody says which.
const TOUR: &str = include_str!("tour.toml");

/// A scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    #[serde(default, rename = "image")]
    images: Vec<Image>,
    #[serde(rename = "app")]
    apps: Vec<App>,
    #[serde(default, rename = "act")]
    acts: Vec<Act>,
}

/// How containers of an image behave. An image that is not named starts and becomes ready within seconds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Image {
    name: String,
    #[serde(default = "start")]
    start: u32,
    #[serde(default = "ready")]
    ready: u32,
    /// `pull`, `crash` or `unready`.
    fails: Option<String>,
    /// For `crash`: how long it runs.
    #[serde(default = "ready")]
    after: u32,
    /// How requests are answered.
    #[serde(default)]
    serves: Serving,
}

fn start() -> u32 {
    Behaviour::default().start
}

fn ready() -> u32 {
    Behaviour::default().ready
}

/// A Deployment with its Service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct App {
    namespace: String,
    name: String,
    image: String,
    replicas: u32,
    /// When it came to be.
    at: i64,
    surge: Option<String>,
    unavailable: Option<String>,
    #[serde(default)]
    recreate: bool,
    #[serde(default)]
    min_ready: u32,
    deadline: Option<u32>,
    /// The users of its Service.
    traffic: Option<Plan>,
}

/// Something that somebody does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    at: i64,
    /// Again after so many seconds, for ever.
    every: Option<u32>,
    /// `NAMESPACE/NAME`.
    app: String,
    /// Images to set, one each time, from the first again after the last.
    #[serde(default)]
    images: Vec<String>,
    pause: Option<bool>,
    replicas: Option<u32>,
}

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("the scenario is not understood: {0}; correct it there")]
    Unreadable(String),
    #[error("the scenario names {0}, which it does not have; correct the name, or add it")]
    Unknown(String),
    #[error("the scenario's {what} is refused: {why}; correct it")]
    Refused { what: String, why: String },
}

impl Scenario {
    /// The shipped one.
    pub(super) fn tour() -> Result<Self, ScenarioError> {
        Self::parse(TOUR)
    }

    /// Reads one.
    pub(super) fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self =
            toml::from_str(text).map_err(|error| ScenarioError::Unreadable(error.to_string()))?;
        for act in &scenario.acts {
            let known = scenario.apps.iter().any(|app| app.path() == act.app);
            if !known {
                return Err(ScenarioError::Unknown(format!("the app `{}`", act.app)));
            }
        }
        for image in &scenario.images {
            if Failure::of(image.fails.as_deref(), image.after).is_none() {
                let word = image.fails.as_deref().unwrap_or_default();
                return Err(ScenarioError::Unknown(format!("the failure `{word}`")));
            }
        }
        let apps = scenario
            .apps
            .iter()
            .map(|app| (app.path(), app.traffic.and_then(|it| it.fault())));
        let images = scenario
            .images
            .iter()
            .map(|image| (image.name.clone(), image.serves.fault()));
        if let Some((what, Some(why))) = apps.chain(images).find(|(_, fault)| fault.is_some()) {
            let (what, why) = (format!("traffic of {what}"), why.to_owned());
            return Err(ScenarioError::Refused { what, why });
        }
        Ok(scenario)
    }

    /// Who uses which Service (namespace, name), and how images answer.
    pub(super) fn traffic(&self) -> (Vec<((String, String), Plan)>, BTreeMap<String, Serving>) {
        let plan = |app: &App| Some(((app.namespace.clone(), app.name.clone()), app.traffic?));
        let images = self.images.iter().map(|image| (image.name.clone(), image.serves));
        (self.apps.iter().filter_map(plan).collect(), images.collect())
    }

    /// How containers behave, by their image.
    pub(super) fn behaviours(&self) -> BTreeMap<String, Behaviour> {
        let behaviour = |image: &Image| Behaviour {
            start: image.start,
            ready: image.ready,
            failure: Failure::of(image.fails.as_deref(), image.after).unwrap_or(Failure::None),
        };
        self.images
            .iter()
            .map(|image| (image.name.clone(), behaviour(image)))
            .collect()
    }
}

impl App {
    fn path(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    fn deployment(&self) -> Value {
        let labels = json!({ "app": self.name });
        let mut object = json!({
            "metadata": { "name": self.name, "namespace": self.namespace, "labels": labels },
            "spec": {
                "replicas": self.replicas, "minReadySeconds": self.min_ready,
                "selector": { "matchLabels": labels },
                "strategy": { "type": if self.recreate { "Recreate" } else { "RollingUpdate" } },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": { "containers": [{
                        "name": "app", "image": self.image, "ports": [{ "containerPort": 8080 }],
                    }]},
                },
            },
        });
        for (field, share) in [("maxSurge", &self.surge), ("maxUnavailable", &self.unavailable)] {
            if let Some(share) = share {
                let share = share
                    .parse::<u32>()
                    .map_or_else(|_percent| json!(share), |number| json!(number));
                set(&mut object, &["spec", "strategy", "rollingUpdate", field], share);
            }
        }
        if let Some(deadline) = self.deadline {
            set(&mut object, &["spec", "progressDeadlineSeconds"], deadline);
        }
        object
    }

    fn service(&self) -> Value {
        json!({
            "metadata": { "name": self.name, "namespace": self.namespace },
            "spec": {
                "selector": { "app": self.name }, "type": "ClusterIP",
                "ports": [{ "name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP" }],
            },
        })
    }
}

/// A scenario that is being played.
#[derive(Debug)]
pub(super) struct Play {
    scenario: Scenario,
    began: Timestamp,
    /// When each act is next, and how often it was.
    acts: Vec<(Option<Timestamp>, usize)>,
    apps: Vec<Option<Timestamp>>,
}

impl Play {
    /// Begins now.
    pub(super) fn new(scenario: Scenario, now: Timestamp) -> Self {
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let then =
            |seconds: i64| Some(now + SignedDuration::from_secs(seconds.clamp(-31_536_000, 31_536_000)));
        Self {
            acts: scenario.acts.iter().map(|act| (then(act.at), 0)).collect(),
            apps: scenario.apps.iter().map(|app| then(app.at)).collect(),
            scenario,
            began: now,
        }
    }

    /// The earliest that anything happens.
    pub(super) fn start(&self) -> Timestamp {
        self.due().unwrap_or(self.began).min(self.began)
    }

    /// When something happens next.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let acts = self.acts.iter().filter_map(|(at, _)| *at);
        acts.chain(self.apps.iter().copied().flatten()).min()
    }

    /// Makes the namespaces, and tries everything else.
    pub(super) fn furnish(&self, objects: &mut Objects, at: Timestamp) -> Result<(), ScenarioError> {
        let how = by("sandbox", at);
        let refused = |what: String| {
            move |refusal: Refusal| {
                let why = text(&refusal.status(), &["message"]).to_owned();
                ScenarioError::Refused { what, why }
            }
        };
        let (Some(namespaces), Some(deployments)) = (by_id(NAMESPACES), by_id(DEPLOYMENTS)) else {
            return Ok(());
        };
        let mut names = vec!["kube-system", "default"];
        names.extend(self.scenario.apps.iter().map(|app| app.namespace.as_str()));
        for name in names {
            if objects.store.get(&Key::new(NAMESPACES, "", name)).is_none() {
                let object = json!({ "metadata": { "name": name, "labels": { "kubernetes.io/metadata.name": name } } });
                objects
                    .create(namespaces, object, how)
                    .map_err(refused(format!("namespace {name}")))?;
            }
        }
        for app in &self.scenario.apps {
            let tried = How { dry_run: true, ..how };
            objects
                .create(deployments, app.deployment(), tried)
                .map_err(refused(format!("app {}", app.path())))?;
        }
        Ok(())
    }

    /// Does what is due.
    pub(super) fn act(&mut self, objects: &mut Objects, now: Timestamp) {
        let is_due = |at: &Option<Timestamp>| at.is_some_and(|at| at <= now);
        for (app, at) in self.scenario.apps.iter().zip(&mut self.apps) {
            if is_due(at) {
                *at = None;
                for (id, object) in [(DEPLOYMENTS, app.deployment()), (SERVICES, app.service())] {
                    let created =
                        by_id(id).map(|resource| objects.create(resource, object, by("release-bot", now)));
                    if let Some(Err(refusal)) = created {
                        tracing::warn!(?refusal, app = app.path(), "the scenario could not make an app");
                    }
                }
            }
        }
        for (act, (at, times)) in self.scenario.acts.iter().zip(&mut self.acts) {
            if is_due(at) {
                perform(objects, act, *times, now);
                *times += 1;
                // From now: what was missed while the machine slept is not made up for.
                let next = act
                    .every
                    .map(|every| SignedDuration::from_secs(every.max(1).into()));
                *at = next.map(|every| now + every);
            }
        }
    }
}

fn by(manager: &str, now: Timestamp) -> How<'_> {
    How {
        manager,
        now,
        dry_run: false,
    }
}

/// Somebody else's change. A Deployment that is gone is left in peace.
fn perform(objects: &mut Objects, act: &Act, times: usize, now: Timestamp) {
    let Some((namespace, name)) = act.app.split_once('/') else {
        return;
    };
    let key = Key::new(DEPLOYMENTS, namespace, name);
    let (Some(mut object), Some(resource)) = (objects.store.value(&key), by_id(DEPLOYMENTS)) else {
        return;
    };
    if let Some(image) = act.images.get(times % act.images.len().max(1))
        && let Some(place) = object.pointer_mut("/spec/template/spec/containers/0/image")
    {
        *place = json!(image);
    }
    if let Some(replicas) = act.replicas {
        set(&mut object, &["spec", "replicas"], replicas);
    }
    match act.pause {
        Some(true) => set(&mut object, &["spec", "paused"], true),
        Some(false) => drop(super::json::take(&mut object, &["spec", "paused"])),
        None => {}
    }
    if let Err(refusal) = objects.replace(resource, &key, Part::Main, object, by("release-bot", now)) {
        tracing::warn!(?refusal, app = act.app, "the scenario could not act");
    }
}
