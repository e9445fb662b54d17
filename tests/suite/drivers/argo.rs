//! Argo Rollouts, from what the real controller 1.10.1 wrote.

use std::sync::Arc;

use flightdeck::domain::{
    CanaryStepKind, Choice, Driver, Finding, Gravity, Materials, PlanQuestion, Planner as _, Reason,
    RefusalKind, RevisionRole, Rollout, Seconds, State, Step, Strategy, Untrusted, Weight,
};
use flightdeck::objects::ObjectStore;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::fixtures::items;
use super::objects::{Thing, deployment, replica_set, rollout_of_the_deployment};
use super::observe::{drivers, key, store, store_of};

/// A few seconds after the last of the recordings.
fn now() -> Timestamp {
    "2026-11-21T01:27:00Z".parse().unwrap()
}

fn only(store: &ObjectStore) -> Arc<Rollout> {
    let keys = drivers().keys(store);
    assert_eq!(
        keys.len(),
        1,
        "its ReplicaSets are not shown by themselves: {keys:?}"
    );
    drivers().observe(store, &keys[0]).rollout.unwrap()
}

fn recorded(name: &str) -> Arc<Rollout> {
    only(&store_of(&items(&format!("argo/{name}.yaml"))))
}

/// The recording with a field of its Rollout changed.
fn changed(name: &str, path: &str, value: Value) -> Arc<Rollout> {
    let mut items = items(&format!("argo/{name}.yaml"));
    let at = items.iter().position(|item| item["kind"] == "Rollout").unwrap();
    items[at] = Thing(items[at].clone()).with(path, value).0;
    only(&store_of(&items))
}

fn roles(rollout: &Rollout) -> Vec<(Option<u64>, RevisionRole, u32)> {
    let of = |it: &flightdeck::domain::Revision| (it.number, it.role, it.existing);
    rollout.revisions.iter().map(of).collect()
}

/// `x` done, `>` under way, `.` to come.
fn steps(rollout: &Rollout) -> String {
    let mark = |it: &flightdeck::domain::CanaryStep| match (it.done, it.current) {
        (true, false) => 'x',
        (false, true) => '>',
        (false, false) => '.',
        (true, true) => '!',
    };
    rollout.steps.iter().map(mark).collect()
}

/// Asked for and set by the controller; the router is never read.
fn weights(rollout: &Rollout) -> (Option<u8>, Option<u8>) {
    assert_eq!(rollout.weights.router, None);
    let value = |weight: Option<Weight>| weight.map(Weight::value);
    (value(rollout.weights.asked), value(rollout.weights.controller))
}

fn reasons(rollout: &Rollout) -> Vec<&Reason> {
    rollout.findings.iter().map(|it| &it.reason).collect()
}

#[test]
fn a_canary_at_a_pause_without_end_waits_for_a_human() {
    let rollout = recorded("canary_paused_at_step");
    assert_eq!(
        (rollout.strategy, rollout.state(now())),
        (Strategy::Canary, State::Waiting)
    );
    assert_eq!(steps(&rollout), "x>...");
    assert_eq!(weights(&rollout), (Some(25), Some(25)));
    assert_eq!(
        roles(&rollout),
        [
            (Some(2), RevisionRole::Canary, 1),
            (Some(1), RevisionRole::Stable, 3)
        ]
    );
    let since = "2026-11-21T01:26:31Z".parse().ok();
    assert_eq!(
        reasons(&rollout),
        [&Reason::CanaryPause {
            step: 2,
            of: 5,
            since
        }]
    );
    let kinds: Vec<_> = rollout.steps.iter().map(|it| it.kind.clone()).collect();
    let weight = |value| CanaryStepKind::SetWeight(Weight::percent(value).unwrap());
    let ten_minutes = CanaryStepKind::Pause(Some(Seconds(600)));
    assert_eq!(
        kinds,
        [
            weight(25),
            CanaryStepKind::Pause(None),
            weight(50),
            ten_minutes,
            weight(100)
        ]
    );
    assert_eq!(rollout.target().map(|it| it.version(None)), Some("v2".to_owned()));
    assert_eq!(
        rollout.previous().map(|it| it.version(None)),
        Some("v1".to_owned())
    );
    assert_eq!(rollout.pods.as_ref().map(Vec::len), Some(4));
}

#[test]
fn a_canary_at_a_timed_pause_says_when_it_ends() {
    let rollout = recorded("canary_timed_pause");
    assert_eq!(
        rollout.state(now()),
        State::Moving,
        "nobody has to decide anything"
    );
    assert_eq!(steps(&rollout), "x>..");
    let until = "2026-11-21T02:26:31Z".parse().unwrap();
    assert_eq!(
        reasons(&rollout),
        [&Reason::CanaryPauseUntil {
            step: 2,
            of: 4,
            until
        }]
    );
}

