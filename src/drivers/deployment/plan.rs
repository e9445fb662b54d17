//! The exact requests of pause, resume and restart. Each one tests what it changes, so that the same request sent twice fails
//! the second time, and everything that the sheet calls tested.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::{
    Answer, Change, Class, Driver, Fact, FactCheck, Materials, Need, Plan, PlanQuestion, Refusal,
    RefusalKind, Rollout, Seconds, Step, Strategy, Target, Untrusted, Write,
};
use crate::drivers::request::{add, apps_path, json_patch, remove, short_hash, test};
use crate::objects::RESTARTED_AT;

use super::availability::can;
use super::words;

/// Longest token to be typed.
const LONGEST_TOKEN: usize = 8;

/// What must be read before the plan can be made. Stopping waits for nothing.
pub(super) fn needs(rollout: &Rollout, step: Step) -> Vec<Need> {
    match step {
        Step::Pause if !revives_old_pods(rollout) => Vec::new(),
        Step::Pause | Step::Resume | Step::Restart => vec![Need::Object { path: path(rollout) }],
    }
}

/// A `Recreate` in between has scaled its old pods away; a pause there scales an old `ReplicaSet` up again.
fn revives_old_pods(rollout: &Rollout) -> bool {
    rollout.strategy == Strategy::Recreate && rollout.previous().is_some()
}

fn path(rollout: &Rollout) -> String {
    apps_path("deployments", &rollout.key.name)
}

/// Makes the plan.
pub(super) fn plan(question: PlanQuestion<'_>) -> Result<Plan, Refusal> {
    let PlanQuestion {
        rollout,
        step,
        materials,
    } = question;
    can(rollout, step)?;
    match step {
        Step::Pause => Ok(pause(rollout)),
        Step::Resume => resume(rollout, &Object::read(rollout, materials)?),
        Step::Restart => restart(rollout, &Object::read(rollout, materials)?, materials),
    }
}

/// The Deployment as the server has it, whole.
struct Object(Value);

impl Object {
    fn read(rollout: &Rollout, materials: &Materials) -> Result<Self, Refusal> {
        let refuse = |kind, why: String| {
            Err(Refusal::new(
                kind,
                why,
                "close this and look at what is there now",
            ))
        };
        match materials.answer(&Need::Object { path: path(rollout) }) {
            Some(Answer::Found(text)) => match serde_json::from_str::<Value>(text) {
                Ok(object) if object.pointer("/metadata/uid") == Some(&json!(rollout.uid.raw())) => {
                    Ok(Self(object))
                }
                Ok(_) => refuse(
                    RefusalKind::Gone,
                    format!("{} was made anew under the same name", rollout.key),
                ),
                Err(error) => refuse(
                    RefusalKind::Unsupported,
                    format!("the server's answer cannot be read: {error}"),
                ),
            },
            Some(Answer::Gone) => refuse(RefusalKind::Gone, format!("{} is gone", rollout.key)),
            Some(Answer::Failed(why)) => Err(Refusal::new(
                RefusalKind::Stale,
                format!("it cannot be read: {why}"),
                "try again",
            )),
            None => Err(Refusal::new(
                RefusalKind::Stale,
                "it has not been read yet",
                "wait for it",
            )),
        }
    }

