//! The callers, and the rules of their roles.

/// Somebody with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Caller {
    pub(in crate::sandbox) name: &'static str,
    pub(in crate::sandbox) rules: &'static [Rule],
}

/// Something that a role lets its callers do. `*` stands for everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Rule {
    pub(super) verbs: &'static [&'static str],
    pub(super) groups: &'static [&'static str],
    pub(super) resources: &'static [&'static str],
    /// Only there; `None` is everywhere.
    pub(super) namespace: Option<&'static str>,
}

const READ: Rule = Rule {
    verbs: &["get", "list", "watch"],
    groups: &["*"],
    resources: &["*"],
    namespace: None,
};

/// The callers, the one who may do everything first.
pub(in crate::sandbox) const CALLERS: [Caller; 4] = [
    Caller {
        name: "sandbox-operator",
        rules: &[Rule {
            verbs: &["*"],
            groups: &["*"],
            resources: &["*"],
            namespace: None,
        }],
    },
    Caller {
        name: "sandbox-viewer",
        rules: &[READ],
    },
    Caller {
        name: "sandbox-release",
        rules: &[
            READ,
            Rule {
                verbs: &["patch", "update"],
                groups: &["apps"],
                resources: &["deployments", "deployments/scale"],
                namespace: Some("shop"),
            },
        ],
    },
    Caller {
        name: "sandbox-nobody",
        rules: &[],
    },
];

/// Somebody that a caller pretends to be, whom nobody knows.
pub(in crate::sandbox) const STRANGER: Caller = Caller { name: "", rules: &[] };
