//! What is played, second by second, with a clock that is set.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock as _, TestClock};
use crate::sandbox::cluster::Cluster;
use crate::sandbox::json::{number, text};
use crate::sandbox::resource::DEPLOYMENTS;
use crate::sandbox::scenario::Scenario;
use crate::sandbox::store::Key;

struct Lab {
    cluster: Cluster,
    clock: Arc<TestClock>,
}

fn lab(scenario: &str, seed: u8) -> Lab {
    let clock = Arc::new(TestClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    let scenario = Scenario::parse("s.toml", scenario).unwrap();
    let cluster = Cluster::new(scenario, clock.clone(), [seed; 16], "token").unwrap();
    let lab = Lab { cluster, clock };
    lab.pass(0);
    lab
}

impl Lab {
    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        let now = self.clock.now();
        self.cluster.with(|state| state.advance(now));
    }

    fn image(&self, name: &str) -> String {
        let key = Key::new(DEPLOYMENTS, "shop", name);
        let object = self
            .cluster
            .with(|state| state.objects.store.value(&key))
            .unwrap();
        object["spec"]["template"]["spec"]["containers"][0]["image"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Every Deployment with its image and uid.
    fn fleet(&self) -> Vec<(String, String, String)> {
        self.cluster.with(|state| {
            let all = state.objects.store.list(DEPLOYMENTS, None);
            let told = |(key, stored): (&Key, &Arc<crate::sandbox::store::Stored>)| {
                let value = stored.value();
                let image = value.pointer("/spec/template/spec/containers/0/image").unwrap();
                (
                    format!("{}/{}", key.namespace, key.name),
                    image.to_string(),
                    stored.uid.clone(),
                )
            };
            all.map(told).collect()
        })
    }
}

const KEPT: &str = "[[app]]\nnamespace = \"shop\"\nname = \"web\"\nimage = \"web:v1\"\nreplicas = 2\nat = -60\n\
                    git = { tool = \"argocd\", after = 6 }\n";

#[test]
fn a_repository_releases_and_takes_back_what_others_do() {
    let scenario = format!(
        "{KEPT}[[act]]\napp = \"shop/web\"\nat = 10\nimages = [\"web:v2\"]\n\
         [[act]]\napp = \"shop/web\"\nby = \"kubectl-set\"\nat = 20\nimages = [\"web:v9\"]\n"
    );
    let lab = lab(&scenario, 1);
    lab.pass(11);
    assert_eq!(lab.image("web"), "web:v2");
    lab.pass(10);
    assert_eq!(lab.image("web"), "web:v9");
    lab.pass(10);
    assert_eq!(lab.image("web"), "web:v2", "put back");
    let key = Key::new(DEPLOYMENTS, "shop", "web");
    let object = lab.cluster.with(|state| state.objects.store.value(&key)).unwrap();
    let managers = object["metadata"]["managedFields"].as_array().unwrap();
    assert!(
        managers
            .iter()
            .any(|it| text(it, &["manager"]) == "argocd-controller"),
        "{managers:?}"
    );
}

const FLEET: &str = "[[fleet]]\nnamespaces = 2\napps = 6\nreplicas = 1\nimage = \"a:1\"\nat = -60\n\
                     [fleet.releases]\nat = 1\nevery = 2\nimages = [\"a:2\", \"a:3\"]\n";

#[test]
fn a_fleet_is_released_by_lot_and_the_same_seed_draws_the_same() {
    let (one, same, other) = (lab(FLEET, 1), lab(FLEET, 1), lab(FLEET, 2));
    for lab in [&one, &same, &other] {
        assert_eq!(lab.fleet().len(), 6);
        assert!(lab.fleet().iter().all(|(_, image, _)| image == "\"a:1\""));
        for _ in 0..8 {
            lab.pass(1);
        }
    }
    assert!(one.fleet().iter().any(|(_, image, _)| image != "\"a:1\""));
    assert_eq!(one.fleet(), same.fleet());
    assert_ne!(one.fleet(), other.fleet());
}

#[test]
fn an_app_comes_with_its_service_autoscaler_and_budget_and_objects_come_as_they_are_written() {
    let scenario = "[[app]]\nnamespace = \"shop\"\nname = \"web\"\nimage = \"web:v1\"\nreplicas = 2\nat = -60\n\
                    autoscale = { least = 2, most = 5, cpu = 70 }\nbudget = { available = \"50%\" }\n\
                    [[object]]\nat = -30\nyaml = \"\"\"\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: notes, namespace: other }\n\"\"\"\n";
    let lab = lab(scenario, 1);
    let value = |id: &str, namespace: &str, name: &str| {
        let key = Key::new(id, namespace, name);
        lab.cluster.with(|state| state.objects.store.value(&key))
    };
    let autoscaler = value("horizontalpodautoscalers.autoscaling", "shop", "web").unwrap();
    assert_eq!(number(&autoscaler, &["spec", "maxReplicas"]), Some(5));
    assert!(value("poddisruptionbudgets.policy", "shop", "web").is_some());
    assert!(value("services", "shop", "web").is_some());
    assert!(value("configmaps", "other", "notes").is_some());
}

#[test]
fn users_make_an_autoscaler_ask_for_more_pods() {
    let scenario = "[[app]]\nnamespace = \"shop\"\nname = \"web\"\nimage = \"web:v1\"\nreplicas = 2\nat = -600\n\
                    autoscale = { least = 2, most = 6, cpu = 50 }\ntraffic = { rate = 120, wobble = 0 }\n";
    let lab = lab(scenario, 1);
    for _ in 0..90 {
        lab.pass(1);
    }
    let key = Key::new(DEPLOYMENTS, "shop", "web");
    let object = lab.cluster.with(|state| state.objects.store.value(&key)).unwrap();
    // 120 requests a second are 60 % of two processors: at half a processor each and half of it in use, five pods.
    assert_eq!(number(&object, &["spec", "replicas"]), Some(5));
}
