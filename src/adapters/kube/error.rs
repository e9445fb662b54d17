//! Everything that can go wrong between here and an answer, in words: what happened, why, what to do next.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};

use crate::domain::Untrusted;

use super::status::{Status, first_words};

/// Why a request gave nothing usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiFailure {
    /// No connection came about.
    #[error("the cluster cannot be reached: {why}")]
    Unreachable { why: String },
    /// The connection was there and broke before the answer was complete.
    #[error("the connection broke: {why}")]
    Broken { why: String },
    #[error("{what} gave no answer within {}", seconds(*after))]
    Timeout { what: String, after: Duration },
    #[error("no secure connection: {why}")]
    Tls { why: String },
    /// Something answered that is not a Kubernetes API: a login page, a proxy, another server.
    #[error("what answered is not a Kubernetes API (HTTP {status}, {content_type}): {words}")]
    NotKubernetes {
        status: u16,
        content_type: Untrusted,
        words: Untrusted,
    },
    #[error("the cluster does not accept these credentials: {message}")]
    Unauthorized {
        message: Untrusted,
        /// The login plugin's command, when there is one.
        login: Option<Untrusted>,
    },
    #[error("logging in failed: {why}")]
    LoginFailed {
        why: Untrusted,
        login: Option<Untrusted>,
    },
    #[error("not allowed: {message}")]
    Forbidden { message: Untrusted },
    #[error("not found: {message}")]
    NotFound { message: Untrusted },
    #[error("somebody else wrote at the same time: {message}")]
    Conflict { message: Untrusted },
    /// 410: the point to go on from is no longer known to the server.
    #[error("what was known is too old to go on from: {message}")]
    Expired { message: Untrusted },
    #[error("the server calls the request invalid: {message}")]
    Invalid {
        message: Untrusted,
        causes: Vec<Untrusted>,
    },
    #[error("the server is busy: {message}")]
    Throttled {
        message: Untrusted,
        retry_after: Option<Duration>,
    },
    /// Any other answer that is no success.
    #[error("the server failed (HTTP {code}): {message}")]
    ServerError { code: u16, message: Untrusted },
    #[error("the answer cannot be read: {why}")]
    BadAnswer { why: Untrusted },
}

fn seconds(span: Duration) -> String {
    if span.subsec_millis() == 0 {
        format!("{} s", span.as_secs())
    } else {
        format!("{} ms", span.as_millis())
    }
}

impl ApiFailure {
    /// What happened and what to do next.
    pub fn sentence(&self) -> String {
        format!("{self}; {}", self.next())
    }

    /// What to do next.
    pub fn next(&self) -> String {
        match self {
            Self::Unreachable { .. } => "check the server's address, the network or VPN, and any proxy".to_owned(),
            Self::Broken { .. } | Self::Timeout { .. } => "check the network, and whether the server is overloaded".to_owned(),
            Self::Tls { .. } => {
                "check `certificate-authority`, `server` and `tls-server-name` of the cluster in the kubeconfig".to_owned()
            }
            Self::NotKubernetes { .. } => {
                "check `server` in the kubeconfig, and whether a proxy or portal stands in between".to_owned()
            }
            Self::Unauthorized { login: Some(login), .. } => {
                format!("log in again, for example with `{login}` in a shell, or :login in the cockpit")
            },
            Self::Unauthorized { login: None, .. } => "renew the token or certificate in the kubeconfig".to_owned(),
            Self::LoginFailed { login: Some(login), .. } => {
                format!("run `{login}` in a shell, or :login in the cockpit, where it can ask")
            },
            Self::LoginFailed { login: None, .. } => "check the user's entry in the kubeconfig".to_owned(),
            Self::Forbidden { .. } => "ask for this right, or use another context".to_owned(),
            Self::NotFound { .. } => "it may have been deleted, or this cluster does not have its kind".to_owned(),
            Self::Conflict { .. } | Self::Expired { .. } => "it is read again".to_owned(),
            Self::Invalid { causes, .. } if !causes.is_empty() => {
                let causes: Vec<_> = causes.iter().map(Untrusted::shown).collect();
                causes.join("; ")
            }
            Self::Invalid { .. } => "read the object again and compare".to_owned(),
            Self::Throttled {
                retry_after: Some(after),
                ..
            } => format!("try again in {}", seconds(*after)),
            Self::Throttled { retry_after: None, .. } => "try again in a moment".to_owned(),
            Self::ServerError { .. } => "see the logs of the API server, or of what stands before it".to_owned(),
            Self::BadAnswer { .. } => "check whether a proxy changes answers".to_owned(),
        }
    }

