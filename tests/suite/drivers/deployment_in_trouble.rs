//! Rules that say that somebody has to do something about a Deployment.

use flightdeck::domain::{Gravity, Reason, Seconds, State, Untrusted};
use serde_json::json;

use super::objects::{
    Thing, at, deployment, moving, pod, pods, replica_set, service, set_counts, template, unhealthy,
};
use super::observe::{leading, observe, together};

fn text(text: &str) -> Untrusted {
    Untrusted::from(text)
}

/// Four pods of `v1` serve; the first pod of `v2` is as given.
fn first_new_pod(new: Thing) -> Vec<Thing> {
    together(&[
        &[
            moving(4).counts(5, 1, 4, 4),
            replica_set("v1", 4),
            set_counts(replica_set("v2", 1), 1, 0),
            new,
        ],
        &pods("v1", 4),
    ])
}

#[test]
fn an_image_that_cannot_be_pulled_is_named_with_the_registrys_words() {
    let new = pod("v2", 0).waiting("ImagePullBackOff", "Back-off pulling image \"shop/web:v2\"");
    let rollout = observe(&first_new_pod(new));
    assert_eq!(rollout.state(at(10)), State::Stuck);
    assert_eq!(
        leading(&rollout, at(10)).reason,
        Reason::ImagePull {
            pods: 1,
            of: 1,
            word: text("ImagePullBackOff"),
            image: Some(text("shop/web:v2")),
            message: Some(text("Back-off pulling image \"shop/web:v2\"")),
        }
    );
}

#[test]
fn every_word_for_an_image_that_cannot_be_had_counts() {
    for word in [
        "ErrImagePull",
        "InvalidImageName",
        "ErrImageNeverPull",
        "RegistryUnavailable",
    ] {
        let rollout = observe(&first_new_pod(pod("v2", 0).waiting(word, "")));
        let reason = &leading(&rollout, at(10)).reason;
        assert!(
            matches!(reason, Reason::ImagePull { message: None, .. }),
            "{word}: {reason:?}"
        );
    }
}

#[test]
fn a_container_that_runs_out_of_memory_again_and_again_is_a_crash_loop_with_its_exit_code() {
    let new = pod("v2", 0)
        .waiting("CrashLoopBackOff", "back-off 40s restarting failed container")
        .ended_before("OOMKilled", 137, 5);
    let rollout = observe(&first_new_pod(new));
    assert_eq!(rollout.state(at(10)), State::Stuck);
    assert_eq!(
        leading(&rollout, at(10)).reason,
        Reason::CrashLoop {
            pods: 1,
            of: 1,
            container: text("web"),
            restarts: 5,
            exit_code: Some(137),
            last: Some(text("OOMKilled")),
        }
    );
}

#[test]
fn between_two_crashes_it_is_still_the_same_loop() {
    let runs_again = |restarts| {
        let new = pod("v2", 0)
            .running_unready(at(9))
            .ended_before("Error", 1, restarts);
        observe(&first_new_pod(new))
    };
    assert!(matches!(
        leading(&runs_again(3), at(10)).reason,
        Reason::CrashLoop {
            restarts: 3,
            exit_code: Some(1),
            ..
        }
    ));
    assert_eq!(
        runs_again(2).state(at(10)),
        State::Moving,
        "twice may be a start that waits"
    );
}

#[test]
fn pods_that_crash_are_counted_among_those_of_their_revision() {
    let crashed = |number| {
        pod("v2", number)
            .waiting("CrashLoopBackOff", "")
            .ended_before("Error", 1, 4)
    };
    let objects = [
        moving(4).counts(5, 3, 3, 3),
        replica_set("v1", 2),
        set_counts(replica_set("v2", 3), 3, 1),
        pod("v1", 0),
        pod("v1", 1),
        pod("v2", 0),
        crashed(1),
        crashed(2),
    ];
    let rollout = observe(&objects);
    assert!(matches!(
        leading(&rollout, at(10)).reason,
        Reason::CrashLoop { pods: 2, of: 3, .. }
    ));
}

