//! Each fault of the proxy does what it says to a single request.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::json;

use crate::fault_proxy::{Fault, FaultProxy, Upstream};
use crate::lab::{Answer, Caller, Identity, Namespace, Patch, lab};

pub(super) fn proxy() -> FaultProxy {
    FaultProxy::start(Upstream::new(lab().url(), &lab().ca()))
}

async fn get(caller: &Caller, path: &str) -> Result<Answer, String> {
    caller.attempt(Method::GET, path, "application/json", None).await
}

async fn web() -> Namespace {
    let namespace = lab().namespace().await;
    namespace.deployment("web").replicas(0).create().await;
    namespace
}

fn paused() -> serde_json::Value {
    json!([{ "op": "test", "path": "/spec/paused", "value": null }, { "op": "add", "path": "/spec/paused", "value": true }])
}

#[tokio::test]
async fn requests_pass_and_are_recorded() {
    let (namespace, proxy) = (web().await, proxy());
    let caller = Caller::through(proxy.url(), Identity::Operator);
    let path = namespace.apps("deployments/web");
    caller.patch(Patch::Json, &path, &paused()).await.success();
    assert_eq!(caller.patch(Patch::Json, &path, &paused()).await.status, 422);
    let seen = proxy.reached(&Method::PATCH);
    assert_eq!(
        seen.iter().map(|seen| seen.answered).collect::<Vec<_>>(),
        [Some(200), Some(422)]
    );
    assert_eq!(seen[0].path, path);
    assert_eq!(seen[0].body, paused().to_string());
}

#[tokio::test]
async fn a_swallowed_reply_leaves_the_client_in_doubt_and_the_change_made() {
    let (namespace, proxy) = (web().await, proxy());
    let caller = Caller::through(proxy.url(), Identity::Operator);
    proxy.once(Method::PATCH, "/apis/apps/", Fault::SwallowReply);
    let path = namespace.apps("deployments/web");
    let outcome = caller.attempt_patch(Patch::Json, &path, &paused()).await;
    assert!(outcome.is_err(), "{outcome:?}");
    assert_eq!(namespace.get_deployment("web").await["spec"]["paused"], true);
    assert_eq!(proxy.reached(&Method::PATCH).len(), 1);
    assert_eq!(caller.get(&path).await.status, 200);
}

#[tokio::test]
async fn codes_are_answered_with_a_status_and_reach_nobody() {
    let (namespace, proxy) = (web().await, proxy());
    let caller = Caller::through(proxy.url(), Identity::Operator);
    for code in [401, 403, 409, 410, 500, 503] {
        proxy.once(Method::PATCH, "/apis/apps/", Fault::Answer(code));
        let answer = caller
            .patch(Patch::Json, &namespace.apps("deployments/web"), &paused())
            .await;
        assert_eq!(answer.status, code);
        assert_eq!(answer.body["kind"], "Status");
        assert_eq!(answer.body["code"], code);
    }
    proxy.once(Method::PATCH, "/apis/apps/", Fault::AnswerRetryAfter(429, 3));
    let answer = caller
        .patch(Patch::Json, &namespace.apps("deployments/web"), &paused())
        .await;
    assert_eq!(
        (answer.status, &answer.body["details"]["retryAfterSeconds"]),
        (429, &json!(3))
    );
    assert_eq!(proxy.seen().len(), 7);
    assert!(proxy.reached(&Method::PATCH).is_empty());
    assert!(namespace.get_deployment("web").await["spec"]["paused"].is_null());
}

#[tokio::test]
async fn a_fault_on_one_path_leaves_the_others_alone_until_it_heals() {
    let (namespace, proxy) = (web().await, proxy());
    let caller = Caller::through(proxy.url(), Identity::Viewer);
    proxy.path(&namespace.core("pods"), Fault::Answer(503));
    assert_eq!(caller.get(&namespace.core("pods?limit=1")).await.status, 503);
    assert_eq!(caller.get(&namespace.apps("deployments")).await.status, 200);
    proxy.heal();
    assert_eq!(caller.get(&namespace.core("pods?limit=1")).await.status, 200);
    proxy.method(Method::GET, "", Fault::Answer(500));
    assert_eq!(caller.get("/version").await.status, 500);
}

#[tokio::test]
async fn a_delayed_answer_comes_late_and_a_hanging_one_never() {
    let proxy = proxy();
    let caller = Caller::through(proxy.url(), Identity::Viewer);
    proxy.all(Fault::Delay(Duration::from_millis(400)));
    let began = Instant::now();
    assert_eq!(caller.get("/version").await.status, 200);
    assert!(began.elapsed() >= Duration::from_millis(400));
    proxy.all(Fault::Hang);
    let patience = tokio::time::timeout(Duration::from_millis(300), get(&caller, "/version")).await;
    assert!(patience.is_err(), "no answer: {patience:?}");
    assert_eq!(proxy.reached(&Method::GET).len(), 1);
    assert_eq!(proxy.seen().len(), 2);
}

#[tokio::test]
async fn a_cut_answer_and_garbage_are_told_from_an_empty_list() {
    let (namespace, proxy) = (web().await, proxy());
    let caller = Caller::through(proxy.url(), Identity::Viewer);
    proxy.all(Fault::CutAfter(40));
    let cut = get(&caller, &namespace.apps("deployments")).await;
    assert!(cut.is_err(), "{cut:?}");
    proxy.all(Fault::Garbage);
    let garbage = get(&caller, &namespace.apps("deployments")).await;
    assert!(garbage.is_err(), "{garbage:?}");
}

#[tokio::test]
async fn a_server_that_is_gone_refuses_and_comes_back_on_the_same_port() {
    let proxy = proxy();
    let caller = Caller::through(proxy.url(), Identity::Viewer);
    assert_eq!(caller.get("/version").await.status, 200);
    proxy.gone();
    let gone = get(&caller, "/version").await;
    assert!(
        gone.as_ref().is_err_and(|why| why.contains("ConnectionRefused")),
        "{gone:?}"
    );
    proxy.back();
    assert_eq!(caller.get("/version").await.status, 200);
}
