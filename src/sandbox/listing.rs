//! Lists, whole or in pages that belong together: a later page is of the version of the first.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::Answer;
use super::form::Extent;
use super::json::set;
use super::refusal::Refusal;
use super::route::{Place, Query};
use super::selector::Selector;
use super::store::{Key, Store};

/// Answers a list.
pub(super) fn list(
    store: &Store,
    place: &Place,
    (query, selector): (&Query, &Selector),
    (extent, now): (Extent, Timestamp),
) -> Result<Answer, Refusal> {
    let page = Some(query.get("continue")).filter(|it| !it.is_empty());
    let limit: usize = query.get("limit").parse().unwrap_or(0);
    let (id, namespace) = (place.resource.id(), place.namespace.as_deref());
    let (version, after) = if let Some(page) = page {
        token(page, id)?
    } else {
        (asked(store, query)?, None)
    };
    let all = store
        .list_at(id, namespace, version, after.as_ref())
        .map_err(|_gone| Refusal::page_expired())?;
    let mut wanted = all.filter(|(_, object)| selector.wants(object));
    // Of the cache everything is had at once, as from the real server.
    let at_once = limit == 0 || (page.is_none() && query.get("resourceVersion") == "0");
    let taken: Vec<_> = wanted
        .by_ref()
        .take(if at_once { usize::MAX } else { limit })
        .collect();
    let rest = if at_once { 0 } else { wanted.count() };
    let mut meta: Value = json!({ "resourceVersion": version.to_string() });
    if let Some((last, _)) = taken.last().filter(|_| rest > 0) {
        set(
            &mut meta,
            &["continue"],
            format!("{version}:{}/{}", last.namespace, last.name),
        );
        // Who selects is not told how many there are.
        if selector.is_empty() {
            set(&mut meta, &["remainingItemCount"], rest);
        }
    }
    let objects = taken.iter().map(|(_, object)| &object.bytes);
    Ok(Answer::Json(
        StatusCode::OK,
        extent.many(&place.resource, &meta, objects, now),
    ))
}

/// The version that a list is of: what there is, unless an exact one is asked for.
fn asked(store: &Store, query: &Query) -> Result<u64, Refusal> {
    let text = query.get("resourceVersion");
    let wish = match_of(query)?;
    if text.is_empty() {
        return match wish {
            "" => Ok(store.version()),
            _ => Err(Refusal::option(
                "resourceVersionMatch",
                "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
            )),
        };
    }
    let asked = version(text)?;
    if asked > store.version() {
        return Err(Refusal::not_yet(asked, store.version()));
    }
    match wish {
        "Exact" if asked == 0 => Err(Refusal::option(
            "resourceVersionMatch",
            "Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
        )),
        "Exact" => Ok(asked),
        _ => Ok(store.version()),
    }
}

/// How a version is meant.
pub(super) fn match_of(query: &Query) -> Result<&str, Refusal> {
    match query.get("resourceVersionMatch") {
        wish @ ("" | "Exact" | "NotOlderThan") => Ok(wish),
        other => {
            let why =
                format!("Unsupported value: {other:?}: supported values: \"Exact\", \"NotOlderThan\", \"\"");
            Err(Refusal::option("resourceVersionMatch", &why))
        }
    }
}

/// Where the next page begins.
fn token(text: &str, resource: &str) -> Result<(u64, Option<Key>), Refusal> {
    let wrong = || Refusal::bad_request("continue key is not valid");
    let (version, place) = text.split_once(':').ok_or_else(wrong)?;
    let (namespace, name) = place.split_once('/').ok_or_else(wrong)?;
    let version = version.parse().map_err(|_not_a_number| wrong())?;
    Ok((version, Some(Key::new(resource, namespace, name))))
}

/// Reads a resource version.
pub(super) fn version(text: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_not_a_number| {
        Refusal::bad_request(format!(
            "Invalid value: {text:?}: strconv.ParseUint: invalid syntax"
        ))
    })
}
