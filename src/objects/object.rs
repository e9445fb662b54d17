//! One object of any kind that is kept.

use std::sync::Arc;

use serde::Deserialize;

use crate::domain::{Name, ObjectKind, Pod, Untrusted};

use super::{
    ArgoRollout, Autoscaler, Deployment, DisruptionBudget, EndpointSlice, Event, Interner, Namespace,
    ReplicaSet, Service, pod,
};

/// An item of a list or watch that could not be understood.
#[derive(Debug, thiserror::Error)]
#[error("{kind:?} cannot be read: {source}")]
pub struct DecodeError {
    pub kind: ObjectKind,
    /// Namespace and name, as far as they could be read.
    pub name: Option<Name>,
    pub source: serde_json::Error,
}

/// An object, reduced to what is kept of its kind. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    Deployment(Arc<Deployment>),
    ReplicaSet(Arc<ReplicaSet>),
    Pod(Arc<Pod>),
    Service(Arc<Service>),
    EndpointSlice(Arc<EndpointSlice>),
    Autoscaler(Arc<Autoscaler>),
    DisruptionBudget(Arc<DisruptionBudget>),
    Event(Arc<Event>),
    Namespace(Arc<Namespace>),
    ArgoRollout(Arc<ArgoRollout>),
}

impl Object {
    /// Decodes one item. `kind` is that of the list it came in (items of lists do not say their kind).
    ///
    /// # Errors
    ///
    /// When it is no JSON object of that kind, with the name as far as it could be read.
    pub fn decode(kind: ObjectKind, item: &[u8], interner: &mut Interner) -> Result<Self, DecodeError> {
        let failed = |source, interner: &mut Interner| DecodeError {
            kind,
            name: name_of(item, interner),
            source,
        };
        match Self::read(kind, item, interner) {
            Ok(Some(object)) => Ok(object),
            Ok(None) => {
                let nameless = <serde_json::Error as serde::de::Error>::custom("metadata.name is missing");
                Err(failed(nameless, interner))
            }
            Err(source) => Err(failed(source, interner)),
        }
    }

    fn read(kind: ObjectKind, item: &[u8], interner: &mut Interner) -> serde_json::Result<Option<Self>> {
        fn kept<T>(object: Option<T>, wrap: fn(Arc<T>) -> Object) -> Option<Object> {
            object.map(|object| wrap(Arc::new(object)))
        }
        Ok(match kind {
            ObjectKind::Deployment => kept(Deployment::decode(item, interner)?, Self::Deployment),
            ObjectKind::ReplicaSet => kept(ReplicaSet::decode(item, interner)?, Self::ReplicaSet),
            ObjectKind::Pod => kept(pod::decode(item, interner)?, Self::Pod),
            ObjectKind::Service => kept(Service::decode(item, interner)?, Self::Service),
            ObjectKind::EndpointSlice => kept(EndpointSlice::decode(item, interner)?, Self::EndpointSlice),
            ObjectKind::HorizontalPodAutoscaler => {
                kept(Autoscaler::decode(item, interner)?, Self::Autoscaler)
            }
            ObjectKind::PodDisruptionBudget => {
                kept(DisruptionBudget::decode(item, interner)?, Self::DisruptionBudget)
            }
            ObjectKind::Event => kept(Event::decode(item, interner)?, Self::Event),
            ObjectKind::Namespace => kept(Namespace::decode(item, interner)?, Self::Namespace),
            ObjectKind::ArgoRollout => kept(ArgoRollout::decode(item, interner)?, Self::ArgoRollout),
        })
    }

    /// Its kind.
    pub fn kind(&self) -> ObjectKind {
        match self {
            Self::Deployment(_) => ObjectKind::Deployment,
            Self::ReplicaSet(_) => ObjectKind::ReplicaSet,
            Self::Pod(_) => ObjectKind::Pod,
            Self::Service(_) => ObjectKind::Service,
            Self::EndpointSlice(_) => ObjectKind::EndpointSlice,
            Self::Autoscaler(_) => ObjectKind::HorizontalPodAutoscaler,
            Self::DisruptionBudget(_) => ObjectKind::PodDisruptionBudget,
            Self::Event(_) => ObjectKind::Event,
            Self::Namespace(_) => ObjectKind::Namespace,
            Self::ArgoRollout(_) => ObjectKind::ArgoRollout,
        }
    }

    /// Its full name.
    pub fn name(&self) -> &Name {
        match self {
            Self::Deployment(object) => &object.name,
            Self::ReplicaSet(object) => &object.name,
            Self::Pod(object) => &object.name,
            Self::Service(object) => &object.name,
            Self::EndpointSlice(object) => &object.name,
            Self::Autoscaler(object) => &object.name,
            Self::DisruptionBudget(object) => &object.name,
            Self::Event(object) => &object.name,
            Self::Namespace(object) => &object.name,
            Self::ArgoRollout(object) => &object.name,
        }
    }
}

/// The name alone, out of an item that could not be read as a whole; whatever else is wrong with its metadata.
fn name_of(item: &[u8], interner: &mut Interner) -> Option<Name> {
    #[derive(Deserialize)]
    struct Named {
        metadata: Full,
    }
    #[derive(Deserialize)]
    struct Full {
        name: String,
        #[serde(default)]
        namespace: Option<String>,
    }
    let Full { name, namespace } = serde_json::from_slice::<Named>(item).ok()?.metadata;
    (!name.is_empty()).then(|| Name {
        namespace: interner.text(&namespace.unwrap_or_default()),
        name: Untrusted::from(name),
    })
}
