//! `:login`: the terminal is lent to the context's login plugin, which may ask; then everything is read again.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::adapters::kube;
use crate::app::{Event, MessageTone};

use super::Exit;
use super::cockpit::{Cockpit, Due};
use super::terminal::{Input, Session, Signals, TermEvent};

impl Cockpit {
    /// Runs the plugin in this terminal. Nothing is drawn and no key is read meanwhile.
    pub(super) async fn log_in(
        &mut self,
        session: &Session,
        signals: &mut Signals,
        input: &mut Option<Input>,
        keys: &mpsc::Sender<TermEvent>,
    ) {
        let login = match kube::login(&self.reach.0, &self.reach.1) {
            Ok(Some(login)) => login,
            Ok(None) => {
                let why = "the credentials of this context are made by no login command: renew its token or certificate in the kubeconfig";
                return self.tell(MessageTone::Warn, why.to_owned());
            }
            Err(error) => return self.tell(MessageTone::Warn, error.to_string()),
        };
        if let Some(reading) = input.take() {
            reading.stop().await;
        }
        let lead = format!(
            "flightdeck: logging in to {} with {}",
            self.desk.cluster, login.shown
        );
        let ended = session
            .lend(signals, move || {
                eprint_line(&lead);
                login.run()
            })
            .await;
        match Input::start(self.capabilities.hold(), Arc::clone(&self.clock), keys.clone()) {
            Ok(reading) => *input = Some(reading),
            Err(error) => {
                tracing::error!(%error, "the keys cannot be read any more");
                self.leave(Exit::FAILED);
            }
        }
        self.resize();
        let why = "away for logging in";
        self.update(Event::Jumped { why }, Due::Key);
        match ended {
            Ok(Ok(())) => {
                self.tell(
                    MessageTone::Good,
                    "logged in: everything is read again".to_owned(),
                );
                self.poke.all();
                self.again.notify_waiters();
            }
            Ok(Err(why)) => self.tell(MessageTone::Warn, format!("not logged in: {why}")),
            Err(error) => {
                tracing::error!(%error, "the terminal could not be entered again");
                self.leave(Exit::FAILED);
            }
        }
    }

    fn tell(&mut self, tone: MessageTone, text: String) {
        self.update(Event::Message { tone, text }, Due::Key);
    }
}

/// Above what the plugin prints: the screen is not ours now.
fn eprint_line(text: &str) {
    use std::io::Write as _;
    if let Err(error) = writeln!(std::io::stderr(), "{text}") {
        tracing::warn!(%error, "nobody reads what is told beside the screen");
    }
}
