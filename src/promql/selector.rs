//! Which series a selector wants.

use regex_lite::Regex;

/// A condition on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    pub label: String,
    pub compare: Compare,
    pub value: String,
}

/// How a label's value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    Is,
    IsNot,
    Fits,
    FitsNot,
}

impl Matcher {
    pub(super) fn named(name: &str) -> Self {
        Self {
            label: "__name__".to_owned(),
            compare: Compare::Is,
            value: name.to_owned(),
        }
    }

    /// A series without that label fulfils it: alone it would want everything there is.
    pub(super) fn takes_nothing(&self) -> bool {
        match self.compare {
            Compare::Is => self.value.is_empty(),
            Compare::IsNot => !self.value.is_empty(),
            Compare::Fits => pattern(&self.value).is_ok_and(|it| it.is_match("")),
            Compare::FitsNot => pattern(&self.value).is_ok_and(|it| !it.is_match("")),
        }
    }
}

/// Patterns are for the whole value.
fn pattern(text: &str) -> Result<Regex, regex_lite::Error> {
    Regex::new(&format!("^(?s:{text})$"))
}

/// The conditions of a selector, ready to be asked.
#[derive(Clone, Debug)]
pub struct Wanted(Vec<(String, Test)>);

#[derive(Clone, Debug)]
enum Test {
    Is(String),
    IsNot(String),
    Fits(Regex),
    FitsNot(Regex),
}

impl Wanted {
    /// Prepares matchers; an error says in words which pattern cannot be read.
    pub(super) fn of(matchers: &[Matcher]) -> Result<Self, String> {
        let test = |matcher: &Matcher| {
            let regex = || {
                pattern(&matcher.value)
                    .map_err(|error| format!("the pattern {:?} cannot be read: {error}", matcher.value))
            };
            let test = match matcher.compare {
                Compare::Is => Test::Is(matcher.value.clone()),
                Compare::IsNot => Test::IsNot(matcher.value.clone()),
                Compare::Fits => Test::Fits(regex()?),
                Compare::FitsNot => Test::FitsNot(regex()?),
            };
            Ok((matcher.label.clone(), test))
        };
        matchers.iter().map(test).collect::<Result<_, String>>().map(Self)
    }

    /// Whether a value fulfils all conditions on that label. A label that is not there is empty.
    pub fn fits(&self, label: &str, value: &str) -> bool {
        let mut its = self.0.iter().filter(|(name, _)| name == label);
        its.all(|(_, test)| test.holds(value))
    }

    /// Whether labels fulfil all conditions.
    pub fn fit<'a>(&self, get: impl Fn(&str) -> &'a str) -> bool {
        self.0.iter().all(|(label, test)| test.holds(get(label)))
    }
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Is(wanted) => value == wanted,
            Self::IsNot(wanted) => value != wanted,
            Self::Fits(pattern) => pattern.is_match(value),
            Self::FitsNot(pattern) => !pattern.is_match(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(compare: Compare, value: &str, given: &str) -> bool {
        let matcher = Matcher {
            label: "pod".to_owned(),
            compare,
            value: value.to_owned(),
        };
        Wanted::of(&[matcher]).unwrap().fits("pod", given)
    }

    #[test]
    fn patterns_are_for_the_whole_value() {
        assert!(wants(Compare::Fits, "web|api", "api"));
        assert!(!wants(Compare::Fits, "web", "web-1"));
        assert!(wants(Compare::FitsNot, "web", "web-1"));
        assert!(
            wants(Compare::Fits, r"web-1\.a", "web-1.a") && !wants(Compare::Fits, r"web-1\.a", "web-1xa")
        );
        assert!(wants(Compare::IsNot, "web", ""));
        assert!(wants(Compare::Fits, "5..", "503"));
    }
}
