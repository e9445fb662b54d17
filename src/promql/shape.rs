//! What a query would be answered with, as far as its text tells: enough to find a query that cannot be meant.

use super::expr::{Expr, Grouping};

/// Functions that take a range.
const OF_RANGES: [&str; 10] = [
    "rate",
    "irate",
    "increase",
    "delta",
    "idelta",
    "deriv",
    "changes",
    "resets",
    "predict_linear",
    "avg_over_time",
];

/// What an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Number,
    Text,
    Vector,
    Range,
}

impl Expr {
    /// What it is.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Number(_) => Shape::Number,
            Self::Text(_) => Shape::Text,
            Self::Range(_, _) | Self::Subquery(_, _) => Shape::Range,
            Self::Call { name, .. } if ["scalar", "time", "pi"].contains(&name.as_str()) => Shape::Number,
            Self::Instant(_) | Self::Aggregate { .. } | Self::Call { .. } => Shape::Vector,
            Self::Negative(of) => of.shape(),
            Self::Binary { left, right, .. } => match (left.shape(), right.shape()) {
                (Shape::Number, Shape::Number) => Shape::Number,
                _ => Shape::Vector,
            },
        }
    }

    /// A function that wants a range and was given none, by name.
    pub fn lacks_range(&self) -> Option<&str> {
        match self {
            Self::Call { name, arguments } if OF_RANGES.contains(&name.as_str()) => match arguments.first() {
                Some(of) if of.shape() == Shape::Range => of.lacks_range(),
                Some(_) | None => Some(name),
            },
            Self::Call { arguments, .. } => arguments.iter().find_map(Self::lacks_range),
            Self::Aggregate { of, .. } | Self::Negative(of) | Self::Subquery(of, _) => of.lacks_range(),
            Self::Binary { left, right, .. } => left.lacks_range().or_else(|| right.lacks_range()),
            Self::Number(_) | Self::Text(_) | Self::Instant(_) | Self::Range(_, _) => None,
        }
    }

    /// Whether the answer can still tell series apart by that label. True where only the server knows.
    pub fn keeps(&self, label: &str) -> bool {
        let has = |names: &[String]| names.iter().any(|name| name == label);
        match self {
            Self::Number(_) | Self::Text(_) => false,
            Self::Instant(_) | Self::Range(_, _) => true,
            Self::Subquery(of, _) | Self::Negative(of) => of.keeps(label),
            Self::Call { name, arguments } => {
                // These make labels of their own.
                name.starts_with("label_") || arguments.iter().any(|of| of.keeps(label))
            }
            Self::Aggregate { grouping, of, .. } => match grouping {
                Grouping::By(names) => has(names) && of.keeps(label),
                Grouping::Without(names) => !has(names) && of.keeps(label),
            },
            Self::Binary {
                left,
                right,
                matching,
                operator,
                ..
            } => {
                let kept = match &matching.on {
                    Some(Grouping::By(names)) => has(names) || matching.many || operator.is_set(),
                    Some(Grouping::Without(names)) => !has(names) || matching.many || operator.is_set(),
                    None => true,
                };
                let both = [left, right]
                    .into_iter()
                    .filter(|side| side.shape() != Shape::Number);
                kept && both.clone().count() > 0
                    && both.into_iter().all(|side| side.keeps(label) || matching.many)
            }
        }
    }

    /// The quantile that a query computes, where it says so in a number.
    pub fn quantile(&self) -> Option<f64> {
        match self {
            Self::Call { name, arguments } if name == "histogram_quantile" => match arguments.first() {
                Some(Self::Number(quantile)) => Some(*quantile),
                Some(_) | None => None,
            },
            Self::Call { arguments, .. } => arguments.iter().find_map(Self::quantile),
            Self::Aggregate { of, .. } | Self::Negative(of) | Self::Subquery(of, _) => of.quantile(),
            Self::Binary { left, right, .. } => left.quantile().or_else(|| right.quantile()),
            Self::Number(_) | Self::Text(_) | Self::Instant(_) | Self::Range(_, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::promql::parse;

    #[test]
    fn a_label_is_kept_or_lost() {
        for (text, kept) in [
            ("sum by (pod) (rate(a[1m]))", true),
            ("sum(rate(a[1m]))", false),
            ("sum without (le) (a)", true),
            ("sum without (pod) (a)", false),
            ("sum by (pod) (a) / sum by (pod) (b)", true),
            ("sum by (pod) (a) / sum(b)", false),
            ("sum by (pod) (a) / 2", true),
            ("a / on (app) b", false),
            ("sum(sum by (pod) (a)) by (app)", false),
            ("histogram_quantile(0.9, sum by (pod, le) (rate(a[1m])))", true),
            ("1", false),
        ] {
            assert_eq!(parse(text).unwrap().keeps("pod"), kept, "{text}");
        }
    }

    #[test]
    fn a_rate_of_no_range_and_the_quantile_are_found() {
        let parsed = |text: &str| parse(text).unwrap();
        assert_eq!(parsed("sum(rate(a))").lacks_range(), Some("rate"));
        assert_eq!(parsed("sum(rate(a[1m])) / 2").lacks_range(), None);
        let latency = parsed("1000 * histogram_quantile(0.95, sum by (le) (rate(a[1m])))");
        assert_eq!(latency.quantile(), Some(0.95));
        assert_eq!(parsed("avg(a)").quantile(), None);
    }
}
