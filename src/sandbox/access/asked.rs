//! Whether a caller may do something, and the refusal where not.

use super::callers::{Caller, Rule};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::resource::Resource;

/// Something that somebody would do. What is empty is not said.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::sandbox) struct Wish<'a> {
    pub(in crate::sandbox) verb: &'a str,
    pub(in crate::sandbox) group: &'a str,
    pub(in crate::sandbox) resource: &'a str,
    pub(in crate::sandbox) subresource: &'a str,
    pub(in crate::sandbox) namespace: &'a str,
    pub(in crate::sandbox) name: &'a str,
}

impl Wish<'_> {
    fn path(&self) -> String {
        if self.subresource.is_empty() {
            self.resource.to_owned()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        }
    }

    /// The refusal of it, in the words of the real server.
    pub(in crate::sandbox) fn refused(&self, who: &str, resource: &Resource) -> Refusal {
        let name = if self.name.is_empty() {
            String::new()
        } else {
            format!(" {:?}", self.name)
        };
        let place = if self.namespace.is_empty() {
            "at the cluster scope".to_owned()
        } else {
            format!("in the namespace {:?}", self.namespace)
        };
        let message = format!(
            "{}{name} is forbidden: User {who:?} cannot {} resource {:?} in API group {:?} {place}",
            resource.id(),
            self.verb,
            self.path(),
            self.group,
        );
        Refusal::forbidden(message).about(resource, self.name)
    }
}

impl Caller {
    /// Whether a rule lets it.
    pub(in crate::sandbox) fn may(&self, wish: &Wish<'_>) -> bool {
        self.rules.iter().any(|rule| rule.allows(wish))
    }
}

impl Rule {
    fn allows(&self, wish: &Wish<'_>) -> bool {
        let names = |words: &[&str], word: &str| words.iter().any(|it| *it == "*" || *it == word);
        names(self.verbs, wish.verb)
            && names(self.groups, wish.group)
            && names(self.resources, &wish.path())
            && self.namespace.is_none_or(|namespace| namespace == wish.namespace)
    }
}

#[cfg(test)]
mod tests {
    use super::super::callers::CALLERS;
    use super::*;

    #[test]
    fn each_role_may_what_it_is_for() {
        let wish = |verb, resource, subresource, namespace| Wish {
            verb,
            group: "apps",
            resource,
            subresource,
            namespace,
            ..Wish::default()
        };
        let may = |wish: Wish<'_>| -> Vec<bool> { CALLERS.iter().map(|caller| caller.may(&wish)).collect() };
        for (wish, told) in [
            (wish("list", "deployments", "", ""), [true, true, true, false]),
            (
                wish("patch", "deployments", "", "shop"),
                [true, false, true, false],
            ),
            (
                wish("patch", "deployments", "scale", "shop"),
                [true, false, true, false],
            ),
            (
                wish("patch", "deployments", "status", "shop"),
                [true, false, false, false],
            ),
            (
                wish("patch", "deployments", "", "pay"),
                [true, false, false, false],
            ),
            (wish("patch", "deployments", "", ""), [true, false, false, false]),
            (
                wish("delete", "deployments", "", "shop"),
                [true, false, false, false],
            ),
        ] {
            assert_eq!(may(wish), told, "{wish:?}");
        }
    }
}
