//! Text in columns: truncated, padded and wrapped by grapheme and display width, measured as the buffer measures it.
//!
//! Cleaning is not done here: texts come sanitised from `domain::Untrusted`. Controls that come all the same have no width and are dropped.

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use crate::view::Tone;

/// Text of one meaning.
pub type Span = (Tone, String);

/// Which part of a text gives way when there is no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// The start: for messages.
    #[default]
    Start,
    /// Start and end: for names whose end tells them apart, such as pods.
    Ends,
}

/// Graphemes that can be drawn, with their width in cells. Those without a width are left out, as the buffer does.
pub fn graphemes(text: &str) -> impl DoubleEndedIterator<Item = (&str, usize)> {
    text.graphemes(true)
        .filter(|grapheme| !grapheme.contains(char::is_control))
        .map(|grapheme| (grapheme, usize::from(grapheme.cell_width())))
        .filter(|(_, width)| *width > 0)
}

/// Width in cells.
pub fn width(text: &str) -> usize {
    graphemes(text).map(|(_, width)| width).sum()
}

/// Width of all spans together.
pub fn spans_width(spans: &[Span]) -> usize {
    spans.iter().map(|(_, text)| width(text)).sum()
}

/// At most `most` cells of the text. What is cut off is marked, if the mark fits.
pub fn truncate(text: &str, most: usize, keep: Keep, ellipsis: &str) -> String {
    if width(text) <= most {
        return graphemes(text).map(|(grapheme, _)| grapheme).collect();
    }
    let Some(room) = most.checked_sub(width(ellipsis)) else {
        return taken(graphemes(text), most).concat();
    };
    let tail = match keep {
        Keep::Start => 0,
        Keep::Ends => room / 2,
    };
    let mut end = taken(graphemes(text).rev(), tail);
    end.reverse();
    let start = taken(graphemes(text), room.saturating_sub(tail));
    [start.concat().as_str(), ellipsis, end.concat().as_str()].concat()
}

fn taken<'a>(graphemes: impl Iterator<Item = (&'a str, usize)>, most: usize) -> Vec<&'a str> {
    let mut left = most;
    graphemes
        .map_while(|(grapheme, width)| {
            left = left.checked_sub(width)?;
            Some(grapheme)
        })
        .collect()
}

/// Spans cut to at most `most` cells. With `Keep::Ends` only a single span keeps its end.
pub fn truncate_spans(spans: &[Span], most: usize, keep: Keep, ellipsis: &str) -> Vec<Span> {
    if let [(tone, text)] = spans {
        return vec![(*tone, truncate(text, most, keep, ellipsis))];
    }
    let fits = spans_width(spans) <= most;
    let mut left = if fits {
        most
    } else {
        most.saturating_sub(width(ellipsis))
    };
    let mut kept = Vec::new();
    let mut last = Tone::Text;
    for (tone, text) in spans {
        let part = taken(graphemes(text), left).concat();
        let whole = width(&part) == width(text);
        left = left.saturating_sub(width(&part));
        kept.push((*tone, part));
        last = *tone;
        if !whole {
            break;
        }
    }
    if !fits && width(ellipsis) <= most {
        kept.push((last, ellipsis.to_owned()));
    }
    kept
}

/// Exactly `cells` wide, filled up with spaces on the right.
pub fn pad(text: &str, cells: usize, ellipsis: &str) -> String {
    let mut padded = truncate(text, cells, Keep::Start, ellipsis);
    let missing = cells.saturating_sub(width(&padded));
    padded.push_str(&" ".repeat(missing));
    padded
}

/// Lines of at most `most` cells, broken between words; a word longer than a line is broken inside. No width, no lines.
pub fn wrap(text: &str, most: usize) -> Vec<String> {
    let lines = wrap_spans(&[(Tone::Text, text.to_owned())], most);
    let joined = |line: Vec<Span>| line.into_iter().map(|(_, text)| text).collect();
    lines.into_iter().map(joined).collect()
}

/// Like [`wrap`], over spans: a word may change its tone in the middle. An empty text is one empty line.
pub fn wrap_spans(spans: &[Span], most: usize) -> Vec<Vec<Span>> {
    if most == 0 {
        return Vec::new();
    }
    let mut wrapping = Wrapping {
        most,
        ..Wrapping::default()
    };
    for (tone, text) in spans {
        for (grapheme, width) in graphemes(text) {
            wrapping.add(*tone, grapheme, width);
        }
    }
    wrapping.finish()
}

#[derive(Default)]
struct Wrapping<'a> {
    most: usize,
    lines: Vec<Vec<Span>>,
    line: Piece<'a>,
    gap: Piece<'a>,
    word: Piece<'a>,
}

/// Graphemes that stay together.
#[derive(Default)]
struct Piece<'a> {
    parts: Vec<(Tone, &'a str)>,
    width: usize,
}

impl<'a> Piece<'a> {
    fn push(&mut self, tone: Tone, grapheme: &'a str, width: usize) {
        self.parts.push((tone, grapheme));
        self.width = self.width.saturating_add(width);
    }

