//! A terminal for tests: a pseudo-terminal with a program in it and somebody who looks at its screen. It can stop
//! reading, be far away, and tell whether the terminal was left as it was found. Every wait has an end and then shows
//! the screen.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// Longer than anything takes on a machine that does other things, too.
const PATIENCE: Duration = Duration::from_secs(60);
const AFTER_THE_END: Duration = Duration::from_secs(3);

/// Nobody types faster; a burst of keys would be taken for a paste. Leaves room for a machine that is busy.
const BETWEEN_KEYS: Duration = Duration::from_millis(60);

/// How far away the terminal is and how large.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Each way: 100 ms feel like an ssh session with 200 ms.
    pub(crate) latency: Duration,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            width: 80,
            height: 24,
            latency: Duration::ZERO,
        }
    }
}

struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
}

struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
    reading: AtomicBool,
}

/// The terminal, the program in it, and all it ever wrote.
pub(crate) struct Pty {
    shared: Arc<Shared>,
    keys: Sender<(Instant, Vec<u8>)>,
    last_key: Mutex<Instant>,
    setting: Setting,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    exit: Option<u32>,
    /// Held open until the program ended: a program that was not yet started must not find the other end closed.
    slave: Option<Box<dyn SlavePty + Send>>,
    /// Ends when everything that was ever written has been taken in and no program has the terminal open any more.
    taking_in: thread::JoinHandle<()>,
    /// Home of the program: temporary, and empty at first.
    _home: tempfile::TempDir,
}

impl Pty {
    /// Starts the command with an environment of its own: nothing of the test's but the path to programs.
    pub(crate) fn spawn(command: &[&str], setting: Setting, environment: &[(&str, &str)]) -> Self {
        let pair = native_pty_system()
            .openpty(size(setting.width, setting.height))
            .unwrap();
        let home = tempfile::tempdir().unwrap();
        let child = pair
            .slave
            .spawn_command(builder(command, home.path(), environment))
            .unwrap();
        let shared = Arc::new(Shared {
            seen: Mutex::new(Seen {
                parser: parser(setting.width, setting.height),
                raw: Vec::new(),
            }),
            changed: Condvar::new(),
            reading: AtomicBool::new(true),
        });
        let taking_in = read_in_thread(&*pair.master, Arc::clone(&shared), setting.latency);
        let keys = write_in_thread(&*pair.master);
        Self {
            shared,
            keys,
            last_key: Mutex::new(Instant::now()),
            setting,
            master: pair.master,
            child,
            exit: None,
            slave: Some(pair.slave),
            taking_in,
            _home: home,
        }
    }

    /// Sends bytes at once, as a terminal sends one key, or a paste.
    /// Never closer to what was sent before than fingers are: Enter right behind a key is taken for the end of a paste.
    pub(crate) fn send(&self, bytes: impl AsRef<[u8]>) {
        let soonest = *self.last_key.lock().unwrap_or_else(PoisonError::into_inner) + BETWEEN_KEYS;
        thread::sleep(soonest.saturating_duration_since(Instant::now()));
        self.send_now(bytes);
    }

    fn send_now(&self, bytes: impl AsRef<[u8]>) {
        let now = Instant::now();
        *self.last_key.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.keys
            .send((now + self.setting.latency, bytes.as_ref().to_vec()))
            .unwrap();
    }

    /// Sends each piece apart, as fingers do; `pause` is added to the time between keys.
    pub(crate) fn send_split(&self, pieces: &[&[u8]], pause: Duration) {
        for piece in pieces {
            self.send_now(piece);
            thread::sleep(pause);
        }
    }

    /// Types text as fingers would.
    pub(crate) fn type_keys(&self, text: &str) {
        for character in text.chars() {
            self.send(character.to_string());
        }
    }

