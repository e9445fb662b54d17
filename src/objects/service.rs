//! What is kept of a Service: whom it selects.

use std::sync::Arc;

use serde::Deserialize;

use crate::domain::{Name, Untrusted};

use super::raw::{Labels, Null, RawMeta, Text, count};
use super::{Interner, Pairs};

/// A Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub name: Name,
    pub uid: Untrusted,
    /// Empty selects nothing.
    pub selector: Pairs,
    pub ports: Arc<[ServicePort]>,
}

/// One port of a Service, with the container port behind it as it is written (a number or a name).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    pub name: Option<Untrusted>,
    pub port: u32,
    pub target: Option<Untrusted>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawService<'a> {
    #[serde(borrow)]
    metadata: Null<RawMeta<'a>>,
    spec: Null<RawSpec<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawSpec<'a> {
    #[serde(borrow)]
    selector: Null<Labels<'a>>,
    ports: Null<Vec<RawPort<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawPort<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    port: Option<i64>,
    target_port: Option<RawTarget>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawTarget {
    Number(i64),
    Word(String),
}

impl Service {
    /// Reads one; `None` when it has no name.
    pub(super) fn decode(item: &[u8], interner: &mut Interner) -> serde_json::Result<Option<Self>> {
        let RawService {
            metadata: Null(meta),
            spec: Null(spec),
        } = serde_json::from_slice(item)?;
        let Some(name) = meta.name(interner) else {
            return Ok(None);
        };
        let ports = spec.ports.0.iter().map(|raw| ServicePort {
            name: raw.name.as_ref().map(|text| interner.text(&text.0)),
            port: count(raw.port, 0),
            target: raw.target_port.as_ref().map(|target| match target {
                RawTarget::Number(number) => Untrusted::from(number.to_string()),
                RawTarget::Word(word) => Untrusted::from(word.as_str()),
            }),
        });
        Ok(Some(Self {
            name,
            uid: meta.uid.0.own(),
            ports: ports.collect(),
            selector: spec.selector.0.keep(interner),
        }))
    }

    /// Whether pods with these labels are behind it. A Service without a selector selects nothing.
    pub fn selects(&self, labels: &[(Untrusted, Untrusted)]) -> bool {
        !self.selector.is_empty() && self.selector.iter().all(|pair| labels.contains(pair))
    }
}
