//! One write: tried without effect, then sent once. What cannot be known is called unknown, and nothing is repeated.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method as HttpMethod, Request, StatusCode, header};
use kube::client::Body;

use crate::domain::{Method, Untrusted, Write};

use super::cause::Reached;
use super::client::{Exchange, audit_id, bad_request, warnings, words_of};
use super::status::Status;
use super::{ApiClient, ApiFailure};

/// A dry run that takes longer counts as none.
pub const DRY_RUN_WITHIN: Duration = Duration::from_secs(3);

/// A write that has no answer by then is unknown.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// What the server says that a write would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// It would be accepted, and give this object.
    Accepted {
        object: Arc<str>,
        warnings: Vec<Untrusted>,
    },
    /// It would be refused.
    Denied {
        code: u16,
        words: Untrusted,
    },
    /// A guard in the patch does not hold: the object is not as it was shown.
    TestFailed,
    /// Something in the way cannot do dry runs (a webhook with side effects).
    Unsupported {
        words: Untrusted,
    },
    TimedOut,
    Failed {
        why: String,
    },
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendAnswer {
    Accepted {
        /// The object after the write; `None` when the answer broke off after its head.
        object: Option<Arc<str>>,
        audit_id: Option<Untrusted>,
        warnings: Vec<Untrusted>,
    },
    Refused {
        code: u16,
        words: Untrusted,
    },
    /// A guard in the patch did not hold: nothing was changed.
    TestFailed,
    /// Nothing left this machine, or the server took nothing in.
    NotSent {
        why: String,
    },
    /// It was sent and may or may not have been applied.
    Unknown {
        why: String,
    },
}

impl ApiClient {
    /// Lets the server go through a write without storing it.
    pub async fn dry_run(&self, write: &Write) -> DryRun {
        let request = match request(write, &with_dry_run(&write.path)) {
            Ok(request) => request,
            Err(failure) => {
                return DryRun::Failed {
                    why: failure.to_string(),
                };
            }
        };
        match self.exchange(request, "the dry run", DRY_RUN_WITHIN).await {
            Ok(answer) => self.judge_dry_run(write, answer),
            Err(none) if matches!(none.failure, ApiFailure::Timeout { .. }) => DryRun::TimedOut,
            Err(none) => DryRun::Failed {
                why: none.failure.sentence(),
            },
        }
    }

    fn judge_dry_run(&self, write: &Write, answer: Exchange) -> DryRun {
        let Exchange {
            status,
            headers,
            body,
        } = answer;
        let body = match body {
            Ok(body) => body,
            Err(failure) => {
                return DryRun::Failed {
                    why: failure.sentence(),
                };
            }
        };
        if status.is_success() {
            return match object(&body) {
                Some(object) => DryRun::Accepted {
                    object,
                    warnings: warnings(&headers),
                },
                None => DryRun::Failed {
                    why: ApiFailure::not_kubernetes(status, &headers, &body).sentence(),
                },
            };
        }
        let words = words_of(&body);
        if status == StatusCode::BAD_REQUEST && words.raw().contains("does not support dry run") {
            return DryRun::Unsupported { words };
        }
        if is_failed_test(write, status, &body) {
            return DryRun::TestFailed;
        }
        if is_refusal(status) {
            DryRun::Denied {
                code: status.as_u16(),
                words,
            }
        } else {
            DryRun::Failed {
                why: self.failure(status, &headers, &body).sentence(),
            }
        }
    }

    /// Sends a write: its bytes, once.
    pub async fn send(&self, write: &Write) -> SendAnswer {
        let request = match request(write, &write.path) {
            Ok(request) => request,
            Err(failure) => {
                return SendAnswer::NotSent {
                    why: failure.to_string(),
                };
            }
        };
        match self.exchange(request, "the request", ANSWER_WITHIN).await {
            Ok(answer) => self.judge(write, answer),
            Err(none) => match none.reached {
                Reached::Nowhere => SendAnswer::NotSent {
                    why: none.failure.sentence(),
                },
                Reached::Perhaps => SendAnswer::Unknown {
                    why: none.failure.to_string(),
                },
            },
        }
    }

    fn judge(&self, write: &Write, answer: Exchange) -> SendAnswer {
        let Exchange {
            status,
            headers,
            body,
        } = answer;
        if status.is_success() {
            return accepted(status, &headers, body);
        }
        // Which words there are matters less than the status, which is known even if the body broke off.
        let body = body.unwrap_or_default();
        let failure = || self.failure(status, &headers, &body).to_string();
        if status == StatusCode::TOO_MANY_REQUESTS {
            SendAnswer::NotSent {
                why: self.failure(status, &headers, &body).sentence(),
            }
        } else if is_failed_test(write, status, &body) {
            SendAnswer::TestFailed
        } else if is_refusal(status) {
            SendAnswer::Refused {
                code: status.as_u16(),
                words: words_of(&body),
            }
        } else {
            SendAnswer::Unknown { why: failure() }
        }
    }
}

fn accepted(status: StatusCode, headers: &HeaderMap, body: Result<Vec<u8>, ApiFailure>) -> SendAnswer {
    // A body that broke off takes nothing back: the status is there, and the write is stored before it is sent.
    let object = match body {
        Ok(body) if object(&body).is_none() => {
            let why = ApiFailure::not_kubernetes(status, headers, &body).to_string();
            return SendAnswer::Unknown { why };
        }
        Ok(body) => object(&body),
        Err(_broken) => None,
    };
    SendAnswer::Accepted {
        object,
        audit_id: audit_id(headers),
        warnings: warnings(headers),
    }
}

fn request(write: &Write, path: &str) -> Result<Request<Body>, ApiFailure> {
    let method = match write.method {
        Method::Patch => HttpMethod::PATCH,
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, write.content_type)
        .body(Body::from(write.body.as_bytes().to_vec()));
    request.map_err(|error| bad_request(&error))
}

fn with_dry_run(path: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("{path}{mark}dryRun=All")
}

fn object(body: &[u8]) -> Option<Arc<str>> {
    let text = std::str::from_utf8(body).ok()?;
    text.trim_start().starts_with('{').then(|| Arc::from(text))
}

/// A decision by the API server. A request timeout and everything from 500 on may come from something on the way.
fn is_refusal(status: StatusCode) -> bool {
    (status.is_client_error()
        && status != StatusCode::REQUEST_TIMEOUT
        && status != StatusCode::TOO_MANY_REQUESTS)
        || status.is_redirection()
}

/// A failed `test`, a missing path and a `remove` of nothing give the same bare 422, without a cause.
fn is_failed_test(write: &Write, status: StatusCode, body: &[u8]) -> bool {
    if status != StatusCode::UNPROCESSABLE_ENTITY || write.content_type != "application/json-patch+json" {
        return false;
    }
    let Some(told) = Status::read(body) else {
        return false;
    };
    let message = told.message.as_deref().unwrap_or_default();
    let is_bare = message.is_empty()
        || message.contains("the server rejected our request due to an error in our request");
    told.causes().is_empty() && is_bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dry_run_keeps_the_query() {
        assert_eq!(with_dry_run("/a?fieldManager=x"), "/a?fieldManager=x&dryRun=All");
        assert_eq!(with_dry_run("/a"), "/a?dryRun=All");
    }
}
