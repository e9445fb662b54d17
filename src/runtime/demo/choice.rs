//! Which scenario is meant: one that is shipped, by its name, or a file.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use crate::domain::Untrusted;
use crate::near::near;
use crate::sandbox::{Scenario, ScenarioError, TOUR, shipped};

/// The largest file that is read.
const LARGEST: u64 = 4 << 20;

/// Why there is no scenario to play.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    #[error("there is no scenario \"{name}\"; {remedy}")]
    Unknown { name: String, remedy: String },
    #[error("the scenario {path} cannot be read: {why}; name another file")]
    Unreadable { path: String, why: io::Error },
    #[error("the scenario {path} is larger than {} MiB; make it smaller", LARGEST >> 20)]
    TooLarge { path: String },
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
}

/// The scenario of that name or file; the tour when none is named.
pub(super) fn chosen(wanted: Option<&str>) -> Result<Scenario, ChoiceError> {
    let wanted = wanted.unwrap_or(TOUR);
    if let Some(found) = shipped().iter().find(|it| it.name == wanted) {
        return Ok(found.scenario()?);
    }
    let path = Path::new(wanted);
    let shown = || Untrusted::from(wanted).shown();
    match read(path) {
        Ok(Some(text)) => Ok(Scenario::parse(&shown(), &text)?),
        Ok(None) => Err(ChoiceError::TooLarge { path: shown() }),
        // A word alone was meant for a name.
        Err(why) if why.kind() == io::ErrorKind::NotFound && !wanted.contains(['/', '.']) => {
            let names = shipped().iter().map(|it| it.name);
            let remedy = near(wanted, names).first().map_or_else(
                || "flightdeck demo --list tells their names; a file of your own goes too".to_owned(),
                |near| format!("did you mean \"{near}\"?"),
            );
            Err(ChoiceError::Unknown {
                name: shown(),
                remedy,
            })
        }
        Err(why) => Err(ChoiceError::Unreadable { path: shown(), why }),
    }
}

/// The text of a file; `None` when it is too large.
fn read(path: &Path) -> io::Result<Option<String>> {
    // What is no file, a pipe say, might never end, or never begin.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut text = String::new();
    File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
    Ok((size <= LARGEST).then_some(text))
}

/// All that are shipped, a line each.
pub(super) fn listed() -> Result<String, ScenarioError> {
    let widest = shipped().iter().map(|it| it.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for each in shipped() {
        // Writing to a text does not fail.
        let _ = writeln!(text, "{:widest$}  {}", each.name, each.scenario()?.about());
    }
    Ok(text)
}
