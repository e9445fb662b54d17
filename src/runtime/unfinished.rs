//! Decisions of earlier runs whose end is not in the record: told at the start, and looked up once their cluster is open. What
//! they did a moment ago is followed for the rest of its time. Reads the objects, adds what it found to the record, and sends
//! nothing again.

use std::time::Duration;

use jiff::Timestamp;

use crate::adapters::record::{self, Ask, Decision, Unfinished};
use crate::app::{Event, MessageTone, SETTLED_AFTER, reverted_words};
use crate::domain::{Need, Seconds, Untrusted};
use crate::drivers::{Found, Recorded, found};

use super::earlier::{self, tell_reading};
use super::requests::{Desk, read};
use super::source::Open;

/// A run that is still at it has recorded an answer by then, or that there was none.
const LET_BE: Seconds = Seconds(6);

/// Between two looks at an object that could not be read.
const AGAIN: Seconds = Seconds(10);

/// How often one is tried to be read.
const TRIES: u32 = 6;

/// One that is looked up.
struct Pending {
    decision: Decision,
    ask: Box<Ask>,
    due: Timestamp,
    tries: u32,
}

/// What a look at the object gave.
#[derive(Debug, PartialEq, Eq)]
enum Looked {
    End(End),
    /// A request may still be on its way, and its change appear later.
    NotYet,
    /// It is known to be in place, and still is.
    Holds,
    Unread(String),
}

/// What is known of a decision before it is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Nothing but that it was confirmed.
    Nothing,
    /// The server said yes.
    Accepted,
    /// The object showed it, and it has no end. `after`: from the decision until now.
    Shown { after: Seconds },
    /// The same, with an end: it is only asked whether it was taken back.
    InPlace { after: Seconds },
}

impl Known {
    fn of(decision: &Decision, now: Timestamp) -> Self {
        let after = Seconds::between(decision.at, now);
        match (decision.was_in_place(), decision.is_unfinished()) {
            (true, true) => Self::Shown { after },
            (true, false) => Self::InPlace { after },
            (false, _) if decision.was_accepted() => Self::Accepted,
            (false, _) => Self::Nothing,
        }
    }
}

/// What became of one, in words.
#[derive(Debug, PartialEq, Eq)]
struct End {
    tone: MessageTone,
    /// For the record.
    words: String,
    /// For people, after "the pause of shop/web that was sent 3m ago by another run".
    told: String,
}

/// Tells and looks up what earlier runs left open. Ends when nothing is left.
pub(super) async fn resolve(desk: Desk) {
    let Some(unfinished) = still_open(&desk).await else {
        return;
    };
    let own = format!("{}-", desk.run);
    let mut waiting = Vec::new();
    for decision in unfinished.decisions.into_iter().chain(unfinished.young) {
        // Made by this run while a slow disk was read.
        if decision.id.starts_with(&own) {
            continue;
        }
        if Known::of(&decision, desk.clock.now()) == Known::Nothing {
            tell_open(&desk, &decision).await;
        }
        if let Some(ask) = decision.ask.clone() {
            waiting.push(Pending {
                due: LET_BE.after(decision.at),
                decision,
                ask,
                tries: 0,
            });
        }
    }
    if unfinished.left_out > 0 {
        let text = format!(
            "{} more decisions of the last day have no recorded end and are not looked up; flightdeck decisions lists them",
            unfinished.left_out
        );
        tell(&desk, MessageTone::Warn, text).await;
    }
    if waiting.is_empty() {
        return;
    }
    let mut api = desk.api.clone();
    let Ok(open) = api.wait_for(Option::is_some).await.map(|open| open.clone()) else {
        return;
    };
    let Some(open) = open else { return };
    look_up(&desk, &open, waiting).await;
}

