//! A proxy in front of an API server that fails on command: per path, or altogether. It records what came and what reached the
//! other side, so that a test can say "exactly one PATCH went through". Plain HTTP/1.1 towards the client, TLS or plain towards
//! the server, a connection of its own per request; no upgrades, so no port-forward or exec. It lives on a thread of its own: a
//! test that blocks does not stop it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

type Problem = Box<dyn std::error::Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, Problem>;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Pass,
    /// Passes, and the answer begins that much later.
    Delay(Duration),
    /// Taken, never answered; does not reach the server. Bodies that are already flowing stop, too, with the connection open.
    Hang,
    /// The answer breaks off after so many bytes of body.
    CutAfter(usize),
    /// Answered here with a Status of this code; does not reach the server.
    Answer(u16),
    /// As `Answer`, with Retry-After in seconds.
    AnswerRetryAfter(u16, u32),
    /// Answered 200 with bytes that are no JSON, as a captive portal or a broken gateway does.
    Garbage,
    /// Reaches the server, which acts; the connection closes without an answer.
    SwallowReply,
}

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// With its query.
    pub(crate) path: String,
    pub(crate) body: String,
    /// What the server answered, if the request reached it and it has answered.
    pub(crate) answered: Option<u16>,
}

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

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Problem> {
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

#[derive(Debug, Clone)]
struct Rule {
    method: Option<Method>,
    prefix: String,
    fault: Fault,
    /// How many requests it still meets; `None` for all.
    times: Option<usize>,
}

impl Rule {
    fn meets(&self, method: &Method, path: &str) -> bool {
        self.times != Some(0)
            && path.starts_with(&self.prefix)
            && self.method.as_ref().is_none_or(|wanted| wanted == method)
    }
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    seen: Vec<Seen>,
}

impl State {
    /// The newest rule that meets the request, counted down.
    fn meet(&mut self, method: &Method, path: &str) -> Fault {
        let Some(rule) = self.rules.iter_mut().rev().find(|rule| rule.meets(method, path)) else {
            return Fault::Pass;
        };
        rule.times = rule.times.map(|left| left.saturating_sub(1));
        rule.fault
    }

    fn hangs(&self, method: &Method, path: &str) -> bool {
        self.rules
            .iter()
            .rev()
            .find(|rule| rule.meets(method, path))
            .is_some_and(|rule| rule.fault == Fault::Hang)
    }
}

enum Order {
    Gone,
    Back,
    DropConnections,
}

/// Ends with its value.
pub(crate) struct FaultProxy {
    url: String,
    state: watch::Sender<State>,
    orders: mpsc::Sender<(Order, std_mpsc::Sender<()>)>,
}

impl FaultProxy {
    /// Listens on a free loopback port and passes everything on.
    pub(crate) fn start(upstream: Upstream) -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let state = watch::Sender::new(State::default());
        let (orders, received) = mpsc::channel(4);
        let shared = state.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(listen(listener, address, upstream, shared, received));
        });
        Self {
            url: format!("http://{address}"),
            state,
            orders,
        }
    }

    /// What a kubeconfig names as `server`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Every request from now on.
    pub(crate) fn all(&self, fault: Fault) {
        self.rule(None, "", fault, None);
    }

    /// Every request whose path and query begin so.
    pub(crate) fn path(&self, prefix: &str, fault: Fault) {
        self.rule(None, prefix, fault, None);
    }

    /// Requests of one method only.
    pub(crate) fn method(&self, method: Method, prefix: &str, fault: Fault) {
        self.rule(Some(method), prefix, fault, None);
    }

    /// The next request of a method whose path begins so, and no other.
    pub(crate) fn once(&self, method: Method, prefix: &str, fault: Fault) {
        self.rule(Some(method), prefix, fault, Some(1));
    }

    /// No faults any more; what hung flows again, except requests that were never passed on.
    pub(crate) fn heal(&self) {
        self.state.send_modify(|state| state.rules.clear());
    }

    /// Connections are refused and open ones cut, as when the server is gone.
    pub(crate) fn gone(&self) {
        self.order(Order::Gone);
    }

    /// Listens again, on the same port.
    pub(crate) fn back(&self) {
        self.order(Order::Back);
    }

    /// Cuts all connections, once: what a load balancer does when it restarts.
    pub(crate) fn drop_connections(&self) {
        self.order(Order::DropConnections);
    }

    /// All requests, in the order in which they came.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.borrow().seen.clone()
    }

    /// The requests of a method that the server itself has answered.
    pub(crate) fn reached(&self, method: &Method) -> Vec<Seen> {
        self.seen()
            .into_iter()
            .filter(|seen| seen.method == *method && seen.answered.is_some())
            .collect()
    }

    fn rule(&self, method: Option<Method>, prefix: &str, fault: Fault, times: Option<usize>) {
        self.state.send_modify(|state| {
            state.rules.push(Rule {
                method,
                prefix: prefix.to_owned(),
                fault,
                times,
            });
        });
    }

    fn order(&self, order: Order) {
        let (done, wait) = std_mpsc::channel();
        assert!(
            self.orders.try_send((order, done)).is_ok(),
            "the proxy takes orders"
        );
        wait.recv().expect("the proxy carries out orders");
    }
}

