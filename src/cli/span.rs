//! Spans of time as kubectl's users write them.

use std::time::Duration;

/// kubectl's spelling: `30s`, `2m`, `1h`, `2d`, or a bare number of seconds.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    const REMEDY: &str = "write a number with s, m, h or d, e.g. 30s";
    let split = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().ok().ok_or(REMEDY)?;
    let seconds = match unit {
        "" | "s" => Some(number),
        "m" => number.checked_mul(60),
        "h" => number.checked_mul(3600),
        "d" => number.checked_mul(86_400),
        _other => None,
    };
    seconds.map(Duration::from_secs).ok_or_else(|| REMEDY.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_kubectl_writes_them() {
        assert_eq!(span("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(span("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(span("5"), Ok(Duration::from_secs(5)));
        assert_eq!(span("3d"), Ok(Duration::from_secs(259_200)));
        assert!(span("soon").is_err() && span("99999999999999999999d").is_err());
    }
}