#[test]
fn a_missing_configuration_keeps_a_container_from_starting() {
    let new = pod("v2", 0).waiting("CreateContainerConfigError", "configmap \"web-config\" not found");
    let rollout = observe(&first_new_pod(new));
    assert_eq!(rollout.state(at(10)), State::Stuck);
    assert_eq!(
        leading(&rollout, at(10)).reason,
        Reason::CannotStart {
            pods: 1,
            of: 1,
            word: text("CreateContainerConfigError"),
            message: Some(text("configmap \"web-config\" not found")),
        }
    );
}

#[test]
fn a_container_that_is_not_ready_after_a_minute_needs_somebody() {
    let rollout = observe(&first_new_pod(pod("v2", 0).running_unready(at(0))));
    assert_eq!(rollout.state(at(59)), State::Moving, "it may still be starting");
    assert_eq!(rollout.turns_at(at(59)), Some(at(60)), "and is looked at again");
    assert_eq!(rollout.state(at(60)), State::Stuck);
    assert_eq!(
        leading(&rollout, at(60)).reason,
        Reason::ProbeFailing {
            pods: 1,
            of: 1,
            container: text("web"),
            running_since: at(0),
            message: None,
        }
    );
}

#[test]
fn the_kubelets_word_on_a_probe_counts_at_once() {
    let message = "Readiness probe failed: HTTP probe failed with statuscode: 503";
    let told = |count, last| {
        let mut objects = first_new_pod(pod("v2", 0).running_unready(at(10)));
        objects.push(unhealthy("v2", 0, count, message, last));
        observe(&objects)
    };
    let rollout = told(3, at(15));
    assert_eq!(rollout.state(at(16)), State::Stuck);
    assert!(matches!(
        &leading(&rollout, at(16)).reason,
        Reason::ProbeFailing { message: Some(said), .. } if said.raw() == message
    ));
    assert_eq!(
        told(2, at(15)).state(at(16)),
        State::Moving,
        "twice fails while anything starts"
    );
    assert_eq!(
        told(30, at(5)).state(at(16)),
        State::Moving,
        "what was said of an earlier container is over"
    );
}

#[test]
fn a_pod_that_no_node_takes_is_told_in_the_schedulers_words() {
    let message = "0/3 nodes are available: 3 Insufficient cpu.";
    let mut new = pod("v2", 0)
        .with("/status/phase", "Pending")
        .with("/status/containerStatuses", json!([]));
    new = new
        .condition("PodScheduled", "False", "Unschedulable", message, at(0))
        .condition("Ready", "False", "", "", at(0));
    let rollout = observe(&first_new_pod(new));
    assert_eq!(rollout.state(at(10)), State::Stuck);
    let reason = Reason::Unschedulable {
        pods: 1,
        of: 1,
        message: text(message),
    };
    assert_eq!(leading(&rollout, at(10)).reason, reason);
}

#[test]
fn a_quota_that_is_used_up_is_told_from_other_refusals() {
    let refused = |message: &str| {
        let web =
            moving(4)
                .counts(4, 0, 4, 4)
                .condition("ReplicaFailure", "True", "FailedCreate", message, at(1));
        observe(&[web, replica_set("v1", 4), set_counts(replica_set("v2", 1), 0, 0)])
    };
    let quota = "pods \"web-1\" is forbidden: exceeded quota: small, requested: pods=1";
    let rollout = refused(quota);
    assert_eq!(rollout.state(at(10)), State::Stuck);
    assert_eq!(
        leading(&rollout, at(10)).reason,
        Reason::CannotCreatePods {
            message: text(quota),
            quota: true
        }
    );
    let policy = "admission webhook \"policy\" denied the request: no root";
    assert_eq!(
        leading(&refused(policy), at(10)).reason,
        Reason::CannotCreatePods {
            message: text(policy),
            quota: false
        }
    );
}

#[test]
fn a_refusal_that_only_the_replica_set_knows_yet_counts() {
    let set = set_counts(replica_set("v2", 1), 0, 0).condition(
        "ReplicaFailure",
        "True",
        "FailedCreate",
        "exceeded quota: small",
        at(1),
    );
    let rollout = observe(&[moving(4).counts(4, 0, 4, 4), replica_set("v1", 4), set]);
    assert!(matches!(
        leading(&rollout, at(10)).reason,
        Reason::CannotCreatePods { quota: true, .. }
    ));
}

