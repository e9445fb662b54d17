//! What a caller may do and who they are, as they ask it themselves.

use serde_json::{Value, json};

use super::asked::Wish;
use super::callers::{CALLERS, Caller};
use crate::sandbox::json::{at, set, text};

/// Answers a question about oneself; the question comes back with its answer.
pub(in crate::sandbox) fn answer(
    resource: &str,
    mut question: Value,
    (caller, who): (&Caller, &str),
) -> Value {
    let (kind, status) = match resource {
        "selfsubjectaccessreviews" => ("SelfSubjectAccessReview", access(&question, caller)),
        "selfsubjectrulesreviews" => ("SelfSubjectRulesReview", rules(&question, caller)),
        _ => {
            let user = json!({ "username": who, "uid": who, "groups": ["system:authenticated"] });
            ("SelfSubjectReview", json!({ "userInfo": user }))
        }
    };
    set(&mut question, &["status"], status);
    set(&mut question, &["kind"], kind);
    if at(&question, &["metadata"]).is_null() {
        set(&mut question, &["metadata"], json!({}));
    }
    question
}

fn access(question: &Value, caller: &Caller) -> Value {
    let asked = at(question, &["spec", "resourceAttributes"]);
    let wish = Wish {
        verb: text(asked, &["verb"]),
        group: text(asked, &["group"]),
        resource: text(asked, &["resource"]),
        subresource: text(asked, &["subresource"]),
        namespace: text(asked, &["namespace"]),
        name: text(asked, &["name"]),
    };
    // What is no object is discovery and health, which everybody may read.
    let path = at(question, &["spec", "nonResourceAttributes"]);
    let allowed = if asked.is_null() && !path.is_null() {
        text(path, &["verb"]) == "get" || caller.name == CALLERS[0].name
    } else {
        caller.may(&wish)
    };
    if allowed {
        json!({ "allowed": true, "reason": "the role of this caller of the sandbox" })
    } else {
        json!({ "allowed": false })
    }
}

fn rules(question: &Value, caller: &Caller) -> Value {
    let namespace = text(question, &["spec", "namespace"]);
    let here = caller
        .rules
        .iter()
        .filter(|rule| rule.namespace.is_none_or(|it| it == namespace));
    let here: Vec<Value> = here
        .map(|rule| json!({ "verbs": rule.verbs, "apiGroups": rule.groups, "resources": rule.resources }))
        .collect();
    let paths = json!([{ "verbs": ["get"], "nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/version"] }]);
    json!({ "resourceRules": here, "nonResourceRules": paths, "incomplete": false })
}
