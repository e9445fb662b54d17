//! What a server says it serves.

use serde_json::Value;

use crate::contract::Place;

fn named<'a>(kinds: &'a Value, name: &str) -> &'a Value {
    let all = kinds["resources"].as_array().expect("kinds");
    all.iter()
        .find(|it| it["name"] == name)
        .unwrap_or_else(|| panic!("{name} is not served: {kinds}"))
}

pub(crate) async fn what_the_cockpit_reads_is_served(at: &Place) {
    for (path, plural, kind) in [
        ("/api/v1", "pods", "Pod"),
        ("/api/v1", "services", "Service"),
        ("/api/v1", "events", "Event"),
        ("/api/v1", "configmaps", "ConfigMap"),
        ("/api/v1", "secrets", "Secret"),
        ("/apis/apps/v1", "deployments", "Deployment"),
        ("/apis/apps/v1", "replicasets", "ReplicaSet"),
        ("/apis/discovery.k8s.io/v1", "endpointslices", "EndpointSlice"),
        (
            "/apis/autoscaling/v2",
            "horizontalpodautoscalers",
            "HorizontalPodAutoscaler",
        ),
        ("/apis/policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"),
    ] {
        let kinds = at.call.get(path).await.ok();
        assert_eq!(kinds["kind"], "APIResourceList");
        let it = named(&kinds, plural);
        assert_eq!(
            (it["kind"].as_str(), it["namespaced"].as_bool()),
            (Some(kind), Some(true))
        );
        for verb in ["get", "list", "watch", "create", "update", "patch", "delete"] {
            assert!(
                it["verbs"]
                    .as_array()
                    .is_some_and(|verbs| verbs.iter().any(|its| its == verb)),
                "{plural} cannot {verb}"
            );
        }
    }
    let namespaces = at.call.get("/api/v1").await.ok();
    assert_eq!(named(&namespaces, "namespaces")["namespaced"], false);
}

pub(crate) async fn subresources_are_named(at: &Place) {
    let kinds = at.call.get("/apis/apps/v1").await.ok();
    let scale = named(&kinds, "deployments/scale");
    assert_eq!(
        (&scale["kind"], &scale["group"], &scale["version"]),
        (&"Scale".into(), &"autoscaling".into(), &"v1".into())
    );
    assert_eq!(named(&kinds, "deployments/status")["kind"], "Deployment");
    assert_eq!(named(&kinds, "deployments")["shortNames"][0], "deploy");
}

pub(crate) async fn groups_name_their_versions(at: &Place) {
    let groups = at.call.get("/apis").await.ok();
    assert_eq!(groups["kind"], "APIGroupList");
    let mut all = groups["groups"].as_array().expect("groups").iter();
    let apps = all.find(|it| it["name"] == "apps").expect("apps");
    assert_eq!(apps["preferredVersion"]["groupVersion"], "apps/v1");
    let one = at.call.get("/apis/apps").await.ok();
    assert_eq!((&one["kind"], &one["name"]), (&"APIGroup".into(), &"apps".into()));
    let core = at.call.get("/api").await.ok();
    assert_eq!(
        (&core["kind"], &core["versions"][0]),
        (&"APIVersions".into(), &"v1".into())
    );
}

pub(crate) async fn the_version_is_told(at: &Place) {
    let version = at.call.get("/version").await.ok();
    assert_eq!(version["major"], "1");
    assert!(
        version["gitVersion"]
            .as_str()
            .is_some_and(|it| it.starts_with("v1."))
    );
}

pub(crate) async fn its_health_is_told(at: &Place) {
    for path in ["/healthz", "/readyz", "/livez"] {
        assert_eq!(at.call.get(path).await.ok(), "ok", "{path}");
    }
}

pub(crate) async fn what_is_not_served_is_404(at: &Place) {
    for path in [
        "/apis/none.example.com/v1",
        "/apis/none.example.com/v1/things",
        "/apis/apps/v1/things",
        "/apis/apps/v0/deployments",
        "/nothing",
    ] {
        assert_eq!(at.call.get(path).await.status, 404, "{path}");
    }
}
