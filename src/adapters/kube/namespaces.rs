//! Which lists there are when all namespaces may not be read at once: namespace by namespace, up to a cap.

use std::collections::HashSet;
use std::sync::Arc;

use futures::StreamExt as _;
use tokio::sync::mpsc;

use crate::domain::ObjectKind;
use crate::objects::ListScope;

use super::lookout::Told;
use super::review::Rules;
use super::{ApiClient, ApiFailure};

/// Watches at most: each is a connection of its own.
pub const WATCH_CAP: usize = 120;

/// Questions to the server at a time.
const AT_A_TIME: usize = 10;

/// How far the asking has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub asked: usize,
    pub of: usize,
}

/// What is watched, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// In order: workloads first.
    pub scopes: Vec<ListScope>,
    /// Wanted, and beyond the cap.
    pub beyond: Vec<ListScope>,
}

/// What one rules review said of each namespace.
pub(super) type Reviews = Vec<(Arc<str>, Result<Rules, ApiFailure>)>;

/// The scopes of namespaces that the user named, without asking: what is not allowed says so itself.
pub fn scopes(kinds: &[ObjectKind], namespaces: &[Arc<str>]) -> Chosen {
    let mut all = Vec::new();
    for kind in kinds.iter().copied() {
        if kind == ObjectKind::Namespace {
            all.push(everywhere(kind));
            continue;
        }
        all.extend(distinct(namespaces).map(|namespace| within(kind, namespace)));
    }
    cap(all, WATCH_CAP)
}

/// A kind in all namespaces.
pub(super) fn everywhere(kind: ObjectKind) -> ListScope {
    ListScope {
        kind,
        namespace: None,
    }
}

/// A kind in one namespace.
pub(super) fn within(kind: ObjectKind, namespace: Arc<str>) -> ListScope {
    let namespace = Some(namespace);
    ListScope { kind, namespace }
}

/// Asks what may be done in each namespace, one rules review each.
pub(super) async fn review(
    client: &ApiClient,
    candidates: &[Arc<str>],
    progress: &mpsc::Sender<Told>,
) -> Reviews {
    let places: Vec<Arc<str>> = distinct(candidates).collect();
    let of = places.len();
    let mut answers = futures::stream::iter(places.into_iter().map(|namespace| async move {
        let rules = client.rules_review(&namespace).await;
        (namespace, rules)
    }))
    .buffered(AT_A_TIME);
    let mut reviews = Vec::with_capacity(of);
    while let Some(answer) = answers.next().await {
        reviews.push(answer);
        let asked = reviews.len();
        // A screen that is behind misses a step of the count, nothing else.
        let _ = progress.try_send(Told::Asked(Progress { asked, of }));
    }
    reviews
}

/// Each namespace once, in the order given.
pub(super) fn distinct(namespaces: &[Arc<str>]) -> impl Iterator<Item = Arc<str>> + '_ {
    let mut seen = HashSet::new();
    namespaces
        .iter()
        .filter(move |namespace| !namespace.is_empty() && seen.insert(Arc::clone(namespace)))
        .cloned()
}

/// The first `most`, kinds in the order of [`ObjectKind::ALL`], namespaces in the order given.
pub(super) fn cap(mut scopes: Vec<ListScope>, most: usize) -> Chosen {
    scopes.sort_by_key(|scope| ObjectKind::ALL.iter().position(|kind| *kind == scope.kind));
    let beyond = scopes.split_off(scopes.len().min(most));
    Chosen { scopes, beyond }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn under_the_cap_workloads_come_first() {
        let namespaces: Vec<Arc<str>> = (0..50)
            .map(|number| Arc::from(format!("team-{number}")))
            .collect();
        let kinds = [
            ObjectKind::Service,
            ObjectKind::Pod,
            ObjectKind::Deployment,
            ObjectKind::Namespace,
        ];
        let chosen = scopes(&kinds, &namespaces);
        assert_eq!((chosen.scopes.len(), chosen.beyond.len()), (WATCH_CAP, 31));
        assert!(
            chosen
                .scopes
                .iter()
                .take(50)
                .all(|scope| scope.kind == ObjectKind::Deployment)
        );
        assert!(
            chosen
                .beyond
                .iter()
                .all(|scope| { matches!(scope.kind, ObjectKind::Service | ObjectKind::Namespace) })
        );
    }

    #[test]
    fn a_namespace_named_twice_is_watched_once() {
        let chosen = scopes(
            &[ObjectKind::Pod],
            &["a".into(), "b".into(), "a".into(), "".into()],
        );
        assert_eq!(chosen.scopes.len(), 2);
    }
}
