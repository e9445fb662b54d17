//! A request for objects, and what all of its answers need: its form, its options, in whose name something is changed.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, StatusCode, header, request};
use serde_json::Value;

use super::access::{Caller, Wish};
use super::api::Answer;
use super::cluster::{Cluster, State};
use super::form::Extent;
use super::json::{at, list, number, text};
use super::objects::{Deletion, How, Propagation};
use super::refusal::Refusal;
use super::route::{Place, Query};
use super::selector::Selector;

/// A request for objects.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) cluster: &'a Arc<Cluster>,
    pub(super) caller: &'a Caller,
    /// The caller's name, or whose name it uses.
    pub(super) who: &'a str,
    pub(super) place: &'a Place,
    pub(super) head: &'a request::Parts,
    pub(super) query: &'a Query,
    pub(super) body: &'a Bytes,
}

impl Asked<'_> {
    /// What the request does, as roles call it.
    pub(super) fn verb(&self) -> &'static str {
        let is_one = self.place.name.is_some();
        match self.head.method {
            Method::GET if is_one => "get",
            Method::GET if self.query.is_set("watch") => "watch",
            Method::GET => "list",
            Method::POST => "create",
            Method::PUT => "update",
            Method::PATCH => "patch",
            Method::DELETE if !is_one => "deletecollection",
            Method::DELETE => "delete",
            _ => "",
        }
    }

    /// Refuses what the caller may not do.
    pub(super) fn permitted(&self, verb: &str) -> Result<(), Refusal> {
        let resource = &self.place.resource;
        let wish = Wish {
            verb,
            group: &resource.group,
            resource: &resource.plural,
            subresource: self.place.subresource.as_deref().unwrap_or_default(),
            namespace: self.place.namespace.as_deref().unwrap_or_default(),
            name: self.place.name.as_deref().unwrap_or_default(),
        };
        if self.caller.may(&wish) {
            return Ok(());
        }
        Err(wish.refused(self.who, resource))
    }

    /// In which form objects are wanted.
    pub(super) fn extent(&self) -> Extent {
        let accept = header_text(self.head, &header::ACCEPT);
        Extent::of(accept, self.query.get("includeObject"))
    }

    /// Changes something in the name of the caller.
    pub(super) fn changed(
        &self,
        work: impl FnOnce(&mut State, How<'_>) -> Result<(StatusCode, Value), Refusal>,
    ) -> Result<Answer, Refusal> {
        let dry_run = match self.query.get("dryRun") {
            "" => false,
            "All" => true,
            other => {
                let why = format!("dryRun: Unsupported value: {other:?}: supported values: \"All\"");
                return Err(Refusal::bad_request(why));
            }
        };
        let agent = header_text(self.head, &header::USER_AGENT)
            .split('/')
            .next()
            .unwrap_or_default();
        let manager = Some(self.query.get("fieldManager"))
            .filter(|it| !it.is_empty())
            .unwrap_or(agent);
        let manager = if manager.is_empty() { "unknown" } else { manager };
        let how = How {
            manager,
            now: self.cluster.now(),
            dry_run,
        };
        let (code, object) = self.cluster.with(|state| work(state, how))?;
        Ok(whole(code, &object))
    }

    /// Which objects are wanted.
    pub(super) fn selector(&self) -> Result<Selector, Refusal> {
        let (labels, fields) = (self.query.get("labelSelector"), self.query.get("fieldSelector"));
        Selector::parse(labels, fields).map_err(Refusal::bad_request)
    }

    /// What is asked of a deletion, and whether it is only tried. Options are in the body, or in the query.
    pub(super) fn deletion(&self) -> Result<(Deletion, bool), Refusal> {
        let options = if self.body.is_empty() {
            Value::Null
        } else {
            parsed(self.body)?
        };
        let policy = text(&options, &["propagationPolicy"]);
        let policy = if policy.is_empty() {
            self.query.get("propagationPolicy")
        } else {
            policy
        };
        let orphans = at(&options, &["orphanDependents"]).as_bool();
        let propagation = match policy {
            "Orphan" => Propagation::Orphan,
            "Foreground" => Propagation::Foreground,
            "" if orphans == Some(true) => Propagation::Orphan,
            "" | "Background" => Propagation::Background,
            other => {
                let why = format!(
                    "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: {other:?}: supported values: \
                     \"Background\", \"Foreground\", \"Orphan\""
                );
                return Err(Refusal::unprocessable(why));
            }
        };
        let tries = list(&options, &["dryRun"]).iter().any(|it| it == "All");
        let precondition = |field: &str| {
            let wanted = text(&options, &["preconditions", field]).to_owned();
            Some(wanted).filter(|it| !it.is_empty())
        };
        let deletion = Deletion {
            uid: precondition("uid"),
            version: precondition("resourceVersion"),
            grace: number(&options, &["gracePeriodSeconds"])
                .or_else(|| self.query.get("gracePeriodSeconds").parse().ok()),
            propagation,
        };
        Ok((deletion, tries))
    }
}

/// An object that was sent.
pub(super) fn parsed(body: &Bytes) -> Result<Value, Refusal> {
    let wrong = |why: &str| Refusal::bad_request(format!("the object provided is unrecognized: {why}"));
    let value: Value = serde_json::from_slice(body).map_err(|error| wrong(&error.to_string()))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(wrong("it is no object"))
    }
}

/// Without its parameters.
pub(super) fn content_type(head: &request::Parts) -> &str {
    let text = header_text(head, &header::CONTENT_TYPE);
    text.split(';').next().unwrap_or_default().trim()
}

pub(super) fn header_text<'a>(head: &'a request::Parts, name: &header::HeaderName) -> &'a str {
    let value = head.headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

pub(super) fn whole(code: StatusCode, value: &Value) -> Answer {
    Answer::Json(code, Bytes::from(value.to_string()))
}
