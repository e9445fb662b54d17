//! Finds, in a chain of errors, the one that says why no answer came, and whether anything can have left this machine.

use std::error::Error;
use std::io;

use kube::client::AuthError;
use rustls::{CertificateError, InvalidMessage};

use crate::domain::Untrusted;

use super::ApiFailure;

/// How far a request came that ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// It failed before a byte of the request was written.
    Nowhere,
    /// Bytes of it may have been written.
    Perhaps,
}

/// Names the failure of a request that got no answer.
pub(super) fn of_transport(error: &kube::Error) -> (Reached, ApiFailure) {
    if let Some(auth) = find::<AuthError>(error) {
        return (Reached::Nowhere, of_login(auth));
    }
    let connecting = find::<hyper_util::client::legacy::Error>(error)
        .is_some_and(hyper_util::client::legacy::Error::is_connect);
    let reached = if connecting {
        Reached::Nowhere
    } else {
        Reached::Perhaps
    };
    if let Some(tls) = find::<rustls::Error>(error) {
        return (reached, ApiFailure::Tls { why: of_tls(tls) });
    }
    let why = in_words(error);
    if connecting {
        (reached, ApiFailure::Unreachable { why })
    } else {
        (reached, ApiFailure::Broken { why })
    }
}

/// Names the failure of building a client: credentials, certificates, proxies.
pub(super) fn of_building(error: &kube::Error) -> ApiFailure {
    if let Some(auth) = find::<AuthError>(error) {
        return of_login(auth);
    }
    ApiFailure::Tls {
        why: innermost(error),
    }
}

/// Walks the chain. An `io::Error` hides what it wraps from `source()`, so it is asked for that itself.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = below(error);
    }
    None
}

fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = below(last) {
        last = next;
    }
    Untrusted::from(last.to_string()).shown()
}

fn in_words(error: &kube::Error) -> String {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    let mut kind = None;
    let mut dns = false;
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            kind = Some(io.kind());
        }
        dns |= error.to_string().starts_with("dns error");
        next = below(error);
    }
    if dns {
        return format!("the name of the server is not known here ({})", innermost(error));
    }
    let words = match kind {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused; nothing listens there",
        Some(io::ErrorKind::ConnectionReset) => "connection reset by the other side",
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => "no route to it",
        Some(io::ErrorKind::NetworkDown) => "the network is down",
        Some(io::ErrorKind::TimedOut) => "no answer while connecting",
        Some(io::ErrorKind::UnexpectedEof) => "the other side hung up",
        _ => return innermost(error),
    };
    words.to_owned()
}

fn of_tls(error: &rustls::Error) -> String {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "foreign enums that grow; the rest have words of their own"
    )]
    match error {
        rustls::Error::InvalidCertificate(why) => of_certificate(why),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "the server speaks plain HTTP on this port, not TLS".to_owned()
        }
        rustls::Error::AlertReceived(alert) => {
            format!("the server ended it ({alert:?}); it may want a client certificate that is valid")
        }
        other => Untrusted::from(other.to_string()).shown(),
    }
}

fn of_certificate(error: &CertificateError) -> String {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a foreign enum that grows; the rest have words of their own"
    )]
    match error {
        CertificateError::UnknownIssuer => {
            "the server's certificate is signed by an issuer that is not trusted".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired, or the clock of this machine is wrong".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet, or the clock of this machine is wrong".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the server's certificate is for another name".to_owned()
        }
        CertificateError::Revoked => "the server's certificate was revoked".to_owned(),
        other => Untrusted::from(format!("the server's certificate is not acceptable: {other:?}")).shown(),
    }
}

fn of_login(error: &AuthError) -> ApiFailure {
    // The command that `AuthExecRun` quotes carries its environment: the caller names the plain one instead.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a foreign enum; the rest have words of their own"
    )]
    let why = match error {
        AuthError::AuthExecRun { out, .. } => {
            let told = last_lines(&out.stderr);
            let ended = out.status.to_string();
            if told.is_empty() {
                ended
            } else {
                format!("{told} ({ended})")
            }
        }
        AuthError::AuthExecStart(source) => format!("the login plugin cannot be started: {source}"),
        other => other.to_string(),
    };
    ApiFailure::LoginFailed {
        why: Untrusted::from(why),
        login: None,
    }
}

/// The end of what a plugin said is where the reason stands.
fn last_lines(stderr: &[u8]) -> String {
    const LINES: usize = 3;
    let text = String::from_utf8_lossy(stderr);
    let mut lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let surplus = lines.len().saturating_sub(LINES);
    lines.drain(..surplus);
    lines.join(" / ")
}
