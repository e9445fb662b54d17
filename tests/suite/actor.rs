//! The program that the terminal tests look at: a drawing loop of a few lines on the real terminal stack. It is this
//! very program of tests, run again inside a pseudo-terminal.

use std::sync::Arc;

use flightdeck::app::Key;
use flightdeck::clock::SystemClock;
use flightdeck::runtime::terminal::{
    Capabilities, Input, Options, Screen, Session, Signal, Signals, TermEvent, Writer,
};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use tokio::sync::mpsc;

/// Set to the name of a scene inside the terminal; unset in an ordinary run of the tests.
pub(crate) const SCENE: &str = "FLIGHTDECK_PTY_SCENE";

/// The program in the terminal. Does nothing in an ordinary run of the tests.
#[test]
#[expect(clippy::exit, reason = "the status is what the test outside looks at")]
fn actor() {
    let Ok(scene) = std::env::var(SCENE) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let signals = runtime.block_on(async { Signals::listen().unwrap() });
    let session = Session::enter(Options::from(Capabilities::of_process())).unwrap();
    let status = runtime.block_on(Actor::new(&session, signals, scene == "deaf").run());
    session.restore();
    std::process::exit(status);
}

struct Actor<'a> {
    session: &'a Session,
    signals: Signals,
    /// Hears no signal, so that only the end of the input tells that the terminal is gone.
    deaf: bool,
    writer: Writer,
    screen: Screen,
    input: Option<Input>,
    sender: mpsc::Sender<TermEvent>,
    events: mpsc::Receiver<TermEvent>,
    lines: Vec<String>,
    flood: Option<u32>,
    size: (u16, u16),
}

impl<'a> Actor<'a> {
    fn new(session: &'a Session, signals: Signals, deaf: bool) -> Self {
        let (sender, events) = mpsc::channel(64);
        Self {
            session,
            signals,
            deaf,
            writer: session.writer().unwrap(),
            screen: Screen::new(),
            input: None,
            sender,
            events,
            lines: Vec::new(),
            flood: None,
            size: (0, 0),
        }
    }

    async fn run(mut self) -> i32 {
        self.read();
        loop {
            let idle = self.writer.is_idle();
            if idle {
                self.draw();
            }
            let again = !idle || self.flood.is_some();
            tokio::select! {
                signal = self.signals.next(), if !self.deaf => match signal {
                    Signal::Suspend => self.suspend(Some(signal)).await,
                    Signal::Resume => {
                        self.session.reenter().unwrap();
                        self.screen.invalidate();
                        self.lines.push("continued".to_owned());
                    }
                    Signal::Interrupt => return 0,
                    Signal::Terminate | Signal::HangUp => return signal.status().unwrap().into(),
                },
                event = self.events.recv() => if let Some(status) = self.react(event.unwrap()).await {
                    return status;
                },
                () = self.writer.idle(), if again => {}
            }
        }
    }

    fn read(&mut self) {
        let hold = Capabilities::of_process().hold();
        self.input = Some(Input::start(hold, Arc::new(SystemClock), self.sender.clone()).unwrap());
    }

    async fn react(&mut self, event: TermEvent) -> Option<i32> {
        if let TermEvent::Resize { width, height } = event {
            self.size = (width, height);
            return None;
        }
        self.lines.push(if let TermEvent::Key(key) = &event {
            format!("<{key}>")
        } else {
            format!("<{event:?}>")
        });
        if event == TermEvent::InputClosed {
            return Some(7);
        }
        let TermEvent::Key(key) = event else { return None };
        match key.to_string().as_str() {
            "q" => return Some(0),
            "!" => panic!("the main thread fell over"),
            "@" => drop(tokio::spawn(async { panic!("a task fell over") })),
            "f" => self.flood = Some(0),
            _ if key == Key::ctrl('z') => self.suspend(None).await,
            _ => {}
        }
        None
    }

    async fn suspend(&mut self, asked: Option<Signal>) {
        if let Some(input) = self.input.take() {
            input.stop().await;
        }
        let outcome = self.session.suspend(&mut self.signals, asked).await;
        self.lines
            .push(outcome.map_or_else(|error| error.to_string(), |()| "resumed".to_owned()));
        self.screen.invalidate();
        self.read();
    }

    fn draw(&mut self) {
        let (width, height) = self.size;
        let (lines, flood) = (&self.lines, &mut self.flood);
        let frame = self.screen.frame(Rect::new(0, 0, width, height), |buffer| {
            if let Some(count) = flood {
                *count += 1;
                fill(buffer, *count);
            }
            let loud = Style::new().reversed().fg(Color::Red);
            put(
                buffer,
                0,
                &format!("ready {width}x{height} pid {}", std::process::id()),
                loud,
            );
            for (y, line) in (1..).zip(lines.iter().rev().take(10)) {
                put(buffer, y, line, Style::new());
            }
            None
        });
        if let Some(frame) = frame {
            self.writer.try_send(frame).unwrap();
        }
    }
}

fn put(buffer: &mut Buffer, y: u16, text: &str, style: Style) {
    if y < buffer.area.height {
        buffer.set_string(0, y, text, style);
    }
}

fn fill(buffer: &mut Buffer, count: u32) {
    for y in 0..buffer.area.height {
        let digit = ((count + u32::from(y)) % 10).to_string();
        buffer.set_string(0, y, digit.repeat(buffer.area.width.into()), Style::new());
    }
}
