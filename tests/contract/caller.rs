//! Raw requests by path: what the server says, without a client library's view of it.

use std::time::Duration;

use http::{Method, Request, header};
use http_body_util::BodyExt as _;
use kube::client::Body;
use kube::config::AuthInfo;
use kube::{Client, Config};
use serde_json::Value;

/// Longer than any server needs; who waits longer waits in vain.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a list or an object is without its spec.
pub(crate) const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// An answer; a refusal is one too.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// What is no JSON is a text.
    pub(crate) body: Value,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "answered {}: {}",
            self.status,
            self.body
        );
        self.body
    }

    /// The body of a refusal with that code and reason.
    #[track_caller]
    pub(crate) fn refused(self, code: u16, reason: &str) -> Value {
        assert!(
            self.status == code && self.body["reason"] == reason,
            "not {code} {reason}, but {}: {}",
            self.status,
            self.body
        );
        assert_eq!(self.body["kind"], "Status");
        assert_eq!(self.body["status"], "Failure");
        assert_eq!(self.body["code"], code);
        self.body
    }

    /// Refused because of that field.
    #[track_caller]
    pub(crate) fn invalid(self, field: &str) -> Value {
        let body = self.refused(422, "Invalid");
        let causes = body["details"]["causes"].as_array().cloned().unwrap_or_default();
        assert!(
            causes.iter().any(|cause| cause["field"] == field),
            "not because of {field}: {body}"
        );
        body
    }
}

/// One identity.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Client,
}

impl Caller {
    pub(crate) fn new(url: &str, token: &str, authority: &[u8]) -> Self {
        let mut config = Config::new(url.parse().expect("a URL"));
        config.auth_info = AuthInfo {
            token: Some(token.to_owned().into()),
            ..AuthInfo::default()
        };
        config.root_cert = Some(
            rustls::pki_types::pem::PemObject::pem_slice_iter(authority)
                .map(|certificate: Result<rustls::pki_types::CertificateDer<'_>, _>| {
                    certificate.expect("PEM").to_vec()
                })
                .collect(),
        );
        config.proxy_url = None;
        config.default_retry = false;
        Self {
            client: Client::try_from(config).expect("a client"),
        }
    }

    async fn send(&self, method: Method, path: &str, kind: &str, accept: &str, body: Vec<u8>) -> Answer {
        let shown = format!("{method} {path}");
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, kind)
            .header(header::ACCEPT, accept)
            .header(header::USER_AGENT, "contract/1")
            .body(Body::from(body))
            .expect("a request");
        let answered = async {
            let response = self.client.send(request).await.expect(&shown);
            let status = response.status().as_u16();
            (
                status,
                response.into_body().collect().await.expect(&shown).to_bytes(),
            )
        };
        let (status, bytes) = tokio::time::timeout(PATIENCE, answered).await.expect(&shown);
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer { status, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, JSON, JSON, Vec::new()).await
    }

    pub(crate) async fn metadata(&self, path: &str) -> Answer {
        self.send(Method::GET, path, JSON, METADATA, Vec::new()).await
    }

    pub(crate) async fn metadata_list(&self, path: &str) -> Answer {
        self.send(Method::GET, path, JSON, METADATA_LIST, Vec::new())
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.bytes(Method::POST, path, JSON, body.to_string().as_bytes())
            .await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.bytes(Method::PUT, path, JSON, body.to_string().as_bytes())
            .await
    }

    pub(crate) async fn delete(&self, path: &str, options: &Value) -> Answer {
        let body = if options.is_null() {
            Vec::new()
        } else {
            options.to_string().into_bytes()
        };
        self.send(Method::DELETE, path, JSON, JSON, body).await
    }

    pub(crate) async fn json_patch(&self, path: &str, body: &Value) -> Answer {
        self.patch("application/json-patch+json", path, body).await
    }

    pub(crate) async fn merge(&self, path: &str, body: &Value) -> Answer {
        self.patch("application/merge-patch+json", path, body).await
    }

    pub(crate) async fn strategic(&self, path: &str, body: &Value) -> Answer {
        self.patch("application/strategic-merge-patch+json", path, body)
            .await
    }

    pub(crate) async fn patch(&self, kind: &str, path: &str, body: &Value) -> Answer {
        self.bytes(Method::PATCH, path, kind, body.to_string().as_bytes())
            .await
    }

    /// Any bytes, of any kind.
    pub(crate) async fn bytes(&self, method: Method, path: &str, kind: &str, body: &[u8]) -> Answer {
        self.send(method, path, kind, JSON, body.to_vec()).await
    }

    /// A watch, if it is let in.
    pub(crate) async fn watch(&self, path: &str) -> Result<Watch, Answer> {
        self.watch_as(path, JSON).await
    }

    pub(crate) async fn watch_as(&self, path: &str, accept: &str) -> Result<Watch, Answer> {
        let request = Request::get(path)
            .header(header::ACCEPT, accept)
            .body(Body::empty())
            .expect("a request");
        let response = self.client.send(request).await.expect(path);
        let status = response.status().as_u16();
        if status == 200 {
            return Ok(Watch {
                body: response.into_body(),
                rest: Vec::new(),
            });
        }
        let bytes = response.into_body().collect().await.expect(path).to_bytes();
        Err(Answer {
            status,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        })
    }
}

const JSON: &str = "application/json";

/// The events of a watch as they come.
pub(crate) struct Watch {
    body: Body,
    rest: Vec<u8>,
}

impl Watch {
    /// The next event: its word and its object. `None` when the server ended the watch in order.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                let mut event: Value = serde_json::from_slice(&line).expect("an event");
                let word = event["type"].as_str().expect("a word").to_owned();
                return Some((word, event["object"].take()));
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame());
            let frame = frame.await.expect("an event, or an end")?;
            let data = frame
                .expect("the watch does not break off")
                .into_data()
                .unwrap_or_default();
            self.rest.extend_from_slice(&data);
        }
    }

    /// Everything that comes until the server ends it.
    pub(crate) async fn until_end(mut self) -> Vec<(String, Value)> {
        let mut all = Vec::new();
        while let Some(event) = self.next().await {
            all.push(event);
        }
        all
    }
}
