//! One request, one answer, under a time limit: status, headers and bytes as they were received. Repeats nothing.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use jiff::Timestamp;
use kube::Client;
use kube::client::Body;

use crate::domain::Untrusted;

use super::cause::{self, Reached};
use super::heartbeat::Pulse;
use super::{ApiFailure, status};

/// The largest single answer that is kept whole. Lists are streamed and know no such limit.
const LARGEST: usize = 64 << 20;

/// A way to one API server. Cheap to clone.
#[derive(Clone)]
pub struct ApiClient {
    client: Client,
    login: Option<Untrusted>,
    /// Every request at most this long, if the user wants so.
    limit: Option<Duration>,
    pulse: Pulse,
}

/// The body of a successful read, and the server's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAnswer {
    /// Byte for byte as it was received.
    pub body: Arc<str>,
    pub server_date: Option<Timestamp>,
}

/// An answer of any status.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// An error when the body broke off; status and headers hold nevertheless.
    pub(super) body: Result<Vec<u8>, ApiFailure>,
}

/// A request that got no answer.
#[derive(Debug)]
pub(super) struct NoAnswer {
    pub(super) reached: Reached,
    pub(super) failure: ApiFailure,
}

impl ApiClient {
    /// Wraps a client. `login` is the command that renews the credentials, for messages.
    pub fn new(client: Client, login: Option<Untrusted>, limit: Option<Duration>) -> Self {
        Self {
            client,
            login,
            limit: limit.filter(|limit| !limit.is_zero()),
            pulse: Pulse::default(),
        }
    }

    /// The time limit of a request that should take `at_most`.
    pub(super) fn within(&self, at_most: Duration) -> Duration {
        self.limit.map_or(at_most, |limit| limit.min(at_most))
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn open(&self, request: Request<Body>) -> Result<http::Response<Body>, NoAnswer> {
        let answer = self.client.send(request).await.map_err(|error| {
            let (reached, failure) = cause::of_transport(&error);
            NoAnswer {
                reached,
                failure: failure.with_login(self.login.as_ref()),
            }
        })?;
        // What stands before a dead server answers 502 and its like: no sign of the server's life.
        if !answer.status().is_server_error() {
            self.pulse.beat();
        }
        Ok(answer)
    }

    /// The server's signs of life, through every clone of this client.
    pub(super) fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Sends a request and reads its answer whole, within `limit`.
    pub(super) async fn exchange(
        &self,
        request: Request<Body>,
        what: &str,
        limit: Duration,
    ) -> Result<Exchange, NoAnswer> {
        let all = async {
            let response = self.open(request).await?;
            let (head, body) = response.into_parts();
            let body = match Limited::new(body, LARGEST).collect().await {
                Ok(whole) => Ok(whole.to_bytes().to_vec()),
                Err(error) => Err(ApiFailure::Broken {
                    why: Untrusted::from(error.to_string()).shown(),
                }),
            };
            Ok(Exchange {
                status: head.status,
                headers: head.headers,
                body,
            })
        };
        let limit = self.within(limit);
        match tokio::time::timeout(limit, all).await {
            Ok(answer) => answer,
            // Whether it was sent is not known any more: it may have been.
            Err(_elapsed) => Err(NoAnswer {
                reached: Reached::Perhaps,
                failure: ApiFailure::Timeout {
                    what: what.to_owned(),
                    after: limit,
                },
            }),
        }
    }

    /// Reads a success, or names the failure.
    pub(super) async fn read(
        &self,
        request: Request<Body>,
        what: &str,
        limit: Duration,
    ) -> Result<RawAnswer, ApiFailure> {
        let answer = self
            .exchange(request, what, limit)
            .await
            .map_err(|none| none.failure)?;
        let server_date = server_date(&answer.headers);
        let body = answer.body?;
        if !answer.status.is_success() {
            return Err(self.failure(answer.status, &answer.headers, &body));
        }
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        if first != Some(&b'{') {
            return Err(ApiFailure::not_kubernetes(answer.status, &answer.headers, &body));
        }
        let text = String::from_utf8(body).map_err(|error| ApiFailure::BadAnswer {
            why: Untrusted::from(format!(
                "it is not UTF-8 after {} bytes",
                error.utf8_error().valid_up_to()
            )),
        })?;
        Ok(RawAnswer {
            body: text.into(),
            server_date,
        })
    }

    /// Names the failure of an answer.
    pub(super) fn failure(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ApiFailure {
        ApiFailure::of_answer(status, headers, body).with_login(self.login.as_ref())
    }
}

/// A GET of JSON.
pub(super) fn get(path: &str) -> Result<Request<Body>, ApiFailure> {
    let request = Request::get(path)
        .header(header::ACCEPT, "application/json")
        .body(Body::empty());
    request.map_err(|error| bad_request(&error))
}

/// A POST of JSON. For reviews and Events only: they change no workload.
pub(super) fn post(path: &str, body: String) -> Result<Request<Body>, ApiFailure> {
    let request = Request::post(path)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.into_bytes()));
    request.map_err(|error| bad_request(&error))
}

/// A path that cannot stand in a request.
pub(super) fn bad_request(error: &http::Error) -> ApiFailure {
    ApiFailure::BadAnswer {
        why: Untrusted::from(format!("the request cannot be made: {error}")),
    }
}

/// The server's time, from its `Date` header.
pub(super) fn server_date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
}

/// The texts of `Warning: 299 - "…"` headers.
pub(super) fn warnings(headers: &HeaderMap) -> Vec<Untrusted> {
    let values = headers.get_all(header::WARNING).iter();
    values
        .map(|value| warning(&String::from_utf8_lossy(value.as_bytes())))
        .collect()
}

fn warning(value: &str) -> Untrusted {
    let Some((_, quoted)) = value.split_once('"') else {
        return Untrusted::from(value);
    };
    let mut text = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => text.extend(characters.next()),
            plain => text.push(plain),
        }
    }
    Untrusted::from(text)
}

/// The audit log's id of a request.
pub(super) fn audit_id(headers: &HeaderMap) -> Option<Untrusted> {
    headers
        .get("audit-id")
        .map(|value| Untrusted::from(String::from_utf8_lossy(value.as_bytes()).into_owned()))
}

/// The body of an answer for a message.
pub(super) fn words_of(body: &[u8]) -> Untrusted {
    match status::Status::read(body).and_then(|status| status.message) {
        Some(message) if !message.is_empty() => Untrusted::from(message),
        Some(_) | None => status::first_words(body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_the_servers_time() {
        let mut headers = HeaderMap::new();
        headers.insert(header::DATE, "Fri, 20 Nov 2026 23:00:01 GMT".parse().unwrap());
        assert_eq!(server_date(&headers).unwrap().to_string(), "2026-11-20T23:00:01Z");
        headers.insert(header::DATE, "yesterday".parse().unwrap());
        assert_eq!(server_date(&headers), None);
    }

    #[test]
    fn warnings_are_unquoted() {
        assert_eq!(warning(r#"299 - "use \"apps/v1\"""#).shown(), r#"use "apps/v1""#);
        assert_eq!(warning("odd").shown(), "odd");
    }
}
