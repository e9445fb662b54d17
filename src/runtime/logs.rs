//! The log: a file in the state directory, never the screen. Without a place to write there is no log.

use std::path::Path;

use tracing_subscriber::EnvFilter;

/// Files kept, one a day.
const DAYS: usize = 7;

/// Starts logging into `folder`, at the level of `FLIGHTDECK_LOG` (default: warnings).
pub(super) fn to_file(folder: &Path) {
    if std::fs::create_dir_all(folder).is_err() {
        return;
    }
    let file = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("flightdeck")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(folder);
    let Ok(file) = file else { return };
    let filter = EnvFilter::try_from_env("FLIGHTDECK_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // Somebody else's subscriber (a test's) may be there already; then that one is used.
    drop(
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(false)
            // A full disk is no reason to write over the screen.
            .log_internal_errors(false)
            .with_writer(file)
            .try_init(),
    );
}
