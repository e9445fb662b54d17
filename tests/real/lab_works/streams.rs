//! Watches pass the proxy event by event, and break or stall on command.

use std::time::Duration;

use http_body_util::BodyExt;
use kube::client::Body;

use super::faults::proxy;
use crate::fault_proxy::Fault;
use crate::lab::{Caller, Identity, Namespace, lab};

const SOON: Duration = Duration::from_secs(10);

/// A watch that has shown its first event.
async fn watch(namespace: &Namespace, url: &str) -> Body {
    namespace.deployment("web").replicas(0).create().await;
    let path = namespace.apps("deployments?watch=1&fieldSelector=metadata.name%3Dweb");
    let mut body = Caller::through(url, Identity::Viewer)
        .stream(&path)
        .await
        .expect("a watch");
    shows(&mut body, "\"ADDED\"").await;
    body
}

async fn shows(body: &mut Body, words: &str) {
    let mut text = String::new();
    while !text.contains(words) {
        let frame = tokio::time::timeout(SOON, body.frame()).await;
        let frame = frame
            .unwrap_or_else(|_| panic!("{words} never came: {text}"))
            .expect("the watch is open")
            .expect("a frame");
        text.push_str(&String::from_utf8_lossy(&frame.into_data().unwrap_or_default()));
    }
}

/// Reads until the stream ends, and says whether that was an error.
async fn breaks(mut body: Body) -> bool {
    loop {
        match tokio::time::timeout(SOON, body.frame())
            .await
            .expect("the watch ends soon")
        {
            Some(Ok(_)) => {}
            Some(Err(_)) => return true,
            None => return false,
        }
    }
}

#[tokio::test]
async fn a_watch_passes_event_by_event() {
    let (namespace, proxy) = (lab().namespace().await, proxy());
    let mut body = watch(&namespace, proxy.url()).await;
    namespace.set_image("web", "shop/web:v2").await;
    shows(&mut body, "shop/web:v2").await;
}

#[tokio::test]
async fn a_hanging_watch_stays_open_silently_and_goes_on_when_healed() {
    let (namespace, proxy) = (lab().namespace().await, proxy());
    let mut body = watch(&namespace, proxy.url()).await;
    proxy.all(Fault::Hang);
    namespace.set_image("web", "shop/web:v2").await;
    let silence = tokio::time::timeout(Duration::from_millis(500), shows(&mut body, "shop/web:v2")).await;
    assert!(silence.is_err(), "the event came through a proxy that hangs");
    proxy.heal();
    shows(&mut body, "shop/web:v2").await;
}

#[tokio::test]
async fn dropped_connections_and_a_server_that_is_gone_break_a_watch() {
    let (namespace, proxy) = (lab().namespace().await, proxy());
    let body = watch(&namespace, proxy.url()).await;
    proxy.drop_connections();
    assert!(breaks(body).await);
    let path = namespace.apps("deployments?watch=1");
    let body = Caller::through(proxy.url(), Identity::Viewer)
        .stream(&path)
        .await
        .expect("a watch again");
    proxy.gone();
    assert!(breaks(body).await);
}

#[tokio::test]
async fn a_watch_is_cut_in_the_middle_of_an_event() {
    let (namespace, proxy) = (lab().namespace().await, proxy());
    namespace.deployment("web").replicas(0).create().await;
    proxy.path("/apis/apps", Fault::CutAfter(100));
    let path = namespace.apps("deployments?watch=1");
    let mut body = Caller::through(proxy.url(), Identity::Viewer)
        .stream(&path)
        .await
        .expect("a watch");
    shows(&mut body, "\"ADDED\"").await;
    assert!(breaks(body).await);
}
