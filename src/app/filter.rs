//! The filter of lists, with the grammar that k9s taught: words are substrings that must all be there, `!` negates,
//! `-l key=value` looks at labels, `/…/` is a regular expression.

use crate::domain::Rollout;

/// A filter that was read.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

#[derive(Clone, Debug)]
enum Term {
    Has(String),
    HasNot(String),
    Label { key: String, value: Option<String> },
    Matches(regex_lite::Regex),
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Filter {
    /// Reads what was typed.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words: a regular expression that does not parse, `-l` without a label.
    pub fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        if let Some(pattern) = trimmed.strip_prefix('/') {
            let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
            let regex = regex_lite::Regex::new(pattern)
                .map_err(|error| format!("/{pattern}/ is no regular expression: {error}"))?;
            return Ok(Self {
                text: text.to_owned(),
                terms: vec![Term::Matches(regex)],
            });
        }
        let mut terms = Vec::new();
        let mut words = trimmed.split_whitespace();
        while let Some(word) = words.next() {
            terms.push(match (word, word.strip_prefix('!')) {
                ("-l", _) => label(words.next().unwrap_or_default())?,
                (_, Some("")) => continue,
                (_, Some(not)) => Term::HasNot(not.to_lowercase()),
                _ => Term::Has(word.to_lowercase()),
            });
        }
        Ok(Self {
            text: text.to_owned(),
            terms,
        })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True when everything passes.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether `rollout` passes. `words` is everything that its row shows.
    pub fn passes(&self, rollout: &Rollout, words: &str) -> bool {
        let lower = words.to_lowercase();
        self.terms.iter().all(|term| match term {
            Term::Has(word) => lower.contains(word),
            Term::HasNot(word) => !lower.contains(word),
            Term::Matches(regex) => regex.is_match(words),
            Term::Label { key, value } => rollout.labels.iter().any(|(its_key, its_value)| {
                its_key.to_string() == *key
                    && value.as_ref().is_none_or(|value| its_value.to_string() == *value)
            }),
        })
    }
}

fn label(text: &str) -> Result<Term, String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok(Term::Label {
            key: key.to_owned(),
            value: Some(value.to_owned()),
        }),
        None if !text.is_empty() => Ok(Term::Label {
            key: text.to_owned(),
            value: None,
        }),
        Some(_) | None => Err("-l needs a label: -l app=web, or -l app".to_owned()),
    }
}
