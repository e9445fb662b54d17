//! One line of the record. The version stands in every line, so that any part of a file can be read by itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::Approved;
use crate::domain::{Outcome, Untrusted};

/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// A line. Env values in requests are hashed already ([`crate::domain::Write::shown`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub version: u32,
    /// Ties the lines of one decision together: when it was made, and the request's number.
    pub decision: String,
    pub at: Timestamp,
    #[serde(flatten)]
    pub what: What,
}

/// What a line tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum What {
    /// Somebody confirmed this, and it is about to be sent.
    Intent {
        cluster: Untrusted,
        server: Untrusted,
        user: Option<Untrusted>,
        rollout: String,
        uid: Untrusted,
        step: String,
        class: String,
        reason: String,
        /// How it was confirmed. Absent in lines that were written when there was one way only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<String>,
        sentence: String,
        digest: String,
        /// What the sheet showed, as "what: value".
        evidence: Vec<String>,
        requests: Vec<String>,
    },
    /// What became of it.
    Outcome {
        rollout: String,
        step: String,
        outcome: String,
        audit_id: Option<Untrusted>,
    },
}

/// On whose behalf.
#[derive(Clone, Debug, Default)]
pub struct Who {
    pub server: String,
    /// As the server named the user; `None` when it did not.
    pub user: Option<Untrusted>,
}

/// The line that is written before anything is sent.
pub fn intent(decision: &str, at: Timestamp, approved: &Approved, who: &Who) -> Entry {
    let plan = approved.plan();
    let what = What::Intent {
        cluster: plan.target.key.cluster.0.clone(),
        server: Untrusted::from(who.server.as_str()),
        user: who.user.clone(),
        rollout: plan.target.key.to_string(),
        uid: plan.target.uid.clone(),
        step: plan.step.verb().to_owned(),
        class: plan.class.word().to_owned(),
        reason: approved.reason().to_owned(),
        via: Some(approved.authority().word().to_owned()),
        sentence: plan.sentence.clone(),
        digest: plan.digest().to_string(),
        evidence: plan
            .facts
            .iter()
            .map(|fact| format!("{}: {}", fact.what, fact.value))
            .collect(),
        requests: plan
            .writes
            .iter()
            .map(|write| {
                format!(
                    "{} {} {} {}",
                    write.method.word(),
                    write.path,
                    write.content_type,
                    write.shown
                )
            })
            .collect(),
    };
    Entry {
        version: VERSION,
        decision: decision.to_owned(),
        at,
        what,
    }
}

/// The line for what came of it.
pub fn outcome(decision: &str, at: Timestamp, approved: &Approved, outcome: &Outcome) -> Entry {
    let plan = approved.plan();
    let (_, words) = crate::app::outcome_words(outcome);
    let audit_id = if let Outcome::Accepted { audit_id, .. } = outcome {
        audit_id.clone()
    } else {
        None
    };
    let what = What::Outcome {
        rollout: plan.target.key.to_string(),
        step: plan.step.verb().to_owned(),
        outcome: words,
        audit_id,
    };
    Entry {
        version: VERSION,
        decision: decision.to_owned(),
        at,
        what,
    }
}

/// The line for what became known later: seen, done, reverted, not applied.
pub fn later(decision: &str, at: Timestamp, rollout: &str, step: &str, words: &str) -> Entry {
    let what = What::Outcome {
        rollout: rollout.to_owned(),
        step: step.to_owned(),
        outcome: words.to_owned(),
        audit_id: None,
    };
    Entry {
        version: VERSION,
        decision: decision.to_owned(),
        at,
        what,
    }
}
