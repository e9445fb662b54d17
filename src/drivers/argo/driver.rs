//! The driver of Argo Rollouts: what an object touches, what belongs to a rollout, and that acting comes later.

use std::sync::Arc;

use crate::domain::{
    Answer, Cluster, Driver as Kind, EffectSeen, Materials, Name, Need, ObjectKind, Plan, PlanQuestion,
    Planner, Refusal, RefusalKind, Rollout, RolloutKey, Step, TemplateDiff, TemplateOf,
};
use crate::drivers::diff;
use crate::drivers::ownership::{covers, scaled, workload_uid};
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

    fn touched_by(&self, object: &Object, store: &ObjectStore) -> Vec<RolloutKey> {
        match object {
            Object::ArgoRollout(rollout) => vec![self.key(&rollout.name)],
            Object::Service(service) => store
                .argo_rollouts
                .in_namespace(&service.name.namespace)
                .filter(|rollout| service.selects(&rollout.template.labels))
                .map(|rollout| self.key(&rollout.name))
                .collect(),
            Object::ReplicaSet(_)
            | Object::Pod(_)
            | Object::Event(_)
            | Object::Autoscaler(_)
            | Object::Deployment(_)
            | Object::EndpointSlice(_)
            | Object::DisruptionBudget(_)
            | Object::Namespace(_) => {
                let uid = workload_uid(object, store);
                let owner = uid.and_then(|uid| store.argo_rollouts.by(&Reference::Uid(uid)).next());
                let name = owner
                    .map(|owner| owner.name.clone())
                    .or_else(|| scaled(object, "Rollout"));
                name.map(|name| self.key(&name)).into_iter().collect()
            }
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
                .filter(|it| covers(scope, &it.name))
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

    fn needs(&self, _question: PlanQuestion<'_>) -> Vec<Need> {
        Vec::new()
    }

    fn plan(&self, _question: PlanQuestion<'_>) -> Result<Plan, Refusal> {
        Err(later())
    }

    fn effect(&self, _plan: &Plan, _rollout: Option<&Rollout>) -> EffectSeen {
        EffectSeen::CannotTell
    }

    fn template_need(&self, rollout: &Rollout, side: &TemplateOf) -> Result<Need, Refusal> {
        diff::need(rollout, side)
    }

    fn template_diff(
        &self,
        rollout: &Rollout,
        sides: (&TemplateOf, &TemplateOf),
        materials: &Materials,
    ) -> Result<TemplateDiff, Refusal> {
        diff::diff(rollout, sides, materials)
    }

    fn resolve(&self, _plan: &Plan, _object: &Answer) -> EffectSeen {
        EffectSeen::CannotTell
    }
}
