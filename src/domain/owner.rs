//! Who else writes to a workload, and would take back what a human changes.

use jiff::Timestamp;

use super::Untrusted;

/// The tool behind an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnerTool {
    /// A controller owner reference: an operator made this object and writes its fields.
    Operator,
    ArgoCd,
    Flux,
    Helm,
    /// `kubectl apply` left its annotation: the next apply brings its fields back.
    Apply,
    /// Argo Rollouts drives this Deployment through `workloadRef`.
    ArgoRollouts,
    Flagger,
}

/// When an owner takes an edit back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reverts {
    /// It rewrites the field whenever it differs: an edit does not last.
    Always,
    /// At its next synchronisation, deployment or apply.
    Later,
    /// It may, and this program could not read whether it does.
    Perhaps,
}

/// One owner, as read from references, labels and annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub tool: OwnerTool,
    /// The owner's own name: `Widget/shop`, an Application, `Kustomization/flux-system/apps`, a Helm release.
    pub name: Untrusted,
    pub reverts: Reverts,
}

impl Owner {
    /// Where a change has to be made so that it stays.
    pub fn lasting(&self) -> String {
        let name = &self.name;
        match self.tool {
            OwnerTool::Operator | OwnerTool::ArgoRollouts | OwnerTool::Flagger => {
                format!("change {name} instead")
            }
            OwnerTool::ArgoCd | OwnerTool::Flux => "change it in Git".to_owned(),
            OwnerTool::Helm => {
                format!("give release {name} the same values (helm upgrade), or helm rollback {name}")
            }
            OwnerTool::Apply => "change the applied files as well".to_owned(),
        }
    }

    /// The command that makes it leave its objects alone for now; `None` where there is none.
    pub fn suspend(&self) -> Option<String> {
        let name = self.name.shown();
        let mut parts = name.split('/');
        match (self.tool, parts.next(), parts.next(), parts.next()) {
            (OwnerTool::ArgoCd, ..) => Some(format!("argocd app set {name} --sync-policy none")),
            (OwnerTool::Flux, Some(kind), Some(namespace), Some(name)) => Some(format!(
                "flux suspend {} {name} --namespace {namespace}",
                kind.to_lowercase()
            )),
            (OwnerTool::Flux, Some(kind), Some(name), None) => {
                Some(format!("flux suspend {} {name}", kind.to_lowercase()))
            }
            _other => None,
        }
    }
}

/// Who wrote to an object, from its `managedFields`: manager, subresource, when. Field sets are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    pub manager: Untrusted,
    pub subresource: Option<Untrusted>,
    pub at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_stops_an_owner() {
        let of = |tool, name: &str| {
            let name = Untrusted::from(name);
            let reverts = Reverts::Later;
            Owner { tool, name, reverts }.suspend()
        };
        let cases = [
            (
                OwnerTool::ArgoCd,
                "shop",
                Some("argocd app set shop --sync-policy none"),
            ),
            (
                OwnerTool::Flux,
                "Kustomization/flux-system/apps",
                Some("flux suspend kustomization apps --namespace flux-system"),
            ),
            (
                OwnerTool::Flux,
                "HelmRelease/web",
                Some("flux suspend helmrelease web"),
            ),
            (OwnerTool::Helm, "web", None),
            (OwnerTool::Operator, "Widget/web", None),
        ];
        for (tool, name, command) in cases {
            assert_eq!(of(tool, name).as_deref(), command, "{tool:?} {name}");
        }
    }
}
