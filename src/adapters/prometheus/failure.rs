//! Why nothing is known of what users feel, in words: what happened, why, what to do next.

use std::time::Duration;

use crate::adapters::kube::ApiFailure;
use crate::domain::{Seconds, Untrusted};

/// Why an answer is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricsFailure {
    /// The API server did not let the question through.
    #[error("{0}")]
    Cluster(ApiFailure),
    #[error("it cannot be reached: {0}")]
    Unreachable(Untrusted),
    #[error("it gave no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    #[error("it does not let us ask (HTTP {0})")]
    Denied(u16),
    #[error("what answered is no Prometheus (HTTP {status}): {words}")]
    NotPrometheus { status: u16, words: Untrusted },
    #[error("it refused the query for {what}: {why}")]
    Refused { what: &'static str, why: Untrusted },
    /// An answer with a warning can be a part of the truth.
    #[error("its answer for {what} may be incomplete: {words}")]
    Warned { what: &'static str, words: Untrusted },
    #[error("its answer for {what} is {age} old")]
    Stale { what: &'static str, age: Seconds },
    #[error("its answer for {what} has no label pod")]
    NoPods { what: &'static str },
    #[error("the token in {path} cannot be read: {why}")]
    Token { path: Untrusted, why: Untrusted },
    #[error("no client for it can be made: {0}")]
    Client(Untrusted),
}

impl MetricsFailure {
    /// What happened and what to do next.
    pub fn sentence(&self) -> String {
        format!("{self}; {}", self.next())
    }

    /// What to do next.
    fn next(&self) -> String {
        match self {
            Self::Cluster(ApiFailure::Forbidden { .. }) => {
                "ask for the right to get services/proxy there, or write url under [metrics]".to_owned()
            }
            Self::Cluster(ApiFailure::NotFound { .. }) => {
                "correct service under [metrics]: namespace/name:port, or see whether pods stand behind it"
                    .to_owned()
            }
            Self::Cluster(ApiFailure::ServerError { code: 502..=504, .. }) => {
                "see whether the pods behind that Service are ready".to_owned()
            }
            Self::Cluster(failure) => failure.next(),
            Self::Unreachable(_) | Self::Client(_) => {
                "check url under [metrics], the network and any proxy".to_owned()
            }
            Self::Timeout(_) => {
                "see whether it is overloaded, or the queries under [metrics] too broad".to_owned()
            }
            Self::Denied(_) => "write token_file under [metrics], or renew the token in it".to_owned(),
            Self::NotPrometheus { .. } => {
                "check the address under [metrics], and whether a login page or proxy stands in between"
                    .to_owned()
            }
            Self::Refused { what, .. } | Self::NoPods { what } => format!("correct {what} under [metrics]"),
            Self::Warned { .. } => "see the stores behind it".to_owned(),
            Self::Stale { .. } => {
                "see whether it still scrapes, and whether a cache stands before it".to_owned()
            }
            Self::Token { .. } => "correct token_file under [metrics]".to_owned(),
        }
    }

    /// The next question would fare no better.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Cluster(_)
            | Self::Unreachable(_)
            | Self::Timeout(_)
            | Self::Denied(_)
            | Self::NotPrometheus { .. }
            | Self::Token { .. }
            | Self::Client(_) => true,
            Self::Refused { .. } | Self::Warned { .. } | Self::Stale { .. } | Self::NoPods { .. } => false,
        }
    }
}
