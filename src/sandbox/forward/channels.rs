//! The channels of one port-forward: bytes from the socket to the server of their port, and back.
//!
//! Port number `i` of the request has the channels `2 i` for bytes and `2 i + 1` for an error. Both begin with the port's number.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::reply::Reply;

/// A port of the request, and whether the pod has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) number: u16,
    pub(super) is_open: bool,
}

/// Answers for the pod, as it is when it is asked.
pub(super) type Answers = Arc<dyn Fn(&str, &str) -> Option<Reply> + Send + Sync>;

/// Bytes that wait for their reader.
const ROOM: usize = 64 << 10;

/// Messages that wait for the socket.
const WAITING: usize = 8;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest that an answer is kept back.
const SLOWEST: Duration = Duration::from_secs(60);

/// Carries all channels until the socket ends.
pub(super) async fn run<S>(
    mut socket: WebSocketStream<S>,
    ports: &[Port],
    answers: Answers,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (sender, mut outgoing) = mpsc::channel(WAITING);
    // Ends with this, whichever way that is.
    let mut servers = JoinSet::new();
    let mut writers = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let channel = u8::try_from(index * 2).unwrap_or(u8::MAX);
        let [low, high] = port.number.to_le_bytes();
        for channel in [channel, channel.saturating_add(1)] {
            socket.send(Message::binary(vec![channel, low, high])).await?;
        }
        if !port.is_open {
            let words = refused(port.number);
            socket
                .send(message(channel.saturating_add(1), words.as_bytes()))
                .await?;
            writers.push(None);
            continue;
        }
        let (near, far) = tokio::io::duplex(ROOM);
        let (reader, writer) = tokio::io::split(near);
        writers.push(Some(writer));
        servers.spawn(serve(far, Arc::clone(&answers)));
        servers.spawn(send_back(channel, reader, sender.clone()));
    }
    drop(sender);
    loop {
        tokio::select! {
            Some(message) = outgoing.recv() => socket.send(message).await?,
            incoming = socket.next() => match incoming {
                Some(Ok(Message::Binary(bytes))) => take(&bytes, &mut writers).await,
                Some(Ok(Message::Close(_))) | None => return Ok(()),
                // The library answers pings by itself.
                Some(Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(error)) => return Err(error),
            },
        }
    }
}

/// Bytes for a port. What is for none is dropped.
async fn take(bytes: &Bytes, writers: &mut [Option<WriteHalf<DuplexStream>>]) {
    let Some((channel, bytes)) = bytes.split_first() else {
        return;
    };
    if channel % 2 == 1 {
        return;
    }
    let place = writers.get_mut(usize::from(channel / 2));
    if let Some(place) = place
        && let Some(writer) = place
        && writer.write_all(bytes).await.is_err()
    {
        // The server of that port has ended.
        *place = None;
    }
}

async fn send_back(channel: u8, mut reader: ReadHalf<DuplexStream>, sender: mpsc::Sender<Message>) {
    let mut bytes = vec![0; 16 << 10];
    while let Ok(count @ 1..) = reader.read(&mut bytes).await {
        let sent = bytes.get(..count).unwrap_or_default();
        if sender.send(message(channel, sent)).await.is_err() {
            return;
        }
    }
}

fn message(channel: u8, bytes: &[u8]) -> Message {
    Message::binary([&[channel], bytes].concat())
}

fn refused(port: u16) -> String {
    format!(
        "an error occurred forwarding {port}: connect: connection refused; nothing in the pod listens there"
    )
}

/// HTTP/1.1 on one port.
async fn serve(stream: DuplexStream, answers: Answers) {
    let service = service_fn(move |request| answer(request, Arc::clone(&answers)));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = serving.await {
        tracing::debug!(%error, "a connection to a pod of the sandbox ended");
    }
}

async fn answer(request: Request<Incoming>, answers: Answers) -> Result<Response<Full<Bytes>>, Infallible> {
    let reply = answers(request.method().as_str(), request.uri().path());
    let reply = reply.unwrap_or_else(|| Reply {
        status: 502,
        after: Duration::ZERO,
        body: "connection refused: the container does not run\n".to_owned(),
    });
    tokio::time::sleep(reply.after.min(SLOWEST)).await;
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    Ok(response)
}
