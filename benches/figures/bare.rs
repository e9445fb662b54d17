//! A bare HTTP client: asks for the same lists at the same time, one connection each, and drops the bytes. No program that
//! shows them can be faster.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flightdeck::adapters::kube::{Events, list_path};
use flightdeck::domain::ObjectKind;
use flightdeck::objects::ListScope;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The API server prints prettily, and twice as much, for browsers, curl and Wget.
const AGENT: &str = "bare-client";

/// A way to the API server.
#[derive(Clone)]
pub(crate) struct Bare {
    address: String,
    tls: TlsConnector,
}

impl Bare {
    pub(crate) fn new(url: &str, ca: &[u8]) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(ca) {
            roots
                .add(certificate.expect("PEM"))
                .expect("a certificate of the API server");
        }
        let config = rustls::ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            address: url.trim_start_matches("https://").to_owned(),
            tls: TlsConnector::from(Arc::new(config)),
        }
    }

    /// Lists every kind at once: the time until the last byte of the last list, and how many bytes came.
    pub(crate) async fn lists(&self) -> (Duration, usize) {
        let started = Instant::now();
        let lists = ObjectKind::ALL.map(|kind| {
            let scope = ListScope {
                kind,
                namespace: None,
            };
            let (bare, path) = (self.clone(), list_path(&scope, true, Events::Notable));
            tokio::spawn(async move { bare.send(Method::GET, &path, "").await })
        });
        let mut bytes = 0;
        for list in lists {
            bytes += list.await.expect("a list");
        }
        (started.elapsed(), bytes)
    }

    /// Scales a Deployment.
    pub(crate) async fn scale(&self, namespace: &str, name: &str, replicas: u32) {
        let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments/{name}");
        let body = format!(r#"{{"spec":{{"replicas":{replicas}}}}}"#);
        self.send(Method::PATCH, &path, &body).await;
    }

    /// Sends one request on a connection of its own and reads its answer to the end: its size.
    async fn send(&self, method: Method, path: &str, body: &str) -> usize {
        let tcp = TcpStream::connect(&self.address)
            .await
            .expect("the API server serves");
        tcp.set_nodelay(true).expect("a socket");
        let name = ServerName::try_from("127.0.0.1").expect("an address");
        let tls = self.tls.connect(name, tcp).await.expect("the certificate fits");
        let (mut sender, connection) = http1::handshake(TokioIo::new(tls)).await.expect("HTTP");
        let connection = tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.address)
            .header(header::USER_AGENT, AGENT)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/merge-patch+json")
            .header(header::AUTHORIZATION, "Bearer admin-token")
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
            .expect("a request");
        let mut answer = sender.send_request(request).await.expect("an answer").into_body();
        let mut size = 0;
        while let Some(frame) = answer.frame().await {
            let frame = frame.expect("the rest of the answer");
            size += frame.data_ref().map_or(0, Bytes::len);
        }
        connection.abort();
        size
    }
}
