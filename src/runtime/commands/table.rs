//! Columns for people: as wide as their widest cell, the last one open. Knows text and tones, not what they mean.

use unicode_width::UnicodeWidthStr as _;

use crate::view::Tone;

use super::print::Brush;

/// A cell: its tone and its text.
pub(super) type Cell = (Tone, String);

/// The lines of a table with its heading. Without rows there is no table.
pub(super) fn lines(heading: &[&str], rows: &[Vec<Cell>], brush: Brush) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut widths: Vec<usize> = heading.iter().map(|word| word.width()).collect();
    for row in rows {
        for (width, (_, text)) in widths.iter_mut().zip(row) {
            *width = (*width).max(text.width());
        }
    }
    let titles: Vec<Cell> = heading
        .iter()
        .map(|word| (Tone::Text, (*word).to_owned()))
        .collect();
    std::iter::once(&titles)
        .chain(rows)
        .map(|row| line(row, &widths, brush))
        .collect()
}

fn line(row: &[Cell], widths: &[usize], brush: Brush) -> String {
    let mut line = String::new();
    let last = row
        .iter()
        .rposition(|(_, text)| !text.is_empty())
        .unwrap_or_default();
    for (index, ((tone, text), width)) in row.iter().zip(widths).enumerate() {
        if index > last {
            break;
        }
        line.push_str(&brush.paint(*tone, text));
        if index < last {
            let gap = width.saturating_sub(text.width()).saturating_add(3);
            line.extend(std::iter::repeat_n(' ', gap));
        }
    }
    line
}
