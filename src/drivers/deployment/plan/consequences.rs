//! What a human should know before going back, and no request can change: who puts it back, what does not roll back with it, how
//! long it takes.

use serde_json::Value;

use crate::domain::{Answer, Change, Materials, Need, Note, Revision, Rollout, Seconds, Untrusted};
use crate::drivers::request::core_path;
use crate::drivers::template::{ConfigName, config_names, images_of};

use super::super::words;
use super::keepers;
use super::object::{Object, last_written};
use super::parts::note;

/// `ConfigMap`s and Secrets that are looked at.
pub(super) const MOST_CONFIGS: usize = 20;

/// Who puts back the images of now, if somebody does.
pub(super) fn kept_elsewhere(rollout: &Rollout, object: &Object, changes: &[Change]) -> Option<Note> {
    let containers = images_of(&object.field("/spec/template"));
    let is_changed = |name: &Untrusted| {
        let field = format!("containers[{}].image", name.shown());
        changes.iter().any(|change| change.field == field)
    };
    containers
        .iter()
        .filter(|(name, _)| is_changed(name))
        .find_map(|(name, _)| keepers::warns(rollout, object, &keepers::image_of(name.raw())))
}

/// Where it is read who changed it when.
pub(super) fn config_need(rollout: &Rollout, config: &ConfigName) -> Need {
    let resource = if config.secret { "secrets" } else { "configmaps" };
    let name = crate::domain::Name {
        namespace: rollout.key.name.namespace.clone(),
        name: Untrusted::from(config.name.as_str()),
    };
    Need::Metadata {
        path: core_path(resource, &name),
    }
}

/// What a human should know, and the request does not say.
pub(super) fn consequences(
    rollout: &Rollout,
    revision: &Revision,
    template: &Value,
    materials: &Materials,
) -> Vec<Note> {
    let mut notes = vec![note("takes", words::takes(rollout, revision), false)];
    for leaves in revision.leaves.iter().filter(|it| !it.empties) {
        notes.push(note(
            "loses",
            format!(
                "{} {} does not select this revision's labels",
                leaves.kind, leaves.name
            ),
            true,
        ));
    }
    let configs = config_names(template);
    for config in configs.iter().take(MOST_CONFIGS) {
        notes.push(config_note(rollout, revision, config, materials));
    }
    if configs.len() > MOST_CONFIGS {
        let more = configs.len() - MOST_CONFIGS;
        notes.push(note("", format!("and {more} more ConfigMaps and Secrets"), false));
    }
    notes
}

/// What is in a `ConfigMap` or Secret stays as it is; one that is missing keeps pods from starting.
fn config_note(rollout: &Rollout, revision: &Revision, config: &ConfigName, materials: &Materials) -> Note {
    let kind = if config.secret { "Secret" } else { "ConfigMap" };
    let name = &config.name;
    let label = "stays";
    match materials.answer(&config_need(rollout, config)) {
        Some(Answer::Gone) if !config.optional => note(
            label,
            format!("{kind} {name} is MISSING: pods of this revision cannot start without it"),
            true,
        ),
        Some(Answer::Gone) => note(label, format!("{kind} {name} is missing, and optional"), false),
        Some(Answer::Found(text)) => {
            let changed = serde_json::from_str::<Value>(text)
                .ok()
                .as_ref()
                .and_then(last_written);
            match (changed, revision.created_at) {
                (Some(at), Some(made)) if at > made => {
                    let after = Seconds::between(made, at);
                    note(
                        label,
                        format!(
                            "{kind} {name} was changed {after} after this revision was made; that is not taken back"
                        ),
                        true,
                    )
                }
                _unchanged => note(label, format!("{kind} {name} stays as it is"), false),
            }
        }
        Some(Answer::Failed(_)) | None => note(
            label,
            format!("{kind} {name} stays as it is; whether it changed could not be read"),
            false,
        ),
    }
}
