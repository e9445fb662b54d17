//! Done, failed or waiting: what scripts go by.

use flightdeck::domain::{Standing, State};
use serde_json::json;

use super::objects::{Thing, at, deployment, moving, pod, pods, replica_set, set_counts};
use super::observe::{observe, together};

fn crashing(version: &str, number: u32) -> Thing {
    pod(version, number)
        .waiting("CrashLoopBackOff", "back-off")
        .ended_before("Error", 1, 7)
}

/// One pod of v2 beside the pods of v1.
fn half_way(new: Thing, old: &[Thing]) -> Vec<Thing> {
    let things = [
        moving(2).counts(3, 1, 2, 2),
        replica_set("v1", 2),
        set_counts(replica_set("v2", 1), 1, 0),
        new,
    ];
    together(&[&things, old])
}

#[test]
fn complete_is_done() {
    let things = together(&[&[deployment(2), replica_set("v2", 2)], &pods("v2", 2)]);
    assert_eq!(observe(&things).standing(at(60)), Standing::Done);
}

#[test]
fn moving_is_waiting_and_a_pod_that_cannot_start_is_a_failure() {
    let moves = half_way(pod("v2", 0).waiting("ContainerCreating", ""), &pods("v1", 2));
    assert_eq!(observe(&moves).standing(at(10)), Standing::Waiting);
    let fails = half_way(
        pod("v2", 0).waiting("ErrImagePull", "no such image"),
        &pods("v1", 2),
    );
    assert_eq!(observe(&fails).standing(at(10)), Standing::Failed);
}

#[test]
fn trouble_that_the_new_revision_may_mend_is_no_failure() {
    let things = half_way(
        pod("v2", 0).waiting("ContainerCreating", ""),
        &[crashing("v1", 0), crashing("v1", 1)],
    );
    let rollout = observe(&things);
    assert!(
        matches!(rollout.state(at(10)), State::Failing | State::Stuck),
        "{:?}",
        rollout.findings
    );
    assert_eq!(rollout.standing(at(10)), Standing::Waiting);
    let both = half_way(crashing("v2", 0), &[crashing("v1", 0)]);
    assert_eq!(observe(&both).standing(at(10)), Standing::Failed);
}

#[test]
fn a_deadline_that_passed_is_a_failure() {
    let gave_up = moving(2).counts(3, 1, 2, 2).condition(
        "Progressing",
        "False",
        "ProgressDeadlineExceeded",
        "timed out",
        at(600),
    );
    let things = together(&[&[
        gave_up,
        replica_set("v1", 2),
        set_counts(replica_set("v2", 1), 1, 0),
    ]]);
    assert_eq!(observe(&things).standing(at(610)), Standing::Failed);
}

#[test]
fn an_outage_of_recreate_is_its_way() {
    let recreate = moving(2)
        .counts(2, 2, 0, 0)
        .with("/spec/strategy", json!({ "type": "Recreate" }));
    let things = [
        recreate,
        set_counts(replica_set("v2", 2), 2, 0),
        replica_set("v1", 0),
        pod("v2", 0).waiting("ContainerCreating", ""),
    ];
    let rollout = observe(&things);
    assert_eq!(rollout.state(at(10)), State::Failing);
    assert_eq!(rollout.standing(at(10)), Standing::Waiting);
}

#[test]
fn held_with_nothing_behind_it_is_done_and_with_an_edit_it_waits() {
    let paused = |thing: Thing| {
        thing
            .with("/spec/paused", true)
            .condition("Progressing", "Unknown", "DeploymentPaused", "", at(0))
    };
    let complete = together(&[&[paused(deployment(2)), replica_set("v2", 2)], &pods("v2", 2)]);
    let rollout = observe(&complete);
    assert_eq!(
        (rollout.state(at(60)), rollout.standing(at(60))),
        (State::Waiting, Standing::Done)
    );

    let edited = together(&[
        &[paused(deployment(2)).counts(2, 0, 2, 2), replica_set("v1", 2)],
        &pods("v1", 2),
    ]);
    assert_eq!(observe(&edited).standing(at(60)), Standing::Waiting);
    let half = half_way(pod("v2", 0), &pods("v1", 2));
    let half: Vec<Thing> = half
        .into_iter()
        .enumerate()
        .map(|(index, it)| if index == 0 { paused(it) } else { it })
        .collect();
    assert_eq!(observe(&half).standing(at(60)), Standing::Waiting);
}

#[test]
fn what_the_controller_has_not_seen_is_waiting() {
    let unseen = deployment(2).with("/metadata/generation", 4);
    let things = together(&[&[unseen, replica_set("v2", 2)], &pods("v2", 2)]);
    assert_eq!(observe(&things).standing(at(60)), Standing::Waiting);
}

#[test]
fn a_deadline_that_passed_for_an_older_template_says_nothing_of_the_newest() {
    let mended = moving(2)
        .counts(3, 1, 2, 2)
        .with("/metadata/generation", 4)
        .condition(
            "Progressing",
            "False",
            "ProgressDeadlineExceeded",
            "timed out",
            at(600),
        );
    let things = [
        mended,
        replica_set("v1", 2),
        set_counts(replica_set("v2", 1), 1, 0),
    ];
    assert_eq!(observe(&things).standing(at(610)), Standing::Waiting);
}

#[test]
fn what_is_being_deleted_need_not_serve() {
    let leaving = deployment(2)
        .counts(0, 0, 0, 0)
        .with("/metadata/deletionTimestamp", at(0).to_string())
        .condition("Available", "False", "MinimumReplicasUnavailable", "", at(0));
    let rollout = observe(&[leaving, set_counts(replica_set("v2", 2), 0, 0)]);
    assert_eq!(
        (rollout.state(at(300)), rollout.standing(at(300))),
        (State::Moving, Standing::Waiting)
    );
}
