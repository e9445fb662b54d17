//! What a caller may do and who they are. There is one caller, who may do everything.

use serde_json::{Value, json};

use super::json::{at, set, text};
use super::refusal::Refusal;

/// The name of the one caller.
pub(super) const CALLER: &str = "sandbox-operator";

/// Answers a question about oneself; the question comes back with its answer.
pub(super) fn answer(resource: &str, mut question: Value) -> Result<Value, Refusal> {
    let spec = at(&question, &["spec"]);
    match resource {
        "selfsubjectaccessreviews"
            if spec.get("resourceAttributes").is_none() && spec.get("nonResourceAttributes").is_none() =>
        {
            let why =
                "Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified";
            return Err(Refusal::option("spec.resourceAttributes", why));
        }
        "selfsubjectrulesreviews" if text(spec, &["namespace"]).is_empty() => {
            return Err(Refusal::bad_request("no namespace on request"));
        }
        _ => {}
    }
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
    Ok(question)
}