    fn append(&mut self, other: &mut Self) {
        self.parts.append(&mut other.parts);
        self.width = self.width.saturating_add(std::mem::take(&mut other.width));
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    /// Graphemes of one tone in a row become one span.
    fn take(&mut self) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for (tone, grapheme) in self.parts.drain(..) {
            match spans.last_mut() {
                Some((last, text)) if *last == tone => text.push_str(grapheme),
                _ => spans.push((tone, grapheme.to_owned())),
            }
        }
        self.width = 0;
        spans
    }
}

impl<'a> Wrapping<'a> {
    fn add(&mut self, tone: Tone, grapheme: &'a str, width: usize) {
        if grapheme == " " {
            self.end_word();
            self.gap.push(tone, grapheme, width);
            return;
        }
        // A grapheme wider than the line cannot be shown at all; two cells in a column of one.
        if width > self.most {
            return;
        }
        if self.word.width.saturating_add(width) > self.most {
            self.end_word();
        }
        self.word.push(tone, grapheme, width);
    }

    fn end_word(&mut self) {
        if self.word.parts.is_empty() {
            return;
        }
        let needed = self
            .line
            .width
            .saturating_add(self.gap.width)
            .saturating_add(self.word.width);
        if needed > self.most {
            // A line that was broken starts with its word. A first line keeps its indentation only while that leaves room.
            if !self.line.parts.is_empty() {
                self.lines.push(self.line.take());
            }
            self.gap.clear();
        }
        self.line.append(&mut self.gap);
        self.line.append(&mut self.word);
    }

    fn finish(mut self) -> Vec<Vec<Span>> {
        self.end_word();
        if !self.line.parts.is_empty() || self.lines.is_empty() {
            self.lines.push(self.line.take());
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_keep_their_hash_and_messages_their_start() {
        assert_eq!(
            truncate("checkout-7c9d-q2xkz", 11, Keep::Ends, "…"),
            "check…q2xkz"
        );
        assert_eq!(
            truncate("back-off pulling image", 10, Keep::Start, "…"),
            "back-off …"
        );
        assert_eq!(truncate("short", 5, Keep::Start, "…"), "short");
        assert_eq!(truncate("日本語", 4, Keep::Start, "~"), "日~");
        assert_eq!(truncate("日本語", 0, Keep::Ends, "~"), "");
        assert_eq!(pad("日本", 5, "~"), "日本 ");
    }

    #[test]
    fn words_are_broken_only_when_they_must_be() {
        assert_eq!(wrap("two pods are starting", 9), ["two pods", "are", "starting"]);
        assert_eq!(
            wrap("a sha256:0123456789 b", 8),
            ["a", "sha256:0", "123456789".get(..8).unwrap(), "9 b"]
        );
        assert_eq!(wrap("  indented", 20), ["  indented"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("x", 0), Vec::<String>::new());
    }

    #[test]
    fn a_word_may_change_its_tone() {
        let spans = [
            (Tone::Text, "rev ".to_owned()),
            (Tone::Match, "v1".to_owned()),
            (Tone::Text, ".42".to_owned()),
        ];
        let lines = wrap_spans(&spans, 6);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1], spans[1..]);
        let cut = truncate_spans(&spans, 6, Keep::Start, "…");
        let text: String = cut.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(text, "rev v…");
    }

    /// Letters, spaces, wide characters, emoji, combining marks, half-width kana marks, controls.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            ".*",
            proptest::collection::vec(
                proptest::sample::select(vec![
                    "a",
                    " ",
                    "日",
                    "é",
                    "e\u{301}",
                    "👩‍👩‍👧",
                    "🇩🇪",
                    "ﾞ",
                    "\u{301}",
                    "-",
                    "\u{7}",
                    "\u{200b}"
                ]),
                0..60
            )
            .prop_map(|parts| parts.concat()),
        ]
    }

    proptest! {
        #[test]
        fn never_wider_than_asked(text in texts(), most in 0_usize..40, ends in any::<bool>(), at in 0_usize..60) {
            let keep = if ends { Keep::Ends } else { Keep::Start };
            prop_assert!(width(&truncate(&text, most, keep, "…")) <= most);
            prop_assert_eq!(width(&pad(&text, most, "…")), most);
            for line in wrap(&text, most) {
                prop_assert!(width(&line) <= most, "{line:?}");
            }
            let split: Vec<Span> = {
                let head: String = text.chars().take(at).collect();
                let rest: String = text.chars().skip(at).collect();
                vec![(Tone::Text, head), (Tone::Fail, rest)]
            };
            prop_assert!(spans_width(&truncate_spans(&split, most, keep, "…")) <= most);
            for line in wrap_spans(&split, most) {
                prop_assert!(spans_width(&line) <= most);
            }
        }

        #[test]
        fn wrapping_loses_no_word(words in proptest::collection::vec("[a-z日]{1,12}", 0..12), most in 2_usize..30) {
            let lines = wrap(&words.join(" "), most);
            prop_assert_eq!(lines.concat().replace(' ', ""), words.concat());
        }
    }
}
