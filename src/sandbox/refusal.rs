//! Answers that are no success, in the words and the form of the real API server.

use serde_json::{Value, json};

use super::resource::Resource;

/// An error as the API tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: u16,
    reason: &'static str,
    message: String,
    details: Value,
}

impl Refusal {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: Value::Null,
        }
    }

    pub(super) fn about(mut self, resource: &Resource, name: &str) -> Self {
        self.details = json!({ "name": name, "group": &resource.group, "kind": &resource.plural });
        self
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(super) fn forbidden(message: String) -> Self {
        Self::new(403, "Forbidden", message)
    }

    pub(super) fn no_such_path() -> Self {
        Self::new(
            404,
            "NotFound",
            "the server could not find the requested resource",
        )
    }

    pub(super) fn no_such_kind(version: &str, kind: &str) -> Self {
        let message = format!("no matches for kind {kind:?} in version {version:?}");
        Self::new(404, "NotFound", message)
    }

    pub(super) fn not_found(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} not found", resource.id());
        Self::new(404, "NotFound", message).about(resource, name)
    }

    pub(super) fn exists(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", resource.id());
        Self::new(409, "AlreadyExists", message).about(resource, name)
    }

    pub(super) fn conflict(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {name:?}: {why}",
            resource.id()
        );
        Self::new(409, "Conflict", message).about(resource, name)
    }

    /// Somebody else owns fields that an apply would change.
    pub(super) fn conflict_of_fields(message: String, causes: &[Value]) -> Self {
        let mut refusal = Self::new(409, "Conflict", message);
        refusal.details = json!({ "causes": causes });
        refusal
    }

    /// An apply in nobody's name.
    pub(super) fn no_manager() -> Self {
        let why = "fieldManager: Required value: is required for apply patch";
        Self::unprocessable(format!("PatchOptions.meta.k8s.io \"\" is invalid: {why}"))
    }

    pub(super) fn too_many() -> Self {
        Self::new(
            429,
            "TooManyRequests",
            "Too many requests, please try again later.",
        )
    }

    /// Options that make no sense.
    pub(super) fn unprocessable(why: impl Into<String>) -> Self {
        Self::new(422, "Invalid", why)
    }

    pub(super) fn bad_request(why: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", why)
    }

    /// Nothing stands behind a Service.
    pub(super) fn unavailable(service: &str) -> Self {
        let message = format!("no endpoints available for service {service:?}");
        Self::new(503, "ServiceUnavailable", message)
    }

    pub(super) fn too_large() -> Self {
        Self::new(
            413,
            "RequestEntityTooLarge",
            "Request entity too large: limit is 3145728",
        )
    }

    pub(super) fn method(method: &str) -> Self {
        let message = format!("{method} is not supported on this resource");
        Self::new(405, "MethodNotAllowed", message)
    }

    pub(super) fn media_type(kind: &str) -> Self {
        let message =
            format!("the body of the request was in an unknown format - {kind:?} is not accepted here");
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// A failed `test`, a missing path and a `remove` of nothing: the real server tells no more of them.
    pub(super) fn patch_failed() -> Self {
        Self::new(
            422,
            "Invalid",
            "the server rejected our request due to an error in our request",
        )
    }

    /// One field is wrong.
    pub(super) fn invalid(resource: &Resource, name: &str, field: &str, why: &str) -> Self {
        let (group, kind, of) = (&resource.group, &resource.kind, resource.kind_and_group());
        let mut refusal = Self::new(
            422,
            "Invalid",
            format!("{of} {name:?} is invalid: {field}: {why}"),
        );
        refusal.details = json!({
            "name": name, "group": group, "kind": kind,
            "causes": [{ "reason": "FieldValueInvalid", "message": why, "field": field }],
        });
        refusal
    }

    pub(super) fn expired(version: u64, oldest: u64) -> Self {
        let message = format!("too old resource version: {version} ({oldest})");
        Self::new(410, "Expired", message)
    }

    pub(super) fn page_expired() -> Self {
        let message = "The provided continue parameter is too old to display a consistent list result. You can start a \
                       new list without the continue parameter.";
        Self::new(410, "Expired", message)
    }

    pub(super) fn not_yet(version: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {version}, current: {current}");
        let mut refusal = Self::new(504, "Timeout", message);
        refusal.details = json!({
            "causes": [{ "reason": "ResourceVersionTooLarge", "message": "Too large resource version" }],
            "retryAfterSeconds": 1,
        });
        refusal
    }

    /// The body.
    pub(super) fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        });
        if !self.details.is_null() {
            super::json::set(&mut status, &["details"], self.details.clone());
        }
        status
    }
}
