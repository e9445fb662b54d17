//! Whoever keeps a Deployment as a repository says: its marks, and how it puts back what somebody else changed.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::written::{App, Git};
use crate::sandbox::json::{at, set};

/// The tools that are known, and who they are to the API server.
pub(super) const TOOLS: [(&str, &str); 3] = [
    ("argocd", "argocd-controller"),
    ("flux", "kustomize-controller"),
    ("helm", "helm"),
];

/// Where such a tool compares.
const KEPT: [&[&str]; 3] = [&["spec", "template"], &["spec", "replicas"], &["spec", "paused"]];

/// Puts the tool's marks on what it brings.
pub(super) fn mark(object: &mut Value, git: &Git, app: &App) {
    let (namespace, name) = (app.namespace.get_ref().as_str(), app.name.get_ref().as_str());
    match git.tool.get_ref().as_str() {
        "argocd" => {
            let tracking = format!("{name}:apps/Deployment:{namespace}/{name}");
            set(
                object,
                &["metadata", "annotations", "argocd.argoproj.io/tracking-id"],
                tracking,
            );
        }
        "flux" => {
            for (field, text) in [("name", name), ("namespace", namespace)] {
                let label = format!("kustomize.toolkit.fluxcd.io/{field}");
                set(object, &["metadata", "labels", &label], text);
            }
        }
        _ => {
            set(
                object,
                &["metadata", "labels", "app.kubernetes.io/managed-by"],
                "Helm",
            );
            for (field, text) in [("release-name", name), ("release-namespace", namespace)] {
                let note = format!("meta.helm.sh/{field}");
                set(object, &["metadata", "annotations", &note], text);
            }
        }
    }
}

/// One Deployment that is kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) manager: &'static str,
    /// How long another state is left alone; `None` for ever.
    after: Option<SignedDuration>,
    wanted: Option<[Value; 3]>,
    differs_since: Option<Timestamp>,
}

impl Kept {
    pub(super) fn new(git: &Git) -> Option<Self> {
        let word = git.tool.get_ref().as_str();
        let (_, manager) = TOOLS.iter().find(|(its, _)| *its == word)?;
        Some(Self {
            manager,
            after: (word != "helm").then(|| SignedDuration::from_secs(git.after.into())),
            wanted: None,
            differs_since: None,
        })
    }

    /// From now on this is what the repository says.
    pub(super) fn commit(&mut self, object: &Value) {
        self.wanted = Some(KEPT.map(|path| at(object, path).clone()));
        self.differs_since = None;
    }

    /// The object as the repository has it, if it is time to put it back.
    pub(super) fn put_back(&mut self, object: &Value, now: Timestamp) -> Option<Value> {
        let (after, wanted) = (self.after?, self.wanted.as_ref()?);
        if KEPT
            .iter()
            .zip(wanted)
            .all(|(path, wanted)| holds(at(object, path), wanted))
        {
            self.differs_since = None;
            return None;
        }
        let since = *self.differs_since.get_or_insert(now);
        if now.duration_since(since) < after {
            return None;
        }
        self.differs_since = None;
        let mut object = object.clone();
        for (path, wanted) in KEPT.iter().zip(wanted) {
            let mut kept = at(&object, path).clone();
            overlay(&mut kept, wanted);
            if !kept.is_null() {
                set(&mut object, path, kept);
            }
        }
        Some(object)
    }
}

/// Whether everything that is wanted is so. What the repository does not mention may be anything: a restart's annotation, a
/// pause.
fn holds(is: &Value, wanted: &Value) -> bool {
    match (is, wanted) {
        (_, Value::Null) => true,
        (Value::Object(is), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| holds(is.get(key).unwrap_or(&Value::Null), wanted)),
        (Value::Array(is), Value::Array(wanted)) => {
            is.len() == wanted.len() && is.iter().zip(wanted).all(|(is, wanted)| holds(is, wanted))
        }
        _ => is == wanted,
    }
}

/// Makes it so, and leaves the rest.
fn overlay(is: &mut Value, wanted: &Value) {
    match (is, wanted) {
        (_, Value::Null) => {}
        (Value::Object(is), Value::Object(wanted)) => {
            for (key, wanted) in wanted {
                overlay(is.entry(key.as_str()).or_insert(Value::Null), wanted);
            }
        }
        (Value::Array(is), Value::Array(wanted)) if is.len() == wanted.len() => {
            for (is, wanted) in is.iter_mut().zip(wanted) {
                overlay(is, wanted);
            }
        }
        (is, wanted) => *is = wanted.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn web(image: &str, replicas: u32) -> Value {
        json!({ "spec": { "replicas": replicas, "template": { "spec": { "containers": [{ "name": "app", "image": image }] } } } })
    }

    fn kept(tool: &str) -> Kept {
        let git = Git {
            tool: toml::Spanned::new(0..0, tool.to_owned()),
            after: 6,
        };
        let mut kept = Kept::new(&git).unwrap();
        kept.commit(&web("v1", 3));
        kept
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_differs_long_enough_is_put_back_and_the_rest_stays() {
        let mut kept = kept("argocd");
        let mut edited = web("v9", 3);
        set(
            &mut edited,
            &["spec", "template", "metadata", "annotations", "note"],
            "x",
        );
        set(&mut edited, &["spec", "paused"], true);
        assert_eq!(kept.put_back(&edited, second(0)), None);
        assert_eq!(
            kept.put_back(&web("v1", 3), second(3)),
            None,
            "it was so again meanwhile"
        );
        assert_eq!(kept.put_back(&edited, second(5)), None);
        assert_eq!(kept.put_back(&edited, second(10)), None);
        let mut expected = edited.clone();
        set(
            &mut expected,
            &["spec", "template", "spec", "containers"],
            json!([{ "name": "app", "image": "v1" }]),
        );
        assert_eq!(kept.put_back(&edited, second(11)), Some(expected));
    }

    #[test]
    fn what_the_repository_does_not_mention_is_not_its_business() {
        let mut kept = kept("flux");
        let mut paused = web("v1", 3);
        set(&mut paused, &["spec", "paused"], true);
        for at in [0, 100] {
            assert_eq!(kept.put_back(&paused, second(at)), None);
        }
        let mut helm = super::tests::kept("helm");
        for at in [0, 100] {
            assert_eq!(
                helm.put_back(&web("v9", 1), second(at)),
                None,
                "it acts when it is called only"
            );
        }
    }
}
