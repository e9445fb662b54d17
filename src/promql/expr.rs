//! A query as it was understood.

use super::operator::Operator;
use super::selector::Matcher;

/// A query, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Number(f64),
    Text(String),
    /// The newest sample of each series.
    Instant(Selector),
    /// The samples of so many milliseconds.
    Range(Selector, i64),
    /// Another query, over so many milliseconds.
    Subquery(Box<Expr>, i64),
    Call {
        name: String,
        arguments: Vec<Expr>,
    },
    Aggregate {
        name: String,
        grouping: Grouping,
        /// What `topk`, `quantile` and their like take before the vector.
        parameter: Option<Box<Expr>>,
        of: Box<Expr>,
    },
    Binary {
        operator: Operator,
        left: Box<Expr>,
        right: Box<Expr>,
        /// A comparison that answers 0 and 1.
        is_bool: bool,
        matching: Matching,
    },
    Negative(Box<Expr>),
}

/// Which series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    /// The name of the metric is one of them: `__name__`.
    pub matchers: Vec<Matcher>,
    /// So many milliseconds ago.
    pub offset: i64,
    /// At an instant of its own (`@`).
    pub fixed: bool,
}

/// Which labels an aggregation keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grouping {
    By(Vec<String>),
    Without(Vec<String>),
}

/// Which series of two sides belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// By all labels where nothing is said.
    pub on: Option<Grouping>,
    /// `group_left`, `group_right`: many to one.
    pub many: bool,
}
