//! Where each kind is listed and watched.

use std::fmt::Write as _;

use crate::domain::ObjectKind;
use crate::objects::ListScope;

/// Group and version of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiPath {
    /// Empty for the core group.
    pub group: &'static str,
    pub version: &'static str,
}

/// The API that a kind belongs to.
pub fn api_of(kind: ObjectKind) -> ApiPath {
    let (group, version) = match kind {
        ObjectKind::Deployment | ObjectKind::ReplicaSet => ("apps", "v1"),
        ObjectKind::Pod | ObjectKind::Service | ObjectKind::Event | ObjectKind::Namespace => ("", "v1"),
        ObjectKind::EndpointSlice => ("discovery.k8s.io", "v1"),
        ObjectKind::HorizontalPodAutoscaler => ("autoscaling", "v2"),
        ObjectKind::PodDisruptionBudget => ("policy", "v1"),
        ObjectKind::ArgoRollout => ("argoproj.io", "v1alpha1"),
    };
    ApiPath { group, version }
}

/// Which objects of a kind are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Events {
    /// Events that are not `Normal`; everything of the other kinds.
    #[default]
    Notable,
    /// Normal Events too.
    Everything,
}

/// Path and query of a list. `cached` takes what the server has at hand; otherwise it is the newest there is.
pub fn list_path(scope: &ListScope, cached: bool, events: Events) -> String {
    let mut path = resource_path(scope);
    let mut query = Query::default();
    if cached {
        query.add("resourceVersion=0");
    }
    query.select(scope.kind, events);
    path.push_str(&query.text);
    path
}

/// Path and query of a watch that goes on from `version` for about `seconds`.
pub fn watch_path(scope: &ListScope, version: &str, seconds: u64, events: Events) -> String {
    let mut path = resource_path(scope);
    let mut query = Query::default();
    query.add("watch=1");
    query.add("allowWatchBookmarks=true");
    query.add(&format!("timeoutSeconds={seconds}"));
    query.add(&format!("resourceVersion={}", encoded(version)));
    query.select(scope.kind, events);
    path.push_str(&query.text);
    path
}

fn resource_path(scope: &ListScope) -> String {
    let ApiPath { group, version } = api_of(scope.kind);
    let mut path = if group.is_empty() {
        format!("/api/{version}")
    } else {
        format!("/apis/{group}/{version}")
    };
    if let Some(namespace) = scope
        .namespace
        .as_deref()
        .filter(|_| scope.kind != ObjectKind::Namespace)
    {
        path.push_str("/namespaces/");
        path.push_str(&encoded(namespace));
    }
    path.push('/');
    path.push_str(scope.kind.resource());
    path
}

#[derive(Default)]
struct Query {
    text: String,
}

impl Query {
    fn add(&mut self, pair: &str) {
        self.text.push(if self.text.is_empty() { '?' } else { '&' });
        self.text.push_str(pair);
    }

    /// Normal events are ten times as many and say what the objects say themselves.
    fn select(&mut self, kind: ObjectKind, events: Events) {
        if kind == ObjectKind::Event && events == Events::Notable {
            self.add("fieldSelector=type%21%3DNormal");
        }
    }
}

/// Percent-encodes what may not stand in a path or query.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            other => drop(write!(out, "%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(kind: ObjectKind, namespace: Option<&str>) -> ListScope {
        ListScope {
            kind,
            namespace: namespace.map(Into::into),
        }
    }

    #[test]
    fn paths_are_those_of_the_api() {
        assert_eq!(
            list_path(&scope(ObjectKind::Deployment, None), true, Events::Notable),
            "/apis/apps/v1/deployments?resourceVersion=0"
        );
        assert_eq!(
            list_path(&scope(ObjectKind::Pod, Some("shop")), false, Events::Notable),
            "/api/v1/namespaces/shop/pods"
        );
        assert_eq!(
            list_path(&scope(ObjectKind::Event, Some("shop")), true, Events::Notable),
            "/api/v1/namespaces/shop/events?resourceVersion=0&fieldSelector=type%21%3DNormal"
        );
        assert_eq!(
            watch_path(&scope(ObjectKind::ArgoRollout, None), "12", 290, Events::Notable),
            "/apis/argoproj.io/v1alpha1/rollouts?watch=1&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion=12"
        );
        assert_eq!(
            list_path(
                &scope(ObjectKind::Namespace, Some("shop")),
                false,
                Events::Notable
            ),
            "/api/v1/namespaces"
        );
    }

    #[test]
    fn a_name_cannot_leave_its_place() {
        assert_eq!(
            list_path(&scope(ObjectKind::Pod, Some("../x?a=b")), false, Events::Notable),
            "/api/v1/namespaces/..%2Fx%3Fa%3Db/pods"
        );
    }
}
