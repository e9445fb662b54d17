//! One request: recorded, passed on or not, and answered as the rules say.

use std::convert::Infallible;

use bytes::Bytes;
use futures::stream;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use tokio::sync::watch;

use super::fault::State;
use super::{Fault, Seen, Upstream};

pub(super) type Problem = Box<dyn std::error::Error + Send + Sync>;
pub(super) type Body = UnsyncBoxBody<Bytes, Problem>;

/// An error closes the connection without an answer.
pub(super) async fn respond(
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
        Fault::Pass | Fault::CutAfter(_) | Fault::SwallowReply | Fault::HoldReply => {}
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
    if fault == Fault::HoldReply {
        return std::future::pending().await;
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