    /// Names what an answer that is no success means.
    pub(super) fn of_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let told = Status::read(body);
        let is_page = content_type(headers).is_some_and(|kind| kind.starts_with("text/html"));
        if told.is_none() && (is_page || status.is_redirection() || status.is_success()) {
            return Self::not_kubernetes(status, headers, body);
        }
        if told.is_none()
            && status == StatusCode::BAD_REQUEST
            && body.starts_with(b"Client sent an HTTP request to an HTTPS")
        {
            let why =
                "the server speaks TLS on this port, not plain HTTP; its address must begin with https://";
            return Self::Tls { why: why.to_owned() };
        }
        let told = told.unwrap_or_default();
        let message = match &told.message {
            Some(message) if !message.is_empty() => Untrusted::from(message.as_str()),
            _ => plain_words(status, body),
        };
        // A `Status` in a watch comes with HTTP 200; its own code counts.
        let code = told.code.filter(|code| *code >= 400).unwrap_or(status.as_u16());
        match code {
            401 => Self::Unauthorized { message, login: None },
            403 => Self::Forbidden { message },
            404 => Self::NotFound { message },
            409 => Self::Conflict { message },
            410 => Self::Expired { message },
            400 | 422 => Self::Invalid {
                message,
                causes: told.causes(),
            },
            429 => Self::Throttled {
                message,
                retry_after: retry_after(headers, &told),
            },
            code => Self::ServerError { code, message },
        }
    }

    /// An answer by something else.
    pub(super) fn not_kubernetes(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        Self::NotKubernetes {
            status: status.as_u16(),
            content_type: Untrusted::from(content_type(headers).unwrap_or("no content type")),
            words: first_words(body),
        }
    }

    /// The same failure, knowing which command logs in.
    pub(super) fn with_login(mut self, command: Option<&Untrusted>) -> Self {
        if let Self::Unauthorized { login, .. } | Self::LoginFailed { login, .. } = &mut self
            && login.is_none()
        {
            *login = command.cloned();
        }
        self
    }
}

fn plain_words(status: StatusCode, body: &[u8]) -> Untrusted {
    let words = if Status::read(body).is_some() {
        Untrusted::from("")
    } else {
        first_words(body)
    };
    if words.is_empty() {
        Untrusted::from(status.canonical_reason().unwrap_or("no reason given"))
    } else {
        words
    }
}

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
}

fn retry_after(headers: &HeaderMap, told: &Status) -> Option<Duration> {
    let header = headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    header
        .and_then(|value| value.trim().parse().ok())
        .or_else(|| told.retry_after_seconds())
        .map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: u16, content_type: &'static str, body: &str) -> ApiFailure {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static(content_type),
        );
        headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("7"));
        ApiFailure::of_answer(StatusCode::from_u16(code).unwrap(), &headers, body.as_bytes())
    }

    fn status(code: u16, message: &str) -> String {
        format!(
            r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{message}","code":{code}}}"#
        )
    }

    #[test]
    fn every_code_has_its_name() {
        let json = |code| answer(code, "application/json", &status(code, "words"));
        let message = Untrusted::from("words");
        assert_eq!(
            json(403),
            ApiFailure::Forbidden {
                message: message.clone()
            }
        );
        assert_eq!(
            json(404),
            ApiFailure::NotFound {
                message: message.clone()
            }
        );
        assert_eq!(
            json(409),
            ApiFailure::Conflict {
                message: message.clone()
            }
        );
        assert_eq!(
            json(410),
            ApiFailure::Expired {
                message: message.clone()
            }
        );
        assert_eq!(
            json(429),
            ApiFailure::Throttled {
                message: message.clone(),
                retry_after: Some(Duration::from_secs(7))
            }
        );
        assert_eq!(json(500), ApiFailure::ServerError { code: 500, message });
        assert!(matches!(json(401), ApiFailure::Unauthorized { login: None, .. }));
    }

    #[test]
    fn a_status_inside_a_success_counts_by_its_own_code() {
        let event = answer(200, "application/json", &status(410, "too old resource version"));
        assert!(matches!(event, ApiFailure::Expired { .. }));
    }

    #[test]
    fn pages_and_redirects_are_not_kubernetes() {
        let page = answer(
            403,
            "text/html; charset=utf-8",
            "<html><title>Sign in</title></html>",
        );
        assert!(page.sentence().contains("Sign in"), "{}", page.sentence());
        assert!(page.sentence().contains("kubeconfig"), "{}", page.sentence());
        assert!(matches!(
            answer(302, "text/plain", ""),
            ApiFailure::NotKubernetes { status: 302, .. }
        ));
        assert!(matches!(
            answer(200, "text/html", "hello"),
            ApiFailure::NotKubernetes { status: 200, .. }
        ));
    }

    #[test]
    fn plain_text_of_the_api_server_is_understood() {
        assert_eq!(
            answer(404, "text/plain; charset=utf-8", "404 page not found"),
            ApiFailure::NotFound {
                message: Untrusted::from("404 page not found")
            }
        );
        assert!(
            answer(503, "text/plain", "")
                .to_string()
                .contains("Service Unavailable")
        );
    }

    #[test]
    fn the_login_command_is_named_in_the_remedy() {
        let login = Untrusted::from("aws eks get-token");
        let told = answer(401, "application/json", &status(401, "Unauthorized")).with_login(Some(&login));
        assert!(
            told.sentence().contains("`aws eks get-token`"),
            "{}",
            told.sentence()
        );
    }

    #[test]
    fn causes_are_told_and_escapes_never_shown() {
        let body = r#"{"kind":"Status","message":"bad\u001b[31m","code":422,
            "details":{"causes":[{"field":"spec.replicas","message":"must be positive"}]}}"#;
        let told = answer(422, "application/json", body).sentence();
        assert!(told.contains("spec.replicas: must be positive"), "{told}");
        assert!(!told.contains('\u{1b}'), "{told}");
    }
}
