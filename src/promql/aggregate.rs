//! One number of many, group by group.

use std::collections::BTreeMap;

use super::evaluate::Refusal;
use super::expr::Grouping;
use super::labels::Labels;
use super::source::Sample;

/// What a group has had so far.
#[derive(Clone, Copy)]
struct Group {
    sum: f64,
    count: f64,
    max: f64,
    min: f64,
}

/// Aggregates; refuses what it does not know.
pub(super) fn aggregate(name: &str, grouping: &Grouping, of: Vec<Sample>) -> Result<Vec<Sample>, Refusal> {
    let result: fn(&Group) -> f64 = match name {
        "sum" => |group| group.sum,
        "avg" => |group| group.sum / group.count,
        "max" => |group| group.max,
        "min" => |group| group.min,
        "count" => |group| group.count,
        other => return Err(Refusal::Unsupported(format!("the aggregation {other}"))),
    };
    let mut groups: BTreeMap<Labels, Group> = BTreeMap::new();
    for sample in of {
        let value = sample.value;
        groups
            .entry(sample.labels.grouped(grouping))
            .and_modify(|group| group.take(value))
            .or_insert(Group {
                sum: value,
                count: 1.0,
                max: value,
                min: value,
            });
    }
    let of = |(labels, group): (Labels, Group)| Sample {
        value: result(&group),
        labels,
    };
    Ok(groups.into_iter().map(of).collect())
}

impl Group {
    fn take(&mut self, value: f64) {
        self.sum += value;
        self.count += 1.0;
        // A NaN gives way to any number.
        self.max = self.max.max(value);
        self.min = self.min.min(value);
    }
}
