//! What a series is known by.

use std::collections::BTreeMap;

use super::expr::Grouping;

/// Labels with their values; the metric's name is `__name__`. What is empty is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    /// The value of a label; empty where there is none.
    pub fn get(&self, label: &str) -> &str {
        self.0.get(label).map_or("", String::as_str)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(label, value)| (label.as_str(), value.as_str()))
    }

    /// The same with one more.
    #[must_use]
    pub fn with(mut self, label: &str, value: &str) -> Self {
        if value.is_empty() {
            self.0.remove(label);
        } else {
            self.0.insert(label.to_owned(), value.to_owned());
        }
        self
    }

    pub(super) fn without_name(&self) -> Self {
        self.without(&["__name__"])
    }

    pub(super) fn without(&self, labels: &[&str]) -> Self {
        let kept = self
            .0
            .iter()
            .filter(|(label, _)| !labels.contains(&label.as_str()));
        Self(
            kept.map(|(label, value)| (label.clone(), value.clone()))
                .collect(),
        )
    }

    /// What is left of them in a group.
    pub(super) fn grouped(&self, grouping: &Grouping) -> Self {
        match grouping {
            Grouping::By(names) => {
                let kept = self.0.iter().filter(|(label, _)| names.contains(label));
                Self(
                    kept.map(|(label, value)| (label.clone(), value.clone()))
                        .collect(),
                )
            }
            Grouping::Without(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).chain(["__name__"]).collect();
                self.without(&names)
            }
        }
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Labels {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        Self(
            pairs
                .map(|(label, value)| (label.to_owned(), value.to_owned()))
                .collect(),
        )
    }
}
