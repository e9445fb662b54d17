//! ROLLOUT: from what was typed to one rollout, or to a sentence with the names that were probably meant.

use std::sync::Arc;

use crate::clock::Clock;
use crate::domain::{Driver, Namespaces, Rollout, RolloutKey, Untrusted};
use crate::near::near;
use crate::runtime::source::Opening;

use super::CommandError;
use super::opened::Opened;

/// Rollouts listed where several are meant.
const LISTED: usize = 10;

/// What was typed, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    driver: Option<Driver>,
    namespace: Option<String>,
    name: String,
}

impl Wanted {
    /// Reads `NAME`, `NAMESPACE/NAME`, `KIND/NAME` and `KIND/NAMESPACE/NAME`, the kinds as kubectl spells them. A first part
    /// that is a kind is one: a namespace of such a name needs the long form.
    pub(super) fn read(text: &str) -> Result<Self, CommandError> {
        let parts: Vec<&str> = text.split('/').collect();
        let (driver, namespace, name) = match parts.as_slice() {
            [name] => (None, None, *name),
            [first, name] => match kind(first) {
                Some(driver) => (Some(driver), None, *name),
                None => (None, Some(*first), *name),
            },
            [first, namespace, name] => (
                Some(kind(first).ok_or_else(|| no_kind(first))?),
                Some(*namespace),
                *name,
            ),
            _ => return Err(no_form(text)),
        };
        if name.is_empty() || namespace.is_some_and(str::is_empty) {
            return Err(no_form(text));
        }
        Ok(Self {
            driver,
            namespace: namespace.map(ToOwned::to_owned),
            name: name.to_owned(),
        })
    }

    fn is(&self, key: &RolloutKey) -> bool {
        key.name.name.raw() == self.name
            && self.driver.is_none_or(|driver| driver == key.driver)
            && self
                .namespace
                .as_ref()
                .is_none_or(|namespace| key.name.namespace.raw() == namespace)
    }

    /// The one rollout that is meant among those that were read.
    fn among<'a>(&self, rollouts: impl Iterator<Item = &'a Rollout>) -> Found<'a> {
        let mut meant = rollouts.filter(|rollout| self.is(&rollout.key));
        match (meant.next(), meant.next()) {
            (None, _) => Found::None,
            (Some(one), None) => Found::One(one),
            (Some(one), Some(two)) => Found::Several([one, two].into_iter().chain(meant).collect()),
        }
    }

    fn typed(&self) -> String {
        let namespace = self
            .namespace
            .as_ref()
            .map(|it| format!("{it}/"))
            .unwrap_or_default();
        Untrusted::from(format!("{namespace}{}", self.name)).shown()
    }
}

