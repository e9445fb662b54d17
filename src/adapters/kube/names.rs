//! Names for messages: the ones there are, and the ones that were probably meant.

use crate::domain::Untrusted;

/// Up to ten names, and how many more there are.
pub(super) fn listed(names: &[String]) -> String {
    const MOST: usize = 10;
    let mut words: Vec<String> = names
        .iter()
        .take(MOST)
        .map(|name| Untrusted::from(name.as_str()).shown())
        .collect();
    if let Some(more) = names.len().checked_sub(MOST).filter(|more| *more > 0) {
        words.push(format!("and {more} more"));
    }
    words.join(", ")
}

/// ` (did you mean `x`?)` for the names that are a few letters away or contain what was typed.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut close: Vec<(usize, &str)> = known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= 1 + name.chars().count() / 4 || (name.len() > 2 && candidate.contains(name))
        })
        .collect();
    close.sort_unstable();
    let words: Vec<String> = close
        .iter()
        .take(3)
        .map(|(_, candidate)| format!("`{}`", Untrusted::from(*candidate)))
        .collect();
    if words.is_empty() {
        String::new()
    } else {
        format!(" (did you mean {}?)", words.join(" or "))
    }
}

/// Edits from one word to the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, left) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (above, right) in row.iter().skip(1).zip(other.chars()) {
            let cost = usize::from(!left.eq_ignore_ascii_case(&right));
            before = (diagonal + cost).min(above + 1).min(before + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        assert_eq!(distance("prod", "prod"), 0);
        assert_eq!(distance("prdo", "prod"), 2);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn only_near_names_are_offered() {
        let known = ["prod-eu", "staging", "prod-us"];
        assert_eq!(
            nearest("prod-eo", known.into_iter()),
            " (did you mean `prod-eu` or `prod-us`?)"
        );
        assert_eq!(nearest("zzz", known.into_iter()), "");
    }
}
