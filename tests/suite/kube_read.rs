//! Single reads, reviews, and every way in which there is no answer.

use std::sync::Arc;
use std::time::Duration;

use flightdeck::adapters::kube::{
    ApiFailure, Flags, Permission, Question, Surroundings, connect, install_crypto,
};
use flightdeck::domain::Untrusted;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::fake_api::{FakeApi, Reply, Then, always, client};

const SOON: Duration = Duration::from_secs(10);

async fn failure(reply: Reply) -> ApiFailure {
    let api = FakeApi::start(always(reply)).await;
    api.client()
        .await
        .get_raw("/api/v1/pods", SOON)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_read_keeps_the_bytes_and_the_servers_time_and_asks_for_the_newest() {
    let body = r#"{ "a" : 1,  "unknownField": [1.50] }"#;
    let reply = Reply::json(200, body).with("date", "Fri, 20 Nov 2026 23:00:01 GMT");
    let mut api = FakeApi::start(always(reply)).await;
    let answer = api
        .client()
        .await
        .get_raw("/apis/apps/v1/namespaces/a/deployments/b", SOON)
        .await
        .unwrap();
    assert_eq!(&*answer.body, body);
    assert_eq!(answer.server_date.unwrap().to_string(), "2026-11-20T23:00:01Z");
    let seen = api.seen();
    assert!(!seen[0].path.contains("resourceVersion"));
    assert!(
        !seen[0].headers.contains_key("accept-encoding"),
        "loopback needs no compression"
    );
}

#[tokio::test]
async fn answers_that_are_no_success_are_named() {
    assert!(matches!(
        failure(Reply::status(401, "Unauthorized", "x")).await,
        ApiFailure::Unauthorized { .. }
    ));
    assert!(matches!(
        failure(Reply::status(403, "Forbidden", "x")).await,
        ApiFailure::Forbidden { .. }
    ));
    assert!(matches!(
        failure(Reply::status(404, "NotFound", "x")).await,
        ApiFailure::NotFound { .. }
    ));
    assert!(matches!(
        failure(Reply::status(410, "Expired", "x")).await,
        ApiFailure::Expired { .. }
    ));
    assert!(matches!(
        failure(Reply::status(500, "X", "x")).await,
        ApiFailure::ServerError { code: 500, .. }
    ));
    assert!(matches!(
        failure(Reply::page(200, "<b>hi</b>")).await,
        ApiFailure::NotKubernetes { .. }
    ));
    assert!(matches!(
        failure(Reply::json(200, "[1]")).await,
        ApiFailure::NotKubernetes { .. }
    ));
    let latin = Reply::chunks(200, vec![b"{\"a\":\"\xe9\"}".to_vec()], Then::End);
    assert!(matches!(failure(latin).await, ApiFailure::BadAnswer { .. }));
}

#[tokio::test]
async fn no_answer_is_named_too() {
    assert!(matches!(failure(Reply::HangUp).await, ApiFailure::Broken { .. }));
    assert!(matches!(
        failure(Reply::chunks(200, vec![b"{".to_vec()], Then::Break)).await,
        ApiFailure::Broken { .. }
    ));
    let refused = client("http://127.0.0.1:1")
        .await
        .get_raw("/version", SOON)
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, ApiFailure::Unreachable { why } if why.contains("refused")),
        "{refused:?}"
    );
    let unknown = client("http://no-such-host.invalid")
        .await
        .get_raw("/version", SOON)
        .await
        .unwrap_err();
    assert!(
        matches!(&unknown, ApiFailure::Unreachable { why } if why.contains("name")),
        "{unknown:?}"
    );
    let api = FakeApi::start(always(Reply::Silence)).await;
    let late = api
        .client()
        .await
        .get_raw("/version", Duration::from_millis(20))
        .await
        .unwrap_err();
    assert!(matches!(late, ApiFailure::Timeout { .. }));
}

#[tokio::test]
async fn the_request_timeout_of_the_user_bounds_every_request() {
    let api = FakeApi::start(always(Reply::Silence)).await;
    let flags = Flags {
        server: Some(api.url()),
        request_timeout: Some(Duration::from_millis(20)),
        ..Flags::default()
    };
    let client = connect(&flags, &Surroundings::default()).await.unwrap().client;
    let late = client
        .get_raw("/version", Duration::from_secs(600))
        .await
        .unwrap_err();
    assert!(late.to_string().contains("20 ms"), "{late}");
}