#[test]
fn past_its_deadline_the_controller_gave_up() {
    let message = "ReplicaSet \"web-v2\" has timed out progressing.";
    let web = moving(4).counts(5, 1, 4, 4).condition(
        "Progressing",
        "False",
        "ProgressDeadlineExceeded",
        message,
        at(600),
    );
    let rollout = observe(&[web, replica_set("v1", 4), set_counts(replica_set("v2", 1), 1, 0)]);
    assert_eq!(rollout.state(at(601)), State::Failing);
    assert_eq!(
        leading(&rollout, at(601)).reason,
        Reason::DeadlineExceeded {
            deadline: Seconds(600),
            message: Some(text(message))
        }
    );
}

#[test]
fn a_deadline_that_passed_before_everything_came_up_after_all_is_over() {
    let web = deployment(4).condition("Progressing", "False", "ProgressDeadlineExceeded", "", at(600));
    let rollout = observe(&[web, replica_set("v2", 4)]);
    assert_eq!(
        (rollout.state(at(601)), rollout.findings.as_slice()),
        (State::Idle, [].as_slice())
    );
}

#[test]
fn fewer_pods_than_the_strategy_allows_make_trouble_a_failure() {
    let objects = [
        moving(4).counts(4, 2, 2, 2),
        replica_set("v1", 2),
        set_counts(replica_set("v2", 2), 2, 0),
        pod("v2", 0).waiting("ImagePullBackOff", ""),
    ];
    let rollout = observe(&objects);
    assert_eq!(rollout.state(at(10)), State::Failing);
    assert!(matches!(
        leading(&rollout, at(10)).reason,
        Reason::ImagePull { .. }
    ));
}

#[test]
fn trouble_of_what_is_paused_waits_with_it() {
    let mut objects = first_new_pod(pod("v2", 0).waiting("ImagePullBackOff", ""));
    objects[0] = objects[0].clone().with("/spec/paused", true);
    let rollout = observe(&objects);
    assert_eq!(rollout.state(at(10)), State::Waiting);
    assert!(matches!(leading(&rollout, at(10)).reason, Reason::Paused { .. }));
    assert!(
        rollout
            .findings
            .iter()
            .any(|it| matches!(it.reason, Reason::ImagePull { .. }))
    );
}

#[test]
fn pods_that_ended_or_are_going_say_nothing_of_their_revision() {
    let going = pod("v2", 0)
        .waiting("ImagePullBackOff", "")
        .with("/metadata/deletionTimestamp", at(40).to_string());
    let ended = pod("v2", 1)
        .waiting("ImagePullBackOff", "")
        .with("/status/phase", "Failed");
    let mut objects = first_new_pod(going);
    objects.push(ended);
    assert_eq!(observe(&objects).state(at(10)), State::Moving);
}

#[test]
fn a_pod_that_outlives_its_grace_period_by_half_a_minute_hangs() {
    let going =
        |number, when: i64| pod("v1", number).with("/metadata/deletionTimestamp", at(when).to_string());
    let settled = |web: Thing| {
        observe(&[
            web,
            replica_set("v2", 4),
            replica_set("v1", 0),
            going(0, 0),
            going(1, 9),
        ])
    };

    let rolling = settled(deployment(4));
    assert_eq!(rolling.finding(at(29)), None);
    let hangs = Reason::TerminatingHangs {
        pods: 2,
        since: at(0),
        oldest: text("web-v1-0"),
    };
    assert_eq!(leading(&rolling, at(30)).reason, hangs);
    assert_eq!(
        rolling.state(at(30)),
        State::Idle,
        "a rolling update goes on without it"
    );

    let deleted = settled(deployment(4).with("/metadata/deletionTimestamp", at(0).to_string()));
    assert_eq!(deleted.state(at(30)), State::Stuck, "a deletion does not");
    assert_eq!(leading(&deleted, at(30)).reason, hangs);
}

