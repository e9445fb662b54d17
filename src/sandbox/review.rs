//! What a caller may do and who they are. There is one caller, who may do everything.

use serde_json::{Value, json};

use super::json::{at, set};

/// The name of the one caller.
pub(super) const CALLER: &str = "sandbox-operator";

/// Answers a question about oneself; the question comes back with its answer.
pub(super) fn answer(resource: &str, mut question: Value) -> Value {
    let kind = match resource {
        "selfsubjectaccessreviews" => {
            let status = json!({ "allowed": true, "reason": "the sandbox lets its operator do everything" });
            set(&mut question, &["status"], status);
            "SelfSubjectAccessReview"
        }
        "selfsubjectrulesreviews" => {
            let rule = json!({ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] });
            let status = json!({ "resourceRules": [rule], "nonResourceRules": [], "incomplete": false });
            set(&mut question, &["status"], status);
            "SelfSubjectRulesReview"
        }
        _ => {
            let user = json!({ "username": CALLER, "uid": CALLER, "groups": ["system:authenticated"] });
            set(&mut question, &["status", "userInfo"], user);
            "SelfSubjectReview"
        }
    };
    set(&mut question, &["kind"], kind);
    if at(&question, &["metadata"]).is_null() {
        set(&mut question, &["metadata"], json!({}));
    }
    question
}
