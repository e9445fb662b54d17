//! What an answer lacks, told beside it: silence would read as zero.

use crate::view;

use super::opened::{Missing, Opened};
use super::print::beside;

/// What is missing from an answer is told beside it: silence would read as zero.
pub(super) fn tell_missing(opened: &Opened) {
    for missing in opened.missing() {
        beside(&missing_words(&missing));
    }
    for note in &opened.source().notes {
        beside(&note.shown());
    }
    for oddity in &opened.source().oddities {
        beside(&format!("{} is left out: {}", oddity.what, oddity.why));
    }
}

/// An empty answer says whether there is nothing, or nothing that may be read.
pub(super) fn tell_empty(opened: &Opened) {
    if opened.model.rollouts().next().is_none() {
        let words = view::fleet_empty(&opened.context(), &opened.model);
        let first = words.first().into_iter().flatten().map(|(_, word)| word.as_str());
        beside(&first.collect::<String>());
    }
}

/// The words for what is missing.
pub(super) fn missing_words(missing: &Missing) -> String {
    let place = missing
        .namespace
        .as_ref()
        .map(|it| format!(" in {it}"))
        .unwrap_or_default();
    let how = if missing.is_forbidden {
        "forbidden"
    } else {
        "not read"
    };
    format!("{}{place}: {how}: {}", missing.kind.resource(), missing.why)
}
