//! Plans of random Deployments: each applies once, keeps what it does not know, and shows no secret.

use flightdeck::domain::{
    Answer, Choice, Class, FactCheck, Materials, Need, Plan, PlanQuestion, Planner as _, Refusal,
    RefusalKind, Rollout, Step,
};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::objects::at;
use super::observe::{CONTEXT, drivers, observe_in, store_of};
use super::templates::{SECRET, any_deployment};

const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

pub(crate) fn stamp() -> Timestamp {
    at(1000)
}

/// Everything that the plan needs was read, and this is what the server said.
pub(crate) fn materials(rollout: &Rollout, step: Step, answer: &Answer) -> Materials {
    let question = PlanQuestion {
        rollout,
        step,
        choice: &Choice::Nothing,
        materials: &Materials::default(),
    };
    Materials {
        answers: drivers()
            .needs(question)
            .into_iter()
            .map(|need: Need| (need, answer.clone()))
            .collect(),
        stamp: Some(stamp()),
    }
}

pub(crate) fn plan_with(rollout: &Rollout, step: Step, answer: &Answer) -> Result<Plan, Refusal> {
    let materials = materials(rollout, step, answer);
    drivers().plan(PlanQuestion {
        rollout,
        step,
        choice: &Choice::Nothing,
        materials: &materials,
    })
}

/// The plan for a Deployment that the watch and the server tell the same of.
pub(crate) fn planned(object: &Value, step: Step) -> Result<Plan, Refusal> {
    plan_with(&observe_in(&store_of([object])), step, &found(object))
}

pub(crate) fn found(object: &Value) -> Answer {
    Answer::Found(object.to_string().into())
}

pub(crate) fn operations(plan: &Plan) -> Vec<Value> {
    assert_eq!(plan.writes.len(), 1);
    serde_json::from_str(&plan.writes[0].body).expect("the body is JSON")
}

/// What the API server makes of it: all or nothing, and a test of `null` passes where nothing is.
pub(crate) fn apply(plan: &Plan, object: &Value) -> Result<Value, String> {
    let mut changed = object.clone();
    for operation in operations(plan) {
        let path = operation["path"].as_str().unwrap();
        let absent = changed.pointer(path).is_none();
        if absent && operation["op"] == "test" && operation["value"].is_null() {
            continue;
        }
        let patch: json_patch::Patch =
            serde_json::from_value(json!([operation])).map_err(|why| why.to_string())?;
        json_patch::patch(&mut changed, &patch).map_err(|why| format!("{why}: {operation}"))?;
    }
    Ok(changed)
}

/// The object without what the step is meant to change.
fn the_rest(object: &Value, step: Step) -> Value {
    let mut rest = object.clone();
    if step == Step::Restart {
        let Some(template) = rest.pointer_mut("/spec/template").and_then(Value::as_object_mut) else {
            return rest;
        };
        if let Some(Value::Object(annotations)) = template
            .get_mut("metadata")
            .and_then(|it| it.get_mut("annotations"))
        {
            annotations.remove(RESTARTED_AT);
        }
        // That nothing was there, and that nothing is left, is the same.
        let empty =
            |value: &Value| value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
        if let Some(Value::Object(metadata)) = template.get_mut("metadata")
            && metadata.get("annotations").is_some_and(empty)
        {
            metadata.remove("annotations");
        }
        if template.get("metadata").is_some_and(empty) {
            template.remove("metadata");
        }
    } else if let Some(Value::Object(spec)) = rest.get_mut("spec") {
        spec.remove("paused");
    }
    rest
}

fn check(object: &Value, step: Step, plan: &Plan) -> Result<(), TestCaseError> {
    let once = apply(plan, object).map_err(TestCaseError::fail)?;
    prop_assert!(apply(plan, &once).is_err(), "the second time it fails");
    prop_assert_eq!(
        the_rest(&once, step).to_string(),
        the_rest(object, step).to_string()
    );
    let paused = once.pointer("/spec/paused");
    match step {
        Step::Pause => prop_assert_eq!(paused, Some(&json!(true))),
        Step::Resume => prop_assert_eq!(paused, None),
        Step::Restart => {
            let annotations = &once["spec"]["template"]["metadata"]["annotations"];
            prop_assert_eq!(&annotations[RESTARTED_AT], &json!("2026-03-01T12:16:40Z"));
        }
        Step::Undo | Step::SetImage | Step::Scale => unreachable!("they take a choice"),
    }
    super::recorded::check(plan, object);
    falsifies_itself(plan)?;
    guards_what_it_says(plan)?;
    shows_no_secret(plan)?;
    let typed = plan.token.chars().count();
    prop_assert!(
        typed <= 8 && (typed > 0 || plan.class == Class::Stop),
        "token {:?}",
        plan.token
    );
    let command = format!(
        "kubectl rollout {} deployment/web --namespace shop --context {CONTEXT}",
        step.verb()
    );
    prop_assert_eq!(&plan.kubectl, &command);
    prop_assert_eq!(
        plan.target.path.as_str(),
        "/apis/apps/v1/namespaces/shop/deployments/web"
    );
    prop_assert_eq!(
        plan.digest(),
        planned(object, step).unwrap().digest(),
        "asked twice, the same plan"
    );
    Ok(())
}

