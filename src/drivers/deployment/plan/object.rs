//! What was read for a plan: objects as the server has them, whole, with fields that this program does not know.

use serde_json::{Value, json};

use crate::domain::{Answer, Materials, Need, Refusal, RefusalKind, Rollout};

use super::parts::path;

/// The Deployment as the server has it, whole.
pub(super) struct Object(Value);

impl Object {
    /// The Deployment that the sheet was opened for.
    pub(super) fn read(rollout: &Rollout, materials: &Materials) -> Result<Self, Refusal> {
        let name = rollout.key.to_string();
        let object = whole(&path(rollout), &name, materials)?;
        if object.pointer("/metadata/uid") == Some(&json!(rollout.uid.raw())) {
            Ok(Self(object))
        } else {
            Err(refuse(
                RefusalKind::Gone,
                format!("{name} was made anew under the same name"),
            ))
        }
    }

    pub(super) fn field(&self, pointer: &str) -> Value {
        self.0.pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    pub(super) fn is_paused(&self) -> bool {
        self.field("/spec/paused") == json!(true)
    }
}

/// The object read from `path`, called `name` in what is said of it.
pub(super) fn whole(path: &str, name: &str, materials: &Materials) -> Result<Value, Refusal> {
    let need = Need::Object {
        path: path.to_owned(),
    };
    match materials.answer(&need) {
        Some(Answer::Found(text)) => serde_json::from_str(text).map_err(|error| {
            let why = format!("the server's answer cannot be read: {error}");
            refuse(RefusalKind::Unsupported, why)
        }),
        Some(Answer::Gone) => Err(refuse(RefusalKind::Gone, format!("{name} is gone"))),
        Some(Answer::Failed(why)) => Err(Refusal::new(
            RefusalKind::Stale,
            format!("{name} cannot be read: {why}"),
            "try again",
        )),
        None => Err(Refusal::new(
            RefusalKind::Stale,
            format!("{name} has not been read yet"),
            "wait for it",
        )),
    }
}

/// Who set `field` last and when, from the managers of metadata that was read.
pub(super) fn last_written(metadata: &Value) -> Option<jiff::Timestamp> {
    let entries = metadata.pointer("/metadata/managedFields")?.as_array()?;
    entries
        .iter()
        .filter(|entry| entry.get("subresource").is_none())
        .filter_map(|entry| entry.get("time")?.as_str()?.parse().ok())
        .max()
}

fn refuse(kind: RefusalKind, why: impl Into<String>) -> Refusal {
    Refusal::new(kind, why, "look at what is there now")
}
