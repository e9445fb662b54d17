//! What controllers and pods make of a cluster, second by second, with a clock that is set.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::clock::TestClock;
use crate::sandbox::json::{list, number, set, take, text};
use crate::sandbox::objects::{Deletion, How, Part, Propagation};
use crate::sandbox::resource::{DEPLOYMENTS, PODS, REPLICA_SETS, SLICES, by_id};
use crate::sandbox::store::Key;

struct Lab {
    cluster: Cluster,
    clock: Arc<TestClock>,
}

/// One Deployment `shop/web` of four pods, and what else the scenario says of it.
fn lab(app: &str, rest: &str) -> Lab {
    let clock = Arc::new(TestClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    let scenario = format!(
        "[[app]]\nnamespace = \"shop\"\nname = \"web\"\nimage = \"web:v1\"\nreplicas = 4\nat = -3600\n{app}\n\
         [[image]]\nname = \"web:bad\"\nfails = \"pull\"\n[[image]]\nname = \"web:crash\"\nfails = \"crash\"\n{rest}"
    );
    let scenario = Scenario::parse("s.toml", &scenario).unwrap();
    let cluster = Cluster::new(scenario, clock.clone(), [3; 16], "token").unwrap();
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

    fn web(&self) -> Value {
        self.cluster
            .with(|state| state.objects.store.value(&web()))
            .unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Value)) {
        let mut object = self.web();
        change(&mut object);
        let how = How {
            manager: "ann",
            now: self.clock.now(),
            dry_run: false,
        };
        let resource = by_id(DEPLOYMENTS).unwrap();
        self.cluster
            .with(|state| state.objects.replace(resource, &web(), Part::Main, object, how))
            .unwrap();
        self.pass(0);
    }

    fn set_image(&self, image: &str) {
        self.change(|web| web["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image));
    }

    fn all(&self, resource: &str) -> Vec<Value> {
        self.cluster.with(|state| {
            state
                .objects
                .store
                .list(resource, None)
                .map(|(_, it)| it.value())
                .collect()
        })
    }

    /// Revision, wanted, ready of each set, by revision.
    fn sets(&self) -> Vec<(i64, i64, i64)> {
        let revision = |set: &Value| {
            text(
                set,
                &["metadata", "annotations", "deployment.kubernetes.io/revision"],
            )
            .parse()
            .unwrap()
        };
        let mut sets: Vec<_> = self
            .all(REPLICA_SETS)
            .iter()
            .map(|set| {
                (
                    revision(set),
                    number(set, &["spec", "replicas"]).unwrap(),
                    number(set, &["status", "readyReplicas"]).unwrap_or(0),
                )
            })
            .collect();
        sets.sort_unstable();
        sets
    }

    fn status(&self, field: &str) -> i64 {
        number(&self.web(), &["status", field]).unwrap_or(0)
    }

    /// The reason of a condition.
    fn reason(&self, kind: &str) -> String {
        let web = self.web();
        let condition = list(&web, &["status", "conditions"])
            .iter()
            .find(|it| text(it, &["type"]) == kind);
        text(condition.unwrap(), &["reason"]).to_owned()
    }
}

fn web() -> Key {
    Key::new(DEPLOYMENTS, "shop", "web")
}

#[test]
fn the_past_has_happened_and_nothing_moves_by_itself() {
    let lab = lab("", "");
    assert_eq!(lab.sets(), [(1, 4, 4)]);
    assert_eq!(
        (lab.status("availableReplicas"), lab.reason("Progressing")),
        (4, "NewReplicaSetAvailable".to_owned())
    );
    let version = lab.cluster.with(|state| state.objects.store.version());
    lab.pass(3600);
    assert_eq!(lab.cluster.with(|state| state.objects.store.version()), version);
}

#[test]
fn a_rolling_update_never_has_too_few_nor_too_many() {
    let lab = lab("surge = \"1\"\nunavailable = \"1\"", "");
    lab.set_image("web:v2");
    let mut moved = false;
    for _ in 0..60 {
        let available = lab.status("availableReplicas");
        let asked: i64 = lab.sets().iter().map(|(_, wanted, _)| wanted).sum();
        assert!(
            available >= 3 && asked <= 5,
            "{available} available, {asked} asked for: {:?}",
            lab.sets()
        );
        moved |= lab.reason("Progressing") == "ReplicaSetUpdated";
        lab.pass(1);
    }
    assert!(moved);
    assert_eq!(lab.sets(), [(1, 0, 0), (2, 4, 4)]);
    assert_eq!(lab.reason("Progressing"), "NewReplicaSetAvailable");
    assert_eq!(lab.all(PODS).len(), 4, "the old ones are gone");
    let web = lab.web();
    assert_eq!(web["metadata"]["generation"], web["status"]["observedGeneration"]);
    assert_eq!(
        web["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
        "2"
    );
    let slices = lab.all(SLICES);
    let ready = list(&slices[0], &["endpoints"])
        .iter()
        .filter(|it| it["conditions"]["ready"] == true);
    assert_eq!(ready.count(), 4);
}

#[test]
fn a_bad_image_gets_stuck_times_out_and_is_taken_back_to_the_old_number_plus_one() {
    let lab = lab("deadline = 60", "");
    lab.set_image("web:bad");
    lab.pass(30);
    assert_eq!(
        lab.sets(),
        [(1, 3, 3), (2, 2, 0)],
        "a quarter may be missing, a quarter may be more"
    );
    let waiting = |lab: &Lab| {
        let pods = lab.all(PODS);
        let word = |pod: &Value| {
            pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff"
        };
        pods.iter().filter(|pod| word(pod)).count()
    };
    assert_eq!(
        (waiting(&lab), lab.reason("Progressing")),
        (2, "ReplicaSetUpdated".to_owned())
    );
    lab.pass(60);
    assert_eq!(lab.reason("Progressing"), "ProgressDeadlineExceeded");
    lab.set_image("web:v1");
    lab.pass(30);
    assert_eq!(lab.sets(), [(2, 0, 0), (3, 4, 4)]);
    assert_eq!(lab.reason("Progressing"), "NewReplicaSetAvailable");
    let sets = lab.all(REPLICA_SETS);
    let history = |set: &Value| {
        text(
            set,
            &[
                "metadata",
                "annotations",
                "deployment.kubernetes.io/revision-history",
            ],
        )
        .to_owned()
    };
    assert!(sets.iter().any(|set| history(set) == "1"), "{sets:?}");
}

#[test]
fn a_crash_loop_counts_restarts_and_leaves_an_event() {
    let lab = lab("", "");
    lab.set_image("web:crash");
    lab.pass(120);
    let pods = lab.all(PODS);
    assert!(
        pods.iter()
            .any(|pod| pod["status"]["containerStatuses"][0]["restartCount"].as_i64() > Some(1)),
        "{pods:?}"
    );
    let events = lab.all("events");
    assert!(
        events
            .iter()
            .any(|it| it["reason"] == "BackOff" && it["type"] == "Warning" && it["count"].as_i64() > Some(1)),
        "{events:?}"
    );
}

#[test]
fn a_paused_one_stays_where_it_is_and_shares_what_is_added() {
    let lab = lab("surge = \"1\"\nunavailable = \"0\"", "");
    lab.set_image("web:v2");
    lab.pass(7);
    lab.change(|web| set(web, &["spec", "paused"], true));
    lab.pass(30);
    let held = lab.sets();
    assert_eq!(lab.reason("Progressing"), "DeploymentPaused");
    lab.pass(600);
    assert_eq!(lab.sets(), held);
    lab.change(|web| set(web, &["spec", "replicas"], 8));
    lab.pass(30);
    let asked: i64 = lab.sets().iter().map(|(_, wanted, _)| wanted).sum();
    assert!(
        asked == 9 && lab.sets().iter().all(|(_, wanted, _)| *wanted > 0),
        "{:?}",
        lab.sets()
    );
    lab.change(|web| drop(take(web, &["spec", "paused"])));
    lab.pass(120);
    assert_eq!(lab.sets(), [(1, 0, 0), (2, 8, 8)]);
}

#[test]
fn recreate_has_an_outage_and_never_two_versions() {
    let lab = lab("recreate = true", "");
    lab.set_image("web:v2");
    let mut outage = false;
    for _ in 0..30 {
        let images: std::collections::BTreeSet<String> = lab
            .all(PODS)
            .iter()
            .map(|pod| text(&pod["spec"]["containers"][0], &["image"]).to_owned())
            .collect();
        assert!(images.len() <= 1, "{images:?}");
        outage |= images.is_empty() || lab.status("availableReplicas") == 0;
        lab.pass(1);
    }
    assert!(outage);
    assert_eq!(lab.sets(), [(1, 0, 0), (2, 4, 4)]);
}

#[test]
fn min_ready_seconds_hold_a_pod_back() {
    let lab = lab("min_ready = 20", "");
    lab.set_image("web:v2");
    lab.pass(10);
    assert!(lab.status("readyReplicas") > lab.status("availableReplicas"));
    lab.pass(120);
    assert_eq!(
        (lab.status("updatedReplicas"), lab.status("availableReplicas")),
        (4, 4)
    );
}

#[test]
fn only_so_many_old_sets_are_kept() {
    let lab = lab("", "");
    lab.change(|web| set(web, &["spec", "revisionHistoryLimit"], 2));
    for version in 2..7 {
        lab.set_image(&format!("web:v{version}"));
        lab.pass(60);
    }
    assert_eq!(lab.sets(), [(4, 0, 0), (5, 0, 0), (6, 4, 4)]);
}

#[test]
fn what_a_deployment_owns_goes_with_it_and_stays_when_it_is_asked_for() {
    for propagation in [
        Propagation::Background,
        Propagation::Foreground,
        Propagation::Orphan,
    ] {
        let lab = lab("", "");
        let how = How {
            manager: "ann",
            now: lab.clock.now(),
            dry_run: false,
        };
        let deletion = Deletion {
            propagation,
            ..Deletion::default()
        };
        let resource = by_id(DEPLOYMENTS).unwrap();
        lab.cluster
            .with(|state| state.objects.delete(resource, &web(), &deletion, how))
            .unwrap();
        lab.pass(0);
        let waits = propagation == Propagation::Foreground;
        assert_eq!(
            lab.all(DEPLOYMENTS).len(),
            usize::from(waits),
            "what it owns goes first"
        );
        if waits {
            assert_eq!(lab.web()["metadata"]["finalizers"], json!(["foregroundDeletion"]));
            assert_eq!(lab.all(PODS).len(), 4, "they are given their time");
        }
        lab.pass(60);
        assert!(lab.all(DEPLOYMENTS).is_empty());
        let left = (lab.all(REPLICA_SETS).len(), lab.all(PODS).len());
        assert_eq!(
            left,
            if propagation == Propagation::Orphan {
                (1, 4)
            } else {
                (0, 0)
            }
        );
    }
}

#[test]
fn acts_come_when_it_is_time_and_again() {
    let act = "[[act]]\napp = \"shop/web\"\nat = 10\nevery = 60\nimages = [\"web:v2\", \"web:v3\"]";
    let lab = lab("", act);
    let image = |lab: &Lab| {
        lab.web()["spec"]["template"]["spec"]["containers"][0]["image"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (seconds, expected) in [(9, "web:v1"), (2, "web:v2"), (60, "web:v3"), (60, "web:v2")] {
        lab.pass(seconds);
        assert_eq!(image(&lab), expected);
    }
    assert_eq!(
        lab.web()["metadata"]["managedFields"][0]["manager"],
        "release-bot"
    );
}
