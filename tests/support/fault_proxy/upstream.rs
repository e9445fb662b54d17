//! The way to the server itself: one connection per request.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::respond::Problem;

/// Where requests go.
#[derive(Clone)]
pub(crate) struct Upstream {
    host: String,
    port: u16,
    tls: Option<tokio_rustls::TlsConnector>,
}

impl Upstream {
    /// `https://host:port` with the certificates to trust in PEM, or `http://host:port` with none.
    pub(crate) fn new(url: &str, ca_pem: &[u8]) -> Self {
        let url: http::Uri = url.parse().expect("a URL");
        let tls = (url.scheme_str() == Some("https")).then(|| {
            let mut roots = rustls::RootCertStore::empty();
            for certificate in rustls::pki_types::pem::PemObject::pem_slice_iter(ca_pem) {
                let certificate: rustls::pki_types::CertificateDer<'_> = certificate.expect("PEM");
                roots.add(certificate).expect("a certificate");
            }
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config =
                rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
            let config = config
                .expect("TLS versions")
                .with_root_certificates(roots)
                .with_no_client_auth();
            tokio_rustls::TlsConnector::from(Arc::new(config))
        });
        Self {
            host: url.host().expect("a host").to_owned(),
            port: url.port_u16().expect("a port"),
            tls,
        }
    }

    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Problem> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        match &self.tls {
            None => exchange(stream, request).await,
            Some(tls) => {
                let name = rustls::pki_types::ServerName::try_from(self.host.clone())?;
                exchange(tls.connect(name, stream).await?, request).await
            }
        }
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Problem>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}
