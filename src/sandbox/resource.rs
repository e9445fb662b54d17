//! Which kinds of objects there are, and how their API is called. Knows nothing of what they hold.

/// One kind of object of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    /// Empty for the core group.
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) plural: &'static str,
    pub(super) singular: &'static str,
    pub(super) kind: &'static str,
    pub(super) short: &'static [&'static str],
    pub(super) namespaced: bool,
    /// Status and spec are written by different people.
    pub(super) status: bool,
    pub(super) scale: bool,
}

impl Resource {
    /// What the store calls it: `deployments.apps`, `pods`.
    pub(super) fn id(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// `apps/v1`, `v1`.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

const fn core(
    plural: &'static str,
    singular: &'static str,
    kind: &'static str,
    short: &'static [&'static str],
) -> Resource {
    Resource {
        group: "",
        version: "v1",
        plural,
        singular,
        kind,
        short,
        namespaced: true,
        status: false,
        scale: false,
    }
}

const fn with_status(resource: Resource) -> Resource {
    Resource {
        status: true,
        ..resource
    }
}

const fn of(group: &'static str, version: &'static str, resource: Resource) -> Resource {
    Resource {
        group,
        version,
        ..resource
    }
}

const fn scaled(resource: Resource) -> Resource {
    Resource {
        scale: true,
        ..resource
    }
}

pub(super) const PODS: &str = "pods";
pub(super) const SERVICES: &str = "services";
pub(super) const EVENTS: &str = "events";
pub(super) const SECRETS: &str = "secrets";
pub(super) const SCALERS: &str = "horizontalpodautoscalers.autoscaling";
pub(super) const BUDGETS: &str = "poddisruptionbudgets.policy";
pub(super) const NAMESPACES: &str = "namespaces";
pub(super) const DEPLOYMENTS: &str = "deployments.apps";
pub(super) const REPLICA_SETS: &str = "replicasets.apps";
pub(super) const SLICES: &str = "endpointslices.discovery.k8s.io";

/// Every kind that is served.
pub(super) const ALL: &[Resource] = &[
    Resource {
        namespaced: false,
        ..with_status(core("namespaces", "namespace", "Namespace", &["ns"]))
    },
    with_status(core("pods", "pod", "Pod", &["po"])),
    with_status(core("services", "service", "Service", &["svc"])),
    core("events", "event", "Event", &["ev"]),
    core("configmaps", "configmap", "ConfigMap", &["cm"]),
    core("secrets", "secret", "Secret", &[]),
    of(
        "apps",
        "v1",
        scaled(with_status(core(
            "deployments",
            "deployment",
            "Deployment",
            &["deploy"],
        ))),
    ),
    of(
        "apps",
        "v1",
        scaled(with_status(core(
            "replicasets",
            "replicaset",
            "ReplicaSet",
            &["rs"],
        ))),
    ),
    of(
        "discovery.k8s.io",
        "v1",
        core("endpointslices", "endpointslice", "EndpointSlice", &[]),
    ),
    of(
        "autoscaling",
        "v2",
        with_status(core(
            "horizontalpodautoscalers",
            "horizontalpodautoscaler",
            "HorizontalPodAutoscaler",
            &["hpa"],
        )),
    ),
    of(
        "policy",
        "v1",
        with_status(core(
            "poddisruptionbudgets",
            "poddisruptionbudget",
            "PodDisruptionBudget",
            &["pdb"],
        )),
    ),
];

/// The kind that stands at that place of the API.
pub(super) fn find(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    ALL.iter()
        .find(|it| it.group == group && it.version == version && it.plural == plural)
}

/// The kind that the store calls so.
pub(super) fn by_id(id: &str) -> Option<&'static Resource> {
    ALL.iter().find(|it| it.id() == id)
}
