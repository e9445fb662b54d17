//! From a request to its answer. Knows nothing of connections.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, header, request};
use serde_json::Value;
use tokio::sync::mpsc;

use super::cluster::{Cluster, State};
use super::control::evict;
use super::discovery;
use super::form::{self, Extent};
use super::json::{set, text};
use super::listing;
use super::objects::{Deletion, How, Part};
use super::patch;
use super::refusal::Refusal;
use super::resource::Resource;
use super::review;
use super::route::{Place, Query, Route};
use super::selector::Selector;
use super::store::Key;
use super::strategic;
use super::watching::{self, Watched};

/// How long a watch lasts when nobody says: as long as the real server lets them, about.
const WATCH: Duration = Duration::from_secs(1800);

/// What is answered.
pub(super) enum Answer {
    Json(StatusCode, Bytes),
    Text(&'static str),
    Watch(mpsc::Receiver<Bytes>),
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let code = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::Json(code, Bytes::from(refusal.status().to_string()))
    }
}

/// Answers a request whose body was read.
pub(super) fn answer(cluster: &Arc<Cluster>, head: &request::Parts, body: &Bytes) -> Answer {
    answered(cluster, head, body).unwrap_or_else(Answer::from)
}

fn answered(cluster: &Arc<Cluster>, head: &request::Parts, body: &Bytes) -> Result<Answer, Refusal> {
    let token = header_text(head, &header::AUTHORIZATION).strip_prefix("Bearer ");
    if !token.is_some_and(|token| cluster.knows(token.trim())) {
        return Err(Refusal::unauthorized());
    }
    let route = Route::parse(head.uri.path()).ok_or_else(Refusal::no_such_path)?;
    let kind = content_type(head);
    if head.method != Method::PATCH && !body.is_empty() && !["", "application/json"].contains(&kind) {
        return Err(Refusal::media_type(kind));
    }
    let found = match route {
        Route::Objects(place) => return objects(cluster, &place, head, body),
        Route::Review(resource) if head.method == Method::POST => {
            let answer = review::answer(resource, parsed(body)?)?;
            return Ok(whole(StatusCode::CREATED, &answer));
        }
        _ if head.method != Method::GET => return Err(Refusal::method(head.method.as_str())),
        Route::Health => return Ok(Answer::Text("ok")),
        Route::Version => Some(discovery::version()),
        Route::CoreVersions => Some(discovery::core_versions()),
        Route::Groups => Some(discovery::groups()),
        Route::Group(group) => discovery::group(&group),
        Route::Kinds { group, version } => discovery::kinds(&group, &version),
        Route::Review(_) => None,
    };
    let found = found.ok_or_else(Refusal::no_such_path)?;
    Ok(whole(StatusCode::OK, &found))
}

fn objects(
    cluster: &Arc<Cluster>,
    place: &Place,
    head: &request::Parts,
    body: &Bytes,
) -> Result<Answer, Refusal> {
    let query = Query::parse(head.uri.query().unwrap_or_default());
    let extent = Extent::of(header_text(head, &header::ACCEPT));
    let Some(name) = &place.name else {
        return match head.method {
            Method::GET if query.is_set("watch") => watch(cluster, place, &query, extent),
            Method::GET => cluster.with(|state| listing::list(&state.objects.store, place, &query, extent)),
            Method::POST => changed(cluster, head, &query, |state, how| {
                let mut object = parsed(body)?;
                if place.resource.namespaced {
                    let namespace = place.namespace.clone();
                    let namespace = namespace.ok_or_else(|| Refusal::method("POST"))?;
                    let own = text(&object, &["metadata", "namespace"]);
                    if !own.is_empty() && own != namespace {
                        let why = "the namespace of the provided object does not match the namespace sent on the request";
                        return Err(Refusal::bad_request(why));
                    }
                    set(&mut object, &["metadata", "namespace"], namespace);
                }
                let created = state.objects.create(place.resource, object, how)?;
                Ok((StatusCode::CREATED, created))
            }),
            _ => Err(Refusal::method(head.method.as_str())),
        };
    };
    let key = Key::new(
        &place.resource.id(),
        place.namespace.as_deref().unwrap_or_default(),
        name,
    );
    let part = match place.subresource.as_deref() {
        None => Part::Main,
        Some("scale") => Part::Scale,
        Some("eviction") if head.method == Method::POST => {
            return changed(cluster, head, &query, |state, how| {
                let evicted = evict(&mut state.objects, place.resource, &key, &parsed(body)?, how)?;
                Ok((StatusCode::CREATED, evicted))
            });
        }
        Some("eviction") => return Err(Refusal::method(head.method.as_str())),
        Some(_) => Part::Status,
    };
    let resource = place.resource;
    let shown = |object: Value| match part {
        Part::Scale => form::scale(resource, &object),
        Part::Main | Part::Status => object,
    };
    match head.method {
        Method::GET => cluster.with(|state| {
            let stored = state.objects.store.get(&key);
            let stored = stored.ok_or_else(|| Refusal::not_found(resource, name))?;
            Ok(match part {
                Part::Scale => whole(StatusCode::OK, &form::scale(resource, &stored.value())),
                Part::Main | Part::Status => Answer::Json(StatusCode::OK, extent.one(&stored.bytes)),
            })
        }),
        Method::PUT => changed(cluster, head, &query, |state, how| {
            let object = state.objects.replace(resource, &key, part, parsed(body)?, how)?;
            Ok((StatusCode::OK, shown(object)))
        }),
        Method::PATCH => changed(cluster, head, &query, |state, how| {
            let now = state.objects.store.value(&key);
            let now = shown(now.ok_or_else(|| Refusal::not_found(resource, name))?);
            let new = match content_type(head) {
                "application/json-patch+json" => patch::json_patch(&now, body)?,
                "application/merge-patch+json" => patch::merge_patch(&now, body)?,
                "application/strategic-merge-patch+json" => strategic::strategic_patch(&now, body)?,
                other => return Err(Refusal::media_type(other)),
            };
            let object = state.objects.replace(resource, &key, part, new, how)?;
            Ok((StatusCode::OK, shown(object)))
        }),
        Method::DELETE if part == Part::Main => changed(cluster, head, &query, |state, how| {
            let deletion = deletion(body, &query)?;
            let told = state.objects.delete(resource, &key, &deletion, how)?;
            Ok((StatusCode::OK, told))
        }),
        _ => Err(Refusal::method(head.method.as_str())),
    }
}