async fn listen(
    listener: std::net::TcpListener,
    address: SocketAddr,
    upstream: Upstream,
    state: watch::Sender<State>,
    mut orders: mpsc::Receiver<(Order, std_mpsc::Sender<()>)>,
) {
    let mut listener = TcpListener::from_std(listener).ok();
    let mut connections = JoinSet::new();
    loop {
        let accept = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            order = orders.recv() => {
                let Some((order, done)) = order else { return };
                match order {
                    Order::Gone => { listener = None; connections.shutdown().await; }
                    Order::Back => listener = Some(TcpListener::bind(address).await.expect("the port is still free")),
                    Order::DropConnections => connections.shutdown().await,
                }
                let _ = done.send(());
            }
            accepted = accept => if let Ok((stream, _)) = accepted {
                connections.spawn(serve(stream, upstream.clone(), state.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, upstream: Upstream, state: watch::Sender<State>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| respond(request, upstream.clone(), state.clone()));
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// An error closes the connection without an answer.
async fn respond(
    request: Request<Incoming>,
    upstream: Upstream,
    state: watch::Sender<State>,
) -> Result<Response<Body>, Problem> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let path = parts
        .uri
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let method = parts.method.clone();
    let mut place = 0;
    let mut fault = Fault::Pass;
    state.send_modify(|state| {
        place = state.seen.len();
        let body = String::from_utf8_lossy(&body).into_owned();
        state.seen.push(Seen {
            method: method.clone(),
            path: path.clone(),
            body,
            answered: None,
        });
        fault = state.meet(&method, &path);
    });
    match fault {
        Fault::Hang => return std::future::pending().await,
        Fault::Answer(code) => return Ok(status(code, None)),
        Fault::AnswerRetryAfter(code, seconds) => return Ok(status(code, Some(seconds))),
        Fault::Garbage => return Ok(garbage()),
        Fault::Delay(time) => tokio::time::sleep(time).await,
        Fault::Pass | Fault::CutAfter(_) | Fault::SwallowReply => {}
    }
    let response = upstream.send(Request::from_parts(parts, Full::new(body))).await?;
    let code = response.status().as_u16();
    state.send_modify(|state| {
        if let Some(seen) = state.seen.get_mut(place) {
            seen.answered = Some(code);
        }
    });
    if fault == Fault::SwallowReply {
        let _ = response.into_body().collect().await;
        return Err("the reply was swallowed".into());
    }
    let left = if let Fault::CutAfter(bytes) = fault {
        bytes
    } else {
        usize::MAX
    };
    let (mut parts, body) = response.into_parts();
    // hyper frames the body anew.
    parts.headers.remove(header::TRANSFER_ENCODING);
    Ok(Response::from_parts(
        parts,
        flowing(body, left, method, path, state.subscribe()),
    ))
}

/// The body, frame by frame as it comes, for as long as the rules let it flow.
fn flowing(body: Incoming, left: usize, method: Method, path: String, state: watch::Receiver<State>) -> Body {
    let frames = stream::unfold(Some((body, left, method, path, state)), |flow| async {
        let (mut body, left, method, path, mut state) = flow?;
        if left == 0 {
            // hyper sends what it holds only when nothing more is ready.
            tokio::task::yield_now().await;
            return Some((Err("cut".into()), None));
        }
        let frame = match body.frame().await? {
            Ok(frame) => frame,
            Err(problem) => return Some((Err(problem.into()), None)),
        };
        let _ = state.wait_for(|state| !state.hangs(&method, &path)).await;
        let Ok(mut data) = frame.into_data() else {
            return Some((Ok(Frame::data(Bytes::new())), None));
        };
        data.truncate(left);
        let left = left - data.len();
        Some((Ok(Frame::data(data)), Some((body, left, method, path, state))))
    });
    BodyExt::boxed_unsync(StreamBody::new(frames))
}

fn status(code: u16, retry_after: Option<u32>) -> Response<Body> {
    let code = StatusCode::from_u16(code).expect("a status code");
    let (reason, message) = match code.as_u16() {
        401 => ("Unauthorized", "Unauthorized"),
        403 => ("Forbidden", "forbidden by the fault proxy"),
        409 => (
            "Conflict",
            "the object has been modified; please apply your changes to the latest version and try again",
        ),
        410 => ("Expired", "too old resource version: 1 (2)"),
        429 => ("TooManyRequests", "too many requests, please try again later"),
        503 => (
            "ServiceUnavailable",
            "the server is currently unable to handle the request",
        ),
        _ => (
            "InternalError",
            "an error on the server has prevented the request from succeeding",
        ),
    };
    let details = retry_after.map(|seconds| serde_json::json!({ "retryAfterSeconds": seconds }));
    let body = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "details": details, "code": code.as_u16(),
    });
    let mut response = Response::new(whole(body.to_string()));
    *response.status_mut() = code;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn garbage() -> Response<Body> {
    let mut response = Response::new(whole(
        &b"\x00\xff<html>\x1b[2Jsign in to continue\xfe{\"kind\":"[..],
    ));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}
