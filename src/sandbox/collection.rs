//! Requests for many objects: lists, watches, creating one more, deleting all that are chosen.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::json;

use super::api::Answer;
use super::form;
use super::json::{set, text};
use super::listing;
use super::objects::How;
use super::refusal::Refusal;
use super::request::{Asked, parsed};
use super::watching::{self, Watched};

/// How long a watch lasts when nobody says: as long as the real server lets them, about.
const WATCH: Duration = Duration::from_secs(1800);

/// Answers one.
pub(super) fn answer(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    match asked.head.method {
        Method::GET if asked.query.is_set("watch") => watch(asked),
        Method::GET => {
            let form = (asked.extent(), asked.cluster.now());
            let selector = asked.selector()?;
            asked.cluster.with(|state| {
                listing::list(&state.objects.store, asked.place, (asked.query, &selector), form)
            })
        }
        Method::POST => create(asked),
        Method::DELETE => delete_all(asked),
        _ => Err(Refusal::method(asked.head.method.as_str())),
    }
}

fn create(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let place = asked.place;
    asked.changed(|state, how| {
        let mut object = parsed(asked.body)?;
        if place.resource.namespaced {
            let namespace = place.namespace.clone();
            let namespace = namespace.ok_or_else(|| Refusal::method("POST"))?;
            let own = text(&object, &["metadata", "namespace"]);
            if !own.is_empty() && own != namespace {
                let why =
                    "the namespace of the provided object does not match the namespace sent on the request";
                return Err(Refusal::bad_request(why));
            }
            set(&mut object, &["metadata", "namespace"], namespace);
        }
        let created = state.objects.create(&place.resource, object, how)?;
        Ok((StatusCode::CREATED, form::served(&place.resource, created)))
    })
}

/// Deletes all that a list with the same selectors would show.
fn delete_all(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let (deletion, tries) = asked.deletion()?;
    let selector = asked.selector()?;
    let resource = &asked.place.resource;
    asked.changed(|state, how| {
        let how = How {
            dry_run: how.dry_run || tries,
            ..how
        };
        let namespace = asked.place.namespace.as_deref();
        let all = state.objects.store.list(resource.id(), namespace);
        let wanted = all.filter(|(_, object)| selector.wants(object));
        let wanted: Vec<_> = wanted
            .map(|(key, object)| (key.clone(), object.value()))
            .collect();
        let mut items = Vec::new();
        for (key, object) in wanted {
            state.objects.delete(resource, &key, &deletion, how)?;
            items.push(form::served(resource, object));
        }
        let version = state.objects.store.version().to_string();
        let list = json!({
            "kind": resource.list_kind(), "apiVersion": resource.api_version(),
            "metadata": { "resourceVersion": version }, "items": items,
        });
        Ok((StatusCode::OK, list))
    })
}

fn watch(asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let query = asked.query;
    let of = watching::asked(query)?;
    let lasts = query
        .get("timeoutSeconds")
        .parse()
        .map_or(WATCH, Duration::from_secs);
    let watched = Watched {
        resource: Arc::clone(&asked.place.resource),
        namespace: asked.place.namespace.clone(),
        selector: asked.selector()?,
        extent: asked.extent(),
        bookmarks: query.is_set("allowWatchBookmarks"),
        since: of.since,
        initial_events: of.initial_events,
        lasts: lasts.min(WATCH),
    };
    watching::begin(asked.cluster, watched).map(Answer::Watch)
}
