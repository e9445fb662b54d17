//! From a request to its answer. Knows nothing of connections.

use std::sync::Arc;

use bytes::Bytes;
use http::header::HeaderName;
use http::{Method, StatusCode, header, request};
use tokio::sync::mpsc;

use super::access::{self, CALLERS, Caller, STRANGER, Wish};
use super::cluster::Cluster;
use super::discovery;
use super::forward::Forward;
use super::openapi;
use super::protobuf;
use super::refusal::Refusal;
use super::request::{Asked, content_type, header_text, parsed, whole};
use super::resource::{SERVICES, by_id};
use super::route::{Query, Route};
use super::traffic::{self, Upstream};
use super::{collection, single};

/// What is answered.
pub(super) enum Answer {
    Json(StatusCode, Bytes),
    Text(&'static str),
    Watch(mpsc::Receiver<Bytes>),
    Lines(mpsc::Receiver<Bytes>),
    Forward(Box<Forward>),
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let code = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::Json(code, Bytes::from(refusal.status().to_string()))
    }
}

/// Who sends a request, and in whose name. Nothing else is done for anybody else.
pub(super) fn caller(cluster: &Cluster, head: &request::Parts) -> Result<&'static Caller, Refusal> {
    let token = header_text(head, &header::AUTHORIZATION).strip_prefix("Bearer ");
    let caller = token.and_then(|token| cluster.caller(token.trim()));
    caller.ok_or_else(Refusal::unauthorized)
}

/// Answers a request whose body was read.
pub(super) fn answer(
    cluster: &Arc<Cluster>,
    caller: &'static Caller,
    head: &request::Parts,
    body: &Bytes,
) -> Answer {
    answered(cluster, caller, head, body).unwrap_or_else(Answer::from)
}

/// Names somebody whom a caller pretends to be.
const IMPERSONATE: HeaderName = HeaderName::from_static("impersonate-user");

/// Who acts, and under which name. Only the operator may pretend to be somebody else.
fn pretended<'a>(caller: &'static Caller, name: &'a str) -> Result<(&'static Caller, &'a str), Refusal> {
    match name {
        "" => Ok((caller, caller.name)),
        _ if *caller == CALLERS[0] => {
            let known = CALLERS.iter().find(|it| it.name == name);
            Ok((known.unwrap_or(&STRANGER), name))
        }
        _ => Err(Refusal::not_allowed(format!(
            "users {name:?} is forbidden: User {:?} cannot impersonate resource \"users\" in API group \"\" at the cluster scope",
            caller.name
        ))),
    }
}

fn answered(
    cluster: &Arc<Cluster>,
    caller: &'static Caller,
    head: &request::Parts,
    body: &Bytes,
) -> Result<Answer, Refusal> {
    let (caller, who) = pretended(caller, header_text(head, &IMPERSONATE))?;
    let kinds = cluster.with(|state| Arc::clone(&state.objects.kinds));
    let route = Route::parse(head.uri.path(), &kinds).ok_or_else(Refusal::no_such_path)?;
    let kind = content_type(head);
    if let Route::Proxy(asked) = &route {
        let wish = Wish {
            verb: if head.method == Method::GET {
                "get"
            } else {
                "create"
            },
            resource: "services",
            subresource: "proxy",
            namespace: &asked.namespace,
            name: asked.service.split(':').next().unwrap_or_default(),
            ..Wish::default()
        };
        let services = by_id(SERVICES).ok_or_else(Refusal::no_such_path)?;
        if !caller.may(&wish) {
            return Err(wish.refused(who, services));
        }
        return proxied(cluster, asked, head, body);
    }
    let read;
    let body = match kind {
        _ if head.method == Method::PATCH || body.is_empty() => body,
        "" | "application/json" => body,
        "application/vnd.kubernetes.protobuf" => {
            read = Bytes::from(protobuf::object(body)?.to_string());
            &read
        }
        _ => return Err(Refusal::media_type(kind)),
    };
    let found = match route {
        Route::Objects(place) => {
            let query = Query::parse(head.uri.query().unwrap_or_default());
            let asked = Asked {
                cluster,
                caller,
                who,
                place: &place,
                head,
                query: &query,
                body,
            };
            asked.permitted(asked.verb())?;
            return match &place.name {
                Some(name) => single::answer(&asked, name),
                None => collection::answer(&asked),
            };
        }
        Route::Review(resource) if head.method == Method::POST => {
            let answer = access::answer(resource, parsed(body)?, (caller, who))?;
            return Ok(whole(StatusCode::CREATED, &answer));
        }
        _ if head.method != Method::GET => return Err(Refusal::method(head.method.as_str())),
        Route::Health => return Ok(Answer::Text("ok")),
        Route::Version => Some(discovery::version()),
        Route::CoreVersions => Some(discovery::core_versions()),
        Route::Groups => Some(discovery::groups(&kinds)),
        Route::Group(group) => discovery::group(&kinds, &group),
        Route::Kinds { group, version } => discovery::kinds(&kinds, &group, &version),
        Route::Schemas => Some(openapi::index(&kinds)),
        Route::SchemasOf { group, version } => {
            cluster.with(|state| openapi::document(&state.objects, &group, &version))
        }
        Route::Review(_) | Route::Proxy(_) => None,
    };
    let found = found.ok_or_else(Refusal::no_such_path)?;
    Ok(whole(StatusCode::OK, &found))
}

/// What stands behind a Service. A form's pairs count as those of the query do.
fn proxied(
    cluster: &Cluster,
    asked: &Upstream,
    head: &request::Parts,
    body: &Bytes,
) -> Result<Answer, Refusal> {
    let mut pairs = head.uri.query().unwrap_or_default().to_owned();
    match head.method {
        Method::GET => {}
        Method::POST if content_type(head) == "application/x-www-form-urlencoded" => {
            pairs.push('&');
            pairs.push_str(&String::from_utf8_lossy(body));
        }
        Method::POST => return Err(Refusal::media_type(content_type(head))),
        _ => return Err(Refusal::method(head.method.as_str())),
    }
    let (query, now) = (Query::parse(&pairs), cluster.now());
    cluster.with(|state| {
        traffic::upstream(&state.objects, asked)?;
        let (code, body) = traffic::answer(&state.traffic, &asked.path, &query, now);
        Ok(Answer::Json(code, body))
    })
}