#[test]
fn an_inconclusive_analysis_waits_for_a_human_even_at_a_timed_pause() {
    let rollout = changed(
        "canary_timed_pause",
        "/status/pauseConditions/0/reason",
        json!("InconclusiveAnalysisRun"),
    );
    assert_eq!(rollout.state(now()), State::Waiting);
    assert!(matches!(
        reasons(&rollout)[..],
        [Reason::CanaryPause { step: 2, of: 4, .. }]
    ));
}

#[test]
fn a_canary_whose_first_pod_is_not_ready_has_no_weight_yet() {
    let rollout = recorded("canary_moving");
    assert_eq!(rollout.state(now()), State::Moving);
    assert_eq!(steps(&rollout), ">....");
    assert_eq!(
        weights(&rollout),
        (Some(25), Some(0)),
        "a pod that is not available takes no traffic"
    );
    assert_eq!(
        roles(&rollout),
        [
            (Some(2), RevisionRole::Canary, 1),
            (Some(1), RevisionRole::Stable, 4)
        ]
    );
    assert!(reasons(&rollout).iter().any(
        |it| matches!(it, Reason::Controller { phase, message: Some(message) }
        if phase.raw() == "Progressing" && message.raw() == "more replicas need to be updated")
    ));
}

#[test]
fn a_complete_canary_is_idle_and_current() {
    let rollout = recorded("canary_complete");
    assert_eq!(
        (rollout.state(now()), reasons(&rollout).as_slice()),
        (State::Idle, [].as_slice())
    );
    assert_eq!(steps(&rollout), "xx");
    assert_eq!(weights(&rollout), (Some(100), Some(100)));
    assert_eq!(
        roles(&rollout),
        [
            (Some(2), RevisionRole::Current, 4),
            (Some(1), RevisionRole::Kept, 0)
        ]
    );
}

#[test]
fn an_aborted_canary_serves_the_stable_revision() {
    let rollout = recorded("canary_aborted");
    assert_eq!(rollout.state(now()), State::Failing);
    assert_eq!(steps(&rollout), ".....");
    assert_eq!(weights(&rollout), (Some(0), Some(0)));
    assert_eq!(
        roles(&rollout),
        [
            (Some(2), RevisionRole::Canary, 0),
            (Some(1), RevisionRole::Stable, 4)
        ]
    );
    let message = Some(Untrusted::from(
        "RolloutAborted: Rollout aborted update to revision 2",
    ));
    let at = "2026-11-21T01:26:39Z".parse().ok();
    assert_eq!(
        reasons(&rollout),
        [&Reason::Aborted { at, message }],
        "once, not in the controller's words again"
    );
}

#[test]
fn a_canary_that_is_never_ready_is_degraded_in_the_controllers_words() {
    let rollout = recorded("degraded_never_ready");
    assert_eq!(rollout.state(now()), State::Failing);
    assert_eq!(
        (steps(&rollout).as_str(), weights(&rollout)),
        (">....", (Some(25), Some(0)))
    );
    assert!(
        matches!(&rollout.finding(now()).unwrap().reason, Reason::Controller { phase, message: Some(message) }
        if phase.raw() == "Degraded" && message.raw().starts_with("ProgressDeadlineExceeded"))
    );
    let probe = |it: &&Finding| matches!(it.reason, Reason::ProbeFailing { pods: 1, of: 1, .. });
    assert!(
        rollout.findings.iter().any(|it| probe(&it)),
        "and the pod's own trouble is there too"
    );
}

#[test]
fn a_pause_by_somebody_and_one_of_the_plan_are_both_told() {
    let rollout = recorded("user_paused");
    assert!(rollout.paused);
    assert_eq!(rollout.state(now()), State::Waiting);
    assert_eq!(steps(&rollout), "x>...");
    assert!(matches!(
        reasons(&rollout)[..],
        [
            Reason::Paused {
                pending_edit: false,
                ..
            },
            Reason::CanaryPause { step: 2, of: 5, .. }
        ]
    ));
}

#[test]
fn a_blue_green_pair_waits_for_its_flip() {
    let rollout = recorded("bluegreen_paused");
    assert_eq!(
        (rollout.strategy, rollout.state(now())),
        (Strategy::BlueGreen, State::Waiting)
    );
    assert_eq!((steps(&rollout).as_str(), weights(&rollout)), ("", (None, None)));
    assert_eq!(
        roles(&rollout),
        [
            (Some(2), RevisionRole::New, 2),
            (Some(1), RevisionRole::Stable, 2)
        ]
    );
    assert!(matches!(
        reasons(&rollout)[..],
        [Reason::CanaryPause {
            step: 1,
            of: 1,
            since: Some(_)
        }]
    ));
    assert_eq!(
        rollout.previous().map(|it| it.version(None)),
        Some("v1".to_owned())
    );
}

#[test]
fn a_pause_that_was_cleared_moves_until_the_controller_goes_on() {
    let rollout = changed("canary_paused_at_step", "/status/pauseConditions", Value::Null);
    assert_eq!(rollout.state(now()), State::Moving);
}

