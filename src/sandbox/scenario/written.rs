//! What a scenario file may hold, field by field. Knows nothing of what makes sense.
//!
//! Times are whole seconds from the start of the sandbox; what lies before it has happened already.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::sandbox::control::Behaviour;
use crate::sandbox::traffic::{Plan, Serving};

/// A value with its place in the text.
pub(super) type At<T> = Spanned<T>;

/// A scenario.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// A line for the list of scenarios.
    #[serde(default)]
    pub(super) about: String,
    #[serde(default, rename = "image")]
    pub(super) images: Vec<Image>,
    #[serde(default, rename = "app")]
    pub(super) apps: Vec<App>,
    #[serde(default, rename = "fleet")]
    pub(super) fleets: Vec<Fleet>,
    #[serde(default, rename = "object")]
    pub(super) objects: Vec<Manifest>,
    #[serde(default, rename = "act")]
    pub(super) acts: Vec<Act>,
}

/// How containers of an image behave. An image that is not named starts and becomes ready within seconds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Image {
    pub(super) name: At<String>,
    /// Until its container runs.
    #[serde(default = "start")]
    pub(super) start: u32,
    /// From then until it is ready.
    #[serde(default = "ready")]
    pub(super) ready: u32,
    /// `pull`, `crash` or `unready`.
    pub(super) fails: Option<At<String>>,
    /// For `crash`: how long it runs, each time.
    pub(super) after: Option<At<u32>>,
    /// How requests are answered.
    pub(super) serves: Option<At<Serving>>,
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
pub(super) struct App {
    pub(super) namespace: At<String>,
    pub(super) name: At<String>,
    pub(super) image: String,
    pub(super) replicas: At<u32>,
    /// When it came to be.
    pub(super) at: At<i64>,
    /// A number or a percentage, as text.
    pub(super) surge: Option<At<String>>,
    pub(super) unavailable: Option<At<String>>,
    #[serde(default)]
    pub(super) recreate: bool,
    #[serde(default)]
    pub(super) min_ready: u32,
    pub(super) deadline: Option<u32>,
    /// On the Deployment itself.
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) git: Option<Git>,
    pub(super) autoscale: Option<Autoscale>,
    pub(super) budget: Option<Budget>,
    /// The users of its Service.
    pub(super) traffic: Option<At<Plan>>,
}

/// Somebody who puts back what the scenario last set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Git {
    /// `argocd`, `flux` or `helm`.
    pub(super) tool: At<String>,
    /// How long another state is left alone. `helm` never puts anything back.
    #[serde(default = "soon")]
    pub(super) after: u32,
}

fn soon() -> u32 {
    6
}

/// A `HorizontalPodAutoscaler`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Autoscale {
    pub(super) least: At<u32>,
    pub(super) most: At<u32>,
    /// The use of CPU that it aims at, in percent.
    #[serde(default = "half")]
    pub(super) cpu: At<u32>,
}

fn half() -> At<u32> {
    At::new(0..0, 50)
}

/// A `PodDisruptionBudget`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Budget {
    /// A number or a percentage, as text.
    pub(super) available: At<String>,
}

/// Many alike: `service-0001`, `service-0002` … in turn over `team-01`, `team-02` ….
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fleet {
    pub(super) namespaces: At<u32>,
    pub(super) apps: At<u32>,
    pub(super) replicas: At<u32>,
    pub(super) image: String,
    pub(super) at: At<i64>,
    /// The users of each.
    pub(super) traffic: Option<At<Plan>>,
    pub(super) releases: Option<Releases>,
}

/// One of a fleet, drawn by lot, gets one of these images, again and again.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Releases {
    pub(super) at: At<i64>,
    pub(super) every: At<u32>,
    pub(super) images: At<Vec<String>>,
}

/// Any object, as YAML.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) at: At<i64>,
    pub(super) yaml: At<String>,
}

/// Something that somebody does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Act {
    pub(super) at: At<i64>,
    /// Again after so many seconds, for ever.
    pub(super) every: Option<At<u32>>,
    /// `NAMESPACE/NAME`.
    pub(super) app: At<String>,
    /// Who it is to the API server.
    #[serde(default = "somebody")]
    pub(super) by: String,
    /// Images to set, one each time, from the first again after the last.
    #[serde(default)]
    pub(super) images: Vec<String>,
    pub(super) pause: Option<bool>,
    pub(super) replicas: Option<At<u32>>,
    #[serde(default)]
    pub(super) restart: bool,
    #[serde(default)]
    pub(super) delete: bool,
}

fn somebody() -> String {
    "release-bot".to_owned()
}

impl App {
    /// `NAMESPACE/NAME`.
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.namespace.get_ref(), self.name.get_ref())
    }
}

impl Act {
    /// Whether it does anything at all.
    pub(super) fn is_idle(&self) -> bool {
        self.images.is_empty()
            && self.pause.is_none()
            && self.replicas.is_none()
            && !self.restart
            && !self.delete
    }
}