async fn look_up(desk: &Desk, open: &Open, mut waiting: Vec<Pending>) {
    while let Some(due) = waiting.iter().map(|it| it.due).min() {
        let now = desk.clock.now();
        let left = due.duration_since(now);
        if left.is_positive() {
            tokio::time::sleep(Duration::try_from(left).unwrap_or_default()).await;
            continue;
        }
        // Another run may have written the end meanwhile.
        let Some(still) = still_open(desk).await else {
            return;
        };
        waiting.retain_mut(|it| {
            let mut all = still.decisions.iter().chain(&still.young);
            let found = all.find(|decision| decision.id == it.decision.id);
            if let Some(decision) = found {
                it.decision = decision.clone();
            }
            found.is_some()
        });
        // Asked each time: behind an address there may be another cluster by now.
        let uid = open.client.kube_system_uid().await.ok().flatten();
        let (due, later): (Vec<Pending>, Vec<Pending>) = waiting.into_iter().partition(|it| it.due <= now);
        waiting = later;
        for mut it in due {
            if !is_same_cluster(open, uid.as_ref(), &it) {
                continue;
            }
            match ask(desk, open, &it).await {
                Looked::End(end) => {
                    let was_found = end.words == record::LOOKED_UP;
                    finish(desk, &it.decision, end).await;
                    // It may still be taken back: the record says by then whether that is worth a look.
                    if was_found {
                        it.due = AGAIN.after(desk.clock.now());
                        waiting.push(it);
                    }
                }
                Looked::Holds => {
                    it.due = AGAIN.after(desk.clock.now());
                    it.tries = 0;
                    waiting.push(it);
                }
                Looked::NotYet => {
                    it.due = SETTLED_AFTER.after(it.decision.at);
                    waiting.push(it);
                }
                Looked::Unread(why) => {
                    it.tries += 1;
                    it.due = AGAIN.after(desk.clock.now());
                    if it.tries < TRIES {
                        waiting.push(it);
                    } else if it.decision.is_unfinished() {
                        let told = format!("could not be looked up: {why}; look at it");
                        tell_of(desk, &it.decision, MessageTone::Warn, &told).await;
                    }
                }
            }
        }
    }
}

/// The decisions without an end as the record has them now; `None` when it cannot be read.
async fn still_open(desk: &Desk) -> Option<Unfinished> {
    let (path, now) = (desk.record.path().to_owned(), desk.clock.now());
    // The record may be long, and the disk slow: nobody waits for it on the thread that draws.
    let reading = tokio::task::spawn_blocking(move || record::read(&path))
        .await
        .ok()?;
    match reading {
        Ok(reading) => {
            tell_reading(desk, &reading).await;
            Some(record::unfinished(&reading, now))
        }
        Err(error) => {
            let path = Untrusted::from(desk.record.path().display().to_string());
            let text = format!(
                "{path} cannot be read ({error}), so nothing is known of what earlier runs left open; make it readable and \
                 restart flightdeck"
            );
            tell(desk, MessageTone::Warn, text).await;
            None
        }
    }
}

/// By the uid where both are known, else by the address: never is another cluster asked.
fn is_same_cluster(open: &Open, uid: Option<&Untrusted>, it: &Pending) -> bool {
    match (uid, &it.ask.cluster_uid) {
        (Some(now), Some(then)) => now == then,
        (None, _) | (_, None) => it.decision.server.shown() == Untrusted::from(open.pinned.server()).shown(),
    }
}

/// Reads the object and says what became of the decision, if that can be said yet.
async fn ask(desk: &Desk, open: &Open, it: &Pending) -> Looked {
    let path = it.ask.path.clone();
    let (answer, _) = read(&open.client, &Need::Object { path }).await;
    let recorded = Recorded {
        uid: &it.decision.uid,
        generation: it.ask.generation,
        operations: &it.ask.operations,
        at: it.decision.at,
    };
    let is_settled = Seconds::between(it.decision.at, desk.clock.now()) >= SETTLED_AFTER;
    let known = Known::of(&it.decision, desk.clock.now());
    end(found(recorded, &answer), known, is_settled)
}

/// What is found, as the end of a decision. Without a yes of the server only a change that is there is an end before the
/// request can linger no more.
fn end(found: Found, known: Known, is_settled: bool) -> Looked {
    let was_accepted = known != Known::Nothing;
    let since = |by: Option<Untrusted>| match by {
        Some(by) => format!("it was changed since by {by}"),
        None => "it was changed since, by whom is not known".to_owned(),
    };
    let (tone, words, told) = match found {
        Found::Unread(why) => return Looked::Unread(why),
        Found::Applied if matches!(known, Known::InPlace { .. }) => return Looked::Holds,
        Found::Applied => (
            MessageTone::Good,
            record::LOOKED_UP.to_owned(),
            "was applied: the object shows the change".to_owned(),
        ),
        Found::Gone => (
            MessageTone::Warn,
            "the object is gone, or was made anew under its name".to_owned(),
            "cannot be looked up: the object is gone, or was made anew under its name".to_owned(),
        ),
        Found::AsBefore | Found::Changed { .. } if !was_accepted && !is_settled => return Looked::NotYet,
        found @ (Found::AsBefore | Found::Changed { .. })
            if let Known::Shown { after } | Known::InPlace { after } = known =>
        {
            let by = if let Found::Changed { by } = found {
                by
            } else {
                None
            };
            let words = reverted_words(by.as_ref(), after);
            let told = format!("was {words}: ask there before you try again");
            (MessageTone::Bad, words, told)
        }
        Found::AsBefore if was_accepted => (
            MessageTone::Warn,
            "accepted; the object does not show the change".to_owned(),
            "was accepted, and the object does not show the change: look at it".to_owned(),
        ),
        Found::AsBefore => (
            MessageTone::Warn,
            "not applied; the object is as it was before".to_owned(),
            "was not applied: the object is as it was before".to_owned(),
        ),
        Found::Changed { by } if was_accepted => {
            let since = since(by);
            (
                MessageTone::Warn,
                format!("accepted; {since}"),
                format!("was accepted, and the object does not show it any more: {since}; look at it"),
            )
        }
        Found::Changed { by } => {
            let since = since(by);
            (
                MessageTone::Warn,
                format!("cannot tell whether it was applied: {since}"),
                format!("may have been applied or not: {since}; look at it"),
            )
        }
    };
    Looked::End(End { tone, words, told })
}

