//! What the user may do, as the server sees it: one right at a time, or all of a namespace.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::domain::{ObjectKind, Untrusted};

use super::client::post;
use super::paths::api_of;
use super::request::parse;
use super::{ApiClient, ApiFailure};

const REVIEW_WITHIN: Duration = Duration::from_secs(5);

/// One right that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question<'a> {
    pub verb: &'a str,
    pub group: &'a str,
    pub resource: &'a str,
    pub subresource: Option<&'a str>,
    /// `None` asks for all namespaces.
    pub namespace: Option<&'a str>,
    pub name: Option<&'a str>,
}

/// Whether the user has a right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    Yes,
    No {
        reason: Untrusted,
    },
    /// The question itself was refused or got no answer; the server decides when it comes to it.
    Unknown {
        why: String,
    },
}

/// What a user may do in one namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    rules: Vec<Rule>,
    /// The server says that it does not know all of them.
    pub incomplete: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    verbs: Option<Vec<String>>,
    api_groups: Option<Vec<String>>,
    resources: Option<Vec<String>>,
    resource_names: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct AccessReview {
    status: AccessStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccessStatus {
    allowed: bool,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    evaluation_error: Option<String>,
}

#[derive(Deserialize)]
struct RulesReview {
    status: RulesStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RulesStatus {
    #[serde(default)]
    incomplete: bool,
    #[serde(default)]
    resource_rules: Option<Vec<Rule>>,
}

impl ApiClient {
    /// Whether the user has one right.
    pub async fn ssar(&self, question: Question<'_>) -> Permission {
        match self.ask(question).await {
            Ok(AccessStatus { allowed: true, .. }) => Permission::Yes,
            Ok(AccessStatus {
                evaluation_error: Some(why),
                reason: None,
                ..
            }) => Permission::Unknown {
                why: Untrusted::from(why).shown(),
            },
            Ok(status) => Permission::No {
                reason: Untrusted::from(status.reason.unwrap_or_default()),
            },
            Err(failure) => Permission::Unknown {
                why: failure.to_string(),
            },
        }
    }

    async fn ask(&self, question: Question<'_>) -> Result<AccessStatus, ApiFailure> {
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": {
                "verb": question.verb,
                "group": question.group,
                "resource": question.resource,
                "subresource": question.subresource.unwrap_or_default(),
                "namespace": question.namespace.unwrap_or_default(),
                "name": question.name.unwrap_or_default(),
            }},
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let request = post(path, body.to_string())?;
        let answer = self.read(request, "asking for a right", REVIEW_WITHIN).await?;
        Ok(parse::<AccessReview>(&answer.body)?.status)
    }

    /// Everything that the user may do in a namespace.
    ///
    /// # Errors
    ///
    /// When the review itself is refused or gets no answer.
    pub async fn rules_review(&self, namespace: &str) -> Result<Rules, ApiFailure> {
        let body = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectRulesReview",
            "spec": { "namespace": namespace },
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
        let request = post(path, body.to_string())?;
        let answer = self
            .read(request, "asking for the rights in a namespace", REVIEW_WITHIN)
            .await?;
        let status = parse::<RulesReview>(&answer.body)?.status;
        Ok(Rules {
            rules: status.resource_rules.unwrap_or_default(),
            incomplete: status.incomplete,
        })
    }
}

impl Rules {
    /// Whether a kind may be listed and watched. Rules for single names do not count: they list nothing.
    pub fn may_watch(&self, kind: ObjectKind) -> bool {
        self.may_list(kind) && self.may("watch", kind)
    }

    /// Whether a kind may be listed, be it watched or not.
    pub fn may_list(&self, kind: ObjectKind) -> bool {
        self.may("list", kind)
    }

    fn may(&self, verb: &str, kind: ObjectKind) -> bool {
        self.rules.iter().any(|rule| rule.allows(verb, kind))
    }
}

impl Rule {
    fn allows(&self, verb: &str, kind: ObjectKind) -> bool {
        let has = |list: &Option<Vec<String>>, wanted: &str| {
            list.iter().flatten().any(|entry| entry == "*" || entry == wanted)
        };
        has(&self.verbs, verb)
            && has(&self.api_groups, api_of(kind).group)
            && has(&self.resources, kind.resource())
            && self.resource_names.as_ref().is_none_or(Vec::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_for_one_name_list_nothing() {
        let rules = |text: &str| Rules {
            rules: vec![serde_json::from_str(text).unwrap()],
            incomplete: false,
        };
        let all = rules(r#"{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}"#);
        assert!(all.may_watch(ObjectKind::Pod) && all.may_watch(ObjectKind::ArgoRollout));
        let pods = rules(r#"{"verbs":["list","watch"],"apiGroups":[""],"resources":["pods"]}"#);
        assert!(pods.may_watch(ObjectKind::Pod) && !pods.may_watch(ObjectKind::Deployment));
        let list_only = rules(r#"{"verbs":["list"],"apiGroups":[""],"resources":["pods"]}"#);
        assert!(!list_only.may_watch(ObjectKind::Pod) && list_only.may_list(ObjectKind::Pod));
        let one = rules(r#"{"verbs":["*"],"apiGroups":[""],"resources":["pods"],"resourceNames":["a"]}"#);
        assert!(!one.may_watch(ObjectKind::Pod));
    }
}
