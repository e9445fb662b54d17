//! Connections: TLS, HTTP/1.1, bounds on what a client may send. Knows nothing of Kubernetes but that bodies are small.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, Stream, StreamExt as _};
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;

use super::api::{self, Answer};
use super::cluster::Cluster;
use super::refusal::Refusal;

/// The largest body that is taken, as the real server does it.
const LARGEST: usize = 3 << 20;

/// How much of a larger one is read to be forgotten.
const FORGOTTEN: usize = 64 << 20;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connections at the same time. A client that finds none free waits.
const CONNECTIONS: usize = 1024;

type Body = StreamBody<Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>> + Send>>>;

/// Serves until it is dropped.
pub(super) async fn run(listener: TcpListener, tls: TlsAcceptor, cluster: Arc<Cluster>) {
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&free).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (tls, cluster) = (tls.clone(), Arc::clone(&cluster));
                tokio::spawn(async move {
                    one(stream, tls, cluster).await;
                    drop(place);
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

async fn one(stream: TcpStream, tls: TlsAcceptor, cluster: Arc<Cluster>) {
    // Small answers go out at once.
    drop(stream.set_nodelay(true));
    let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, tls.accept(stream)).await else {
        return;
    };
    let service = service_fn(move |request| answer(request, Arc::clone(&cluster)));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = serving.await {
        tracing::debug!(%error, "a connection to the sandbox ended");
    }
}

async fn answer(request: Request<Incoming>, cluster: Arc<Cluster>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let answer = match tokio::time::timeout(PATIENCE, taken(body)).await {
        Ok(Ok(Some(body))) => api::answer(&cluster, &head, &body),
        Ok(Ok(None)) => Refusal::too_large().into(),
        Ok(Err(_)) | Err(_) => Refusal::bad_request("the body of the request broke off").into(),
    };
    let (code, kind, body) = match answer {
        Answer::Json(code, body) => (code, "application/json", whole(body)),
        Answer::Text(text) => (
            StatusCode::OK,
            "text/plain; charset=utf-8",
            whole(Bytes::from(text)),
        ),
        Answer::Watch(lines) => (StatusCode::OK, "application/json", streamed(lines)),
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
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&cluster.now());
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
