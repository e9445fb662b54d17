//! The driver of Deployments: what an object touches, what belongs to a rollout.

use std::sync::Arc;

use crate::domain::{
    Answer, Cluster, Driver as Kind, EffectSeen, Materials, Name, Need, ObjectKind, Plan, PlanQuestion,
    Planner, Refusal, Rollout, RolloutKey, Step, TemplateDiff, TemplateOf, Untrusted,
};
use crate::drivers::diff;
use crate::drivers::ownership::{covers, scaled, workload_uid};
use crate::objects::{Driver, Object, ObjectKey, ObjectStore, Observation, Reference, Touched};

use super::{admission, availability, effect, observe, plan};

/// Every Deployment of one cluster.
#[derive(Debug)]
pub struct Deployments {
    cluster: Cluster,
}

impl Deployments {
    /// Those of `cluster`.
    pub fn of(cluster: Cluster) -> Self {
        Self { cluster }
    }

    fn key(&self, name: &Name) -> RolloutKey {
        RolloutKey {
            cluster: self.cluster.clone(),
            driver: Kind::Deployment,
            name: name.clone(),
        }
    }

    fn touched_by(&self, object: &Object, store: &ObjectStore) -> Vec<RolloutKey> {
        match object {
            Object::Deployment(deployment) => vec![self.key(&deployment.name)],
            Object::Service(service) => store
                .deployments
                .in_namespace(&service.name.namespace)
                .filter(|deployment| service.selects(&deployment.template.labels))
                .map(|deployment| self.key(&deployment.name))
                .collect(),
            Object::ArgoRollout(rollout) => {
                let namespace = rollout.name.namespace.clone();
                let workload = rollout.workload.clone().map(|name| Name { namespace, name });
                workload.map(|name| self.key(&name)).into_iter().collect()
            }
            Object::ReplicaSet(_)
            | Object::Pod(_)
            | Object::Event(_)
            | Object::Autoscaler(_)
            | Object::EndpointSlice(_)
            | Object::DisruptionBudget(_)
            | Object::Namespace(_) => {
                let uid = workload_uid(object, store);
                let owner = uid.and_then(|uid| store.deployments.by(&Reference::Uid(uid)).next());
                let name = owner
                    .map(|owner| owner.name.clone())
                    .or_else(|| scaled(object, "Deployment"));
                name.map(|name| self.key(&name)).into_iter().collect()
            }
        }
    }
}

impl Driver for Deployments {
    fn affected(&self, touched: &Touched, store: &ObjectStore) -> Vec<RolloutKey> {
        match touched {
            Touched::Object { .. } => touched
                .sides()
                .flat_map(|object| self.touched_by(object, store))
                .collect(),
            Touched::Coverage(scope) => store
                .deployments
                .iter()
                .filter(|it| covers(scope, &it.name))
                .map(|deployment| self.key(&deployment.name))
                .collect(),
        }
    }

    fn observe(&self, store: &ObjectStore, key: &RolloutKey) -> Observation {
        let deployment = store.deployments.get(&key.name);
        let rollout =
            deployment.map(|deployment| Arc::new(observe::observe(&self.cluster, store, deployment)));
        Observation {
            rollout,
            oddities: Vec::new(),
        }
    }

    fn claims(&self, store: &ObjectStore, key: &RolloutKey) -> Vec<ObjectKey> {
        let Some(deployment) = store.deployments.get(&key.name) else {
            return Vec::new();
        };
        let sets = store.replica_sets.by(&Reference::Owner(deployment.uid.clone()));
        sets.map(|set| ObjectKey {
            kind: ObjectKind::ReplicaSet,
            name: set.name.clone(),
        })
        .collect()
    }

    fn keys(&self, store: &ObjectStore) -> Vec<RolloutKey> {
        store
            .deployments
            .iter()
            .map(|deployment| self.key(&deployment.name))
            .collect()
    }
}

impl Planner for Deployments {
    fn can(&self, rollout: &Rollout, step: Step) -> Result<(), Refusal> {
        availability::can(rollout, step)
    }

    fn needs(&self, question: PlanQuestion<'_>) -> Vec<Need> {
        plan::needs(question)
    }

    fn plan(&self, question: PlanQuestion<'_>) -> Result<Plan, Refusal> {
        plan::plan(question)
    }

    fn effect(&self, plan: &Plan, rollout: Option<&Rollout>) -> EffectSeen {
        effect::effect(plan, rollout)
    }

    fn differs(&self, plan: &Plan, also: &[Untrusted], objects: (&str, &str)) -> Vec<Untrusted> {
        admission::differs(plan, also, objects)
    }

    fn also(&self, plan: &Plan, materials: &Materials, object: &str) -> Vec<Untrusted> {
        admission::also(plan, materials, object)
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

    fn resolve(&self, plan: &Plan, object: &Answer) -> EffectSeen {
        effect::resolve(plan, object)
    }
}
