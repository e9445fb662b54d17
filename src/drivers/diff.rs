//! Templates of one rollout compared: by field, and as YAML. Reads nothing itself and changes nothing.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::domain::{
    Answer, DiffLine, DiffSide, Materials, Name, Need, Refusal, RefusalKind, Rollout, TemplateDiff,
    TemplateOf, Untrusted,
};

use super::request::{apps_path, argo_path, masked};
use super::template::{template_changes, without_hash};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What has to be read for one side.
pub(super) fn need(rollout: &Rollout, side: &TemplateOf) -> Result<Need, Refusal> {
    let path = match side {
        TemplateOf::Now | TemplateOf::LastApplied => match rollout.key.driver {
            crate::domain::Driver::Deployment => apps_path("deployments", &rollout.key.name),
            crate::domain::Driver::Argo => argo_path("rollouts", &rollout.key.name),
        },
        TemplateOf::Revision(uid) => {
            let object = rollout
                .revisions
                .iter()
                .find(|revision| revision.uid.as_ref() == Some(uid))
                .and_then(|revision| revision.object.clone());
            let Some(name) = object else {
                return Err(gone());
            };
            apps_path(
                "replicasets",
                &Name {
                    namespace: rollout.key.name.namespace.clone(),
                    name,
                },
            )
        }
    };
    Ok(Need::Object { path })
}

fn gone() -> Refusal {
    Refusal::new(
        RefusalKind::Gone,
        "the revision is gone: its ReplicaSet was deleted",
        "compare with another one",
    )
}

/// Compares two sides that were read.
pub(super) fn diff(
    rollout: &Rollout,
    (before, after): (&TemplateOf, &TemplateOf),
    materials: &Materials,
) -> Result<TemplateDiff, Refusal> {
    let old = template(rollout, before, materials)?;
    let new = template(rollout, after, materials)?;
    let mut changes = template_changes(&old, &new);
    let all = changes.len();
    // What was applied names only what somebody wrote; the server fills in the rest.
    let absent = |value: &Untrusted| value.shown() == "–";
    if *before == TemplateOf::LastApplied {
        changes.retain(|change| !absent(&change.from));
    }
    if *after == TemplateOf::LastApplied {
        changes.retain(|change| !absent(&change.to));
    }
    Ok(TemplateDiff {
        unnamed: all.saturating_sub(changes.len()),
        changes,
        lines: lines(&yaml(&old)?, &yaml(&new)?),
    })
}

/// The template of one side, without what the controller adds to it.
fn template(rollout: &Rollout, side: &TemplateOf, materials: &Materials) -> Result<Value, Refusal> {
    let cannot = |why: String| {
        let next = "r reads it again";
        Refusal::new(RefusalKind::Unsupported, why, next)
    };
    let need = need(rollout, side)?;
    let object: Value = match materials.answer(&need) {
        Some(Answer::Found(text)) => serde_json::from_str(text)
            .map_err(|error| cannot(format!("{} is no JSON: {error}", need.path())))?,
        Some(Answer::Gone) => return Err(gone()),
        Some(Answer::Failed(why)) => return Err(cannot(format!("it could not be read: {why}"))),
        None => return Err(cannot("it has not been read yet".to_owned())),
    };
    let uid = match side {
        TemplateOf::Revision(uid) => uid,
        TemplateOf::Now | TemplateOf::LastApplied => &rollout.uid,
    };
    if object.pointer("/metadata/uid").and_then(Value::as_str) != Some(uid.raw()) {
        return Err(cannot(
            "it was made anew under the same name meanwhile".to_owned(),
        ));
    }
    let whole = if *side == TemplateOf::LastApplied {
        last_applied(&object)?
    } else {
        object
    };
    let template = whole.pointer("/spec/template").filter(|it| it.is_object());
    let template = template.ok_or_else(|| {
        let why = "it holds no template of its own: its workloadRef names what does";
        Refusal::new(RefusalKind::Unsupported, why, "compare two of its revisions")
    })?;
    Ok(masked(without_hash(template.clone())))
}

fn last_applied(object: &Value) -> Result<Value, Refusal> {
    let text = object
        .pointer("/metadata/annotations")
        .and_then(|it| it.get(LAST_APPLIED))
        .and_then(Value::as_str);
    let never = || {
        Refusal::new(
            RefusalKind::Unsupported,
            "it was never applied with kubectl apply on the client: there is no record of what was applied",
            "compare with another side",
        )
    };
    serde_json::from_str(text.ok_or_else(never)?).map_err(|error| {
        Refusal::new(
            RefusalKind::Unsupported,
            format!("its record of what was applied is no JSON: {error}"),
            "compare with another side",
        )
    })
}

fn yaml(template: &Value) -> Result<String, Refusal> {
    serde_saphyr::to_string(template).map_err(|error| {
        let why = format!("it cannot be written as YAML: {error}");
        Refusal::new(RefusalKind::Unsupported, why, "look at it by field")
    })
}

fn lines(before: &str, after: &str) -> Vec<DiffLine> {
    TextDiff::from_lines(before, after)
        .iter_all_changes()
        .map(|change| DiffLine {
            side: match change.tag() {
                ChangeTag::Equal => DiffSide::Both,
                ChangeTag::Delete => DiffSide::Before,
                ChangeTag::Insert => DiffSide::After,
            },
            text: Untrusted::from(change.value().trim_end_matches('\n')),
        })
        .collect()
}
