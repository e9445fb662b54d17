//! Who keeps a field as it is written somewhere else: controllers of `GitOps`, told by the managers of the raw object, for what such
//! a tool wrote it writes again; Flux and Helm also by their marks. What an operator writes is refused before any plan is made.

use serde_json::Value;

use crate::domain::{Note, OwnerTool, Rollout};

use super::object::Object;
use super::parts::note;

/// A field of a Deployment, as managers name it.
pub(super) struct Field {
    path: Vec<String>,
    /// It is in every manifest, so that whoever keeps the manifest keeps the field. The number of pods often is not.
    always_kept: bool,
}

/// The image of a container.
pub(super) fn image_of(container: &str) -> Field {
    let key = Value::from(container);
    let path = ["f:spec", "f:template", "f:spec", "f:containers"]
        .into_iter()
        .map(str::to_owned)
        .chain([format!("k:{{\"name\":{key}}}"), "f:image".to_owned()])
        .collect();
    Field {
        path,
        always_kept: true,
    }
}

/// The number of pods.
pub(super) fn replicas() -> Field {
    Field {
        path: vec!["f:spec".to_owned(), "f:replicas".to_owned()],
        always_kept: false,
    }
}

/// Why going forward in this field is an override: the tool that writes it puts it back.
pub(super) fn against(rollout: &Rollout, object: &Object, field: &Field) -> Option<String> {
    let keeper = keeper(rollout, object, field)?;
    let stop = keeper
        .suspend
        .map(|command| format!(", or stop it first: {command}"))
        .unwrap_or_default();
    Some(format!(
        "{} writes this field and puts it back {}; change it where it is kept{stop}",
        keeper.called, keeper.when
    ))
}

/// What is to be known before going back in this field.
pub(super) fn warns(rollout: &Rollout, object: &Object, field: &Field) -> Option<Note> {
    let keeper = keeper(rollout, object, field)?;
    let stop = keeper
        .suspend
        .map(|command| format!("; stop it first: {command}"))
        .unwrap_or_default();
    let words = format!(
        "{} wrote what is there now and puts it back {}{stop}",
        keeper.called, keeper.when
    );
    Some(note("reverts", words, true))
}

struct Keeper {
    called: String,
    when: &'static str,
    suspend: Option<String>,
}

const AT_ITS_NEXT_SYNC: &str = "when it next syncs";

fn keeper(rollout: &Rollout, object: &Object, field: &Field) -> Option<Keeper> {
    let written_by = writers(object, field)
        .into_iter()
        .find_map(|manager| tool_of(&manager).map(|tool| (manager, tool)));
    if let Some((manager, tool)) = written_by {
        let owner = rollout.owners.iter().find(|owner| owner.tool == tool);
        return Some(Keeper {
            called: owner.map_or(manager, |owner| format!("{} ({})", word(tool), owner.name)),
            when: AT_ITS_NEXT_SYNC,
            suspend: owner.and_then(crate::domain::Owner::suspend),
        });
    }
    let marked = |tool| rollout.owners.iter().find(|owner| owner.tool == tool);
    let owner = marked(OwnerTool::Flux).or_else(|| marked(OwnerTool::Helm));
    owner.filter(|_| field.always_kept).map(|owner| Keeper {
        called: format!("{} ({})", word(owner.tool), owner.name),
        when: if owner.tool == OwnerTool::Flux {
            AT_ITS_NEXT_SYNC
        } else {
            "with the next upgrade"
        },
        suspend: owner.suspend(),
    })
}

/// The managers that own the field.
fn writers(object: &Object, field: &Field) -> Vec<String> {
    let owns = |entry: &Value| {
        let mut place = entry.get("fieldsV1")?;
        for part in &field.path {
            place = place.get(part)?;
        }
        entry.get("manager")?.as_str().map(str::to_owned)
    };
    let managers = object.field("/metadata/managedFields");
    managers
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(owns)
        .collect()
}

/// The tool behind a manager that writes again what it wrote.
fn tool_of(manager: &str) -> Option<OwnerTool> {
    if manager.starts_with("argocd") {
        return Some(OwnerTool::ArgoCd);
    }
    let is_flux =
        ["kustomize-controller", "helm-controller"].contains(&manager) || manager.starts_with("flux");
    is_flux.then_some(OwnerTool::Flux)
}

fn word(tool: OwnerTool) -> &'static str {
    match tool {
        OwnerTool::ArgoCd => "Argo CD",
        OwnerTool::Flux => "Flux",
        OwnerTool::Helm => "Helm",
        OwnerTool::Operator | OwnerTool::Apply | OwnerTool::ArgoRollouts | OwnerTool::Flagger => "its owner",
    }
}