/// A test names a path that the patch changes, or one above it.
fn falsifies_itself(plan: &Plan) -> Result<(), TestCaseError> {
    let operations = operations(plan);
    let paths = |test: bool| {
        operations
            .iter()
            .filter(move |it| (it["op"] == "test") == test)
            .map(|it| it["path"].as_str().unwrap())
    };
    let tested: Vec<&str> = paths(true).collect();
    for changed in paths(false) {
        prop_assert!(
            tested.iter().any(|path| changed.starts_with(path)),
            "{} of {:?}",
            changed,
            tested
        );
    }
    Ok(())
}

fn guards_what_it_says(plan: &Plan) -> Result<(), TestCaseError> {
    let operations = operations(plan);
    let tests: Vec<_> = operations.iter().filter(|it| it["op"] == "test").collect();
    let guarded: Vec<_> = plan
        .facts
        .iter()
        .filter(|it| it.check == FactCheck::Guarded)
        .collect();
    for fact in &guarded {
        let has = tests.iter().any(|test| match fact.what.as_str() {
            "uid" => test["path"] == "/metadata/uid" && test["value"] == fact.value.raw(),
            "paused" => {
                test["path"] == "/spec/paused"
                    && (test["value"] == json!(true)) == (fact.value.raw() == "yes")
            }
            "template" => test["path"] == "/spec/template" && !test["value"].is_null(),
            _image => test["path"].as_str().unwrap().ends_with("/image") && test["value"] == fact.value.raw(),
        });
        prop_assert!(has, "{:?} is called guarded", fact);
    }
    prop_assert_eq!(guarded.len(), tests.len(), "and everything guarded is told");
    Ok(())
}

fn shows_no_secret(plan: &Plan) -> Result<(), TestCaseError> {
    let told = format!(
        "{} {} {:?} {:?} {} {} {}",
        plan.writes[0].shown,
        plan.sentence,
        plan.changes,
        plan.facts,
        plan.token,
        plan.way_back,
        plan.kubectl
    );
    prop_assert!(!told.contains(SECRET), "{}", told);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_applies_once_and_changes_nothing_else(object in any_deployment()) {
        let paused = object["spec"]["paused"] == true;
        for step in Step::ALL.into_iter().filter(|step| !step.takes_choice()) {
            let fits = match step {
                Step::Undo | Step::SetImage | Step::Scale => unreachable!("they take a choice"),
                Step::Pause => !paused,
                Step::Resume => paused,
                Step::Restart => !paused && object["spec"]["replicas"] != 0,
            };
            match planned(&object, step) {
                Ok(plan) => {
                    prop_assert!(fits, "{step:?} does not fit");
                    check(&object, step, &plan)?;
                }
                Err(refusal) => {
                    prop_assert!(!fits, "{step:?} fits: {refusal:?}");
                    let kind = if step == Step::Restart {
                        RefusalKind::NotNow
                    } else {
                        RefusalKind::AlreadySo
                    };
                    prop_assert_eq!(refusal.kind, kind);
                }
            }
        }
    }

    #[test]
    fn a_plan_fails_when_its_guard_does_not_hold_any_more(object in any_deployment(), other in any_deployment()) {
        prop_assume!(object["spec"]["template"] != other["spec"]["template"]);
        for step in [Step::Resume, Step::Restart] {
            let Ok(plan) = planned(&object, step) else { continue };
            let mut edited = object.clone();
            edited["spec"]["template"] = other["spec"]["template"].clone();
            prop_assert!(apply(&plan, &edited).is_err(), "{step:?} of another template");
        }
        for step in Step::ALL {
            let Ok(plan) = planned(&object, step) else { continue };
            let mut anew = object.clone();
            anew["metadata"]["uid"] = json!("made-anew");
            prop_assert!(apply(&plan, &anew).is_err(), "{step:?} of another incarnation");
        }
    }
}
