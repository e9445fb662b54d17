//! Connections: TLS, HTTP/1.1, bounds on what a client may send. Knows nothing of Kubernetes but that bodies are small.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, Stream, StreamExt as _};
use http::{Request, Response, StatusCode, header, request};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use super::api::{self, Answer};
use super::cluster::Cluster;
use super::forward;
use super::refusal::Refusal;

/// The largest body that is taken, as the real server does it.
const LARGEST: usize = 3 << 20;

/// How much of a larger one is read to be forgotten.
const FORGOTTEN: usize = 64 << 20;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connections at the same time. A client that finds none free waits.
const CONNECTIONS: usize = 768;

/// Of them, those that have not shown a token yet. Another one takes the place of the oldest.
const GUESTS: usize = 128;

/// Bodies beyond [`SMALL`] that are read at the same time.
const LARGE_BODIES: usize = 8;
const SMALL: u64 = 64 << 10;

type Body = StreamBody<Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>> + Send>>>;

/// Serves until it is dropped.
pub(super) async fn run(listener: TcpListener, tls: TlsAcceptor, cluster: Arc<Cluster>) {
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    let bodies = Arc::new(Semaphore::new(LARGE_BODIES));
    let mut guests: VecDeque<Guest> = VecDeque::new();
    loop {
        let Ok(place) = Arc::clone(&free).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                guests.retain(Guest::is_one);
                while guests.len() >= GUESTS {
                    guests.pop_front().inspect(|guest| guest.task.abort());
                }
                let (tls, known) = (tls.clone(), Arc::new(AtomicBool::new(false)));
                let open = Open {
                    cluster: Arc::clone(&cluster),
                    bodies: Arc::clone(&bodies),
                    known: Arc::clone(&known),
                };
                let task = tokio::spawn(async move {
                    one(stream, tls, open).await;
                    drop(place);
                });
                guests.push_back(Guest {
                    known,
                    task: task.abort_handle(),
                });
            }
            // Out of file descriptors, say: others will end.
            Err(error) => {
                tracing::warn!(%error, "the sandbox cannot take a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// A connection that may not have shown a token yet.
struct Guest {
    known: Arc<AtomicBool>,
    task: AbortHandle,
}

impl Guest {
    fn is_one(&self) -> bool {
        !self.known.load(Ordering::Relaxed) && !self.task.is_finished()
    }
}

/// What the requests of one connection share.
#[derive(Clone)]
struct Open {
    cluster: Arc<Cluster>,
    bodies: Arc<Semaphore>,
    known: Arc<AtomicBool>,
}

async fn one(stream: TcpStream, tls: TlsAcceptor, open: Open) {
    // Small answers go out at once.
    drop(stream.set_nodelay(true));
    let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, tls.accept(stream)).await else {
        return;
    };
    let service = service_fn(move |request| answer(request, open.clone()));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = serving.await {
        tracing::debug!(%error, "a connection to the sandbox ended");
    }
}

/// Whoever sends no token is answered before anything of the body is read.
async fn answered(open: &Open, head: &request::Parts, body: Incoming) -> Answer {
    let caller = match api::caller(&open.cluster, head) {
        Ok(caller) => caller,
        Err(refusal) => return refusal.into(),
    };
    open.known.store(true, Ordering::Relaxed);
    let size = body.size_hint().upper();
    if size.is_some_and(|size| size > u64::try_from(LARGEST).unwrap_or(u64::MAX)) {
        // However it ends: it was too large.
        drop(tokio::time::timeout(PATIENCE, taken(body)).await);
        return Refusal::too_large().into();
    }
    let reading = async {
        let _place = match size {
            Some(..=SMALL) => None,
            Some(_) | None => Some(open.bodies.acquire().await),
        };
        taken(body).await
    };
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(Some(body))) => api::answer(&open.cluster, caller, head, &body),
        Ok(Ok(None)) => Refusal::too_large().into(),
        Ok(Err(_)) | Err(_) => Refusal::bad_request("the body of the request broke off").into(),
    }
}

async fn answer(mut request: Request<Incoming>, open: Open) -> Result<Response<Body>, Infallible> {
    let upgrade = request
        .headers()
        .contains_key(header::UPGRADE)
        .then(|| hyper::upgrade::on(&mut request));
    let (head, body) = request.into_parts();
    let (code, kind, body) = match answered(&open, &head, body).await {
        Answer::Json(code, body) => (code, "application/json", whole(body)),
        Answer::Text(text) => (
            StatusCode::OK,
            "text/plain; charset=utf-8",
            whole(Bytes::from(text)),
        ),
        Answer::Watch(lines) => (StatusCode::OK, "application/json", streamed(lines)),
        Answer::Forward(accepted) => {
            let mut response = Response::new(whole(Bytes::new()));
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            *response.headers_mut() = accepted.headers.clone();
            if let Some(upgrade) = upgrade {
                forward::begin(*accepted, upgrade);
            }
            return Ok(response);
        }
        Answer::Lines(lines) => (StatusCode::OK, "text/plain", streamed(lines)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    headers.insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-cache, private"),
    );
    // The cluster's own time, which need not be that of the machine.
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&open.cluster.now());
    if let Some(date) = date.ok().and_then(|date| date.parse().ok()) {
        headers.insert(header::DATE, date);
    }
    Ok(response)
}

/// The whole body, or nothing when it is too large. The rest of such a one is read all the same, and forgotten: a client that is
/// cut off in the middle of writing does not get to read why.
async fn taken(mut body: Incoming) -> Result<Option<Bytes>, hyper::Error> {
    let (mut taken, mut size) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let data = frame.data_ref().map(AsRef::as_ref).unwrap_or_default();
        size += data.len();
        if size <= LARGEST {
            taken.extend_from_slice(data);
        } else if size > FORGOTTEN {
            break;
        } else {
            taken = BytesMut::new();
        }
    }
    Ok((size <= LARGEST).then(|| taken.freeze()))
}

fn whole(bytes: Bytes) -> Body {
    StreamBody::new(Box::pin(stream::once(async { Ok(Frame::data(bytes)) })))
}

fn streamed(lines: mpsc::Receiver<Bytes>) -> Body {
    let lines = stream::unfold(lines, |mut lines| async {
        let line = lines.recv().await?;
        Some((line, lines))
    });
    StreamBody::new(Box::pin(lines.map(|line| Ok(Frame::data(line)))))
}
