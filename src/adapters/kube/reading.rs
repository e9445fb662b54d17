//! How a watch reads: one GET, the head of its answer, then its body piece by piece, each under a limit. Knows neither lists
//! nor events.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use kube::client::Body;
use tokio::time::timeout;

use super::client::get;
use super::{ApiClient, ApiFailure};

/// The most that is read of an answer that is no success.
const ENOUGH: usize = 64 << 10;

pub(super) struct Reader {
    pub(super) client: ApiClient,
    /// From a request to the head of its answer.
    pub(super) answer: Duration,
}

impl Reader {
    /// Sends a GET; its body when the answer is a success.
    pub(super) async fn open(&self, path: &str, what: &str) -> Result<Body, ApiFailure> {
        let request = get(path)?;
        let response = match timeout(self.answer, self.client.open(request)).await {
            Ok(answer) => answer.map_err(|none| none.failure)?,
            Err(_elapsed) => return Err(late(what, self.answer)),
        };
        let (head, mut body) = response.into_parts();
        if head.status.is_success() {
            return Ok(body);
        }
        let words = self.words(&mut body).await;
        Err(self.client.failure(head.status, &head.headers, &words))
    }

    /// What an unsuccessful answer says, as far as it comes.
    async fn words(&self, body: &mut Body) -> Vec<u8> {
        let mut words = Vec::new();
        while words.len() < ENOUGH
            && let Some(Ok(Some(chunk))) = self.next(body, self.answer).await
        {
            words.extend_from_slice(&chunk);
        }
        words
    }

    /// The next bytes; a failure when none come in time.
    pub(super) async fn chunk(
        &self,
        body: &mut Body,
        idle: Duration,
        what: &str,
    ) -> Result<Option<Bytes>, ApiFailure> {
        match self.next(body, idle).await {
            Some(chunk) => chunk,
            None => Err(late(what, idle)),
        }
    }

    /// The next bytes, or the end; `None` when neither comes in time.
    pub(super) async fn next(
        &self,
        body: &mut Body,
        idle: Duration,
    ) -> Option<Result<Option<Bytes>, ApiFailure>> {
        let chunk = timeout(idle, next_chunk(body)).await.ok()?;
        if let Ok(Some(_)) = &chunk {
            self.client.pulse().beat();
        }
        Some(chunk)
    }
}

fn late(what: &str, after: Duration) -> ApiFailure {
    ApiFailure::Timeout {
        what: what.to_owned(),
        after,
    }
}

async fn next_chunk(body: &mut Body) -> Result<Option<Bytes>, ApiFailure> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(error)) => return Err(super::cause::of_transport(&error).1),
        }
    }
}
