//! Where the files are, and their texts. What they mean is decided elsewhere.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::settings::{Settings, Situation};
use crate::fault::Fault;

/// The variable that names another configuration file.
const CONFIG_VARIABLE: &str = "FLIGHTDECK_CONFIG";

/// A configuration larger than this is some other file.
const LARGEST: u64 = 1 << 20;

/// More themes than anybody chooses from; a folder with more is some other folder.
const MOST_THEMES: usize = 200;

/// The paths of everything that is read and written for a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// `config.toml`.
    pub config: PathBuf,
    /// The folder of the user's own themes, beside it.
    pub themes: PathBuf,
    /// Records and logs.
    pub state: PathBuf,
    /// The variable named the file: then it has to be there.
    named: bool,
}

/// No place for files can be found.
#[derive(Debug, thiserror::Error)]
#[error(
    "no home directory is known, so there is no place for the configuration; set HOME, or XDG_CONFIG_HOME and XDG_STATE_HOME"
)]
pub struct FilesError;

/// A theme file of the user: name, path as shown, text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserTheme {
    pub name: String,
    pub path: String,
    pub text: String,
}

impl Files {
    /// The XDG base directories, on every system.
    pub fn locate() -> Result<Self, FilesError> {
        let base = etcetera::base_strategy::Xdg::new().ok().ok_or(FilesError)?;
        let state = base
            .state_dir()
            .unwrap_or_else(|| base.home_dir().join(".local/state"));
        Ok(Self::within(
            &base.config_dir(),
            &state,
            std::env::var_os(CONFIG_VARIABLE),
        ))
    }

    /// The same, from directories that are known. An empty variable counts as unset.
    pub fn within(config_home: &Path, state_home: &Path, other: Option<OsString>) -> Self {
        let other = other.filter(|path| !path.is_empty()).map(PathBuf::from);
        let named = other.is_some();
        let config = other.unwrap_or_else(|| config_home.join("flightdeck").join("config.toml"));
        Self {
            named,
            themes: config.parent().unwrap_or(Path::new("")).join("themes"),
            config,
            state: state_home.join("flightdeck"),
        }
    }

    /// The settings of the file; the defaults where there is none. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// The first mistake, with how many more there are.
    pub fn settings(&self, situation: Situation) -> Result<Settings, Fault> {
        let Some(text) = self.text()? else {
            return Ok(Settings::default());
        };
        let (settings, faults) = Settings::read(&self.shown(), &text, situation, None);
        let others = faults.len().saturating_sub(1);
        match faults.into_iter().next() {
            Some(first) if others > 0 => Err(first.beside(others)),
            Some(only) => Err(only),
            None => Ok(settings),
        }
    }

    /// For the first start with a file that has a mistake: defaults, and whatever it forbids that can still be read.
    pub fn salvaged(&self) -> Settings {
        match self.text() {
            Ok(text) => Settings::salvaged(&text.unwrap_or_default()),
            Err(_) => Settings::all_read_only(),
        }
    }

    /// The configuration's path, for messages.
    pub fn shown(&self) -> String {
        self.config.display().to_string()
    }

    /// The configuration's text; none where there is no file. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When it is there, or named by the variable, and cannot be read.
    pub fn text(&self) -> Result<Option<String>, Fault> {
        match read(&self.config) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.named => Ok(None),
            Err(error) => Err(unreadable(&self.config, &error)),
        }
    }

    /// The user's themes in alphabetical order, and those that could not be read. No folder is no theme. Blocks on the disk.
    pub fn user_themes(&self) -> (Vec<UserTheme>, Vec<Fault>) {
        let (mut themes, mut faults) = (Vec::new(), Vec::new());
        for path in self.theme_paths() {
            let name = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default()
                .to_owned();
            match read(&path) {
                Ok(text) => themes.push(UserTheme {
                    name,
                    path: path.display().to_string(),
                    text,
                }),
                Err(error) => faults.push(unreadable(&path, &error)),
            }
        }
        (themes, faults)
    }

    /// Every file whose change means reading anew, for the watcher.
    pub fn watched(&self) -> Vec<PathBuf> {
        let mut paths = self.theme_paths();
        paths.push(self.config.clone());
        paths
    }

    fn theme_paths(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.themes).into_iter().flatten().flatten();
        let is_theme = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml");
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(is_theme)
            .take(MOST_THEMES)
            .collect();
        paths.sort();
        paths
    }
}

/// A regular file of at most a megabyte: a pipe or a device would block for ever.
fn read(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut text = String::new();
    fs::File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|length| length >= LARGEST) {
        return Err(io::Error::other("larger than a megabyte"));
    }
    Ok(text)
}

fn unreadable(path: &Path, error: &io::Error) -> Fault {
    let what = format!("cannot be read: {error}");
    let remedy = "check the path, its permissions and that it is UTF-8 text";
    Fault::about(&path.display().to_string(), &what, remedy)
}
