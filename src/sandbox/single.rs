//! Requests for one object, or a part of it.

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::Value;

use super::api::Answer;
use super::form;
use super::forward;
use super::logs;
use super::objects::{How, Part};
use super::patch;
use super::refusal::Refusal;
use super::request::{Asked, content_type, parsed, whole};
use super::store::Key;
use super::strategic;

/// Answers one.
pub(super) fn answer(asked: &Asked<'_>, name: &str) -> Result<Answer, Refusal> {
    let resource = &asked.place.resource;
    let namespace = asked.place.namespace.as_deref().unwrap_or_default();
    let key = Key::new(resource.id(), namespace, name);
    match asked.place.subresource.as_deref() {
        None => object(asked, &key, Part::Main),
        Some("scale") => object(asked, &key, Part::Scale),
        Some("log") => {
            let pod = of_pod(asked, &key)?;
            logs::answer(asked.cluster, &key, &pod, asked.query).map(Answer::Lines)
        }
        Some("portforward") => {
            let pod = of_pod(asked, &key)?;
            let forward = forward::accept(asked.cluster, asked.head, (&key, &pod), asked.query)?;
            Ok(Answer::Forward(Box::new(forward)))
        }
        Some(_) => object(asked, &key, Part::Status),
    }
}

/// The pod that something is asked of.
fn of_pod(asked: &Asked<'_>, key: &Key) -> Result<Value, Refusal> {
    if asked.head.method != Method::GET {
        return Err(Refusal::method(asked.head.method.as_str()));
    }
    let pod = asked.cluster.with(|state| state.objects.store.value(key));
    pod.ok_or_else(|| Refusal::not_found(&asked.place.resource, &key.name))
}

fn object(asked: &Asked<'_>, key: &Key, part: Part) -> Result<Answer, Refusal> {
    let resource = &asked.place.resource;
    match asked.head.method {
        Method::GET => get(asked, key, part),
        Method::PUT => asked.changed(|state, how| {
            let object = state
                .objects
                .replace(resource, key, part, parsed(asked.body)?, how)?;
            Ok((StatusCode::OK, shown(asked, part, object)))
        }),
        Method::PATCH if content_type(asked.head) == "application/apply-patch+yaml" => {
            apply(asked, key, part)
        }
        Method::PATCH => patch(asked, key, part),
        Method::DELETE if part == Part::Main => {
            let (deletion, tries) = asked.deletion()?;
            asked.changed(|state, how| {
                let how = How {
                    dry_run: how.dry_run || tries,
                    ..how
                };
                let told = state.objects.delete(resource, key, &deletion, how)?;
                Ok((StatusCode::OK, told))
            })
        }
        _ => Err(Refusal::method(asked.head.method.as_str())),
    }
}

fn shown(asked: &Asked<'_>, part: Part, object: Value) -> Value {
    let resource = &asked.place.resource;
    match part {
        Part::Scale => form::scale(resource, &object),
        Part::Main | Part::Status => form::served(resource, object),
    }
}

fn get(asked: &Asked<'_>, key: &Key, part: Part) -> Result<Answer, Refusal> {
    let resource = &asked.place.resource;
    let stored = asked.cluster.with(|state| state.objects.store.get(key).cloned());
    let stored = stored.ok_or_else(|| Refusal::not_found(resource, &key.name))?;
    Ok(match part {
        Part::Scale => whole(StatusCode::OK, &form::scale(resource, &stored.value())),
        Part::Main | Part::Status => {
            let now = asked.cluster.now();
            Answer::Json(StatusCode::OK, asked.extent().one(resource, &stored.bytes, now))
        }
    })
}

fn patch(asked: &Asked<'_>, key: &Key, part: Part) -> Result<Answer, Refusal> {
    let resource = &asked.place.resource;
    asked.changed(|state, how| {
        let now = state.objects.store.value(key);
        let now = now.ok_or_else(|| Refusal::not_found(resource, &key.name))?;
        let now = shown(asked, part, now);
        let new = match content_type(asked.head) {
            "application/json-patch+json" => patch::json_patch(&now, asked.body)?,
            "application/merge-patch+json" => patch::merge_patch(&now, asked.body)?,
            "application/strategic-merge-patch+json" if resource.custom.is_none() => {
                strategic::strategic_patch(&now, asked.body)?
            }
            other => return Err(Refusal::media_type(other)),
        };
        let object = state.objects.replace(resource, key, part, new, how)?;
        Ok((StatusCode::OK, shown(asked, part, object)))
    })
}

fn apply(asked: &Asked<'_>, key: &Key, part: Part) -> Result<Answer, Refusal> {
    if asked.query.get("fieldManager").is_empty() {
        return Err(Refusal::no_manager());
    }
    let force = asked.query.is_set("force");
    let is_there = asked.cluster.with(|state| state.objects.store.get(key).is_some());
    if !is_there {
        asked.permitted("create")?;
    }
    asked.changed(|state, how| {
        let config = configuration(asked.body)?;
        let (made, object) = state
            .objects
            .apply(&asked.place.resource, (key, part), config, (how, force))?;
        let code = if made { StatusCode::CREATED } else { StatusCode::OK };
        Ok((code, shown(asked, part, object)))
    })
}

/// What is applied may be YAML.
fn configuration(body: &Bytes) -> Result<Value, Refusal> {
    let wrong = |why: String| Refusal::bad_request(format!("error decoding YAML: {why}"));
    let text = std::str::from_utf8(body).map_err(|error| wrong(error.to_string()))?;
    let value: Value = serde_saphyr::from_str(text).map_err(|error| wrong(error.to_string()))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(wrong("it is no object".to_owned()))
    }
}
