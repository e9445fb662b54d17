//! Who asks: the users of `tokens.csv`, with the rights that `cluster.yaml` gives them.

/// A user that the API server knows by a bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// May do everything.
    Admin,
    /// Reads everything, writes nothing.
    Viewer,
    /// Reads everything, patches Deployments.
    Operator,
    /// Reads one namespace and patches its Deployments, once `Namespace::admit` let it in. Cannot list namespaces.
    Namespaced,
    /// Reads, creates, updates and deletes everything, but may not patch.
    NoPatch,
    /// Lists everything, watches nothing but what `Namespace::admit_also` lets it.
    Lister,
    /// Is known, and may do nothing.
    Nothing,
}

impl Identity {
    /// The user name that the API server reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Namespaced => "namespaced",
            Self::NoPatch => "no-patch",
            Self::Lister => "lister",
            Self::Nothing => "nothing",
        }
    }

    pub(crate) fn token(self) -> String {
        format!("{}-token", self.name())
    }
}
