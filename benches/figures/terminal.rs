//! A pseudo-terminal with the program in it that notes when bytes came, and how many.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longer than any figure that is worth printing.
const PATIENCE: Duration = Duration::from_secs(60);

struct Seen {
    parser: vt100::Parser,
    bytes: u64,
    /// When the first character could be read on the screen.
    painted: Option<Instant>,
}

/// The program in a terminal of its own.
pub(crate) struct Terminal {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    started: Instant,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    _home: tempfile::TempDir,
}

impl Terminal {
    /// Starts `program` on the cluster of `kubeconfig`.
    pub(crate) fn start(program: &Path, kubeconfig: &Path, size: (u16, u16)) -> Self {
        let arguments = ["-A".as_ref(), "--kubeconfig".as_ref(), kubeconfig.as_os_str()];
        Self::run(program, &arguments, size)
    }

    /// Starts `program` with these arguments.
    pub(crate) fn run(program: &Path, arguments: &[&OsStr], (cols, rows): (u16, u16)) -> Self {
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let home = tempfile::tempdir().expect("a folder");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("TZ", "UTC");
        command.cwd(home.path());
        let parser = vt100::Parser::new(
            rows.try_into().expect("rows"),
            cols.try_into().expect("columns"),
            0,
        );
        let seen = Arc::new((
            Mutex::new(Seen {
                parser,
                bytes: 0,
                painted: None,
            }),
            Condvar::new(),
        ));
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            let mut bytes = [0; 16 << 10];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                let now = Instant::now();
                let mut seen = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
                seen.parser.process(bytes.get(..count).unwrap_or_default());
                seen.bytes += u64::try_from(count).unwrap_or_default();
                if seen.painted.is_none() && !seen.parser.screen().contents().trim().is_empty() {
                    seen.painted = Some(now);
                }
                shared.1.notify_all();
            }
        });
        let started = Instant::now();
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program can be started");
        Self {
            seen,
            started,
            child,
            _master: pair.master,
            _home: home,
        }
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.process_id().expect("the program runs")
    }

    /// Bytes written to the terminal so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// From the start of the program to the first character on the screen.
    pub(crate) fn first_paint(&self) -> Duration {
        self.wait("a first frame", |seen| seen.painted)
            .duration_since(self.started)
    }

    /// From the start of the program to now, which is when the screen is as `wanted`.
    pub(crate) fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> Duration {
        self.wait(what, |seen| {
            wanted(&seen.parser.screen().contents()).then(Instant::now)
        })
        .duration_since(self.started)
    }

    fn wait<T>(&self, what: &str, look: impl Fn(&Seen) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = look(&seen) {
                return found;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited in vain for {what}:\n{}",
                seen.parser.screen().contents()
            );
            (seen, _) = self
                .seen
                .1
                .wait_timeout(seen, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
