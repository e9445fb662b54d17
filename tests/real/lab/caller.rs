//! Raw requests by path, answered with a status and JSON: what the API server says, without a client library's view of it.

use http::{Method, Request, header};
use http_body_util::BodyExt;
use kube::client::Body;
use kube::config::AuthInfo;
use kube::{Client, Config};
use serde_json::Value;

use super::{Identity, lab};

/// How a patch is meant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Patch {
    Json,
    Merge,
    Strategic,
}

impl Patch {
    fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json-patch+json",
            Self::Merge => "application/merge-patch+json",
            Self::Strategic => "application/strategic-merge-patch+json",
        }
    }
}

/// An answer as it came; a refusal is one too.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The body of a success; anything else ends the test with what the server said.
    #[track_caller]
    pub(crate) fn success(self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "the API server answered {}: {}",
            self.status,
            self.body
        );
        self.body
    }

    /// The message of a Status.
    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

/// One identity at one address. Belongs to the runtime that made it.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Client,
}

impl Caller {
    pub(crate) fn new(url: &str, token: Option<String>, ca_pem: Option<Vec<u8>>) -> Self {
        let mut config = Config::new(url.parse().expect("a URL"));
        config.auth_info = AuthInfo {
            token: token.map(Into::into),
            ..AuthInfo::default()
        };
        config.root_cert = ca_pem.map(|pem| {
            rustls::pki_types::pem::PemObject::pem_slice_iter(&pem)
                .map(|certificate: Result<rustls::pki_types::CertificateDer<'_>, _>| {
                    certificate.expect("PEM").to_vec()
                })
                .collect()
        });
        config.proxy_url = None;
        config.default_retry = false;
        Self {
            client: Client::try_from(config).expect("a client for the control plane"),
        }
    }

    /// An identity whose requests go to this plain URL, a proxy's.
    pub(crate) fn through(url: &str, identity: Identity) -> Self {
        Self::new(url, Some(identity.token()), None)
    }

    /// The answer, or why there was none.
    pub(crate) async fn attempt(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let bytes = body.map(Value::to_string).unwrap_or_default().into_bytes();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, kind)
            .header(header::ACCEPT, "application/json")
            .body(Body::from(bytes))
            .expect("a request");
        let response = self
            .client
            .send(request)
            .await
            .map_err(|problem| format!("{problem:?}"))?;
        let status = response.status().as_u16();
        let bytes = response
            .into_body()
            .collect()
            .await
            .map_err(|problem| format!("{problem:?}"))?
            .to_bytes();
        let text = String::from_utf8_lossy(&bytes);
        let body = serde_json::from_slice(&bytes)
            .map_err(|problem| format!("{problem}: {}", text.chars().take(80).collect::<String>()));
        // Some refusals, those of unknown paths for one, are plain text.
        let body = if (200..300).contains(&status) {
            body?
        } else {
            body.unwrap_or_else(|_| Value::String(text.into_owned()))
        };
        Ok(Answer { status, body })
    }

    async fn send(&self, method: Method, path: &str, kind: &str, body: Option<&Value>) -> Answer {
        let shown = format!("{method} {path}");
        self.attempt(method, path, kind, body)
            .await
            .unwrap_or_else(|problem| {
                let failure = lab().failure().unwrap_or_default();
                panic!("{shown} had no answer: {problem}\n{failure}")
            })
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "application/json", None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, "application/json", Some(body))
            .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, "application/json", None).await
    }

    pub(crate) async fn patch(&self, kind: Patch, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, kind.content_type(), Some(body))
            .await
    }

    /// A patch that may have no answer.
    pub(crate) async fn attempt_patch(
        &self,
        kind: Patch,
        path: &str,
        body: &Value,
    ) -> Result<Answer, String> {
        self.attempt(Method::PATCH, path, kind.content_type(), Some(body))
            .await
    }

    /// The status of the answer to a watch, whose body is not waited for.
    pub(crate) async fn attempt_watch(&self, path: &str) -> u16 {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let answer = self.client.send(request).await;
        answer.map_or(0, |answer| answer.status().as_u16())
    }

    /// The body of a GET as it arrives, for watches.
    pub(crate) async fn stream(&self, path: &str) -> Result<Body, String> {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        self.client
            .send(request)
            .await
            .map(http::Response::into_body)
            .map_err(|problem| format!("{problem:?}"))
    }
}
