//! What to watch when rights are few: cluster-wide where that is allowed, else namespace by namespace, up to a cap.

use std::collections::HashSet;
use std::sync::Arc;

use futures::StreamExt as _;
use tokio::sync::mpsc;

use crate::domain::ObjectKind;
use crate::objects::ListScope;

use super::paths::api_of;
use super::{ApiClient, Permission, Question};

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
    /// Allowed, and beyond the cap.
    pub beyond: Vec<ListScope>,
    /// Not allowed anywhere that was asked for.
    pub denied: Vec<ListScope>,
}

/// Asks for every kind whether it may be listed in all namespaces; for those that may not, asks for `candidates` (from
/// flags, configuration, the context, and what was used before, in this order), one rules review each.
pub async fn choose_scopes(
    client: &ApiClient,
    kinds: &[ObjectKind],
    candidates: &[Arc<str>],
    progress: &mpsc::Sender<Progress>,
) -> Chosen {
    let questions = futures::stream::iter(
        kinds
            .iter()
            .copied()
            .map(|kind| async move { (kind, client.ssar(list_everywhere(kind)).await) }),
    );
    let answers: Vec<(ObjectKind, Permission)> = questions.buffered(AT_A_TIME).collect().await;
    let mut everywhere = Vec::new();
    let mut narrow = Vec::new();
    for (kind, permission) in answers {
        match permission {
            // Who may not even ask is told by the list itself.
            Permission::Yes | Permission::Unknown { .. } => everywhere.push(kind),
            Permission::No { .. } => narrow.push(kind),
        }
    }
    let wide = everywhere.into_iter().map(|kind| ListScope {
        kind,
        namespace: None,
    });
    let mut found: Vec<ListScope> = wide.collect();
    let (allowed, denied) = in_namespaces(client, &narrow, candidates, progress).await;
    found.extend(allowed);
    let (scopes, beyond) = cap(found, WATCH_CAP);
    Chosen {
        scopes,
        beyond,
        denied,
    }
}

/// The scopes of namespaces that the user named, without asking: what is not allowed says so itself.
pub fn scopes(kinds: &[ObjectKind], namespaces: &[Arc<str>]) -> Chosen {
    let mut all = Vec::new();
    for kind in kinds.iter().copied() {
        if kind == ObjectKind::Namespace {
            all.push(ListScope {
                kind,
                namespace: None,
            });
            continue;
        }
        all.extend(distinct(namespaces).map(|namespace| ListScope {
            kind,
            namespace: Some(namespace),
        }));
    }
    let (scopes, beyond) = cap(all, WATCH_CAP);
    Chosen {
        scopes,
        beyond,
        denied: Vec::new(),
    }
}

fn list_everywhere(kind: ObjectKind) -> Question<'static> {
    Question {
        verb: "list",
        group: api_of(kind).group,
        resource: kind.resource(),
        subresource: None,
        namespace: None,
        name: None,
    }
}

async fn in_namespaces(
    client: &ApiClient,
    kinds: &[ObjectKind],
    candidates: &[Arc<str>],
    progress: &mpsc::Sender<Progress>,
) -> (Vec<ListScope>, Vec<ListScope>) {
    let namespaced: Vec<ObjectKind> = kinds
        .iter()
        .copied()
        .filter(|kind| *kind != ObjectKind::Namespace)
        .collect();
    let mut denied: Vec<ListScope> = Vec::new();
    if kinds.len() > namespaced.len() {
        denied.push(ListScope {
            kind: ObjectKind::Namespace,
            namespace: None,
        });
    }
    if namespaced.is_empty() {
        return (Vec::new(), denied);
    }
    let places: Vec<Arc<str>> = distinct(candidates).collect();
    if places.is_empty() {
        // There is nowhere to look: that must be told, not look like an empty cluster.
        let everywhere = namespaced.into_iter().map(|kind| ListScope {
            kind,
            namespace: None,
        });
        denied.extend(everywhere);
        return (Vec::new(), denied);
    }
    let of = places.len();
    let mut reviews = futures::stream::iter(places.into_iter().map(|namespace| async move {
        let rules = client.rules_review(&namespace).await;
        (namespace, rules)
    }))
    .buffered(AT_A_TIME);
    let mut allowed = Vec::new();
    let mut asked = 0;
    while let Some((namespace, rules)) = reviews.next().await {
        asked += 1;
        // A screen that is behind misses a step of the count, nothing else.
        let _ = progress.try_send(Progress { asked, of });
        for kind in namespaced.iter().copied() {
            let scope = ListScope {
                kind,
                namespace: Some(Arc::clone(&namespace)),
            };
            let may = rules
                .as_ref()
                .map_or(true, |rules| rules.incomplete || rules.may_watch(kind));
            if may {
                allowed.push(scope);
            } else {
                denied.push(scope);
            }
        }
    }
    (allowed, denied)
}

fn distinct(namespaces: &[Arc<str>]) -> impl Iterator<Item = Arc<str>> + '_ {
    let mut seen = HashSet::new();
    namespaces
        .iter()
        .filter(move |namespace| !namespace.is_empty() && seen.insert(Arc::clone(namespace)))
        .cloned()
}

/// The first `most`, kinds in the order of [`ObjectKind::ALL`], namespaces in the order given.
fn cap(mut scopes: Vec<ListScope>, most: usize) -> (Vec<ListScope>, Vec<ListScope>) {
    scopes.sort_by_key(|scope| ObjectKind::ALL.iter().position(|kind| *kind == scope.kind));
    let beyond = scopes.split_off(scopes.len().min(most));
    (scopes, beyond)
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
