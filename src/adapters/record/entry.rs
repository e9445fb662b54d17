//! One line of the record. The version stands in every line, so that any part of a file can be read by itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::Approved;
use crate::domain::{Outcome, Plan, Untrusted};

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
        /// Absent in lines that were written before there was such a thing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ask: Option<Box<Ask>>,
    },
    /// What became of it.
    Outcome {
        rollout: String,
        step: String,
        outcome: String,
        audit_id: Option<Untrusted>,
    },
}

/// What a later run needs to ask the cluster what became of a decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    /// Where the object is read.
    pub path: String,
    pub driver: String,
    /// What makes the cluster itself, where that was known: the uid of its namespace `kube-system`.
    pub cluster_uid: Option<Untrusted>,
    /// The object's generation as it was shown: as long as it is the same, nobody changed what is asked of the object.
    pub generation: i64,
    /// The operations on that object, as in the requests: values of environment variables are hashes.
    pub operations: Vec<Value>,
}

impl Ask {
    /// `None` when what is sent is not told by operations: then it cannot be compared with an object.
    fn of(plan: &Plan, who: &Who) -> Option<Box<Self>> {
        let of_target = plan
            .writes
            .iter()
            .filter(|write| write.path.starts_with(&plan.target.path));
        let mut operations = Vec::new();
        for line in of_target.flat_map(|write| write.shown.lines()) {
            operations.push(serde_json::from_str(line).ok()?);
        }
        let ask = Self {
            path: plan.target.path.clone(),
            driver: plan.target.key.driver.resource().to_owned(),
            cluster_uid: who.cluster_uid.clone(),
            generation: plan.target.generation,
            operations,
        };
        (!ask.operations.is_empty()).then(|| Box::new(ask))
    }
}

/// On whose behalf, and where.
#[derive(Clone, Debug, Default)]
pub struct Who {
    pub server: String,
    /// The uid of the namespace `kube-system`; `None` when it may not be read, or was not yet.
    pub cluster_uid: Option<Untrusted>,
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
        ask: Ask::of(plan, who),
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
