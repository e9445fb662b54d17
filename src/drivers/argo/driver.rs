//! The driver of Argo Rollouts: what an object touches, what belongs to a rollout, and that acting comes later.

use std::sync::Arc;

use crate::domain::{
    Answer, Cluster, Driver as Kind, EffectSeen, Name, Need, ObjectKind, Plan, PlanQuestion, Planner,
    Refusal, RefusalKind, Rollout, RolloutKey, Step, Untrusted,
};
use crate::objects::{Driver, Object, ObjectKey, ObjectStore, Observation, Reference, Touched};

use super::observe;

/// Every Rollout of one cluster.
#[derive(Debug)]
pub struct Argo {
    cluster: Cluster,
}

impl Argo {
    /// Those of `cluster`.
    pub fn of(cluster: Cluster) -> Self {
        Self { cluster }
    }

    fn key(&self, name: &Name) -> RolloutKey {
        RolloutKey {
            cluster: self.cluster.clone(),
            driver: Kind::Argo,
            name: name.clone(),
        }
    }

    fn owner(&self, uid: Option<&Untrusted>, store: &ObjectStore) -> Option<RolloutKey> {
        let owner = store.argo_rollouts.by(&Reference::Uid(uid?.clone())).next()?;
        Some(self.key(&owner.name))
    }

    fn owner_of_pod(&self, uid: Option<&Untrusted>, store: &ObjectStore) -> Option<RolloutKey> {
        let set = store.replica_sets.by(&Reference::Uid(uid?.clone())).next()?;
        self.owner(set.owner.as_ref(), store)
    }

    fn touched_by(&self, object: &Object, store: &ObjectStore) -> Vec<RolloutKey> {
        let one = |key: Option<RolloutKey>| key.into_iter().collect();
        match object {
            Object::ArgoRollout(rollout) => vec![self.key(&rollout.name)],
            Object::ReplicaSet(set) => one(self.owner(set.owner.as_ref(), store)),
            Object::Pod(pod) => one(self.owner_of_pod(pod.owner.as_ref(), store)),
            Object::Event(event) => {
                let pod = store.pods.get(&event.about);
                one(pod.and_then(|pod| self.owner_of_pod(pod.owner.as_ref(), store)))
            }
            Object::Autoscaler(autoscaler) if autoscaler.target_kind.raw() == "Rollout" => {
                let name = Name {
                    namespace: autoscaler.name.namespace.clone(),
                    name: autoscaler.target_name.clone(),
                };
                vec![self.key(&name)]
            }
            Object::Service(service) => store
                .argo_rollouts
                .in_namespace(&service.name.namespace)
                .filter(|rollout| service.selects(&rollout.template.labels))
                .map(|rollout| self.key(&rollout.name))
                .collect(),
            Object::Autoscaler(_)
            | Object::Deployment(_)
            | Object::EndpointSlice(_)
            | Object::DisruptionBudget(_)
            | Object::Namespace(_) => Vec::new(),
        }
    }
}

impl Driver for Argo {
    fn affected(&self, touched: &Touched, store: &ObjectStore) -> Vec<RolloutKey> {
        match touched {
            Touched::Object { .. } => touched
                .sides()
                .flat_map(|object| self.touched_by(object, store))
                .collect(),
            Touched::Coverage(scope) => store
                .argo_rollouts
                .iter()
                .filter(|it| {
                    scope
                        .namespace
                        .as_ref()
                        .is_none_or(|namespace| it.name.namespace.raw() == &**namespace)
                })
                .map(|rollout| self.key(&rollout.name))
                .collect(),
        }
    }

    fn observe(&self, store: &ObjectStore, key: &RolloutKey) -> Observation {
        let rollout = store.argo_rollouts.get(&key.name);
        let rollout = rollout.map(|rollout| Arc::new(observe::observe(&self.cluster, store, rollout)));
        Observation {
            rollout,
            oddities: Vec::new(),
        }
    }

    fn claims(&self, store: &ObjectStore, key: &RolloutKey) -> Vec<ObjectKey> {
        let Some(rollout) = store.argo_rollouts.get(&key.name) else {
            return Vec::new();
        };
        let sets = store.replica_sets.by(&Reference::Owner(rollout.uid.clone()));
        let mut claims: Vec<ObjectKey> = sets
            .map(|set| ObjectKey {
                kind: ObjectKind::ReplicaSet,
                name: set.name.clone(),
            })
            .collect();
        claims.extend(rollout.workload.clone().map(|name| ObjectKey {
            kind: ObjectKind::Deployment,
            name: Name {
                namespace: rollout.name.namespace.clone(),
                name,
            },
        }));
        claims
    }

    fn keys(&self, store: &ObjectStore) -> Vec<RolloutKey> {
        store
            .argo_rollouts
            .iter()
            .map(|rollout| self.key(&rollout.name))
            .collect()
    }
}

fn later() -> Refusal {
    let why = "this version only reads Argo Rollouts";
    Refusal::new(RefusalKind::Unsupported, why, "use kubectl argo rollouts to act")
}

impl Planner for Argo {
    fn can(&self, _rollout: &Rollout, _step: Step) -> Result<(), Refusal> {
        Err(later())
    }

    fn needs(&self, _rollout: &Rollout, _step: Step) -> Vec<Need> {
        Vec::new()
    }

    fn plan(&self, _question: PlanQuestion<'_>) -> Result<Plan, Refusal> {
        Err(later())
    }

    fn effect(&self, _plan: &Plan, _rollout: Option<&Rollout>) -> EffectSeen {
        EffectSeen::CannotTell
    }

    fn resolve(&self, _plan: &Plan, _object: &Answer) -> EffectSeen {
        EffectSeen::CannotTell
    }
}