async fn finish(desk: &Desk, decision: &Decision, end: End) {
    let now = desk.clock.now();
    let line = record::later(&decision.id, now, &decision.rollout, &decision.step, &end.words);
    if let Err(error) = desk.record.append(&line).await {
        tracing::warn!(%error, "a line of the record waits");
    }
    tell_of(desk, decision, end.tone, &end.told).await;
    earlier::tell(desk).await;
}

async fn tell_of(desk: &Desk, decision: &Decision, tone: MessageTone, told: &str) {
    let age = Seconds::between(decision.at, desk.clock.now());
    let (step, rollout) = (clean(&decision.step), clean(&decision.rollout));
    let text = format!("the {step} of {rollout} that was sent {age} ago by another run {told}");
    tell(desk, tone, text).await;
}

/// Says at the start what nobody knows yet. What was accepted is told when it is looked up.
async fn tell_open(desk: &Desk, decision: &Decision) {
    let age = Seconds::between(decision.at, desk.clock.now());
    let next = match &decision.ask {
        None => "look at it",
        Some(_) if decision.cluster == desk.cluster.0 => "it is looked up when the cluster answers",
        Some(_) => "look at it there, or open that cluster with flightdeck",
    };
    let text = format!(
        "{} of {} on {} was sent {age} ago and its outcome was not recorded: {next}",
        clean(&decision.step),
        clean(&decision.rollout),
        decision.cluster
    );
    tell(desk, MessageTone::Warn, text).await;
}

/// The record is a file like any other.
fn clean(text: &str) -> Untrusted {
    Untrusted::from(text)
}

async fn tell(desk: &Desk, tone: MessageTone, text: String) {
    if desk.events.send(Event::Message { tone, text }).await.is_err() {
        tracing::error!("nobody was left to hear of an unfinished decision");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn words(found: Found, known: Known, is_settled: bool) -> String {
        match end(found, known, is_settled) {
            Looked::End(end) => end.words,
            other @ (Looked::NotYet | Looked::Holds | Looked::Unread(_)) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_there_is_called_not_applied_only_when_nothing_can_linger() {
        assert_eq!(end(Found::AsBefore, Known::Nothing, false), Looked::NotYet);
        assert_eq!(
            end(Found::Changed { by: None }, Known::Nothing, false),
            Looked::NotYet
        );
        assert_eq!(
            words(Found::AsBefore, Known::Nothing, true),
            "not applied; the object is as it was before"
        );
        assert!(words(Found::Applied, Known::Nothing, false).starts_with("the object shows the change"));
    }

    #[test]
    fn what_the_server_accepted_is_never_called_not_applied() {
        for found in [Found::AsBefore, Found::Changed { by: None }] {
            assert!(words(found, Known::Accepted, false).starts_with("accepted; "));
        }
        let by = Some(Untrusted::from("argocd"));
        assert_eq!(
            words(Found::Changed { by: by.clone() }, Known::Accepted, true),
            "accepted; it was changed since by argocd"
        );
        assert_eq!(
            words(Found::Changed { by }, Known::Nothing, true),
            "cannot tell whether it was applied: it was changed since by argocd"
        );
    }

    #[test]
    fn what_was_in_place_and_is_not_any_more_was_reverted() {
        let after = Seconds(40);
        for known in [Known::Shown { after }, Known::InPlace { after }] {
            assert_eq!(
                words(Found::AsBefore, known, false),
                "reverted after 40s, by whom is not known"
            );
            let by = Some(Untrusted::from("argocd"));
            assert_eq!(
                words(Found::Changed { by }, known, false),
                "reverted by argocd after 40s"
            );
        }
        assert_eq!(
            words(Found::Applied, Known::Shown { after }, false),
            record::LOOKED_UP
        );
        assert_eq!(
            end(Found::Applied, Known::InPlace { after }, false),
            Looked::Holds
        );
    }
}
