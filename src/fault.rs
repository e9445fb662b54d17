//! A mistake in a file that a person wrote: where it is, what is wrong and what to write instead.
//!
//! Settings and themes share it, so that both complain in the same way. A leaf: it reads nothing and decides nothing.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::domain::Untrusted;
use crate::near::near;

/// Why a file was not taken, ready to show. Display is one line; [`Fault::report`] has the place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    place: String,
    what: String,
    remedy: String,
    report: String,
}

impl Fault {
    /// A mistake at a place of the text; without a span it is about the file as a whole.
    pub fn at(path: &str, text: &str, span: Option<Range<usize>>, what: &str, remedy: &str) -> Self {
        let Some(span) = span else {
            return Self::about(path, what, remedy);
        };
        let (line, column) = line_and_column(text, span.start);
        let snippet = Snippet::source(text)
            .path(path)
            .annotation(AnnotationKind::Primary.span(within(text, &span)).label(what));
        let groups = [Level::ERROR
            .primary_title(what)
            .element(snippet)
            .element(Level::HELP.message(remedy))];
        let rendered = Renderer::plain().render(&groups);
        Self {
            place: shown(&format!("{path}:{line}:{column}")),
            what: shown(what),
            remedy: shown(remedy),
            report: rendered.lines().map(shown).collect::<Vec<_>>().join("\n"),
        }
    }

    /// A mistake that has no place in the text: a file that cannot be read, a name that no file has.
    pub fn about(path: &str, what: &str, remedy: &str) -> Self {
        let (place, what, remedy) = (shown(path), shown(what), shown(remedy));
        let report = format!("error: {what}\n --> {place}\n help: {remedy}");
        Self {
            place,
            what,
            remedy,
            report,
        }
    }

    /// What the TOML reader had to say; misspelt names get the nearest known one.
    pub fn from_toml(path: &str, text: &str, error: &toml::de::Error) -> Self {
        let message = error.message();
        let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let (what, remedy) = match names.split_first() {
            Some((unknown, known)) if message.starts_with("unknown ") => (
                format!("\"{unknown}\" is not known here"),
                remedy_for(unknown, known.iter().copied()),
            ),
            _ => (
                in_words(message.lines().next().unwrap_or("not TOML")),
                "correct this line; the documentation shows every form".to_owned(),
            ),
        };
        Self::at(path, text, error.span().or(Some(0..0)), &what, &remedy)
    }

    /// The same, and that it is not the only one of its file.
    #[must_use]
    pub fn beside(mut self, others: usize) -> Self {
        self.remedy = format!(
            "{} (and {others} more: flightdeck config check tells all of them)",
            self.remedy
        );
        self
    }

    /// `path:line:column`, or the path alone.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is wrong, without the place.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do about it.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    /// Several lines with the text around the mistake, for the messages screen and `flightdeck config check`.
    pub fn report(&self) -> &str {
        &self.report
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.what, self.remedy)
    }
}

impl std::error::Error for Fault {}

fn shown(text: &str) -> String {
    Untrusted::from(text).shown()
}

/// What the reader of TOML calls by names of Rust, called as people do.
fn in_words(message: &str) -> String {
    let plain = [
        (" as i128", ""),
        ("expected u32", "expected a whole number of 0 or more"),
        ("expected i64", "expected a whole number"),
        ("expected f64", "expected a number"),
    ];
    plain.iter().fold(message.to_owned(), |text, (rust, plain)| {
        text.replace(rust, plain)
    })
}

/// Spans come from parsers of the same text; clamped all the same, since a wrong one would panic in the renderer.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at = at.saturating_sub(1);
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}

fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..within(text, &(at..at)).start).unwrap_or_default();
    let line = before.matches('\n').count().saturating_add(1);
    let last = before.rsplit('\n').next().unwrap_or_default();
    (line, last.chars().count().saturating_add(1))
}

/// "did you mean …?" where one name is near, else all of them.
pub fn remedy_for<'a>(unknown: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = near(unknown, known.clone()).first() {
        return format!("did you mean \"{near}\"?");
    }
    let all: Vec<&str> = known.collect();
    if all.is_empty() {
        "remove it: nothing can be written here".to_owned()
    } else {
        format!("write one of: {}", all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_place_is_counted_in_lines_and_characters() {
        let fault = Fault::at(
            "a.toml",
            "x = 1\nä = oops\n",
            Some(11..15),
            "no such word",
            "write 1",
        );
        assert_eq!(fault.to_string(), "a.toml:2:5: no such word; write 1");
        assert!(fault.report().contains("a.toml:2:5"), "{}", fault.report());
        assert!(fault.report().contains("^^^^ no such word"), "{}", fault.report());
    }

    #[test]
    fn near_names_are_offered_and_far_ones_are_listed() {
        let known = || ["theme", "glyphs", "colour"].into_iter();
        assert_eq!(remedy_for("themes", known()), "did you mean \"theme\"?");
        assert_eq!(remedy_for("thmee", known()), "did you mean \"theme\"?");
        assert_eq!(remedy_for("zzz", known()), "write one of: theme, glyphs, colour");
    }

    #[test]
    fn escapes_in_a_file_are_shown_and_not_sent() {
        let text = "x = \"\u{1b}[31m\"";
        let fault = Fault::at("e\u{1b}.toml", text, Some(0..1), "bad", "remove it");
        assert!(!fault.to_string().contains('\u{1b}') && !fault.report().contains('\u{1b}'));
    }

    proptest! {
        #[test]
        fn any_span_of_any_text_is_reported(text in ".*", start in 0_usize..200, length in 0_usize..200) {
            let fault = Fault::at("f", &text, Some(start..start + length), "what", "remedy");
            prop_assert!(fault.to_string().starts_with("f:"));
        }
    }
}
