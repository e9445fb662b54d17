//! The kinds that are served at a moment: those from the start, and those that definitions in the store have made. Knows nothing
//! of requests.

use std::cmp::Reverse;
use std::sync::Arc;

use serde_json::Value;

use super::definition;
use super::resource::{BUILT_IN, Resource};

/// All of them. Made anew whenever a definition changes, so that a request sees one state of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds {
    /// Those at the version that is stored come first.
    custom: Vec<Arc<Resource>>,
}

impl Kinds {
    /// With what definitions make.
    pub(super) fn of(definitions: impl Iterator<Item = Value>) -> Self {
        let mut stored = Vec::new();
        let mut others = Vec::new();
        for definition in definitions {
            let mut made = definition::resources(&definition).into_iter().map(Arc::new);
            stored.extend(made.next());
            others.extend(made);
        }
        stored.append(&mut others);
        Self { custom: stored }
    }

    /// Every kind, at every version.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        BUILT_IN.iter().chain(&self.custom)
    }

    /// The kind that stands at that place of the API.
    pub(super) fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.all()
            .find(|it| it.plural == plural && it.group == group && it.version == version)
    }

    /// The kind that the store calls so, at the version that is stored.
    pub(super) fn by_id(&self, id: &str) -> Option<&Arc<Resource>> {
        self.all().find(|it| it.id() == id)
    }

    /// The kind that an object says it is of.
    pub(super) fn of_object(&self, api_version: &str, kind: &str) -> Option<&Arc<Resource>> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.all()
            .find(|it| it.kind == kind && it.group == group && it.version == version)
    }

    /// The versions of a group, the one to use first.
    pub(super) fn versions(&self, group: &str) -> Vec<&str> {
        let of_group = self.all().filter(|it| it.group == group);
        let mut versions: Vec<&str> = of_group.map(|it| it.version.as_str()).collect();
        versions.sort_by_key(|version| rank(version));
        versions.dedup();
        versions
    }
}

/// Stable ones first, then beta, then alpha, each with the highest number first; what is no such version comes last.
type Rank<'a> = (Reverse<(u8, u32, u32)>, &'a str);

fn rank(version: &str) -> Rank<'_> {
    let parsed = || {
        let rest = version.strip_prefix('v')?;
        let (major, stage) = match rest.find(|it: char| !it.is_ascii_digit()) {
            Some(end) => rest.split_at_checked(end)?,
            None => (rest, ""),
        };
        let (word, minor) = match stage.find(|it: char| it.is_ascii_digit()) {
            Some(start) => stage.split_at_checked(start)?,
            None => (stage, "0"),
        };
        let stage = match word {
            "" => 3,
            "beta" => 2,
            "alpha" => 1,
            _ => return None,
        };
        Some((stage, major.parse().ok()?, minor.parse().ok()?))
    };
    (Reverse(parsed().unwrap_or_default()), version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_stable_and_then_the_newest_version_comes_first() {
        let mut versions = ["v1alpha1", "foo", "v2beta1", "v10", "v1", "v2beta2", "v2"];
        versions.sort_by_key(|version| rank(version));
        assert_eq!(
            versions,
            ["v10", "v2", "v1", "v2beta2", "v2beta1", "v1alpha1", "foo"]
        );
    }
}
