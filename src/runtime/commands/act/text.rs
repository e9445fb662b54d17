//! The sheet as lines for people, in the words of the screen.

use crate::app::Sheet;
use crate::domain::{Refusal, Untrusted};
use crate::view::{self, SheetView, Tone, Words};

use super::super::opened::Opened;
use super::super::print::Brush;

/// Cells of the labels' column.
const LABEL: usize = 11;

/// Everything that the sheet says.
pub(super) fn sheet(opened: &Opened, sheet: &Sheet, brush: Brush) -> String {
    let view = view::sheet_view(&opened.context(), &opened.model, sheet);
    let mut text = title(&view, brush);
    for (label, words) in &view.body {
        line(&mut text, label, words, brush);
    }
    text
}

/// The same for whoever is asked below it: what must be read stands last, where a small terminal still shows it.
pub(super) fn sheet_to_confirm(opened: &Opened, sheet: &Sheet, brush: Brush) -> String {
    const FIRST: [&str; 4] = ["request", "tested", "read again", "shown"];
    let view = view::sheet_view(&opened.context(), &opened.model, sheet);
    let (mut first, mut last) = (String::new(), title(&view, brush));
    let mut is_first = false;
    for (label, words) in &view.body {
        // An empty label continues the line above.
        if !label.is_empty() {
            is_first = FIRST.contains(label);
        }
        let text = if is_first { &mut first } else { &mut last };
        line(text, label, words, brush);
    }
    first.push('\n');
    first.push_str(&last);
    first
}

fn title(view: &SheetView, brush: Brush) -> String {
    let (tone, banner) = &view.banner;
    format!(
        "{} {}\n",
        brush.paint(Tone::Title, &view.title),
        brush.paint(*tone, banner.trim())
    )
}

/// A line with its label.
pub(super) fn line(text: &mut String, label: &str, words: &Words, brush: Brush) {
    let painted: String = words
        .iter()
        .map(|(tone, word)| brush.paint(*tone, word))
        .collect();
    text.push_str(format!("{label:LABEL$}{painted}").trim_end());
    text.push('\n');
}

/// Why it is refused, and what to do.
pub(super) fn refusal(text: &mut String, refusal: &Refusal, brush: Brush) {
    line(text, "refused", &vec![(Tone::Fail, refusal.why.clone())], brush);
    if !refusal.next.is_empty() {
        line(text, "", &vec![(Tone::Text, refusal.next.clone())], brush);
    }
}

/// A word of a shell's command line.
pub(in crate::runtime) fn word(text: &str) -> String {
    let shown = Untrusted::from(text).shown();
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_./:@=".contains(it);
    if !shown.is_empty() && shown.chars().all(is_plain) {
        shown
    } else {
        format!("'{}'", shown.replace('\'', "'\\''"))
    }
}
