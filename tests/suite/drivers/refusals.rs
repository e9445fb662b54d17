//! When a step on a Deployment is refused, and what is said instead.

use flightdeck::domain::{
    Answer, Choice, Class, Cluster, Materials, Need, PlanQuestion, Planner as _, Refusal, RefusalKind,
    RolloutKey, Step,
};
use flightdeck::drivers::Drivers;
use serde_json::json;

use super::objects::{Thing, at, deployment, moving, replica_set, set_counts};
use super::observe::{drivers, observe, web};
use super::plans::{found, plan_with, planned, stamp};

fn refused(thing: &Thing, step: Step, answer: &Answer) -> Refusal {
    plan_with(&observe(std::slice::from_ref(thing)), step, answer).unwrap_err()
}

fn paused() -> Thing {
    deployment(3).with("/spec/paused", true)
}

#[test]
fn what_does_not_fit_is_refused_with_what_to_do_instead() {
    let cases = [
        (paused(), Step::Pause, "it is paused already; space resumes it"),
        (
            paused(),
            Step::Restart,
            "it is paused, so nothing would restart; resume it first",
        ),
        (deployment(3), Step::Resume, "it is not paused"),
        (
            deployment(0),
            Step::Restart,
            "it is scaled to 0: there is no pod to restart",
        ),
    ];
    for (thing, step, words) in cases {
        let refusal = refused(&thing, step, &found(&thing.0));
        let kind = if step == Step::Restart {
            RefusalKind::NotNow
        } else {
            RefusalKind::AlreadySo
        };
        assert_eq!((refusal.kind, refusal.sentence().as_str()), (kind, words));
    }
}

#[test]
fn what_is_being_deleted_is_left_alone() {
    for thing in [deployment(3), paused()] {
        let thing = thing.with("/metadata/deletionTimestamp", at(0).to_string());
        for step in Step::ALL {
            assert_eq!(refused(&thing, step, &found(&thing.0)).why, "it is being deleted");
        }
    }
}

#[test]
fn what_the_server_says_last_counts() {
    let resumed = refused(&paused(), Step::Resume, &found(&deployment(3).0));
    assert_eq!(
        (resumed.kind, resumed.why.as_str()),
        (RefusalKind::AlreadySo, "it is not paused any more")
    );
    let paused_since = refused(&deployment(3), Step::Restart, &found(&paused().0));
    assert_eq!(paused_since.next, "resume it first");
    let anew = deployment(3).with("/metadata/uid", "made-anew");
    assert_eq!(
        refused(&deployment(3), Step::Restart, &found(&anew.0)).kind,
        RefusalKind::Gone
    );
    assert_eq!(
        refused(&deployment(3), Step::Restart, &Answer::Gone).kind,
        RefusalKind::Gone
    );
    let failed = refused(
        &deployment(3),
        Step::Restart,
        &Answer::Failed("no route to host".to_owned()),
    );
    assert_eq!(
        (failed.kind, failed.sentence().as_str()),
        (
            RefusalKind::Stale,
            "shop/web cannot be read: no route to host; try again"
        )
    );
    let garbled = refused(&deployment(3), Step::Restart, &Answer::Found("{".into()));
    assert_eq!(garbled.kind, RefusalKind::Unsupported);
}

#[test]
fn going_on_waits_for_a_reading_and_stopping_does_not() {
    let nothing = Materials {
        answers: Vec::new(),
        stamp: Some(stamp()),
    };
    let ask = |thing: &Thing, step| {
        let rollout = observe(std::slice::from_ref(thing));
        drivers().plan(PlanQuestion {
            rollout: &rollout,
            step,
            choice: &Choice::Nothing,
            materials: &nothing,
        })
    };
    assert_eq!(ask(&paused(), Step::Resume).unwrap_err().kind, RefusalKind::Stale);
    assert_eq!(
        ask(&deployment(3), Step::Restart).unwrap_err().kind,
        RefusalKind::Stale
    );
    assert_eq!(ask(&deployment(3), Step::Pause).unwrap().class, Class::Stop);
    let read = |thing: &Thing, step| {
        let rollout = observe(std::slice::from_ref(thing));
        drivers().needs(PlanQuestion {
            rollout: &rollout,
            step,
            choice: &Choice::Nothing,
            materials: &Materials::default(),
        })
    };
    let path = "/apis/apps/v1/namespaces/shop/deployments/web".to_owned();
    assert_eq!(read(&paused(), Step::Resume), [Need::Object { path }]);
    assert_eq!(read(&deployment(3), Step::Pause), []);
}

