//! Names for messages: the ones there are, and the ones that were probably meant.

use crate::domain::Untrusted;
use crate::near::near;

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

/// ` (did you mean `x`?)` for the names that were probably meant.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<String> = near(name, known)
        .into_iter()
        .map(|candidate| format!("`{}`", Untrusted::from(candidate)))
        .collect();
    if words.is_empty() {
        String::new()
    } else {
        format!(" (did you mean {}?)", words.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
