//! The names that were probably meant. A leaf: it compares words and words no message.

/// Names offered at most.
const MOST: usize = 3;

/// The known names that are few edits away, begin with the word, or contain it; the nearest first.
pub fn near<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut close: Vec<(usize, &str)> = known
        .map(|name| (distance(word, name), name))
        .filter(|(distance, name)| *distance <= allowed(name) || resembles(word, name))
        .collect();
    close.sort_unstable();
    close.dedup();
    close.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// A third of the name, at least one letter.
fn allowed(name: &str) -> usize {
    (name.chars().count() / 3).max(1)
}

fn resembles(word: &str, name: &str) -> bool {
    let begins = word.len().min(name.len()) > 1 && (word.starts_with(name) || name.starts_with(word));
    begins || (word.len() > 2 && name.contains(word))
}

/// Edits between two words: a character added, left out, replaced, or swapped with its neighbour. Capitals do not count.
fn distance(one: &str, other: &str) -> usize {
    strsim::osa_distance(&one.to_lowercase(), &other.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_and_far_ones_not_at_all() {
        let known = || ["prod-eu", "staging", "prod-us"].into_iter();
        assert_eq!(near("prod-eo", known()), ["prod-eu", "prod-us"]);
        assert_eq!(near("prdo-eu", known()), ["prod-eu"]);
        assert_eq!(near("STAGING", known()), ["staging"]);
        assert_eq!(near("prod", known()), ["prod-eu", "prod-us"]);
        assert!(near("zzz", known()).is_empty());
    }

    #[test]
    fn edits_are_counted() {
        for (one, other, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("ab", "ba", 1),
            ("kitten", "sitting", 3),
            ("drak", "dark", 1),
        ] {
            assert_eq!(
                (distance(one, other), distance(other, one)),
                (expected, expected),
                "{one} {other}"
            );
        }
    }
}
