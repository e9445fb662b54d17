//! Which objects a list or watch wants: label and field selectors as the API writes them.

use serde_json::Value;

use super::resource::{EVENTS, NAMESPACES, PODS, REPLICA_SETS, SECRETS, SERVICES};
use super::store::Stored;

/// What all objects must fulfil. Empty wants everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector {
    labels: Vec<Term>,
    fields: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Is(String, String),
    IsNot(String, String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Has(String),
    Lacks(String),
}

impl Selector {
    /// Reads both; an error says in words what cannot be read.
    pub(super) fn parse(labels: &str, fields: &str) -> Result<Self, String> {
        Ok(Self {
            labels: terms(labels)?,
            fields: terms(fields)?,
        })
    }

    /// It wants everything.
    pub(super) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Says which field cannot be asked for: every kind has its own few.
    pub(super) fn unknown_field(&self, resource: &str) -> Option<&str> {
        let known = |field: &str| {
            ["metadata.name", "metadata.namespace"].contains(&field)
                || match resource {
                    PODS => [
                        "spec.nodeName",
                        "spec.restartPolicy",
                        "spec.schedulerName",
                        "spec.serviceAccountName",
                        "spec.hostNetwork",
                        "status.phase",
                        "status.podIP",
                        "status.nominatedNodeName",
                    ]
                    .contains(&field),
                    EVENTS => {
                        field.starts_with("involvedObject.")
                            || ["reason", "reportingComponent", "source", "type"].contains(&field)
                    }
                    REPLICA_SETS => field == "status.replicas",
                    NAMESPACES => field == "status.phase",
                    SECRETS => field == "type",
                    SERVICES => ["spec.clusterIP", "spec.type"].contains(&field),
                    _ => false,
                }
        };
        let mut fields = self.fields.iter().map(Term::key);
        fields.find(|field| !known(field))
    }

    /// Whether an object is wanted.
    pub(super) fn wants(&self, object: &Stored) -> bool {
        let label = |key: &str| {
            let found = object.labels.iter().find(|(its, _)| its == key);
            found.map(|(_, value)| value.clone())
        };
        if !self.labels.iter().all(|term| term.holds(&label)) {
            return false;
        }
        if self.fields.is_empty() {
            return true;
        }
        let value = object.value();
        let field = |path: &str| {
            let found = path.split('.').try_fold(&value, |value, key| value.get(key));
            Some(match found {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            })
        };
        self.fields.iter().all(|term| term.holds(&field))
    }
}

impl Term {
    fn key(&self) -> &str {
        match self {
            Self::Is(key, _)
            | Self::IsNot(key, _)
            | Self::In(key, _)
            | Self::NotIn(key, _)
            | Self::Has(key)
            | Self::Lacks(key) => key,
        }
    }

    fn holds(&self, get: &impl Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::Is(key, value) => get(key).is_some_and(|it| it == *value),
            Self::IsNot(key, value) => get(key).is_none_or(|it| it != *value),
            Self::In(key, values) => get(key).is_some_and(|it| values.contains(&it)),
            Self::NotIn(key, values) => get(key).is_none_or(|it| !values.contains(&it)),
            Self::Has(key) => get(key).is_some(),
            Self::Lacks(key) => get(key).is_none(),
        }
    }
}

fn terms(text: &str) -> Result<Vec<Term>, String> {
    split(text).into_iter().map(term).collect()
}

/// At the commas that stand in no parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let parts = text.split(|character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn term(part: &str) -> Result<Term, String> {
    let own = |text: &str| text.trim().to_owned();
    if let Some((key, value)) = part.split_once("!=") {
        return Ok(Term::IsNot(own(key), own(value)));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Ok(Term::Is(own(key), own(value)));
    }
    if let Some(key) = part.strip_prefix('!') {
        return Ok(Term::Lacks(own(key)));
    }
    let Some((key, rest)) = part.split_once(char::is_whitespace) else {
        return Ok(Term::Has(own(part)));
    };
    let values = |list: &str| -> Option<Vec<String>> {
        let inner = list.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(inner.split(',').map(own).collect())
    };
    let found = if let Some(list) = rest.trim().strip_prefix("notin") {
        values(list).map(|values| Term::NotIn(own(key), values))
    } else {
        let list = rest.trim().strip_prefix("in");
        list.and_then(values).map(|values| Term::In(own(key), values))
    };
    found.ok_or_else(|| format!("unable to parse requirement: {part:?}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_and_fields_select() {
        let object = Stored::of(
            &json!({ "metadata": { "name": "a", "labels": { "app": "web", "tier": "front" } }, "type": "Normal" }),
        );
        for (labels, fields, wanted) in [
            ("", "", true),
            ("app=web,tier==front", "", true),
            ("app!=web", "", false),
            ("app in (api, web),tier notin (back)", "", true),
            ("tier,!gone", "metadata.name=a", true),
            ("gone", "", false),
            ("", "type!=Normal", false),
            ("", "spec.nodeName=", true),
            ("", "metadata.name=b", false),
        ] {
            let selector = Selector::parse(labels, fields).unwrap();
            assert_eq!(selector.wants(&object), wanted, "{labels} / {fields}");
        }
        assert!(Selector::parse("app within (a)", "").is_err());
    }
}
