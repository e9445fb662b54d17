//! What a later run says of a recorded decision: of every plan, from the operations as the record has them.

use flightdeck::domain::{Answer, Plan, Planner as _, Step, Untrusted};
use flightdeck::drivers::{Found, Recorded, found};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::objects::{at, moving};
use super::observe::drivers;
use super::plans::{apply, planned};

/// The operations as the record has them: values of environment variables are hashes.
fn operations(plan: &Plan) -> Vec<Value> {
    let lines = plan.writes.iter().flat_map(|write| write.shown.lines());
    lines
        .map(|line| serde_json::from_str(line).expect("an operation a line"))
        .collect()
}

fn looked_up(plan: &Plan, sent_at: Timestamp, answer: &Answer) -> Found {
    let recorded = Recorded {
        uid: &plan.target.uid,
        generation: plan.target.generation,
        operations: &operations(plan),
        at: sent_at,
    };
    found(recorded, answer)
}

fn now(plan: &Plan, object: &Value) -> Found {
    looked_up(plan, at(0), &Answer::Found(object.to_string().into()))
}

/// Of any plan: applied is told from before, and neither from what somebody changed or made anew.
#[track_caller]
pub(crate) fn check(plan: &Plan, object: &Value) {
    let mut before = object.clone();
    before["metadata"]["generation"] = json!(plan.target.generation);
    assert_eq!(now(plan, &before), Found::AsBefore, "{plan:?}");
    let after = apply(plan, &before).expect("it applies");
    assert_eq!(now(plan, &after), Found::Applied, "{plan:?}");
    before["metadata"]["generation"] = json!(plan.target.generation + 2);
    assert_eq!(
        now(plan, &before),
        Found::Changed { by: None },
        "applied and taken back looks the same"
    );
    let mut anew = after;
    anew["metadata"]["uid"] = json!("made-anew");
    assert_eq!(now(plan, &anew), Found::Gone);
    assert_eq!(looked_up(plan, at(0), &Answer::Gone), Found::Gone);
}

#[test]
fn who_wrote_since_is_named_when_it_was_one_alone() {
    let object = moving(4).0;
    let plan = planned(&object, Step::Pause).unwrap();
    let entry = |manager: &str, second: i64, subresource: Value| json!({ "manager": manager, "operation": "Update", "time": at(second).to_string(), "subresource": subresource });
    let with = |entries: Vec<Value>| {
        let mut changed = object.clone();
        changed["metadata"]["generation"] = json!(plan.target.generation + 1);
        changed["metadata"]["managedFields"] = json!(entries);
        looked_up(&plan, at(100), &Answer::Found(changed.to_string().into()))
    };
    let by = |name: &str| Found::Changed {
        by: Some(Untrusted::from(name)),
    };
    let controller = || entry("kube-controller-manager", 300, json!("status"));
    assert_eq!(
        with(vec![
            entry("helm", 20, Value::Null),
            entry("kubectl-edit", 200, Value::Null),
            controller()
        ]),
        by("kubectl-edit")
    );
    assert_eq!(
        with(vec![entry("keda", 200, json!("scale")), controller()]),
        by("keda")
    );
    assert_eq!(
        with(vec![entry("a", 200, Value::Null), entry("b", 201, Value::Null)]),
        Found::Changed { by: None }
    );
}

#[test]
fn only_what_the_plan_or_admission_writes_is_compared_with_the_dry_run() {
    let object = moving(4).0;
    let plan = planned(&object, Step::Pause).unwrap();
    let dry = apply(&plan, &object).unwrap();
    let differs = |also: &[Untrusted], written: &Value| {
        let found = drivers().differs(&plan, also, (&dry.to_string(), &written.to_string()));
        found.iter().map(Untrusted::shown).collect::<Vec<_>>()
    };
    let label = [Untrusted::from("/metadata/labels/team")];
    assert_eq!(differs(&label, &dry), Vec::<String>::new());
    let mut written = dry.clone();
    written["spec"]["replicas"] = json!(77);
    written["metadata"]["resourceVersion"] = json!("8");
    assert_eq!(differs(&[], &written), Vec::<String>::new(), "somebody else's");
    written["spec"]["paused"] = json!(false);
    written["metadata"]["labels"]["team"] = json!("other");
    assert_eq!(differs(&[], &written), ["/spec/paused"]);
    assert_eq!(
        differs(&label, &written),
        ["/metadata/labels/team", "/spec/paused"]
    );
}

#[test]
fn what_cannot_be_read_says_nothing() {
    let plan = planned(&moving(4).0, Step::Pause).unwrap();
    let failed = Answer::Failed("no answer within 5 s".to_owned());
    assert_eq!(
        looked_up(&plan, at(0), &failed),
        Found::Unread("no answer within 5 s".to_owned())
    );
    assert!(matches!(
        looked_up(&plan, at(0), &Answer::Found("<html>".into())),
        Found::Unread(_)
    ));
}
