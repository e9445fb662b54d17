//! From a colour as it is written to one that is drawn, and which kinds of colour a depth has.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use toml::{Spanned, Value};

use super::file::{Mark, Role, ThemeFile};
use super::style::exactly;
use crate::fault::Fault;
use crate::near::near;
use crate::ui::Depth;

/// Names of the terminal's own colours. Own names, since libraries disagree on which grey is "white".
const NAMES: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// The palette of a whole chain of inheritance; the heir's names win.
pub(super) type Merged<'a> = BTreeMap<&'a str, &'a Value>;

/// Everything that a role's colours depend on.
pub(super) struct Paints<'a> {
    pub(super) palette: Merged<'a>,
    pub(super) depth: Depth,
}

impl Paints<'_> {
    /// The style of a role, without what it takes over from the role `text`.
    pub(super) fn style(&self, file: &ThemeFile<'_>, role: &Role) -> Result<Style, Fault> {
        let mut style = Style::new();
        if let Some(fg) = &role.fg {
            style = style.fg(self.colour(file, fg)?);
        }
        if let Some(bg) = &role.bg {
            style = style.bg(self.colour(file, bg)?);
        }
        Ok(exactly(style, modifiers(&role.modifiers)))
    }

    fn colour(&self, file: &ThemeFile<'_>, written: &Spanned<Value>) -> Result<Color, Fault> {
        self.find(written.get_ref())
            .and_then(|colour| self.allowed(colour))
            .map_err(|(what, remedy)| file.fault(written, &what, &remedy))
    }

    fn find(&self, value: &Value) -> Result<Color, (String, String)> {
        if let Some(colour) = literal(value) {
            return Ok(colour);
        }
        let remedy = || "write \"#rrggbb\", a number 0 to 255, a terminal colour such as \"bright-red\", or a name of [palette]";
        let Value::String(name) = value else {
            return Err((format!("{value} is no colour"), remedy().to_owned()));
        };
        match self.palette.get(name.as_str()) {
            Some(meant) => literal(meant).ok_or_else(|| {
                let what = format!("\"{name}\" of [palette] is {meant}, which is no colour");
                (
                    what,
                    "write \"#rrggbb\", a number 0 to 255 or a terminal colour there".to_owned(),
                )
            }),
            None if name.starts_with('#') => Err((
                format!("\"{name}\" is no colour"),
                "write # and six hexadecimal digits, such as \"#3ddba9\"".to_owned(),
            )),
            None => {
                let known = NAMES
                    .iter()
                    .map(|(known, _)| *known)
                    .chain(self.palette.keys().copied());
                let near = near(name, known)
                    .first()
                    .map(|near| format!("did you mean \"{near}\"?"));
                let remedy = near.unwrap_or_else(|| format!("add it to [palette], or {}", remedy()));
                Err((format!("no colour \"{name}\" in [palette]"), remedy))
            }
        }
    }

    /// Refuses what the terminal of this depth would have to guess.
    fn allowed(&self, colour: Color) -> Result<Color, (String, String)> {
        let indexed = matches!(colour, Color::Indexed(_));
        let exact = matches!(colour, Color::Rgb(..));
        match self.depth {
            Depth::Indexed256 if exact => Err((
                "a terminal of 256 colours has no #rrggbb".to_owned(),
                "write a number 16 to 255 here; [roles] has the exact colour".to_owned(),
            )),
            Depth::Ansi16 if exact || indexed => Err((
                "a terminal of 16 colours has only named ones".to_owned(),
                "write a name such as \"bright-red\" or \"default\"".to_owned(),
            )),
            Depth::Mono => Err((
                "without colours there are only modifiers".to_owned(),
                "write modifiers = [\"bold\"], \"dim\", \"underline\" or \"reverse\" instead".to_owned(),
            )),
            Depth::Rgb | Depth::Indexed256 | Depth::Ansi16 => Ok(colour),
        }
    }
}

pub(super) fn literal(value: &Value) -> Option<Color> {
    if let Value::Integer(number) = value {
        return u8::try_from(*number).ok().map(Color::Indexed);
    }
    let text = value.as_str()?;
    if let Some(digits) = text.strip_prefix('#') {
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        return Some(Color::Rgb(red, green, blue));
    }
    NAMES
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, colour)| *colour)
}

fn modifiers(marks: &[Mark]) -> Modifier {
    marks.iter().fold(Modifier::empty(), |all, mark| {
        all | match mark {
            Mark::Bold => Modifier::BOLD,
            Mark::Dim => Modifier::DIM,
            Mark::Underline => Modifier::UNDERLINED,
            Mark::Reverse => Modifier::REVERSED,
        }
    })
}
