//! Reading what stands behind a Service, through the API server and with the user's own rights on `services/proxy`. Only GETs: who
//! may read must not need a right to write.

use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use super::client::{get, server_date};
use super::paths::encoded;
use super::status::Status;
use super::{ApiClient, ApiFailure};

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    pub namespace: String,
    pub name: String,
    /// Its number or its name.
    pub port: String,
}

/// What stood behind it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThroughAnswer {
    pub status: StatusCode,
    pub body: Vec<u8>,
    /// The `Date` of the answer.
    pub date: Option<Timestamp>,
}

impl ApiClient {
    /// Reads `path` of a Service with one query parameter.
    ///
    /// # Errors
    ///
    /// When there is no answer within `limit`, or the API server itself refused.
    pub async fn get_through(
        &self,
        service: &ServicePort,
        path: &str,
        (name, value): (&str, &str),
        limit: Duration,
    ) -> Result<ThroughAnswer, ApiFailure> {
        let path = format!(
            "/api/v1/namespaces/{}/services/{}:{}/proxy/{path}?{name}={}",
            encoded(&service.namespace),
            encoded(&service.name),
            encoded(&service.port),
            encoded(value)
        );
        let answer = self
            .exchange(get(&path)?, "reading metrics", limit)
            .await
            .map_err(|none| none.failure)?;
        let body = answer.body?;
        if !answer.status.is_success() && Status::read(&body).is_some() {
            return Err(self.failure(answer.status, &answer.headers, &body));
        }
        Ok(ThroughAnswer {
            status: answer.status,
            body,
            date: server_date(&answer.headers),
        })
    }
}