enum Found<'a> {
    None,
    One(&'a Rollout),
    Several(Vec<&'a Rollout>),
}

/// Reads as little of the cluster as it takes to find the one rollout: its namespace where one was typed, named by a flag, or
/// named by the context; else every namespace that is looked at.
pub(super) async fn find(
    opening: Opening,
    wanted: &Wanted,
    clock: &Arc<dyn Clock>,
) -> Result<(Opened, RolloutKey), CommandError> {
    let places = places(&opening, wanted)?;
    let last = places.len().saturating_sub(1);
    for (index, place) in places.into_iter().enumerate() {
        let read = Opened::read(opening.clone(), place, Arc::clone(clock)).await;
        let opened = match read {
            Ok(opened) => opened,
            // Not here, perhaps elsewhere.
            Err(CommandError::Forbidden { .. }) if index < last => continue,
            Err(error) => return Err(error),
        };
        let found = wanted.among(opened.model.rollouts());
        let gone = opened.gone().find(|key| wanted.is(key)).cloned();
        // Deleted in this very moment is another answer than a name that nothing ever had.
        if let (Found::None, Some(key)) = (&found, gone) {
            return Ok((opened, key));
        }
        match found {
            Found::One(rollout) => {
                let key = rollout.key.clone();
                return Ok((opened, key));
            }
            Found::Several(several) => return Err(several_are_meant(wanted, &several)),
            Found::None if index < last => {}
            Found::None => {
                // The namespace may be the mistake: then the names of all of them tell.
                let everywhere = match &wanted.namespace {
                    Some(_) => Opened::read(opening.clone(), opening.namespaces.clone(), Arc::clone(clock))
                        .await
                        .ok(),
                    None => None,
                };
                return Err(nothing_is_meant(wanted, everywhere.as_ref().unwrap_or(&opened)));
            }
        }
    }
    Err(no_form(&wanted.name))
}

/// Where to look, one after the other.
fn places(opening: &Opening, wanted: &Wanted) -> Result<Vec<Namespaces>, CommandError> {
    let one = |namespace: &str| Namespaces::These(vec![Arc::from(namespace)]);
    if let Some(namespace) = &wanted.namespace {
        if let (Some(flag), Namespaces::These(names)) = (&opening.flags.namespace, &opening.namespaces)
            && !names.iter().any(|it| **it == **namespace)
        {
            return Err(CommandError::Rollout(format!(
                "{} is in the namespace {}, and -n says {}; write one of the two",
                wanted.typed(),
                Untrusted::from(namespace.as_str()),
                Untrusted::from(flag.as_str())
            )));
        }
        return Ok(vec![one(namespace)]);
    }
    let looked_at = opening.namespaces.clone();
    let is_named = opening.flags.namespace.is_some();
    Ok(match (&opening.own_namespace, &looked_at) {
        (Some(own), Namespaces::All) if !opening.everywhere => vec![one(own), looked_at],
        (Some(own), Namespaces::These(names)) if !is_named && names.contains(own) => {
            vec![one(own), looked_at]
        }
        _ => vec![looked_at],
    })
}

fn several_are_meant(wanted: &Wanted, several: &[&Rollout]) -> CommandError {
    let names: Vec<String> = several
        .iter()
        .take(LISTED)
        .map(|rollout| format!("{}/{}", rollout.key.driver.resource(), rollout.key))
        .collect();
    let more = several
        .len()
        .checked_sub(LISTED)
        .filter(|more| *more > 0)
        .map(|more| format!(" and {more} more"))
        .unwrap_or_default();
    CommandError::Rollout(format!(
        "{} rollouts are called {}: {}{more}; write one of these",
        several.len(),
        wanted.typed(),
        names.join(", ")
    ))
}

fn nothing_is_meant(wanted: &Wanted, opened: &Opened) -> CommandError {
    let keys: Vec<(String, String)> = opened
        .model
        .rollouts()
        .map(|rollout| (rollout.key.to_string(), rollout.key.name.name.shown()))
        .collect();
    // The name alone may be right, or nearly so, in another namespace.
    let by_name = near(&wanted.name, keys.iter().map(|(_, name)| name.as_str()));
    let mut meant: Vec<&str> = match &wanted.namespace {
        Some(_) => near(&wanted.typed(), keys.iter().map(|(full, _)| full.as_str())),
        None => Vec::new(),
    };
    for name in by_name {
        let full = keys
            .iter()
            .filter(|(_, its)| its == name)
            .map(|(full, _)| full.as_str());
        for full in full {
            if meant.len() < 3 && !meant.contains(&full) {
                meant.push(full);
            }
        }
    }
    let next = if meant.is_empty() {
        "flightdeck status lists those there are".to_owned()
    } else {
        format!("did you mean {}?", meant.join(" or "))
    };
    let place = wanted
        .namespace
        .as_ref()
        .map(|it| format!(" in {}", Untrusted::from(it.as_str())))
        .unwrap_or_default();
    CommandError::Rollout(format!(
        "no rollout is called {}{place}; {next}",
        Untrusted::from(wanted.name.as_str())
    ))
}

fn no_form(text: &str) -> CommandError {
    CommandError::Rollout(format!(
        "{} names no rollout; write NAME, NAMESPACE/NAME, deployment/NAME or rollout/NAME",
        Untrusted::from(if text.is_empty() { "an empty word" } else { text })
    ))
}

fn no_kind(kind: &str) -> CommandError {
    CommandError::Rollout(format!(
        "{} is no kind that rolls out; write deployment/NAMESPACE/NAME or rollout/NAMESPACE/NAME",
        Untrusted::from(kind)
    ))
}

/// kubectl's spellings.
fn kind(word: &str) -> Option<Driver> {
    match word {
        "deployment" | "deployments" | "deploy" | "deployment.apps" | "deployments.apps" => {
            Some(Driver::Deployment)
        }
        "rollout" | "rollouts" | "ro" | "rollout.argoproj.io" | "rollouts.argoproj.io" => Some(Driver::Argo),
        _other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(driver: Option<Driver>, namespace: Option<&str>, name: &str) -> Wanted {
        Wanted {
            driver,
            namespace: namespace.map(ToOwned::to_owned),
            name: name.to_owned(),
        }
    }

    #[test]
    fn every_form_is_read() {
        let deployment = Some(Driver::Deployment);
        let cases = [
            ("web", wanted(None, None, "web")),
            ("shop/web", wanted(None, Some("shop"), "web")),
            ("deployment/web", wanted(deployment, None, "web")),
            ("deploy/web", wanted(deployment, None, "web")),
            ("deployments.apps/web", wanted(deployment, None, "web")),
            ("deploy/shop/web", wanted(deployment, Some("shop"), "web")),
            ("rollout/web", wanted(Some(Driver::Argo), None, "web")),
            ("ro/shop/web", wanted(Some(Driver::Argo), Some("shop"), "web")),
        ];
        for (text, expected) in cases {
            assert_eq!(Wanted::read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn other_forms_are_refused_with_what_to_write() {
        for text in ["", "/web", "shop/", "pod/shop/web", "a/b/c/d", "deploy//web"] {
            let error = Wanted::read(text).unwrap_err();
            assert!(error.to_string().contains("write "), "{text}: {error}");
            assert_eq!(error.exit(), crate::runtime::Exit::USAGE, "{text}");
        }
    }
}
