//! The API's `Status` object, read leniently: proxies, webhooks and old servers leave out or bend what they like.

use serde::Deserialize;

use crate::domain::Untrusted;

/// What an unsuccessful answer says of itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) kind: Option<String>,
    pub(super) message: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) code: Option<u16>,
    pub(super) details: Option<Details>,
}

/// The part of a `Status` that says which fields are wrong, and how long to wait.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Details {
    pub(super) causes: Option<Vec<Cause>>,
    #[serde(rename = "retryAfterSeconds")]
    pub(super) retry_after_seconds: Option<u64>,
}

/// One thing that is wrong with one field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Cause {
    pub(super) message: Option<String>,
    pub(super) field: Option<String>,
}

impl Status {
    /// The `Status` in a body, if it is one.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(body)
            .ok()
            .filter(|status| status.kind.as_deref() == Some("Status"))
    }

    /// Every cause as `field: message`.
    pub(super) fn causes(&self) -> Vec<Untrusted> {
        let causes = self
            .details
            .as_ref()
            .and_then(|details| details.causes.as_deref());
        causes
            .unwrap_or_default()
            .iter()
            .filter_map(Cause::words)
            .collect()
    }

    /// How long the server wants to be left alone.
    pub(super) fn retry_after_seconds(&self) -> Option<u64> {
        self.details
            .as_ref()
            .and_then(|details| details.retry_after_seconds)
    }
}

impl Cause {
    fn words(&self) -> Option<Untrusted> {
        match (self.field.as_deref(), self.message.as_deref()) {
            (Some(field), Some(message)) => Some(Untrusted::from(format!("{field}: {message}"))),
            (None, Some(words)) | (Some(words), None) => Some(Untrusted::from(words)),
            (None, None) => None,
        }
    }
}

/// The first words of a body that is not what was expected: one line, no tags, short enough for a message.
pub(super) fn first_words(body: &[u8]) -> Untrusted {
    const LONGEST: usize = 120;
    let text = String::from_utf8_lossy(body.get(..4096).unwrap_or(body)).into_owned();
    let mut words = String::new();
    let mut in_tag = false;
    for character in text.chars() {
        match character {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                words.push(' ');
            }
            _ if in_tag => {}
            plain => words.push(plain),
        }
    }
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(LONGEST).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    Untrusted::from(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_in_its_first_words() {
        let page = b"<html><head><title>Sign in</title></head>\n<body>to the  portal</body></html>";
        assert_eq!(first_words(page).shown(), "Sign in to the portal");
    }

    #[test]
    fn a_status_with_holes_is_still_read() {
        let status =
            Status::read(br#"{"kind":"Status","details":{"causes":[{"message":"too long"},{}]}}"#).unwrap();
        assert_eq!(status.causes(), [Untrusted::from("too long")]);
        assert!(Status::read(b"{}").is_none());
        assert!(Status::read(b"<html>").is_none());
    }
}