#[test]
fn a_spec_that_the_controller_has_not_seen_is_said() {
    let rollout = changed("canary_complete", "/metadata/generation", json!(4));
    assert_eq!(rollout.state(now()), State::Moving);
    assert_eq!(
        reasons(&rollout),
        [&Reason::NotObserved {
            generation: 4,
            observed: 3
        }]
    );
    let words = changed(
        "canary_complete",
        "/status/observedGeneration",
        json!("75b866b8df"),
    );
    assert_eq!(
        words.state(now()),
        State::Idle,
        "what is no number counts as observed"
    );
}

#[test]
fn with_a_router_the_weight_is_the_controllers_word() {
    let routed = |weight: Value| {
        let mut items = items("argo/canary_paused_at_step.yaml");
        let at = items.iter().position(|item| item["kind"] == "Rollout").unwrap();
        items[at] = Thing(items[at].clone())
            .with("/spec/strategy/canary/trafficRouting", json!({ "nginx": {} }))
            .with("/status/canary/weights", weight)
            .0;
        weights(&only(&store_of(&items)))
    };
    assert_eq!(
        routed(json!({ "canary": { "weight": 10 } })),
        (Some(25), Some(10))
    );
    assert_eq!(routed(Value::Null), (Some(25), None), "not said is not agreement");
}

#[test]
fn steps_that_are_not_known_keep_their_own_words() {
    let steps = json!([{ "setCanaryScale": { "weight": 5 } }, { "analysis": {} }, { "experiment": {} }, { "pause": null },
        { "pause": { "duration": 90 } }, { "pause": { "duration": "1h30m" } }, { "setHeaderRoute": {} }, { "plugin": {} }, {}, 7]);
    let rollout = changed("canary_paused_at_step", "/spec/strategy/canary/steps", steps);
    let kinds: Vec<_> = rollout.steps.iter().map(|it| it.kind.clone()).collect();
    let other = |word: &str| CanaryStepKind::Other(word.to_owned());
    let pause = |span| CanaryStepKind::Pause(span);
    let expected = [
        CanaryStepKind::SetScale,
        CanaryStepKind::Analysis,
        CanaryStepKind::Experiment,
        pause(None),
        pause(Some(Seconds(90))),
        pause(Some(Seconds(5400))),
        other("setHeaderRoute"),
        other("plugin"),
        other("?"),
        other("?"),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn its_replica_sets_and_its_workload_are_claimed() {
    let store = store(&[deployment(3), replica_set("v2", 3), rollout_of_the_deployment()]);
    let rollout = key(Driver::Argo, "shop", "web-rollout");
    assert_eq!(drivers().keys(&store), std::slice::from_ref(&rollout));
    let claims = drivers().claims(&store, &rollout);
    assert_eq!(
        claims.iter().map(|it| it.name.name.raw()).collect::<Vec<_>>(),
        ["web"]
    );
    for name in ["canary_moving", "bluegreen_paused"] {
        let store = store_of(&items(&format!("argo/{name}.yaml")));
        let key = drivers().keys(&store).remove(0);
        assert_eq!(drivers().claims(&store, &key).len(), 2, "{name}");
    }
}

#[test]
fn acting_is_refused_with_what_to_do_instead() {
    let rollout = recorded("canary_paused_at_step");
    let materials = Materials::default();
    for step in Step::ALL {
        let can = drivers().can(&rollout, step).unwrap_err();
        let question = PlanQuestion {
            rollout: &rollout,
            step,
            choice: &Choice::Nothing,
            materials: &materials,
        };
        assert_eq!(drivers().plan(question).unwrap_err(), can);
        assert_eq!(can.kind, RefusalKind::Unsupported);
        assert!(
            can.sentence().contains("kubectl argo rollouts"),
            "{}",
            can.sentence()
        );
    }
}

#[test]
fn nothing_counts_twice_in_any_recording() {
    for name in [
        "canary_moving",
        "canary_aborted",
        "canary_complete",
        "user_paused",
        "degraded_never_ready",
    ] {
        let rollout = recorded(name);
        let pods: u32 = rollout.revisions.iter().map(|it| it.existing).sum();
        assert_eq!(pods, rollout.counts.existing, "{name}");
        assert!(
            rollout.findings.is_sorted_by_key(|it| it.gravity),
            "{name}: gravest first"
        );
        assert!(
            rollout.findings.iter().all(|it| it.gravity != Gravity::Note),
            "{name}"
        );
    }
}

#[test]
fn done_failed_and_waiting_are_told_apart() {
    use flightdeck::domain::Standing::{Done, Failed, Waiting};
    for (name, standing) in [
        ("canary_complete", Done),
        ("canary_moving", Waiting),
        ("canary_paused_at_step", Waiting),
        ("canary_timed_pause", Waiting),
        ("bluegreen_paused", Waiting),
        ("user_paused", Waiting),
        ("canary_aborted", Failed),
        ("degraded_never_ready", Failed),
    ] {
        assert_eq!(recorded(name).standing(now()), standing, "{name}");
    }
}
