//! How an answer is printed, and which code a refusal ends with.

use serde::Serialize;

use crate::cli::Answer;
use crate::domain::{Refusal, RefusalKind};
use crate::runtime::Exit;

use super::super::CommandError;

/// An answer for programs; for people it is words.
pub(super) fn encoded(
    shape: Answer,
    document: &impl Serialize,
    words: impl FnOnce() -> String,
) -> Result<String, CommandError> {
    match shape {
        Answer::Table => Ok(words()),
        Answer::Json => serde_json::to_string_pretty(document)
            .map(|text| format!("{text}\n"))
            .map_err(|why| unprintable("JSON", &why)),
        Answer::Yaml => serde_saphyr::to_string(document).map_err(|why| unprintable("YAML", &why)),
    }
}

fn unprintable(format: &'static str, why: &impl ToString) -> CommandError {
    CommandError::Format {
        format,
        why: why.to_string(),
    }
}

/// The documented code of a refusal.
pub(super) fn exit_of(kind: RefusalKind) -> Exit {
    match kind {
        RefusalKind::AlreadySo => Exit::DONE,
        RefusalKind::Forbidden => Exit::FORBIDDEN,
        RefusalKind::Changed => Exit::CHANGED,
        RefusalKind::NotNow
        | RefusalKind::ReadOnly
        | RefusalKind::Gone
        | RefusalKind::Stale
        | RefusalKind::Denied
        | RefusalKind::InFlight
        | RefusalKind::NoRecord
        | RefusalKind::Synchronized
        | RefusalKind::OtherCluster
        | RefusalKind::Owned
        | RefusalKind::Unsupported => Exit::REFUSED,
    }
}

/// The command ends with this refusal, and nothing is on standard output.
pub(super) fn refused(refusal: &Refusal) -> CommandError {
    ended(refusal.sentence(), exit_of(refusal.kind))
}

/// The command ends with these words and this code.
pub(super) fn ended(words: impl Into<String>, exit: Exit) -> CommandError {
    CommandError::Act {
        words: words.into(),
        exit,
    }
}