fn tls(certificate: &str) -> tokio_rustls::TlsAcceptor {
    install_crypto();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tls/");
    let chain = vec![CertificateDer::from_pem_file(format!("{folder}{certificate}.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(format!("{folder}server.key")).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    tokio_rustls::TlsAcceptor::from(Arc::new(config))
}

async fn over_tls(certificate: &str, authority: &str) -> Result<(), ApiFailure> {
    let api = FakeApi::start_tls(tls(certificate), always(Reply::json(200, "{}"))).await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tls/");
    let flags = Flags {
        server: Some(format!("https://{}", api.address)),
        certificate_authority: Some(format!("{folder}{authority}.pem").into()),
        ..Flags::default()
    };
    let client = connect(&flags, &Surroundings::default()).await.unwrap().client;
    client.get_raw("/version", SOON).await.map(drop)
}

#[tokio::test]
async fn a_refused_certificate_is_explained() {
    assert_eq!(over_tls("good", "good").await, Ok(()));
    for (certificate, authority, words) in [
        ("good", "elsewhere", "issuer"),
        ("elsewhere", "elsewhere", "another name"),
        ("expired", "expired", "expired"),
    ] {
        let failure = over_tls(certificate, authority).await.unwrap_err();
        assert!(
            matches!(&failure, ApiFailure::Tls { why } if why.contains(words)),
            "{certificate} by {authority}: {failure:?}"
        );
    }
}

#[tokio::test]
async fn tls_to_a_server_that_speaks_plain_http_is_explained() {
    let api = FakeApi::start(always(Reply::json(200, "{}"))).await;
    let failure = client(&format!("https://{}", api.address))
        .await
        .get_raw("/version", SOON)
        .await
        .unwrap_err();
    assert!(
        matches!(&failure, ApiFailure::Tls { why } if why.contains("plain HTTP")),
        "{failure:?}"
    );
}

#[tokio::test]
async fn who_and_where_are_told_or_left_open() {
    let api = FakeApi::start(|seen| match seen.path.as_str() {
        "/version" => Reply::json(200, r#"{"major":"1","gitVersion":"v1.36.3"}"#),
        "/api/v1/namespaces/kube-system" => Reply::json(200, r#"{"metadata":{"uid":"u-1"}}"#),
        _ => Reply::json(201, r#"{"status":{"userInfo":{"username":"jane"}}}"#),
    })
    .await;
    let client = api.client().await;
    assert_eq!(client.server_version().await.unwrap(), Untrusted::from("v1.36.3"));
    assert_eq!(
        client.kube_system_uid().await.unwrap(),
        Some(Untrusted::from("u-1"))
    );
    assert_eq!(client.whoami().await.unwrap(), Some(Untrusted::from("jane")));

    let closed = FakeApi::start(always(Reply::status(403, "Forbidden", "no")))
        .await
        .client()
        .await;
    assert_eq!(closed.kube_system_uid().await.unwrap(), None);
    assert_eq!(closed.whoami().await.unwrap(), None);
    assert!(closed.server_version().await.is_err());
}

#[tokio::test]
async fn a_right_is_yes_no_or_unknown() {
    let question = Question {
        verb: "patch",
        group: "argoproj.io",
        resource: "rollouts",
        subresource: Some("status"),
        namespace: Some("shop"),
        name: Some("cart"),
    };
    let mut api = FakeApi::start(always(Reply::json(201, r#"{"status":{"allowed":true}}"#))).await;
    assert_eq!(api.client().await.ssar(question).await, Permission::Yes);
    let asked: serde_json::Value = serde_json::from_slice(&api.seen()[0].body).unwrap();
    assert_eq!(asked["spec"]["resourceAttributes"]["subresource"], "status");

    let no = FakeApi::start(always(Reply::json(
        201,
        r#"{"status":{"allowed":false,"reason":"rbac"}}"#,
    )))
    .await;
    assert_eq!(
        no.client().await.ssar(question).await,
        Permission::No {
            reason: Untrusted::from("rbac")
        }
    );
    let odd = FakeApi::start(always(Reply::status(403, "Forbidden", "reviews are closed"))).await;
    assert!(matches!(
        odd.client().await.ssar(question).await,
        Permission::Unknown { .. }
    ));
}
