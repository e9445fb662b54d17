//! What is kept of an `EndpointSlice`: which pods really take traffic of a Service.

use std::sync::Arc;

use serde::Deserialize;

use crate::domain::{Name, Untrusted};

use super::Interner;
use super::raw::{Null, RawMeta, Text};

/// An `EndpointSlice`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSlice {
    pub name: Name,
    /// The Service that it belongs to, by its label.
    pub service: Option<Untrusted>,
    pub endpoints: Arc<[Endpoint]>,
}

/// One endpoint. Unset conditions read as the API says: ready and serving, not terminating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Uid of the pod behind it.
    pub pod: Option<Untrusted>,
    pub ready: bool,
    pub serving: bool,
    pub terminating: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawSlice<'a> {
    #[serde(borrow)]
    metadata: Null<RawMeta<'a>>,
    endpoints: Null<Vec<RawEndpoint<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawEndpoint<'a> {
    conditions: Null<RawConditions>,
    #[serde(borrow)]
    target_ref: Null<RawTarget<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawConditions {
    ready: Option<bool>,
    serving: Option<bool>,
    terminating: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawTarget<'a> {
    #[serde(borrow)]
    uid: Option<Text<'a>>,
}

impl EndpointSlice {
    /// Reads one; `None` when it has no name.
    pub(super) fn decode(item: &[u8], interner: &mut Interner) -> serde_json::Result<Option<Self>> {
        let RawSlice {
            metadata: Null(meta),
            endpoints: Null(endpoints),
        } = serde_json::from_slice(item)?;
        let Some(name) = meta.name(interner) else {
            return Ok(None);
        };
        let endpoints = endpoints
            .iter()
            .map(|raw| {
                let conditions = &raw.conditions.0;
                let ready = conditions.ready.unwrap_or(true);
                Endpoint {
                    pod: raw.target_ref.0.uid.as_ref().map(Text::own),
                    ready,
                    serving: conditions.serving.unwrap_or(ready),
                    terminating: conditions.terminating.unwrap_or(false),
                }
            })
            .collect();
        Ok(Some(Self {
            name,
            service: meta.labels.0.text("kubernetes.io/service-name"),
            endpoints,
        }))
    }
}
