//! An HTTP server in this process that answers as a test says and remembers what it was asked.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use flightdeck::adapters::kube::{ApiClient, Flags, Surroundings, connect};
use futures::stream::{self, Stream, StreamExt as _};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path with query.
    pub(crate) path: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn is_watch(&self) -> bool {
        self.path.contains("watch=1")
    }
}

/// What follows the body's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    End,
    /// Neither more bytes nor an end.
    Hang,
    /// The connection breaks.
    Break,
}

/// What the server does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        chunks: Vec<Vec<u8>>,
        then: Then,
        /// The body comes only once this is open.
        gate: Option<Gate>,
    },
    /// No head ever comes.
    Silence,
    /// The connection is closed without a head.
    HangUp,
}

impl Reply {
    pub(crate) fn json(status: u16, body: impl Into<String>) -> Self {
        Self::chunks(status, vec![body.into().into_bytes()], Then::End)
    }

    pub(crate) fn chunks(status: u16, chunks: Vec<Vec<u8>>, then: Then) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self::Answer {
            status,
            headers,
            chunks,
            then,
            gate: None,
        }
    }

    pub(crate) fn page(status: u16, body: &str) -> Self {
        Self::json(status, body).with("content-type", "text/html; charset=utf-8")
    }

    /// A `Status` as the API server gives it.
    pub(crate) fn status(code: u16, reason: &str, message: &str) -> Self {
        let body = serde_json::json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code,
        });
        Self::json(code, body.to_string())
    }

    /// The same with a body that waits for a gate.
    pub(crate) fn behind(mut self, gate: Option<Gate>) -> Self {
        if let Self::Answer { gate: its, .. } = &mut self {
            *its = gate;
        }
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.retain(|(known, _)| *known != name);
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// What a test opens when it has seen enough of what came before.
#[derive(Clone, Debug)]
pub(crate) struct Gate(watch::Sender<bool>);

impl Gate {
    pub(crate) fn closed() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn open(&self) {
        self.0.send_replace(true);
    }

    async fn opens(self) {
        let mut seen = self.0.subscribe();
        // The sender lives in `self`, so that waiting cannot fail.
        drop(seen.wait_for(|open| *open).await);
    }
}

type Asked = (Seen, oneshot::Sender<Reply>);
type Body = StreamBody<Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send>>>;

/// The server, for as long as the test's runtime lives.
pub(crate) struct FakeApi {
    pub(crate) address: SocketAddr,
    seen: mpsc::Receiver<Seen>,
}

impl FakeApi {
    /// Serves with `script` deciding about every request, in the order of arrival.
    pub(crate) async fn start(script: impl FnMut(&Seen) -> Reply + Send + 'static) -> Self {
        Self::serve(script, None).await
    }

    /// The same over TLS.
    pub(crate) async fn start_tls(
        tls: tokio_rustls::TlsAcceptor,
        script: impl FnMut(&Seen) -> Reply + Send + 'static,
    ) -> Self {
        Self::serve(script, Some(tls)).await
    }

    async fn serve(
        mut script: impl FnMut(&Seen) -> Reply + Send + 'static,
        tls: Option<tokio_rustls::TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ask, mut asked) = mpsc::channel::<Asked>(16);
        let (tell, seen) = mpsc::channel(4096);
        tokio::spawn(async move {
            while let Some((request, reply)) = asked.recv().await {
                let answer = script(&request);
                drop(tell.try_send(request));
                drop(reply.send(answer));
            }
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (ask, tls) = (ask.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => one(stream, ask).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                one(stream, ask).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) async fn client(&self) -> ApiClient {
        client(&self.url()).await
    }

    /// Everything asked so far that was not taken yet.
    pub(crate) fn seen(&mut self) -> Vec<Seen> {
        std::iter::from_fn(|| self.seen.try_recv().ok()).collect()
    }

    /// The next request, whenever it comes.
    pub(crate) async fn next(&mut self) -> Seen {
        tokio::time::timeout(Duration::from_secs(20), self.seen.recv())
            .await
            .expect("a request in time")
            .unwrap()
    }
}

pub(crate) async fn client(url: &str) -> ApiClient {
    let flags = Flags {
        server: Some(url.to_owned()),
        ..Flags::default()
    };
    connect(&flags, &Surroundings::default()).await.unwrap().client
}

async fn one(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, ask: mpsc::Sender<Asked>) {
    let service = service_fn(move |request: Request<Incoming>| answer(request, ask.clone()));
    let serving = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    drop(serving.await);
}

async fn answer(request: Request<Incoming>, ask: mpsc::Sender<Asked>) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let seen = Seen {
        method: head.method.to_string(),
        path: head.uri.to_string(),
        headers: head.headers,
        body: body
            .collect()
            .await
            .map_err(io::Error::other)?
            .to_bytes()
            .to_vec(),
    };
    let (reply, answered) = oneshot::channel();
    ask.send((seen, reply)).await.map_err(io::Error::other)?;
    match answered.await.map_err(io::Error::other)? {
        Reply::Silence => std::future::pending().await,
        Reply::HangUp => Err(io::Error::other("hung up, as asked")),
        Reply::Answer {
            status,
            headers,
            chunks,
            then,
            gate,
        } => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            Ok(response.body(StreamBody::new(parts(chunks, then, gate))).unwrap())
        }
    }
}

fn parts(
    chunks: Vec<Vec<u8>>,
    then: Then,
    gate: Option<Gate>,
) -> Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send>> {
    let chunks = stream::once(async move {
        if let Some(gate) = gate {
            gate.opens().await;
        }
        stream::iter(chunks).map(|chunk| Ok(Frame::data(Bytes::from(chunk))))
    })
    .flatten();
    match then {
        Then::End => Box::pin(chunks),
        Then::Hang => Box::pin(chunks.chain(stream::pending())),
        Then::Break => {
            // Let what was said go out before the line is cut.
            let cut = stream::once(async {
                tokio::task::yield_now().await;
                Err(io::Error::other("broken, as asked"))
            });
            Box::pin(chunks.chain(cut))
        }
    }
}

/// A script that gives the same answer to everything.
pub(crate) fn always(reply: Reply) -> impl FnMut(&Seen) -> Reply + Send + 'static {
    move |_| reply.clone()
}
