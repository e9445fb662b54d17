//! Deployments that move, wait, rest, or cannot be told about.

use flightdeck::domain::{
    Finding, Gravity, ObjectKind, Reason, RevisionRole, Seconds, State, Strategy, Untrusted,
};
use serde_json::json;

use super::objects::{
    Thing, at, autoscaler, deployment, moving, pods, replica_set, rollout_of_the_deployment, service,
    set_counts,
};
use super::observe::{drivers, leading, observe, observe_without, store, together, web};

fn has(findings: &[Finding], reason: &Reason) -> bool {
    findings.iter().any(|finding| finding.reason == *reason)
}

fn half_way() -> Vec<Thing> {
    vec![
        moving(4).counts(5, 2, 5, 5),
        replica_set("v1", 3),
        replica_set("v2", 2),
    ]
}

#[test]
fn healthy_and_idle_has_no_finding() {
    let objects = together(&[
        &[
            deployment(3),
            replica_set("v2", 3),
            replica_set("v1", 0),
            service("web"),
            service("other"),
            autoscaler(2, 9),
        ],
        &pods("v2", 3),
    ]);
    let rollout = observe(&objects);
    assert_eq!(
        (rollout.state(at(10_000)), rollout.findings.as_slice()),
        (State::Idle, [].as_slice())
    );
    assert_eq!(rollout.strategy, Strategy::Rolling);
    let roles: Vec<_> = rollout.revisions.iter().map(|it| (it.number, it.role)).collect();
    assert_eq!(
        roles,
        [(Some(2), RevisionRole::Current), (Some(1), RevisionRole::Kept)]
    );
    assert_eq!(rollout.pods.as_ref().map(Vec::len), Some(3));
    assert_eq!(rollout.autoscaler, Some((Untrusted::from("web-hpa"), 2, 9)));
    assert_eq!(
        rollout.services,
        [Untrusted::from("other"), Untrusted::from("web")]
    );
}

#[test]
fn scaled_to_nothing_is_idle() {
    let rollout = observe(&[deployment(0), replica_set("v2", 0)]);
    assert_eq!(
        (rollout.state(at(10_000)), rollout.findings.as_slice()),
        (State::Idle, [].as_slice())
    );
    assert_eq!(rollout.counts.wanted, 0);
}

#[test]
fn too_few_pods_of_the_new_revision_come_first() {
    let rollout = observe(&half_way());
    assert_eq!(rollout.state(at(10)), State::Moving);
    assert_eq!(
        leading(&rollout, at(10)).reason,
        Reason::TooFewUpdated {
            updated: 2,
            wanted: 4
        }
    );
    assert!(has(&rollout.findings, &Reason::OldPodsRemain { pods: 3 }));
    let roles: Vec<_> = rollout.revisions.iter().map(|it| it.role).collect();
    assert_eq!(roles, [RevisionRole::New, RevisionRole::Old]);
}

#[test]
fn then_those_that_are_not_ready() {
    let rollout = observe(&[
        moving(4).counts(4, 4, 3, 3),
        set_counts(replica_set("v2", 4), 4, 3),
        replica_set("v1", 0),
    ]);
    assert_eq!(rollout.state(at(10)), State::Moving);
    assert_eq!(
        leading(&rollout, at(10)).reason,
        Reason::TooFewReady { ready: 3, wanted: 4 }
    );
}

#[test]
fn then_old_pods_that_have_still_to_go() {
    let rollout = observe(&[
        moving(4).counts(5, 4, 5, 5),
        replica_set("v2", 4),
        replica_set("v1", 1),
    ]);
    assert_eq!(rollout.state(at(10)), State::Moving);
    assert_eq!(
        leading(&rollout, at(10)).reason,
        Reason::OldPodsRemain { pods: 1 }
    );
}