#[test]
fn a_hanging_pod_holds_up_a_recreate() {
    let web = moving(2)
        .with("/spec/strategy", json!({ "type": "Recreate" }))
        .counts(0, 0, 0, 0);
    let hanging = pod("v1", 0).with("/metadata/deletionTimestamp", at(0).to_string());
    let rollout = observe(&[web, replica_set("v2", 0), replica_set("v1", 0), hanging]);
    let finding = rollout
        .findings
        .iter()
        .find(|it| matches!(it.reason, Reason::TerminatingHangs { .. }));
    assert_eq!(finding.map(|it| it.gravity), Some(Gravity::Stuck));
}

#[test]
fn evicted_pods_are_worth_a_note() {
    let evicted = pod("v2", 9).with(
        "/status",
        json!({ "phase": "Failed", "reason": "Evicted", "message": "The node was low on memory." }),
    );
    let rollout = observe(&[deployment(1), replica_set("v2", 1), pod("v2", 0), evicted]);
    assert_eq!(rollout.state(at(10)), State::Idle);
    let message = Some(text("The node was low on memory."));
    assert_eq!(
        leading(&rollout, at(10)).reason,
        Reason::Evicted { pods: 1, message }
    );
}

#[test]
fn recreate_says_the_outage_before_it_comes_and_while_it_is_on() {
    let recreate = |web: Thing| web.with("/spec/strategy", json!({ "type": "Recreate" }));
    let before = observe(&[
        recreate(moving(3).counts(3, 0, 3, 3)),
        replica_set("v1", 3),
        set_counts(replica_set("v2", 0), 0, 0),
    ]);
    assert_eq!(before.state(at(1)), State::Moving);
    let waits = |it: &flightdeck::domain::Finding| it.reason == Reason::OutageInWaiting { pods: 3 };
    assert!(before.findings.iter().any(waits), "{:?}", before.findings);

    let during = observe(&[
        recreate(moving(3).counts(3, 3, 0, 0)),
        replica_set("v1", 0),
        set_counts(replica_set("v2", 3), 3, 0),
    ]);
    assert_eq!(during.state(at(1)), State::Failing);
    assert_eq!(leading(&during, at(1)).reason, Reason::Outage { wanted: 3 });
}

#[test]
fn a_settled_deployment_that_lost_every_pod_for_a_minute_is_failing() {
    let web = deployment(2).counts(2, 2, 0, 0).condition(
        "Available",
        "False",
        "MinimumReplicasUnavailable",
        "",
        at(0),
    );
    let rollout = observe(&[web, set_counts(replica_set("v2", 2), 2, 0), service("web")]);
    assert_eq!(rollout.state(at(59)), State::Moving, "a node may come back");
    assert_eq!(rollout.state(at(60)), State::Failing);
    assert_eq!(
        leading(&rollout, at(60)).reason,
        Reason::TooFewReady { ready: 0, wanted: 2 }
    );
}

#[test]
fn an_init_container_that_fails_is_seen_and_one_that_is_done_is_not() {
    let with_init = |state: serde_json::Value| {
        let new = pod("v2", 0).waiting("PodInitializing", "").with(
            "/status/initContainerStatuses",
            json!([{ "name": "migrate", "ready": false, "restartCount": 4, "state": state,
                "lastState": { "terminated": { "reason": "Error", "exitCode": 3 } } }]),
        );
        let mut objects = first_new_pod(new);
        let mut with_init = template("v2");
        with_init["spec"]["initContainers"] = json!([{ "name": "migrate", "image": "shop/migrate:v2" }]);
        for object in &mut objects[..3] {
            if object.0["metadata"]["name"] != "web-v1" {
                object.0["spec"]["template"] = with_init.clone();
            }
        }
        observe(&objects)
    };
    let crashing = with_init(json!({ "waiting": { "reason": "CrashLoopBackOff" } }));
    assert!(matches!(
        &leading(&crashing, at(10)).reason,
        Reason::CrashLoop { container, exit_code: Some(3), .. } if container.raw() == "migrate"
    ));
    let pulling = with_init(json!({ "waiting": { "reason": "ErrImagePull" } }));
    assert!(matches!(
        &leading(&pulling, at(10)).reason,
        Reason::ImagePull { image: Some(image), .. } if image.raw() == "shop/migrate:v2"
    ));
    assert_eq!(
        with_init(json!({ "terminated": { "exitCode": 0 } })).state(at(10)),
        State::Moving
    );
}
