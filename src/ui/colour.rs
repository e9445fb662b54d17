//! Measures of colour: contrast (WCAG 2), distance (CIE76), and how people see who lack a kind of cone (Machado 2009).
//!
//! Themes are tested with them, and `theme preview` prints them. Nothing here changes a colour that is drawn.

use ratatui::style::Color;

/// Red, green and blue, 0 to 255.
pub type Rgb = [u8; 3];

/// Whose eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vision {
    Normal,
    Protan,
    Deutan,
    Tritan,
}

type Matrix = [[f64; 3]; 3];

impl Vision {
    /// Every kind of vision a theme must work for.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Protan, Self::Deutan, Self::Tritan];

    /// Machado, Oliveira and Fernandes 2009, severity 1.0, for linear light.
    fn matrix(self) -> Matrix {
        match self {
            Self::Normal => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            Self::Protan => [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
            Self::Deutan => [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
            Self::Tritan => [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        }
    }
}

/// WCAG contrast, 1 to 21.
pub fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// CIE76 distance of two colours as those eyes see them.
pub fn distance(one: Rgb, other: Rgb, vision: Vision) -> f64 {
    let (a, b) = (lab(one, vision), lab(other, vision));
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
}

/// What a colour looks like on a terminal with xterm's defaults; `None` for the terminal's own default.
pub fn rgb_of(colour: Color) -> Option<Rgb> {
    let number = match colour {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => return Some([red, green, blue]),
        Color::Indexed(number) => number,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    Some(of_index(number))
}

/// xterm's first sixteen.
const ANSI: [Rgb; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

fn of_index(number: u8) -> Rgb {
    if let Some(ansi) = ANSI.get(usize::from(number)) {
        return *ansi;
    }
    if number >= 232 {
        return [number.saturating_sub(232).saturating_mul(10).saturating_add(8); 3];
    }
    let cube = number.saturating_sub(16);
    let level = |step: u8| {
        if step == 0 {
            0
        } else {
            step.saturating_mul(40).saturating_add(55)
        }
    };
    [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
}

fn linear(colour: Rgb) -> [f64; 3] {
    colour.map(|channel| {
        let part = f64::from(channel) / 255.0;
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    })
}

fn times(matrix: Matrix, vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
}

fn luminance(colour: Rgb) -> f64 {
    let [red, green, blue] = linear(colour);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// sRGB to XYZ, already divided by the white point D65.
const TO_XYZ: Matrix = [
    [0.433_953, 0.376_219, 0.189_828],
    [0.212_673, 0.715_152, 0.072_175],
    [0.017_758, 0.109_477, 0.872_765],
];

fn lab(colour: Rgb, vision: Vision) -> [f64; 3] {
    let seen = times(vision.matrix(), linear(colour)).map(|part| part.clamp(0.0, 1.0));
    let [x, y, z] = times(TO_XYZ, seen).map(|part| {
        if part > 0.008_856 {
            part.cbrt()
        } else {
            7.787 * part + 16.0 / 116.0
        }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
        assert!((distance([0; 3], [255; 3], Vision::Normal) - 100.0).abs() < 0.01);
        let red_green = |vision| distance([205, 0, 0], [0, 120, 0], vision);
        assert!(red_green(Vision::Deutan) < red_green(Vision::Normal) / 2.0);
        assert_eq!(rgb_of(Color::Indexed(16)), Some([0; 3]));
        assert_eq!(rgb_of(Color::Indexed(231)), Some([255; 3]));
        assert_eq!(rgb_of(Color::Indexed(255)), Some([238; 3]));
        assert_eq!(rgb_of(Color::Indexed(208)), Some([255, 135, 0]));
    }
}
