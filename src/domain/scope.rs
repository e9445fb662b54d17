//! Where things are: the cluster, its environment, and which namespaces are looked at.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Untrusted;

/// A source of rollouts, by the name the user knows it by (a kubeconfig context).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cluster(pub Untrusted);

impl Cluster {
    /// Names a source.
    pub fn new(name: &str) -> Self {
        Self(Untrusted::from(name))
    }
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The full name of an object within one kind: namespace (empty for cluster-wide kinds) and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Name {
    pub namespace: Untrusted,
    pub name: Untrusted,
}

impl Name {
    /// Both parts exactly as the API gives them.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: Untrusted::from(namespace),
            name: Untrusted::from(name),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            self.name.fmt(f)
        } else {
            write!(f, "{}/{}", self.namespace, self.name)
        }
    }
}

/// Which namespaces are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Namespaces {
    /// All of them, by cluster-wide lists.
    #[default]
    All,
    /// These, each listed by itself. Never empty.
    These(Vec<Arc<str>>),
}

/// How much is at stake in a context. Production unless the configuration says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    #[default]
    Production,
    Staging,
    Development,
    /// The embedded cluster. Acted in as in production, so that it teaches what holds there. Never configured.
    Sandbox,
}

impl Environment {
    /// The word of the banner.
    pub fn word(self) -> &'static str {
        match self {
            Self::Production => "PROD",
            Self::Staging => "STAGE",
            Self::Development => "DEV",
            Self::Sandbox => "SANDBOX",
        }
    }
}
