//! At the end of the program: lines of the record that are not on disk yet are waited for, and those that stay unwritten are
//! printed, so that nothing is lost. Does not repair what keeps them from being written.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::adapters::record::Record;
use crate::app::{Event, RecordEvent};
use crate::domain::Untrusted;

/// Waited for without a word.
const QUIETLY: Duration = Duration::from_millis(300);

/// Waited for at most, after it was said.
const AT_MOST: Duration = Duration::from_secs(10);

/// Tells the cockpit each time that lines which could not be written are on disk.
pub(super) async fn tell(record: Record, events: mpsc::Sender<Event>) {
    loop {
        record.recovered().await;
        if events.send(Event::Record(RecordEvent::CaughtUp)).await.is_err() {
            return;
        }
    }
}

/// Waits for the record, and prints what it did not take. Whoever does not want to wait ends it by `enough`.
pub(super) async fn write(record: &Record, enough: impl Future<Output = ()>) {
    let Err(why) = record.settle(QUIETLY).await else {
        return;
    };
    let seconds = AT_MOST.as_secs();
    say(&format!(
        "what was done is not in the record yet: {why}. Waiting for it, {seconds} s at most"
    ));
    let settled = tokio::select! {
        settled = record.settle(AT_MOST) => settled,
        () = enough => record.settle(Duration::ZERO).await,
    };
    let Err(why) = settled else {
        say("what was done is in the record now");
        return;
    };
    say(&format!(
        "what was done is NOT in the record: {why}. Add these lines to {} when that works again:",
        record.path().display()
    ));
    for line in record.unwritten() {
        // When stderr is closed there is nobody to tell.
        drop(writeln!(std::io::stderr(), "{}", plain(&line)));
    }
}

fn say(text: &str) {
    let text = Untrusted::from(text);
    drop(writeln!(std::io::stderr(), "flightdeck: {text}"));
}

/// The same JSON in ASCII: nothing that stands in it can act on a terminal, and it can be copied.
fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    for character in line.chars() {
        if (' '..='~').contains(&character) {
            plain.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to memory cannot fail.
                let _ = write!(plain, "\\u{unit:04x}");
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_the_same_json_and_acts_on_no_terminal() {
        let line = r#"{"reason":"zu viel ×5 🚀\u001b[2J é"}"#;
        let plain = plain(line);
        assert!(plain.is_ascii(), "{plain}");
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&plain), read(line));
    }
}
