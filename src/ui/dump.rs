//! A buffer as text, for snapshots: what is written, and below it one letter per style with a legend.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};

/// Letters of styles, in the order in which they appear; what has more styles than these gets a `?`.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The visible cells of each row: those behind a wide character are left out.
pub(super) fn visible(buf: &Buffer) -> impl Iterator<Item = Vec<(u16, &Cell)>> {
    let area = buf.area;
    (area.top()..area.bottom()).map(move |y| {
        let mut hidden: u16 = 0;
        let cells = (area.left()..area.right()).filter_map(|x| Some((x, buf.cell(Position::new(x, y))?)));
        cells
            .filter(|(_, cell)| {
                let shown = hidden == 0;
                hidden = match hidden.checked_sub(1) {
                    Some(rest) => rest,
                    None => cell.symbol().cell_width().saturating_sub(1),
                };
                shown
            })
            .collect()
    })
}

/// The text of each row, without the spaces at its end.
pub fn rows(buf: &Buffer) -> Vec<String> {
    let text =
        |cells: Vec<(u16, &Cell)>| -> String { cells.into_iter().map(|(_, cell)| cell.symbol()).collect() };
    visible(buf)
        .map(|cells| text(cells).trim_end().to_owned())
        .collect()
}

/// Text, styles and legend, each under a line of its own.
pub fn dump(buf: &Buffer) -> String {
    let mut known: BTreeMap<String, char> = BTreeMap::new();
    let mut legend = String::new();
    let mut styles = String::new();
    let mut letters = LETTERS.chars();
    for cells in visible(buf) {
        for (_, cell) in cells {
            let words = describe(cell);
            let letter = *known.entry(words).or_insert_with_key(|words| {
                let letter = letters.next().unwrap_or('?');
                let _ = writeln!(legend, "{letter} {words}");
                letter
            });
            styles.extend(std::iter::repeat_n(
                letter,
                usize::from(cell.symbol().cell_width()),
            ));
        }
        styles.push('\n');
    }
    let text: String = rows(buf).into_iter().map(|row| row + "\n").collect();
    format!("{text}--- styles\n{styles}--- legend\n{legend}")
}

fn describe(cell: &Cell) -> String {
    let mut words = format!("{} on {}", colour(cell.fg), colour(cell.bg));
    for (name, _) in cell.modifier.difference(Modifier::empty()).iter_names() {
        words.push(' ');
        words.push_str(&name.to_lowercase());
    }
    words
}

fn colour(colour: Color) -> String {
    if colour == Color::Reset {
        return "default".to_owned();
    }
    colour.to_string().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn text_and_styles_line_up() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 6, 2));
        buf.set_string(
            0,
            0,
            "日本x",
            Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        );
        buf.set_string(1, 1, "ok", Style::new().bg(Color::Rgb(0, 16, 255)));
        assert_eq!(
            dump(&buf),
            "日本x\n ok\n--- styles\naaaaab\nbccbbb\n--- legend\na red on default bold\nb default on default\nc default on #0010ff\n"
        );
    }
}
