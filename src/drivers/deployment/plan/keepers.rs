//! Who keeps a field as it is written somewhere else (Argo CD, Flux), told by the managers of the raw object: what such a tool
//! wrote, it writes again. What an operator writes is refused before any plan is made.

use serde_json::Value;

use crate::domain::{Note, Owner, OwnerTool, Rollout};

use super::object::Object;
use super::parts::note;

/// The image of a container, as managers name it.
pub(super) fn image_of(container: &str) -> Vec<String> {
    let key = Value::from(container);
    ["f:spec", "f:template", "f:spec", "f:containers"]
        .into_iter()
        .map(str::to_owned)
        .chain([format!("k:{{\"name\":{key}}}"), "f:image".to_owned()])
        .collect()
}

/// The number of pods, as managers name it.
pub(super) fn replicas() -> Vec<String> {
    vec!["f:spec".to_owned(), "f:replicas".to_owned()]
}

/// Why going forward in this field is an override: the tool that writes it puts it back.
pub(super) fn against(rollout: &Rollout, object: &Object, field: &[String]) -> Option<String> {
    let owner = keeper(rollout, object, field)?;
    let suspend = owner
        .suspend()
        .map(|command| format!(", or stop it first: {command}"))
        .unwrap_or_default();
    Some(format!(
        "{} writes this field and puts it back when it next syncs; change it where it is kept{suspend}",
        called(owner)
    ))
}

/// What is to be known before going back in this field.
pub(super) fn warns(rollout: &Rollout, object: &Object, field: &[String]) -> Option<Note> {
    let owner = keeper(rollout, object, field)?;
    let stop = owner
        .suspend()
        .map(|command| format!("; stop it first: {command}"))
        .unwrap_or_default();
    Some(note(
        "reverts",
        format!(
            "{} wrote the image of now and puts it back when it next syncs{stop}",
            called(owner)
        ),
        true,
    ))
}

fn called(owner: &Owner) -> String {
    let tool = if owner.tool == OwnerTool::ArgoCd {
        "Argo CD"
    } else {
        "Flux"
    };
    format!("{tool} ({})", owner.name)
}

fn keeper<'a>(rollout: &'a Rollout, object: &Object, field: &[String]) -> Option<&'a Owner> {
    let managers = object.field("/metadata/managedFields");
    let entries = managers.as_array()?;
    let owns = |entry: &Value| {
        let mut place = entry.get("fieldsV1")?;
        for part in field {
            place = place.get(part)?;
        }
        entry.get("manager")?.as_str().map(str::to_owned)
    };
    let writers: Vec<String> = entries.iter().filter_map(owns).collect();
    rollout.owners.iter().find(|owner| {
        let is_its: fn(&str) -> bool = match owner.tool {
            OwnerTool::ArgoCd => |manager| manager.starts_with("argocd"),
            OwnerTool::Flux => |manager| {
                manager == "kustomize-controller"
                    || manager == "helm-controller"
                    || manager.starts_with("flux")
            },
            OwnerTool::Operator
            | OwnerTool::Helm
            | OwnerTool::Apply
            | OwnerTool::ArgoRollouts
            | OwnerTool::Flagger => |_| false,
        };
        writers.iter().any(|writer| is_its(writer))
    })
}
