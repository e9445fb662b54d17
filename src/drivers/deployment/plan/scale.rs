//! Scaling: the number of pods, by the `scale` subresource as `kubectl scale` does. Names the autoscaler that overrules it.

use serde_json::{Value, json};

use crate::domain::{Class, Goal, Plan, Refusal, RefusalKind, Rollout, Step};
use crate::drivers::request::{add, json_patch, test};

use super::super::words;
use super::keepers;
use super::object::Object;
use super::parts::{change, guarded, informative, kubectl, note, path, target, uid_test};

/// More is a slip of the finger.
const MOST: u32 = 10_000;

pub(super) fn scale(rollout: &Rollout, object: &Object, replicas: u32) -> Result<Plan, Refusal> {
    // Absent means one to the server, but the subresource leaves zero out.
    let now = object.field("/spec/replicas").as_u64().unwrap_or(1);
    if now == u64::from(replicas) {
        return Err(Refusal::new(
            RefusalKind::AlreadySo,
            format!("it is scaled to {replicas} already"),
            "there is nothing to scale",
        ));
    }
    if replicas > MOST {
        return Err(Refusal::new(
            RefusalKind::NotNow,
            format!("{replicas} pods are more than {MOST}"),
            "use kubectl scale if you mean it",
        ));
    }
    let tested = if now == 0 { Value::Null } else { json!(now) };
    let operations = vec![
        uid_test(rollout),
        test("/spec/replicas", tested),
        add("/spec/replicas", json!(replicas)),
    ];
    let mut against = Vec::from_iter(keepers::against(rollout, object, &keepers::replicas()));
    let mut notes = Vec::new();
    if let Some((name, least, most)) = &rollout.autoscaler {
        if replicas == 0 {
            against.push(format!(
                "scaled to 0, autoscaler {name} does nothing until it is scaled up by hand"
            ));
        } else if now == 0 {
            notes.push(note(
                "then",
                format!("autoscaler {name} takes over again, {least} to {most} pods"),
                false,
            ));
        } else {
            against.push(format!(
                "autoscaler {name} sets the number itself, {least} to {most} pods, and takes this back at its next look, within about 15 s"
            ));
        }
    }
    if replicas == 0 {
        against.push("no pod is left: nothing serves".to_owned());
    }
    let mut target = target(rollout);
    target.subresource = Step::Scale.subresource();
    Ok(Plan {
        step: Step::Scale,
        class: if against.is_empty() {
            Class::Forward
        } else {
            Class::Override
        },
        // The number for going on as usual; the name where something speaks against it.
        token: if against.is_empty() {
            replicas.to_string()
        } else {
            super::parts::suffix(rollout)
        },
        against,
        target,
        writes: vec![json_patch(&format!("{}/scale", path(rollout)), operations)],
        goal: Goal::Replicas(replicas),
        sentence: sentence(now, replicas),
        changes: vec![change("replicas", &now.to_string(), &replicas.to_string())],
        facts: vec![
            guarded("uid", &rollout.uid),
            guarded("replicas", &now.to_string().as_str().into()),
            informative("pods", &words::pods(rollout)),
        ],
        notes,
        way_back: format!("scale it back to {now}"),
        kubectl: kubectl(
            rollout,
            "scale",
            &format!("--current-replicas={now} --replicas={replicas}"),
        ),
    })
}

fn sentence(now: u64, replicas: u32) -> String {
    let to = u64::from(replicas);
    let (direction, word) = if to > now {
        ("up", "more")
    } else {
        ("down", "less")
    };
    let pods = words::number_of_pods(u32::try_from(to.abs_diff(now)).unwrap_or(u32::MAX));
    format!("Scale {direction} from {now} to {to}: {pods} {word}.")
}
