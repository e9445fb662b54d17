//! A write goes out once, byte for byte, and what is not known is called unknown.

use std::time::Duration;

use flightdeck::adapters::kube::{DryRun, SendAnswer};
use flightdeck::domain::{Method, Transport, Untrusted, Write};

use crate::support::fake_api::{FakeApi, Reply, Then, always, client};

const BODY: &str =
    r#"[{"op":"test","path":"/spec/paused","value":null},  {"op":"add","path":"/spec/paused","value":true}]"#;

fn write() -> Write {
    Write {
        transport: Transport::Kubernetes,
        method: Method::Patch,
        path: "/apis/apps/v1/namespaces/shop/deployments/cart?fieldManager=flightdeck".to_owned(),
        content_type: "application/json-patch+json",
        body: BODY.into(),
        shown: BODY.into(),
    }
}

async fn sent(reply: Reply) -> (SendAnswer, usize) {
    let mut api = FakeApi::start(always(reply)).await;
    let answer = api.client().await.send(&write()).await;
    (answer, api.seen().len())
}

async fn rehearsed(reply: Reply) -> DryRun {
    FakeApi::start(always(reply))
        .await
        .client()
        .await
        .dry_run(&write())
        .await
}

#[tokio::test]
async fn the_bytes_of_the_plan_are_the_bytes_on_the_wire() {
    let reply = Reply::json(200, r#"{"kind":"Deployment"}"#)
        .with("audit-id", "a-1")
        .with("warning", r#"299 - "old version""#);
    let mut api = FakeApi::start(always(reply)).await;
    let answer = api.client().await.send(&write()).await;
    assert_eq!(
        answer,
        SendAnswer::Accepted {
            object: Some(r#"{"kind":"Deployment"}"#.into()),
            audit_id: Some(Untrusted::from("a-1")),
            warnings: vec![Untrusted::from("old version")],
        }
    );
    let seen = api.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].method.as_str(), seen[0].path.as_str()),
        ("PATCH", write().path.as_str())
    );
    assert_eq!(seen[0].headers["content-type"], "application/json-patch+json");
    assert_eq!(seen[0].body, BODY.as_bytes());
}

#[tokio::test]
async fn nothing_makes_a_write_go_out_twice() {
    let replies = [
        Reply::status(503, "ServiceUnavailable", "etcd is slow"),
        Reply::status(504, "Timeout", "the request timed out"),
        Reply::status(500, "InternalError", "boom"),
        Reply::status(429, "TooManyRequests", "slow down").with("retry-after", "1"),
        Reply::HangUp,
        Reply::chunks(200, vec![b"{".to_vec()], Then::Break),
        Reply::page(502, "<h1>Bad gateway</h1>"),
    ];
    for reply in replies {
        let (answer, count) = sent(reply.clone()).await;
        assert_eq!(count, 1, "{reply:?} gave {answer:?}");
    }
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_does_not_repeat_a_write() {
    // The first answer leaves an idle connection behind; the second request on it is cut off after it arrived.
    let mut count = 0;
    let mut api = FakeApi::start(move |_| {
        count += 1;
        if count == 1 {
            Reply::json(200, "{}")
        } else {
            Reply::HangUp
        }
    })
    .await;
    let client = api.client().await;
    client.get_raw("/version", Duration::from_secs(5)).await.unwrap();
    assert!(matches!(client.send(&write()).await, SendAnswer::Unknown { .. }));
    assert_eq!(api.seen().iter().filter(|seen| seen.method == "PATCH").count(), 1);
}

#[tokio::test]
async fn what_may_have_been_applied_is_unknown() {
    for reply in [
        Reply::status(504, "Timeout", "the request timed out"),
        Reply::status(500, "InternalError", "boom"),
        Reply::HangUp,
        Reply::page(200, "<title>Sign in</title>"),
    ] {
        let (answer, _) = sent(reply.clone()).await;
        assert!(
            matches!(answer, SendAnswer::Unknown { .. }),
            "{reply:?} gave {answer:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_within_the_limit_is_unknown_for_a_write_and_told_for_a_dry_run() {
    let mut api = FakeApi::start(always(Reply::Silence)).await;
    let client = api.client().await;
    let answer = client.send(&write()).await;
    assert!(
        matches!(&answer, SendAnswer::Unknown { why } if why.contains("5 s")),
        "{answer:?}"
    );
    assert_eq!(client.dry_run(&write()).await, DryRun::TimedOut);
    assert!(api.seen().len() <= 2);
}

#[tokio::test]
async fn what_never_left_or_was_not_taken_in_is_not_sent() {
    let (busy, _) = sent(Reply::status(429, "TooManyRequests", "slow down").with("retry-after", "3")).await;
    assert!(
        matches!(&busy, SendAnswer::NotSent { why } if why.contains("3 s")),
        "{busy:?}"
    );
    let nobody = client("http://127.0.0.1:1").await.send(&write()).await;
    assert!(
        matches!(&nobody, SendAnswer::NotSent { why } if why.contains("refused")),
        "{nobody:?}"
    );
}

#[tokio::test]
async fn an_accepted_write_stays_accepted_when_its_body_breaks_off() {
    let (answer, _) = sent(Reply::chunks(200, vec![br#"{"kind":"#.to_vec()], Then::Break)).await;
    assert!(
        matches!(answer, SendAnswer::Accepted { object: None, .. }),
        "{answer:?}"
    );
}

#[tokio::test]
async fn refusals_are_told_apart_from_failed_guards() {
    let bare = "the server rejected our request due to an error in our request";
    assert_eq!(
        sent(Reply::status(422, "Invalid", bare)).await.0,
        SendAnswer::TestFailed
    );
    let (policy, _) = sent(Reply::status(422, "Invalid", "admission policy says no")).await;
    assert_eq!(
        policy,
        SendAnswer::Refused {
            code: 422,
            words: Untrusted::from("admission policy says no")
        }
    );
    for code in [400, 401, 403, 404, 409, 415] {
        let (answer, _) = sent(Reply::status(code, "X", "no")).await;
        assert_eq!(
            answer,
            SendAnswer::Refused {
                code,
                words: Untrusted::from("no")
            }
        );
    }
}

#[tokio::test]
async fn a_dry_run_says_so_in_its_query_and_names_each_outcome() {
    let mut api = FakeApi::start(always(Reply::json(200, "{}"))).await;
    assert!(matches!(
        api.client().await.dry_run(&write()).await,
        DryRun::Accepted { .. }
    ));
    let path = &api.seen()[0].path;
    assert!(path.ends_with("?fieldManager=flightdeck&dryRun=All"), "{path}");

    let webhook = "admission webhook \"w.example\" does not support dry run";
    assert!(matches!(
        rehearsed(Reply::status(400, "BadRequest", webhook)).await,
        DryRun::Unsupported { .. }
    ));
    assert!(matches!(
        rehearsed(Reply::status(403, "Forbidden", "denied by w.example")).await,
        DryRun::Denied { code: 403, .. }
    ));
    assert!(matches!(
        rehearsed(Reply::status(400, "BadRequest", "bad patch")).await,
        DryRun::Denied { code: 400, .. }
    ));
    let bare = "the server rejected our request due to an error in our request";
    assert_eq!(
        rehearsed(Reply::status(422, "Invalid", bare)).await,
        DryRun::TestFailed
    );
    assert!(matches!(
        rehearsed(Reply::status(500, "InternalError", "boom")).await,
        DryRun::Failed { .. }
    ));
    assert!(matches!(rehearsed(Reply::HangUp).await, DryRun::Failed { .. }));
}
