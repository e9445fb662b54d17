//! What stands in one cell: ages, lists that are cut short, selectors.

use jiff::Timestamp;
use serde_json::Value;

use crate::sandbox::json::{at, text};

/// How long ago a time in an object is, as kubectl writes it.
pub(super) fn ago(time: &str, now: Timestamp) -> String {
    time.parse::<Timestamp>().map_or_else(
        |_no_time| "<unknown>".to_owned(),
        |then| duration(now.as_second() - then.as_second()),
    )
}

/// How old an object is.
pub(super) fn age(object: &Value, now: Timestamp) -> String {
    ago(text(object, &["metadata", "creationTimestamp"]), now)
}

/// Two units at most, and the smaller one only where it matters.
fn duration(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let years = days / 365;
    let two = |big: i64, unit: &str, small: i64, smaller: &str| match small {
        0 => format!("{big}{unit}"),
        small => format!("{big}{unit}{small}{smaller}"),
    };
    match seconds {
        ..0 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, "d", hours % 24, "h"),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two(years, "y", days % 365, "d"),
        _ => format!("{years}y"),
    }
}

/// Words with commas, or `<none>`.
pub(super) fn joined<T: AsRef<str>>(words: impl Iterator<Item = T>) -> String {
    let words: Vec<T> = words.collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    if words.is_empty() {
        "<none>".to_owned()
    } else {
        words.join(",")
    }
}

/// The first three, and how many more.
pub(super) fn first_three(words: &[String]) -> String {
    let shown = joined(words.iter().take(3));
    match words.len().saturating_sub(3) {
        0 if words.is_empty() => "<unset>".to_owned(),
        0 => shown,
        more => format!("{shown} + {more} more..."),
    }
}

/// The pairs of a selector.
pub(super) fn pairs(pairs: &Value) -> String {
    let pairs = pairs.as_object().into_iter().flatten();
    joined(pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())))
}

/// A number or a share, as it is written.
pub(super) fn share(object: &Value, path: &[&str]) -> String {
    match at(object, path) {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => "N/A".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_two_units_at_most() {
        for (seconds, words) in [
            (-3, "0s"),
            (119, "119s"),
            (120, "2m"),
            (150, "2m30s"),
            (3600, "60m"),
            (3 * 3600 + 120, "3h2m"),
            (9 * 3600 + 120, "9h"),
            (49 * 3600, "2d1h"),
            (30 * 86_400, "30d"),
            (800 * 86_400, "2y70d"),
        ] {
            assert_eq!(duration(seconds), words, "{seconds}");
        }
    }

    #[test]
    fn more_than_three_are_counted() {
        let words: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).into();
        assert_eq!(first_three(&words), "a,b,c + 2 more...");
        assert_eq!(first_three(&[]), "<unset>");
    }
}
