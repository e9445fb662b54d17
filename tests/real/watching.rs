//! Watches through everything that a network and an API server do to them: what was read stays, what is wrong is told in words,
//! only the kind concerned is dimmed, and all recovers by itself.

use std::time::{Duration, Instant};

use flightdeck::domain::{KindState, ObjectKind};
use http::Method;

use crate::fault_proxy::{Fault, FaultProxy, Upstream};
use crate::lab::{Identity, Namespace, lab};
use crate::listening::Listening;

async fn watching() -> (Namespace, FaultProxy, Listening) {
    let namespace = lab().namespace().await;
    namespace.deployment("web").replicas(0).create().await;
    let proxy = FaultProxy::start(Upstream::new(lab().url(), &lab().ca()));
    let kubeconfig = lab().kubeconfig(Identity::Viewer, namespace.name(), Some(proxy.url()));
    let mut listening = Listening::start(kubeconfig, namespace.name()).await;
    listening
        .until("all is heard", |it| it.all_live() && it.rollout("web").is_some())
        .await;
    (namespace, proxy, listening)
}

fn image(listening: &Listening) -> String {
    let rollout = listening.rollout("web").expect("what was read stays");
    format!("{:?}", rollout.written.images)
}

/// The Deployments break in this way; returns the words that say so.
async fn breaks_and_heals(fault: Fault, forbidden: bool) -> String {
    // The first try may meet the cut connection, the second meets the fault itself.
    let enough = if matches!(fault, Fault::CutAfter(_)) { 1 } else { 2 };
    let (namespace, proxy, mut listening) = watching().await;
    proxy.path(&namespace.apps("deployments"), fault);
    proxy.drop_connections();
    let began = Instant::now();
    listening
        .until("the kind is told as lost", |it| {
            match it.state(ObjectKind::Deployment) {
                Some(KindState::Stale {
                    heard_at,
                    retry_at,
                    tries,
                    ..
                }) => {
                    assert!(
                        heard_at.is_some_and(|heard| heard <= *retry_at),
                        "age and retry are told"
                    );
                    !forbidden && *tries >= enough
                }
                Some(KindState::Forbidden { .. }) => forbidden,
                _ => false,
            }
        })
        .await;
    let lost = began.elapsed();
    let words = match listening.state(ObjectKind::Deployment) {
        Some(KindState::Stale { why, .. }) => why.shown(),
        Some(KindState::Forbidden { message }) => message.shown(),
        other => panic!("{other:?}"),
    };
    assert!(!words.is_empty(), "it is said why");
    listening
        .until("only this kind is lost", |it| {
            [ObjectKind::Pod, ObjectKind::ReplicaSet, ObjectKind::Service]
                .iter()
                .all(|kind| matches!(it.state(*kind), Some(KindState::Live { .. })))
        })
        .await;
    let known = forbidden || image(&listening).contains("shop/web:v1");
    assert!(known, "what was read stays");
    namespace.set_image("web", "shop/web:v2").await;
    proxy.heal();
    // A silent connection is only given up after minutes; the fault is over, so it is cut.
    proxy.drop_connections();
    let began = Instant::now();
    listening
        .until("it recovers with what happened meanwhile", |it| {
            it.all_live() && it.rollout("web").is_some() && image(it).contains("shop/web:v2")
        })
        .await;
    eprintln!(
        "{fault:?}: told after {lost:.1?}, back after {:.1?}: {words}",
        began.elapsed()
    );
    words
}

#[tokio::test]
async fn a_login_that_expired() {
    breaks_and_heals(Fault::Answer(401), false).await;
}

#[tokio::test]
async fn a_right_that_was_taken_away_dims_only_its_kind() {
    breaks_and_heals(Fault::Answer(403), true).await;
}

#[tokio::test]
async fn an_overloaded_server() {
    breaks_and_heals(Fault::AnswerRetryAfter(429, 1), false).await;
}

#[tokio::test]
async fn a_server_with_an_internal_error() {
    breaks_and_heals(Fault::Answer(500), false).await;
}

#[tokio::test]
async fn a_server_that_is_unavailable() {
    breaks_and_heals(Fault::Answer(503), false).await;
}

#[tokio::test]
async fn a_portal_that_answers_with_something_else() {
    let words = breaks_and_heals(Fault::Garbage, false).await;
    assert!(!words.contains('\u{1b}'), "{words:?}");
}

#[tokio::test]
async fn a_server_that_takes_requests_and_never_answers() {
    breaks_and_heals(Fault::Hang, false).await;
}

#[tokio::test]
async fn answers_that_break_off() {
    breaks_and_heals(Fault::CutAfter(60), false).await;
}

#[tokio::test]
async fn a_version_that_is_too_old_is_listed_anew() {
    let (namespace, proxy, mut listening) = watching().await;
    let path = namespace.apps("deployments");
    proxy.once(Method::GET, &format!("{path}?watch"), Fault::Answer(410));
    let before = proxy.seen().len();
    proxy.drop_connections();
    namespace.set_image("web", "shop/web:v2").await;
    listening
        .until("it is listed anew", |it| {
            image(it).contains("shop/web:v2") && it.all_live()
        })
        .await;
    let seen = proxy.seen();
    let lists = seen[before..]
        .iter()
        .filter(|it| it.path.starts_with(&path) && !it.path.contains("watch=1"))
        .count();
    assert!(lists >= 1, "it was listed anew: {:?}", &seen[before..]);
}

#[tokio::test]
async fn a_watch_that_is_cut_goes_on_without_losing_a_change() {
    let (namespace, proxy, mut listening) = watching().await;
    for version in 2..6 {
        let image_now = format!("shop/web:v{version}");
        proxy.drop_connections();
        namespace.set_image("web", &image_now).await;
        listening
            .until("the change arrives", |it| image(it).contains(&image_now))
            .await;
    }
}

#[tokio::test]
async fn a_server_that_is_gone_and_comes_back() {
    let (namespace, proxy, mut listening) = watching().await;
    proxy.gone();
    listening
        .until("everything is told as lost", |it| {
            [ObjectKind::Deployment, ObjectKind::Pod, ObjectKind::ReplicaSet]
                .iter()
                .all(|kind| matches!(it.state(*kind), Some(KindState::Stale { tries, .. }) if *tries >= 2))
        })
        .await;
    assert!(image(&listening).contains("shop/web:v1"));
    namespace.set_image("web", "shop/web:v2").await;
    proxy.back();
    let began = Instant::now();
    listening
        .until("it is back", |it| {
            it.all_live() && image(it).contains("shop/web:v2")
        })
        .await;
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn no_state_of_a_kind_is_ever_without_words() {
    let (_namespace, proxy, mut listening) = watching().await;
    proxy.all(Fault::Answer(503));
    proxy.drop_connections();
    listening
        .until(
            "many tries",
            |it| matches!(it.state(ObjectKind::Pod), Some(KindState::Stale { tries, .. }) if *tries >= 3),
        )
        .await;
    for (kind, state) in &listening.states {
        if let KindState::Stale { why, tries, .. } = state {
            assert!(!why.shown().is_empty() && *tries >= 1, "{kind:?}: {state:?}");
        }
    }
}
