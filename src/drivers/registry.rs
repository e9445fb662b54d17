//! Every driver, asked in the order of precedence: who claims an object shows it, and nobody else.

use std::collections::BTreeSet;

use crate::domain::{
    Answer, Cluster, Driver as Kind, EffectSeen, Materials, Need, Plan, PlanQuestion, Planner, Refusal,
    Rollout, RolloutKey, Step, TemplateDiff, TemplateOf, Untrusted,
};
use crate::objects::{Driver, ObjectKey, ObjectStore, Observation, Reference, Touched};

use super::{Argo, Deployments};

/// The drivers of one cluster.
#[derive(Debug)]
pub struct Drivers {
    deployments: Deployments,
    argo: Argo,
}

impl Drivers {
    /// Those of `cluster`.
    pub fn new(cluster: Cluster) -> Self {
        Self {
            deployments: Deployments::of(cluster.clone()),
            argo: Argo::of(cluster),
        }
    }

    fn of(&self, kind: Kind) -> &dyn Driver {
        match kind {
            Kind::Deployment => &self.deployments,
            Kind::Argo => &self.argo,
        }
    }

    /// The rollouts that have to be observed anew.
    pub fn affected(&self, touched: &Touched, store: &ObjectStore) -> BTreeSet<RolloutKey> {
        let mut keys: BTreeSet<RolloutKey> = self.argo.affected(touched, store).into_iter().collect();
        keys.extend(self.deployments.affected(touched, store));
        keys
    }

    /// One rollout; none for an object that a driver of higher precedence shows.
    pub fn observe(&self, store: &ObjectStore, key: &RolloutKey) -> Observation {
        if key.driver == Kind::Deployment && is_workload_of_another(store, key) {
            return Observation::default();
        }
        self.of(key.driver).observe(store, key)
    }

    /// Every rollout there is.
    pub fn keys(&self, store: &ObjectStore) -> Vec<RolloutKey> {
        let mut keys = self.argo.keys(store);
        keys.extend(self.deployments.keys(store));
        keys.retain(|key| key.driver != Kind::Deployment || !is_workload_of_another(store, key));
        keys
    }

    /// What belongs to a rollout.
    pub fn claims(&self, store: &ObjectStore, key: &RolloutKey) -> Vec<ObjectKey> {
        self.of(key.driver).claims(store, key)
    }
}

/// A Deployment whose template an Argo Rollout takes is that Rollout's, and shown there.
fn is_workload_of_another(store: &ObjectStore, key: &RolloutKey) -> bool {
    let reference = Reference::Workload(key.name.namespace.clone(), key.name.name.clone());
    store.argo_rollouts.by(&reference).next().is_some()
}

impl Planner for Drivers {
    fn can(&self, rollout: &Rollout, step: Step) -> Result<(), Refusal> {
        self.of(rollout.key.driver).can(rollout, step)
    }

    fn needs(&self, question: PlanQuestion<'_>) -> Vec<Need> {
        self.of(question.rollout.key.driver).needs(question)
    }

    fn plan(&self, question: PlanQuestion<'_>) -> Result<Plan, Refusal> {
        self.of(question.rollout.key.driver).plan(question)
    }

    fn effect(&self, plan: &Plan, rollout: Option<&Rollout>) -> EffectSeen {
        self.of(plan.target.key.driver).effect(plan, rollout)
    }

    fn also(&self, plan: &Plan, materials: &Materials, object: &str) -> Vec<Untrusted> {
        self.of(plan.target.key.driver).also(plan, materials, object)
    }

    fn template_need(&self, rollout: &Rollout, side: &TemplateOf) -> Result<Need, Refusal> {
        self.of(rollout.key.driver).template_need(rollout, side)
    }

    fn template_diff(
        &self,
        rollout: &Rollout,
        sides: (&TemplateOf, &TemplateOf),
        materials: &Materials,
    ) -> Result<TemplateDiff, Refusal> {
        self.of(rollout.key.driver)
            .template_diff(rollout, sides, materials)
    }

    fn differs(&self, plan: &Plan, also: &[Untrusted], objects: (&str, &str)) -> Vec<Untrusted> {
        self.of(plan.target.key.driver).differs(plan, also, objects)
    }

    fn resolve(&self, plan: &Plan, object: &Answer) -> EffectSeen {
        self.of(plan.target.key.driver).resolve(plan, object)
    }
}
