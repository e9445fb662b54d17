//! The way to an address of one's own, without the API server. A token is read anew for each question and never told.

use std::error::Error as _;
use std::time::Duration;

use http::{HeaderValue, header};
use prometheus_http_query::{Client, Error};
use reqwest::redirect;

use super::answer::Received;
use super::failure::MetricsFailure;
use crate::adapters::kube::install_crypto;
use crate::domain::Untrusted;

const CONNECT: Duration = Duration::from_secs(3);

/// The largest answer that is read.
const LARGEST: usize = 8 << 20;

/// An address, and where its token is.
pub(super) struct Direct {
    client: Client,
    token_file: Option<String>,
}

impl Direct {
    pub(super) fn new(url: &str, token_file: Option<String>) -> Result<Self, MetricsFailure> {
        install_crypto();
        let failed = |why: String| MetricsFailure::Client(Untrusted::from(why));
        let http = reqwest::Client::builder()
            .user_agent(concat!("flightdeck/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            // A token must not follow to another host.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| failed(innermost(&error)))?;
        let client = Client::from(http, url).map_err(|error| failed(error.to_string()))?;
        Ok(Self { client, token_file })
    }

    /// Asks one question, for at most so long.
    pub(super) async fn ask(&self, query: &str, limit: Duration) -> Result<Received, MetricsFailure> {
        let server_limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let mut question = self.client.query(query).timeout(server_limit);
        if let Some(path) = &self.token_file {
            question = question.header(header::AUTHORIZATION, token(path).await?);
        }
        let asking = async {
            let mut response = question.get_raw().await.map_err(|error| unreachable(&error))?;
            let status = response.status();
            let date = response
                .headers()
                .get(header::DATE)
                .and_then(|it| it.to_str().ok());
            let date = date.and_then(|it| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(it).ok());
            let mut body = Vec::new();
            while let Some(piece) = response.chunk().await.map_err(|error| broken(&error))? {
                if body.len().saturating_add(piece.len()) > LARGEST {
                    let words = Untrusted::from("an answer of more than 8 MiB");
                    let status = status.as_u16();
                    return Err(MetricsFailure::NotPrometheus { status, words });
                }
                body.extend_from_slice(&piece);
            }
            Ok(Received { status, body, date })
        };
        match tokio::time::timeout(limit, asking).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(MetricsFailure::Timeout(limit)),
        }
    }
}

async fn token(path: &str) -> Result<HeaderValue, MetricsFailure> {
    let failed = |why: String| MetricsFailure::Token {
        path: Untrusted::from(path),
        why: Untrusted::from(why),
    };
    let text = tokio::fs::read_to_string(path)
        .await
        .map_err(|error| failed(error.to_string()))?;
    // What is wrong with it is not told: it would tell the token.
    let mut value = HeaderValue::from_str(&format!("Bearer {}", text.trim()))
        .map_err(|_secret| failed("it holds no token".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn unreachable(error: &Error) -> MetricsFailure {
    let inner = if let Error::Client(client) = error {
        client.inner()
    } else {
        None
    };
    let why = inner.map_or_else(|| error.to_string(), innermost);
    MetricsFailure::Unreachable(Untrusted::from(why))
}

fn broken(error: &reqwest::Error) -> MetricsFailure {
    MetricsFailure::Unreachable(Untrusted::from(innermost(error)))
}

/// The error that says why: those around it name the whole address.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut words = None;
    while let Some(error) = cause {
        words = Some(error.to_string());
        cause = error.source();
    }
    words.unwrap_or_else(|| "the request cannot be made".to_owned())
}