/// Changes something in the name of the caller.
fn changed(
    cluster: &Cluster,
    head: &request::Parts,
    query: &Query,
    work: impl FnOnce(&mut State, How<'_>) -> Result<(StatusCode, Value), Refusal>,
) -> Result<Answer, Refusal> {
    let dry_run = match query.get("dryRun") {
        "" => false,
        "All" => true,
        other => {
            let why = format!("Unsupported value: {other:?}: supported values: \"All\"");
            return Err(Refusal::option("dryRun", &why));
        }
    };
    let agent = header_text(head, &header::USER_AGENT)
        .split('/')
        .next()
        .unwrap_or_default();
    let manager = Some(query.get("fieldManager"))
        .filter(|it| !it.is_empty())
        .unwrap_or(agent);
    let manager = if manager.is_empty() { "unknown" } else { manager };
    let how = How {
        manager,
        now: cluster.now(),
        dry_run,
    };
    let (code, object) = cluster.with(|state| work(state, how))?;
    Ok(whole(code, &object))
}

fn watch(cluster: &Arc<Cluster>, place: &Place, query: &Query, extent: Extent) -> Result<Answer, Refusal> {
    let asked = watching::asked(query)?;
    let lasts = query
        .get("timeoutSeconds")
        .parse()
        .map_or(WATCH, Duration::from_secs);
    let watched = Watched {
        resource: place.resource,
        namespace: place.namespace.clone(),
        selector: selector(place.resource, query)?,
        extent,
        bookmarks: query.is_set("allowWatchBookmarks"),
        since: asked.since,
        initial_events: asked.initial_events,
        lasts: lasts.min(WATCH),
    };
    watching::begin(cluster, watched).map(Answer::Watch)
}

pub(super) fn selector(resource: &Resource, query: &Query) -> Result<Selector, Refusal> {
    let selector = Selector::parse(query.get("labelSelector"), query.get("fieldSelector"))
        .map_err(Refusal::bad_request)?;
    match selector.unknown_field(&resource.id()) {
        Some(field) => Err(Refusal::bad_request(format!(
            "field label not supported: {field}"
        ))),
        None => Ok(selector),
    }
}

fn deletion(body: &Bytes, query: &Query) -> Result<Deletion, Refusal> {
    let options = if body.is_empty() {
        Value::Null
    } else {
        parsed(body)?
    };
    let policy = text(&options, &["propagationPolicy"]);
    let policy = if policy.is_empty() {
        query.get("propagationPolicy")
    } else {
        policy
    };
    let precondition = |field| {
        let wanted = text(&options, &["preconditions", field]);
        Some(wanted.to_owned()).filter(|it| !it.is_empty())
    };
    Ok(Deletion {
        uid: precondition("uid"),
        version: precondition("resourceVersion"),
        grace: super::json::number(&options, &["gracePeriodSeconds"])
            .or_else(|| query.get("gracePeriodSeconds").parse().ok()),
        orphan: policy == "Orphan",
    })
}

fn parsed(body: &Bytes) -> Result<Value, Refusal> {
    let wrong = |why: &str| Refusal::bad_request(format!("the object provided is unrecognized: {why}"));
    let value: Value = serde_json::from_slice(body).map_err(|error| wrong(&error.to_string()))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(wrong("it is no object"))
    }
}

/// Without its parameters.
fn content_type(head: &request::Parts) -> &str {
    let text = header_text(head, &header::CONTENT_TYPE);
    text.split(';').next().unwrap_or_default().trim()
}

fn header_text<'a>(head: &'a request::Parts, name: &header::HeaderName) -> &'a str {
    let value = head.headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

fn whole(code: StatusCode, value: &Value) -> Answer {
    Answer::Json(code, Bytes::from(value.to_string()))
}
