//! What is kept of an Event (core/v1): what was said about which object, and how often.

use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::{Name, Untrusted};

use super::Interner;
use super::raw::{Null, RawMeta, Text, count};

/// An Event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub name: Name,
    /// The object that it is about.
    pub about_kind: Untrusted,
    pub about: Name,
    pub about_uid: Untrusted,
    /// Type `Warning`.
    pub warning: bool,
    pub reason: Untrusted,
    pub message: Untrusted,
    pub count: u32,
    pub last_at: Option<Timestamp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawEvent<'a> {
    #[serde(borrow)]
    metadata: Null<RawMeta<'a>>,
    #[serde(alias = "regarding")]
    involved_object: Null<RawAbout<'a>>,
    r#type: Null<Text<'a>>,
    reason: Null<Text<'a>>,
    #[serde(alias = "note")]
    message: Null<Text<'a>>,
    count: Option<i64>,
    series: Null<RawSeries<'a>>,
    last_timestamp: Option<Text<'a>>,
    event_time: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawAbout<'a> {
    #[serde(borrow)]
    kind: Null<Text<'a>>,
    namespace: Null<Text<'a>>,
    name: Null<Text<'a>>,
    uid: Null<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawSeries<'a> {
    count: Option<i64>,
    #[serde(borrow)]
    last_observed_time: Option<Text<'a>>,
}

impl Event {
    /// Reads one; `None` when it has no name.
    pub(super) fn decode(item: &[u8], interner: &mut Interner) -> serde_json::Result<Option<Self>> {
        let raw: RawEvent<'_> = serde_json::from_slice(item)?;
        let meta = raw.metadata.0;
        let Some(name) = meta.name(interner) else {
            return Ok(None);
        };
        let (about, series) = (raw.involved_object.0, raw.series.0);
        Ok(Some(Self {
            name,
            about_kind: interner.text(&about.kind.0.0),
            about: Name {
                namespace: interner.text(&about.namespace.0.0),
                name: interner.text(&about.name.0.0),
            },
            about_uid: interner.text(&about.uid.0.0),
            warning: raw.r#type.0.0 == "Warning",
            reason: interner.text(&raw.reason.0.0),
            message: interner.text(raw.message.0.message().raw()),
            count: count(series.count.or(raw.count), 1),
            last_at: [
                series.last_observed_time.as_ref(),
                raw.last_timestamp.as_ref(),
                raw.event_time.as_ref(),
            ]
            .into_iter()
            .flatten()
            .find_map(Text::instant)
            .or_else(|| meta.created_at()),
        }))
    }
}