#[test]
fn the_deadline_runs_from_the_last_progress() {
    let rollout = observe(&half_way());
    let runs = Reason::DeadlineRunning {
        until: at(600),
        deadline: Seconds(600),
    };
    assert!(has(&rollout.findings, &runs), "{:?}", rollout.findings);
    let without = moving(4)
        .counts(5, 2, 5, 5)
        .with("/spec/progressDeadlineSeconds", 2_147_483_647);
    let rollout = observe(&[without, replica_set("v1", 3), replica_set("v2", 2)]);
    let runs = |it: &Finding| matches!(it.reason, Reason::DeadlineRunning { .. });
    assert!(
        !rollout.findings.iter().any(runs),
        "the largest number means that there is none"
    );
}

#[test]
fn ready_pods_wait_until_they_count() {
    let web = moving(4).counts(4, 4, 4, 2).with("/spec/minReadySeconds", 30);
    let rollout = observe(&together(&[
        &[web, replica_set("v2", 4), replica_set("v1", 0)],
        &pods("v2", 4),
    ]));
    assert_eq!(rollout.state(at(10)), State::Moving);
    let reason = Reason::MinReady {
        pods: 2,
        wait: Seconds(30),
        until: at(35),
    };
    assert_eq!(leading(&rollout, at(10)).reason, reason);
}

#[test]
fn a_spec_that_the_controller_has_not_seen_is_said_first() {
    let rollout = observe(&[
        deployment(3).with("/metadata/generation", 4),
        replica_set("v2", 3),
    ]);
    assert_eq!(rollout.state(at(10)), State::Moving);
    assert_eq!(
        leading(&rollout, at(10)).reason,
        Reason::NotObserved {
            generation: 4,
            observed: 3
        }
    );
    assert_eq!(
        rollout.target().map(|it| it.role),
        Some(RevisionRole::New),
        "nothing is called complete"
    );
}

fn paused(web: Thing) -> Thing {
    web.with("/spec/paused", true).condition(
        "Progressing",
        "Unknown",
        "DeploymentPaused",
        "Deployment is paused",
        at(30),
    )
}

#[test]
fn paused_half_way_waits_and_what_would_move_is_a_note() {
    let mut objects = half_way();
    objects[0] = paused(objects[0].clone());
    let rollout = observe(&objects);
    assert_eq!(rollout.state(at(40)), State::Waiting);
    let held = Reason::Paused {
        since: Some(at(30)),
        pending_edit: false,
    };
    assert_eq!(leading(&rollout, at(40)).reason, held);
    let moves = |it: &Finding| it.gravity == Gravity::Moving;
    assert!(!rollout.findings.iter().any(moves), "{:?}", rollout.findings);
    assert_eq!(rollout.previous().map(|it| it.existing), Some(3));
}

#[test]
fn an_edit_made_while_paused_is_a_revision_that_nothing_runs() {
    let web = paused(deployment(3))
        .counts(3, 0, 3, 3)
        .with("/spec/template/spec/containers/0/image", "shop/web:v3");
    let rollout = observe(&[web, replica_set("v2", 3), replica_set("v1", 0)]);
    assert_eq!(rollout.state(at(40)), State::Waiting);
    let held = Reason::Paused {
        since: Some(at(30)),
        pending_edit: true,
    };
    assert_eq!(leading(&rollout, at(40)).reason, held);
    let target = rollout.target().unwrap();
    assert_eq!(
        (target.number, target.existing, target.version(None).as_str()),
        (None, 0, "v3")
    );
    assert_eq!(
        rollout.previous().map(|it| it.version(None)),
        Some("v2".to_owned())
    );
}

#[test]
fn paused_with_nothing_to_do_waits() {
    let rollout = observe(&[paused(deployment(3)), replica_set("v2", 3)]);
    assert_eq!(rollout.state(at(40)), State::Waiting);
    let held = Reason::Paused {
        since: Some(at(30)),
        pending_edit: false,
    };
    assert_eq!(leading(&rollout, at(40)).reason, held);
    assert_eq!(rollout.target().map(|it| it.role), Some(RevisionRole::Current));
}