    /// Waits until the words are on the screen.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?} on the screen"), |screen| {
            words(screen).contains(text)
        });
    }

    /// Waits until the screen is as wanted; `what` is told when it never is.
    pub(crate) fn wait_until(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + PATIENCE;
        let mut seen = self.seen();
        while !wanted(seen.parser.screen()) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(seen);
                panic!("waited in vain for {what}\n{self}");
            }
            (seen, _) = self
                .shared
                .changed
                .wait_timeout(seen, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What can be read on the screen now.
    pub(crate) fn screen(&self) -> String {
        words(self.seen().parser.screen())
    }

    /// Looks at the screen with its cells, modes and cursor.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&vt100::Screen) -> T) -> T {
        at(self.seen().parser.screen())
    }

    /// Every byte the program wrote.
    pub(crate) fn raw_output(&self) -> Vec<u8> {
        self.seen().raw.clone()
    }

    /// The window gets another size.
    pub(crate) fn resize(&self, width: u16, height: u16) {
        let (rows, columns) = (at_least_one(height), at_least_one(width));
        self.seen().parser.set_size(rows, columns);
        self.master.resize(size(width, height)).unwrap();
    }

    /// Sends a signal to the program that was spawned.
    pub(crate) fn signal(&self, signal: Signal) {
        self.signal_to(self.child.process_id().unwrap(), signal);
    }

    /// Sends a signal to a process within the terminal.
    pub(crate) fn signal_to(&self, process: u32, signal: Signal) {
        let pid = Pid::from_raw(process.try_into().unwrap()).unwrap();
        kill_process(pid, signal)
            .unwrap_or_else(|error| panic!("no {signal:?} to {process}: {error}\n{self}"));
    }

    /// The terminal stalls: what the program writes stays where it is.
    pub(crate) fn stop_reading(&self) {
        self.shared.reading.store(false, Ordering::SeqCst);
    }

    /// The terminal catches up.
    pub(crate) fn resume_reading(&self) {
        self.shared.reading.store(true, Ordering::SeqCst);
    }

    /// The settings of the line discipline (raw or not, echo, special characters), to be compared.
    pub(crate) fn termios(&self) -> String {
        format!("{:?}", self.master.get_termios())
    }

    /// Waits for the program's end and gives its status. What it wrote last is on the screen then.
    pub(crate) fn exit_code(&mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(code) = self.exit {
                self.take_in_the_rest();
                return code;
            }
            self.exit = self.child.try_wait().unwrap().map(|status| status.exit_code());
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the program did not end\n{self}");
    }

    /// Not for ever: what the program started may have the terminal open still, and a stalled terminal takes in nothing.
    fn take_in_the_rest(&mut self) {
        drop(self.slave.take());
        let end = Instant::now() + AFTER_THE_END;
        while !self.taking_in.is_finished()
            && self.shared.reading.load(Ordering::SeqCst)
            && Instant::now() < end
        {
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Pty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = self.seen();
        let tail = seen
            .raw
            .get(seen.raw.len().saturating_sub(400)..)
            .unwrap_or_default();
        writeln!(f, "--- screen\n{}", words(seen.parser.screen()))?;
        write!(f, "--- last bytes: {:?}", String::from_utf8_lossy(tail))
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if self.exit.is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The screen's lines, without the blanks at their ends.
fn words(screen: &vt100::Screen) -> String {
    let contents = screen.contents();
    contents.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// A command with a clean environment.
pub(crate) fn builder(command: &[&str], home: &Path, environment: &[(&str, &str)]) -> CommandBuilder {
    let mut builder = CommandBuilder::from_argv(command.iter().map(Into::into).collect());
    builder.env_clear();
    builder.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    builder.env("HOME", home);
    builder.env("TERM", "xterm-256color");
    builder.env("LANG", "C.UTF-8");
    builder.env("TZ", "UTC");
    builder.cwd(home);
    for (name, value) in environment {
        builder.env(name, value);
    }
    builder
}

fn read_in_thread(master: &dyn MasterPty, shared: Arc<Shared>, latency: Duration) -> thread::JoinHandle<()> {
    let mut reader = master.try_clone_reader().unwrap();
    let (arrived, arriving) = channel();
    let terminal = Arc::clone(&shared);
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        loop {
            while !terminal.reading.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(2));
            }
            match reader.read(&mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    let piece = bytes.get(..count).unwrap_or_default().to_vec();
                    if arrived.send((Instant::now() + latency, piece)).is_err() {
                        return;
                    }
                }
            }
        }
    });
    thread::spawn(move || {
        deliver(&arriving, |piece| {
            let mut seen = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.parser.process(&piece);
            seen.raw.extend_from_slice(&piece);
            shared.changed.notify_all();
        });
    })
}

fn write_in_thread(master: &dyn MasterPty) -> Sender<(Instant, Vec<u8>)> {
    let mut writer = master.take_writer().unwrap();
    let (keys, pressed) = channel();
    thread::spawn(move || {
        deliver(&pressed, |bytes| {
            let _ = writer.write_all(&bytes).and_then(|()| writer.flush());
        });
    });
    keys
}

/// Hands on each piece when it is due.
fn deliver(pieces: &Receiver<(Instant, Vec<u8>)>, mut to: impl FnMut(Vec<u8>)) {
    while let Ok((due, piece)) = pieces.recv() {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        to(piece);
    }
}

fn parser(width: u16, height: u16) -> vt100::Parser {
    vt100::Parser::new(at_least_one(height), at_least_one(width), 0)
}

fn at_least_one(length: u16) -> NonZeroU16 {
    NonZeroU16::new(length).unwrap_or(NonZeroU16::MIN)
}

fn size(width: u16, height: u16) -> PtySize {
    PtySize {
        rows: height,
        cols: width,
        pixel_width: 0,
        pixel_height: 0,
    }
}
