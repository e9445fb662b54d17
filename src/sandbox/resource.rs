//! Which kinds of objects there are from the start, and how their API is called. Knows nothing of what they hold; kinds that are
//! made later are in `kinds`.

use std::sync::{Arc, LazyLock};

/// One kind of object of the API, at one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resource {
    id: String,
    /// Empty for the core group.
    pub(super) group: String,
    pub(super) version: String,
    pub(super) plural: String,
    pub(super) singular: String,
    pub(super) kind: String,
    pub(super) short: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) namespaced: bool,
    /// Status and spec are written by different people.
    pub(super) status: bool,
    pub(super) scale: bool,
    /// For a kind that a definition made.
    pub(super) custom: Option<Box<Custom>>,
}

/// What a definition says of a kind beside its names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Custom {
    pub(super) list_kind: String,
    /// The version that is stored, whatever version is written.
    pub(super) stored: String,
    /// Of a table, beside name and age.
    pub(super) columns: Vec<Column>,
    /// Where wanted and present replicas and their selector are.
    pub(super) replicas: Vec<String>,
    pub(super) replicas_there: Vec<String>,
    pub(super) selector: Vec<String>,
}

/// A column of a table, and where its cells come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub(super) sort: String,
    pub(super) priority: i64,
    pub(super) path: String,
    pub(super) description: String,
}

impl Resource {
    /// A kind without anything special.
    pub(super) fn new(group: &str, version: &str, plural: &str, singular: &str, kind: &str) -> Self {
        let id = if group.is_empty() {
            plural.to_owned()
        } else {
            format!("{plural}.{group}")
        };
        Self {
            id,
            group: group.to_owned(),
            version: version.to_owned(),
            plural: plural.to_owned(),
            singular: singular.to_owned(),
            kind: kind.to_owned(),
            ..Self::default()
        }
    }

    /// What the store calls it, at whatever version: `deployments.apps`, `pods`.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// `apps/v1`, `v1`.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The same, for what is stored.
    pub(super) fn stored_api_version(&self) -> String {
        match &self.custom {
            Some(custom) => format!("{}/{}", self.group, custom.stored),
            None => self.api_version(),
        }
    }

    /// What is stored is of another version than what is served here.
    pub(super) fn converts(&self) -> bool {
        self.custom
            .as_ref()
            .is_some_and(|custom| custom.stored != self.version)
    }

    /// The kind of a list of these.
    pub(super) fn list_kind(&self) -> String {
        let own = self.custom.as_ref().map(|custom| custom.list_kind.clone());
        own.unwrap_or_else(|| format!("{}List", self.kind))
    }

    /// `Deployment.apps`, as refusals call it.
    pub(super) fn kind_and_group(&self) -> String {
        if self.group.is_empty() {
            self.kind.clone()
        } else {
            format!("{}.{}", self.kind, self.group)
        }
    }

    fn short(mut self, short: &str) -> Self {
        self.short = vec![short.to_owned()];
        self
    }

    fn in_all(mut self) -> Self {
        self.categories = vec!["all".to_owned()];
        self
    }

    fn namespaced(mut self) -> Self {
        self.namespaced = true;
        self
    }

    fn with_status(mut self) -> Self {
        self.status = true;
        self
    }

    fn scaled(mut self) -> Self {
        self.scale = true;
        self.with_status()
    }
}

pub(super) const PODS: &str = "pods";
pub(super) const SERVICES: &str = "services";
pub(super) const EVENTS: &str = "events";
pub(super) const NAMESPACES: &str = "namespaces";
pub(super) const DEPLOYMENTS: &str = "deployments.apps";
pub(super) const REPLICA_SETS: &str = "replicasets.apps";
pub(super) const SLICES: &str = "endpointslices.discovery.k8s.io";
pub(super) const SCALERS: &str = "horizontalpodautoscalers.autoscaling";
pub(super) const BUDGETS: &str = "poddisruptionbudgets.policy";
pub(super) const CONFIG_MAPS: &str = "configmaps";
pub(super) const SECRETS: &str = "secrets";
pub(super) const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// Every kind that is served from the start.
pub(super) static BUILT_IN: LazyLock<Vec<Arc<Resource>>> = LazyLock::new(|| {
    let core = |plural: &str, singular: &str, kind: &str| Resource::new("", "v1", plural, singular, kind);
    let of = Resource::new;
    let all = [
        core("namespaces", "namespace", "Namespace")
            .short("ns")
            .with_status(),
        core("pods", "pod", "Pod")
            .short("po")
            .namespaced()
            .with_status()
            .in_all(),
        core("services", "service", "Service")
            .short("svc")
            .namespaced()
            .with_status()
            .in_all(),
        core("events", "event", "Event").short("ev").namespaced(),
        core("configmaps", "configmap", "ConfigMap")
            .short("cm")
            .namespaced(),
        core("secrets", "secret", "Secret").namespaced(),
        of("apps", "v1", "deployments", "deployment", "Deployment")
            .short("deploy")
            .namespaced()
            .scaled()
            .in_all(),
        of("apps", "v1", "replicasets", "replicaset", "ReplicaSet")
            .short("rs")
            .namespaced()
            .scaled()
            .in_all(),
        of(
            "discovery.k8s.io",
            "v1",
            "endpointslices",
            "endpointslice",
            "EndpointSlice",
        )
        .namespaced(),
        of(
            "autoscaling",
            "v2",
            "horizontalpodautoscalers",
            "horizontalpodautoscaler",
            "HorizontalPodAutoscaler",
        )
        .short("hpa")
        .namespaced()
        .with_status()
        .in_all(),
        of(
            "policy",
            "v1",
            "poddisruptionbudgets",
            "poddisruptionbudget",
            "PodDisruptionBudget",
        )
        .short("pdb")
        .namespaced()
        .with_status(),
        of(
            "apiextensions.k8s.io",
            "v1",
            "customresourcedefinitions",
            "customresourcedefinition",
            "CustomResourceDefinition",
        )
        .short("crd")
        .with_status(),
    ];
    all.into_iter().map(Arc::new).collect()
});

/// The kind, of those from the start, that the store calls so.
pub(super) fn by_id(id: &str) -> Option<&'static Arc<Resource>> {
    BUILT_IN.iter().find(|it| it.id() == id)
}