#[test]
fn the_oldest_of_equal_templates_is_the_new_revision_as_the_controller_finds_it() {
    let twin = replica_set("v2", 0)
        .named("web-twin")
        .with("/metadata/uid", "twin-uid")
        .with("/metadata/creationTimestamp", at(50).to_string())
        .with("/metadata/annotations/deployment.kubernetes.io~1revision", "3");
    let rollout = observe(&[deployment(3), replica_set("v2", 3), twin]);
    assert_eq!(
        rollout.target().and_then(|it| it.uid.clone()),
        Some(Untrusted::from("web-v2-uid"))
    );
}

#[test]
fn being_deleted_is_said() {
    let rollout = observe(&[
        deployment(3).with("/metadata/deletionTimestamp", at(0).to_string()),
        replica_set("v2", 3),
    ]);
    assert_eq!(rollout.state(at(10)), State::Moving);
    assert_eq!(
        leading(&rollout, at(10)).reason,
        Reason::BeingDeleted { since: at(0) }
    );
}

#[test]
fn pods_that_may_not_be_read_are_not_zero_pods() {
    let objects = together(&[&half_way(), &pods("v1", 3), &pods("v2", 2)]);
    let rollout = observe_without(ObjectKind::Pod, &objects);
    assert_eq!(rollout.pods, None);
    let what = Untrusted::from("pods: forbidden: you may not");
    assert!(
        has(&rollout.findings, &Reason::CannotTell { what }),
        "{:?}",
        rollout.findings
    );
    let existing: Vec<_> = rollout.revisions.iter().map(|it| it.existing).collect();
    assert_eq!(existing, [2, 3], "the controllers' counts stay");
}

#[test]
fn replica_sets_that_may_not_be_read_leave_what_the_deployment_says_itself() {
    let rollout = observe_without(ObjectKind::ReplicaSet, &together(&[&half_way(), &pods("v2", 2)]));
    assert_eq!(rollout.pods, None, "whose pods they are cannot be told");
    let target = rollout.target().unwrap();
    assert_eq!((target.number, target.existing, target.ready), (Some(2), 2, 2));
    let what = Untrusted::from("replicasets: forbidden: you may not");
    assert!(has(&rollout.findings, &Reason::CannotTell { what }));
    let edited = paused(deployment(3)).with("/spec/template/spec/containers/0/image", "shop/web:v3");
    let rollout = observe_without(ObjectKind::ReplicaSet, &[edited]);
    let pending = |it: &Finding| {
        matches!(
            it.reason,
            Reason::Paused {
                pending_edit: true,
                ..
            }
        )
    };
    assert!(
        !rollout.findings.iter().any(pending),
        "an edit is not claimed without having looked"
    );
}

#[test]
fn a_deployment_whose_template_a_rollout_takes_is_shown_once() {
    let alone = store(&[deployment(3), replica_set("v2", 3)]);
    assert_eq!(drivers().keys(&alone), [web()]);
    let taken = store(&[deployment(3), replica_set("v2", 3), rollout_of_the_deployment()]);
    let names: Vec<_> = drivers()
        .keys(&taken)
        .iter()
        .map(|key| key.name.name.shown())
        .collect();
    assert_eq!(names, ["web-rollout"]);
    assert_eq!(drivers().observe(&taken, &web()).rollout, None);
}

#[test]
fn sets_of_others_with_the_same_labels_are_not_its_own() {
    let stranger = replica_set("v1", 5)
        .named("stranger")
        .with("/metadata/uid", "stranger-uid")
        .with("/metadata/ownerReferences/0/uid", "somebody-else");
    let orphan = replica_set("v1", 5)
        .named("orphan")
        .with("/metadata/uid", "orphan-uid")
        .with("/metadata/ownerReferences", json!([]));
    let rollout = observe(&[deployment(3), replica_set("v2", 3), stranger, orphan]);
    assert_eq!(rollout.revisions.len(), 1);
}