#[test]
fn a_restart_needs_the_servers_time() {
    let rollout = observe(&[deployment(3)]);
    let mut materials = super::plans::materials(&rollout, Step::Restart, &found(&deployment(3).0));
    materials.stamp = None;
    let question = PlanQuestion {
        rollout: &rollout,
        step: Step::Restart,
        choice: &Choice::Nothing,
        materials: &materials,
    };
    assert_eq!(drivers().plan(question).unwrap_err().kind, RefusalKind::Stale);
}

#[test]
fn a_restart_in_the_second_of_the_last_one_takes_the_next_so_that_it_changes_something() {
    let path = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";
    let thing = deployment(3).with(path, stamp().to_string());
    let plan = plan_with(
        &observe(std::slice::from_ref(&thing)),
        Step::Restart,
        &found(&thing.0),
    )
    .unwrap();
    let change = plan.changes.first().unwrap();
    assert_eq!(change.from.shown(), stamp().to_string());
    assert_ne!(change.from, change.to);
}

#[test]
fn what_an_operator_writes_is_changed_there() {
    let owner = json!([{ "apiVersion": "shop.example/v1", "kind": "Shop", "name": "main", "uid": "u", "controller": true }]);
    let owned = |thing: Thing| thing.with("/metadata/ownerReferences", owner.clone());
    let restart = refused(
        &owned(deployment(3)),
        Step::Restart,
        &found(&owned(deployment(3)).0),
    );
    assert_eq!(
        (restart.kind, restart.next.as_str()),
        (RefusalKind::Owned, "change Shop/main instead")
    );
    assert_eq!(
        refused(&owned(paused()), Step::Resume, &found(&owned(paused()).0)).kind,
        RefusalKind::Owned
    );
    assert!(
        planned(&owned(deployment(3)).0, Step::Pause).is_ok(),
        "stopping is always tried"
    );
    let helm = deployment(3).with("/metadata/annotations/meta.helm.sh~1release-name", "shop");
    assert!(
        planned(&helm.0, Step::Restart).is_ok(),
        "what reverts later is only told"
    );
}

#[test]
fn pausing_a_recreate_under_way_is_an_override() {
    let web = moving(3)
        .with("/spec/strategy", json!({ "type": "Recreate" }))
        .counts(3, 3, 0, 0);
    let rollout = observe(&[
        web.clone(),
        replica_set("v1", 0),
        set_counts(replica_set("v2", 3), 3, 0),
    ]);
    let plan = plan_with(&rollout, Step::Pause, &found(&web.0)).unwrap();
    assert_eq!(
        (plan.class, plan.token.as_str(), plan.against.len()),
        (Class::Override, "web", 1)
    );
    let settled = deployment(3).with("/spec/strategy", json!({ "type": "Recreate" }));
    assert_eq!(planned(&settled.0, Step::Pause).unwrap().class, Class::Stop);
}

#[test]
fn the_command_is_one_that_a_shell_takes_whatever_the_context_is_called() {
    for (context, written) in [
        ("prod-eu", "--context prod-eu"),
        (
            "arn:aws:eks:eu-1:42:cluster/prod",
            "--context arn:aws:eks:eu-1:42:cluster/prod",
        ),
        ("my prod; rm -rf ~", "--context 'my prod; rm -rf ~'"),
        ("it's", "--context 'it'\\''s'"),
    ] {
        let store = super::observe::store(&[deployment(3)]);
        let drivers = Drivers::new(Cluster::new(context));
        let key = RolloutKey {
            cluster: Cluster::new(context),
            ..web()
        };
        let rollout = drivers.observe(&store, &key).rollout.unwrap();
        let materials = Materials::default();
        let plan = drivers
            .plan(PlanQuestion {
                rollout: &rollout,
                step: Step::Pause,
                choice: &Choice::Nothing,
                materials: &materials,
            })
            .unwrap();
        assert!(
            plan.kubectl.ends_with(&format!("--namespace shop {written}")),
            "{}",
            plan.kubectl
        );
    }
}
