//! Samples, and where they come from.

use super::labels::Labels;
use super::selector::Wanted;

/// What a scrape notes for a series that is not there any more. It is a NaN that no arithmetic makes.
pub const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// Whether a value is that note.
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE.to_bits()
}

/// Where samples come from.
pub trait Samples {
    /// The series that are wanted, each with its samples after `after` until `until`, in milliseconds since 1970, oldest first.
    fn series(&self, wanted: &Wanted, after: i64, until: i64) -> Vec<Series>;
}

/// A series with samples: milliseconds since 1970, value.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub labels: Labels,
    pub points: Vec<(i64, f64)>,
}

/// One value of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub labels: Labels,
    pub value: f64,
}

/// What a query is answered with.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Scalar(f64),
    Text(String),
    Vector(Vec<Sample>),
    Matrix(Vec<Series>),
}
