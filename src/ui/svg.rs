//! A buffer as a picture. The same buffer gives the same bytes, and no font or script is fetched from anywhere.
//!
//! One rectangle per run of a background and one text per run of a style; `textLength` holds the columns in any monospaced font.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::{Color, Modifier};

use super::colour::{Rgb, rgb_of};
use super::dump::visible;
use super::{Theme, contrast};
use crate::view::Tone;

/// A cell in hundredths of a pixel would be finer than any font; whole pixels keep the files small.
const WIDTH: u32 = 9;
const HEIGHT: u32 = 19;
const BASELINE: u32 = 14;
const MARGIN: u32 = 8;

/// Cells of one row that look the same.
struct Run {
    x: u32,
    cells: u32,
    text: String,
    paint: Paint,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Paint {
    ink: Rgb,
    ground: Rgb,
    modifiers: Modifier,
}

/// The picture. Where a cell has the terminal's default colours, those of the theme's text stand in, or black and white.
pub fn svg(buf: &Buffer, theme: &Theme) -> String {
    let text = theme.style(Tone::Text);
    let ground = text.bg.and_then(rgb_of).unwrap_or([255; 3]);
    let readable = if contrast(ground, [0; 3]) > 10.0 {
        [0; 3]
    } else {
        [255; 3]
    };
    let ink = text.fg.and_then(rgb_of).unwrap_or(readable);
    let width = u32::from(buf.area.width) * WIDTH + 2 * MARGIN;
    let height = u32::from(buf.area.height) * HEIGHT + 2 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{}\"/>\n\
         <g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"15\" xml:space=\"preserve\">\n",
        hex(ground)
    );
    for (row, y) in visible(buf).zip(0_u32..) {
        let runs = runs(buf.area.x, &row, (ink, ground));
        backgrounds(&mut out, &runs, y, ground);
        runs.iter()
            .filter(|run| !run.text.trim().is_empty())
            .for_each(|run| words(&mut out, run, y));
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn runs(left: u16, row: &[(u16, &Cell)], usual: (Rgb, Rgb)) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (x, cell) in row {
        let (paint, cells) = (paint(cell, usual), u32::from(cell.symbol().cell_width()));
        match runs.last_mut() {
            Some(run) if run.paint == paint => {
                run.text.push_str(cell.symbol());
                run.cells = run.cells.saturating_add(cells);
            }
            _ => runs.push(Run {
                x: u32::from(x.saturating_sub(left)),
                cells,
                text: cell.symbol().to_owned(),
                paint,
            }),
        }
    }
    runs
}

fn paint(cell: &Cell, (ink, ground): (Rgb, Rgb)) -> Paint {
    let known = |colour: Color, usual| rgb_of(colour).unwrap_or(usual);
    let (mut ink, mut ground) = (known(cell.fg, ink), known(cell.bg, ground));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut ground);
    }
    Paint {
        ink,
        ground,
        modifiers: cell.modifier,
    }
}

/// Neighbours with one background share a rectangle, whatever their ink.
fn backgrounds(out: &mut String, runs: &[Run], y: u32, usual: Rgb) {
    for group in runs.chunk_by(|one, next| one.paint.ground == next.paint.ground) {
        let Some(first) = group.first().filter(|run| run.paint.ground != usual) else {
            continue;
        };
        let cells: u32 = group.iter().map(|run| run.cells).sum();
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{HEIGHT}\" fill=\"{}\"/>",
            first.x * WIDTH + MARGIN,
            y * HEIGHT + MARGIN,
            cells * WIDTH,
            hex(first.paint.ground),
        );
    }
}

fn words(out: &mut String, run: &Run, y: u32) {
    let mut style = String::new();
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::DIM, " opacity=\"0.6\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ] {
        if run.paint.modifiers.contains(modifier) {
            style.push_str(attribute);
        }
    }
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\" textLength=\"{}\" fill=\"{}\"{style}>{}</text>",
        run.x * WIDTH + MARGIN,
        y * HEIGHT + BASELINE + MARGIN,
        run.cells * WIDTH,
        hex(run.paint.ink),
        escaped(&run.text),
    );
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Spaces become no-break spaces: some viewers ignore `xml:space` and would collapse columns.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            ' ' => out.push('\u{a0}'),
            control if control.is_control() => out.push('\u{fffd}'),
            plain => out.push(plain),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{Depth, Shelf};
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn one_rectangle_per_background_and_one_text_per_style() {
        let theme = Shelf::shipped().load("dark", Depth::Rgb).unwrap();
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
        let raised = Style::new().bg(Color::Rgb(1, 2, 3));
        buf.set_string(0, 0, "a<日", raised.fg(Color::Rgb(9, 9, 9)));
        buf.set_string(4, 0, "b&", raised.fg(Color::Indexed(231)));
        let picture = svg(&buf, &theme);
        assert_eq!(picture, svg(&buf, &theme));
        assert_eq!(picture.matches("fill=\"#010203\"").count(), 1, "{picture}");
        assert!(
            picture.contains("<rect x=\"8\" y=\"8\" width=\"54\" height=\"19\" fill=\"#010203\"/>"),
            "{picture}"
        );
        assert!(
            picture.contains("textLength=\"36\" fill=\"#090909\">a&lt;日</text>"),
            "{picture}"
        );
        assert!(picture.contains("fill=\"#ffffff\">b&amp;</text>"), "{picture}");
        assert_eq!(picture.matches("<text").count(), 2);
    }
}