    fn field(&self, pointer: &str) -> Value {
        self.0.pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    fn is_paused(&self) -> bool {
        self.field("/spec/paused") == json!(true)
    }
}

fn pause(rollout: &Rollout) -> Plan {
    let mut operations = vec![
        uid_test(rollout),
        test(
            "/spec/paused",
            rollout.written.paused.map_or(Value::Null, Value::Bool),
        ),
    ];
    let mut facts = vec![
        guarded("uid", &rollout.uid),
        guarded("paused", &Untrusted::from("no")),
    ];
    for (index, (container, image)) in rollout.written.images.iter().enumerate() {
        if let Some(image) = image {
            operations.push(test(
                &format!("/spec/template/spec/containers/{index}/image"),
                json!(image.0.raw()),
            ));
            facts.push(guarded(&format!("image of {container}"), &image.0));
        }
    }
    operations.push(add("/spec/paused", json!(true)));
    facts.push(informative("pods", &words::pods(rollout)));
    let mut plan = Plan {
        step: Step::Pause,
        class: Class::Stop,
        against: Vec::new(),
        target: target(rollout),
        writes: vec![json_patch(&path(rollout), operations)],
        sentence: words::pause(rollout),
        changes: vec![change("paused", "no", "yes")],
        facts,
        token: String::new(),
        way_back: "resume it (space): the controller goes on within a second".to_owned(),
        kubectl: kubectl(rollout, "pause"),
    };
    if revives_old_pods(rollout) {
        plan.class = Class::Override;
        plan.token = suffix(rollout);
        plan.against.push(
            "pausing a Recreate that is under way makes the controller scale an old ReplicaSet up again"
                .to_owned(),
        );
    }
    plan
}

fn resume(rollout: &Rollout, object: &Object) -> Result<Plan, Refusal> {
    if !object.is_paused() {
        return Err(Refusal::new(
            RefusalKind::NotNow,
            "it is not paused any more",
            "close this: there is nothing to resume",
        ));
    }
    let template = object.field("/spec/template");
    let operations = vec![
        uid_test(rollout),
        test("/spec/paused", json!(true)),
        test("/spec/template", template.clone()),
        remove("/spec/paused"),
    ];
    let mut changes = vec![change("paused", "yes", "no")];
    changes.extend(words::pending_edit(rollout));
    Ok(Plan {
        step: Step::Resume,
        class: Class::Forward,
        against: Vec::new(),
        target: target(rollout),
        writes: vec![json_patch(&path(rollout), operations)],
        sentence: words::resume(rollout),
        changes,
        facts: vec![
            guarded("uid", &rollout.uid),
            guarded("paused", &Untrusted::from("yes")),
            guarded("template", &digest(&template)),
            informative("pods", &words::pods(rollout)),
        ],
        token: version_suffix(rollout),
        way_back: "pause it again (space) stops it within a second; pods replaced by then stay replaced"
            .to_owned(),
        kubectl: kubectl(rollout, "resume"),
    })
}

fn restart(rollout: &Rollout, object: &Object, materials: &Materials) -> Result<Plan, Refusal> {
    if object.is_paused() {
        return Err(Refusal::new(
            RefusalKind::NotNow,
            "it was paused meanwhile, so nothing would restart",
            "resume it first",
        ));
    }
    let Some(stamp) = materials.stamp else {
        return Err(Refusal::new(
            RefusalKind::Stale,
            "the server's time is not known yet",
            "wait for it",
        ));
    };
    let written = |stamp: Timestamp| stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let template = object.field("/spec/template");
    let before = template
        .pointer("/metadata/annotations")
        .and_then(|it| it.get(RESTARTED_AT))
        .and_then(Value::as_str);
    // The same second again would change nothing, and would be called done.
    let stamp = match written(stamp) {
        same if before == Some(&*same) => written(Seconds(1).after(stamp)),
        other => other,
    };
    let from = before.unwrap_or("never").to_owned();
    let operations = vec![
        uid_test(rollout),
        test("/spec/paused", object.field("/spec/paused")),
        test("/spec/template", template.clone()),
        stamped(&template, &stamp),
    ];
    let wanted = rollout.counts.wanted;
    Ok(Plan {
        step: Step::Restart,
        class: Class::Forward,
        against: Vec::new(),
        target: target(rollout),
        writes: vec![json_patch(&path(rollout), operations)],
        sentence: words::restart(rollout),
        changes: vec![change("restarted at", &from, &stamp)],
        facts: vec![
            guarded("uid", &rollout.uid),
            guarded("paused", &Untrusted::from("no")),
            guarded("template", &digest(&template)),
            informative("pods", &words::pods(rollout)),
        ],
        token: wanted.to_string().chars().take(LONGEST_TOKEN).collect(),
        way_back: words::restart_back(rollout).to_owned(),
        kubectl: kubectl(rollout, "restart"),
    })
}

/// Sets the annotation, making the objects above it where they are missing.
fn stamped(template: &Value, stamp: &str) -> Value {
    let annotations = json!({ RESTARTED_AT: stamp });
    let is_object = |pointer: &str| template.pointer(pointer).is_some_and(Value::is_object);
    match (is_object("/metadata"), is_object("/metadata/annotations")) {
        (true, true) => {
            let key = RESTARTED_AT.replace('~', "~0").replace('/', "~1");
            add(
                &format!("/spec/template/metadata/annotations/{key}"),
                json!(stamp),
            )
        }
        (true, false) => add("/spec/template/metadata/annotations", annotations),
        (false, _) => add("/spec/template/metadata", json!({ "annotations": annotations })),
    }
}

fn uid_test(rollout: &Rollout) -> Value {
    test("/metadata/uid", json!(rollout.uid.raw()))
}

fn target(rollout: &Rollout) -> Target {
    let (group, resource) = Driver::Deployment.api();
    Target {
        key: rollout.key.clone(),
        uid: rollout.uid.clone(),
        path: path(rollout),
        group,
        resource,
        subresource: None,
    }
}

fn guarded(what: &str, value: &Untrusted) -> Fact {
    Fact {
        what: what.to_owned(),
        value: value.clone(),
        check: FactCheck::Guarded,
    }
}

fn informative(what: &str, value: &str) -> Fact {
    Fact {
        what: what.to_owned(),
        value: Untrusted::from(value),
        check: FactCheck::Informative,
    }
}

fn change(field: &str, from: &str, to: &str) -> Change {
    Change {
        field: field.to_owned(),
        from: Untrusted::from(from),
        to: Untrusted::from(to),
    }
}

/// What tells one template from another, short enough for a sheet.
fn digest(template: &Value) -> Untrusted {
    Untrusted::from(format!("whole, {}", short_hash(&template.to_string())))
}

/// The end of the version that will run: what a human checks against what they mean to let go on.
fn version_suffix(rollout: &Rollout) -> String {
    let version = rollout
        .target()
        .map(|target| target.version(rollout.previous()))
        .unwrap_or_default();
    let typed: Vec<char> = version.chars().filter(char::is_ascii_graphic).collect();
    let skipped = typed.len().saturating_sub(LONGEST_TOKEN);
    let token: String = typed.into_iter().skip(skipped).collect();
    if token.is_empty() { suffix(rollout) } else { token }
}

/// The end of the rollout's name, at most as long as a token.
fn suffix(rollout: &Rollout) -> String {
    let name: Vec<char> = rollout.key.name.name.raw().chars().collect();
    let skipped = name.len().saturating_sub(LONGEST_TOKEN);
    name.into_iter().skip(skipped).collect()
}

fn kubectl(rollout: &Rollout, verb: &str) -> String {
    let name = &rollout.key.name;
    format!(
        "kubectl rollout {verb} deployment/{} --namespace {} --context {}",
        word(&name.name),
        word(&name.namespace),
        word(&rollout.key.cluster.0)
    )
}

/// One word of a shell's command line: contexts may be called anything.
fn word(text: &Untrusted) -> String {
    let shown = text.shown();
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@".contains(character);
    if !shown.is_empty() && shown.chars().all(plain) {
        shown
    } else {
        format!("'{}'", shown.replace('\'', "'\\''"))
    }
}

/// What a write tests: paths with their values.
pub(super) fn tests(write: &Write) -> Vec<(String, Value)> {
    let operations: Vec<Value> = serde_json::from_str(&write.body).unwrap_or_default();
    operations
        .into_iter()
        .filter(|operation| operation.get("op") == Some(&json!("test")))
        .filter_map(|mut operation| {
            let value = operation.get_mut("value").map(Value::take)?;
            Some((operation.get("path")?.as_str()?.to_owned(), value))
        })
        .collect()
}
