//! What became of what was sent, followed to its effect, and how that is told.

use std::time::Instant;

use serde::Serialize;

use crate::app::{End, Follow, RequestId};
use crate::domain::{Driver, Outcome, Plan, RefusalKind, Rollout, Seconds, Untrusted};
use crate::runtime::Exit;
use crate::view;

use super::super::CommandError;
use super::answer::{ended, exit_of};
use super::hand::{Came, Hand};
use super::order::Order;

/// The version of the shape.
const VERSION: u32 = 1;

/// How long an answer is waited for once a signal asked to end.
const LAST_WORDS: std::time::Duration = std::time::Duration::from_secs(8);

/// What is told when it went well.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Became {
    version: u32,
    cluster: String,
    namespace: String,
    name: String,
    kind: &'static str,
    uid: Option<String>,
    step: &'static str,
    class: Option<&'static str>,
    sentence: Option<String>,
    reason: String,
    decision: Option<String>,
    outcome: &'static str,
    why: Option<String>,
    audit_id: Option<String>,
    warnings: Vec<String>,
    effect_after_seconds: Option<u64>,
    still_so_after_seconds: Option<u64>,
}

impl Became {
    /// What was wanted is there already, and nothing was sent.
    pub(super) fn so_already(hand: &Hand, order: &Order, why: &str) -> Self {
        let mut it = Self::new(hand, order, None, "alreadySo");
        it.why = Some(why.to_owned());
        it
    }

    fn new(hand: &Hand, order: &Order, plan: Option<&Plan>, outcome: &'static str) -> Self {
        let key = &hand.key;
        Self {
            version: VERSION,
            cluster: key.cluster.to_string(),
            namespace: key.name.namespace.shown(),
            name: key.name.name.shown(),
            kind: match key.driver {
                Driver::Deployment => "Deployment",
                Driver::Argo => "Rollout",
            },
            uid: hand.model().rollout(key).map(|rollout| rollout.uid.shown()),
            step: order.step.verb(),
            class: plan.map(|plan| plan.class.word()),
            sentence: plan.map(|plan| plan.sentence.clone()),
            reason: Untrusted::from(order.reason.as_str()).shown(),
            decision: None,
            outcome,
            why: None,
            audit_id: None,
            warnings: Vec::new(),
            effect_after_seconds: None,
            still_so_after_seconds: None,
        }
    }

    fn of(hand: &Hand, order: &Order, follow: &Follow, outcome: &'static str) -> Self {
        let mut it = Self::new(hand, order, Some(&follow.plan), outcome);
        it.decision = Some(hand.decision(follow.id));
        if let Some(Outcome::Accepted {
            audit_id, warnings, ..
        }) = &follow.answer
        {
            it.audit_id = audit_id.as_ref().map(Untrusted::shown);
            it.warnings = warnings.iter().map(Untrusted::shown).collect();
        }
        let took = follow.done_at.map(|at| Seconds::between(follow.sent_at, at).0);
        it.effect_after_seconds = took;
        it
    }

    /// One line for people.
    pub(super) fn line(&self) -> String {
        let what = format!("{} {}/{}", self.step, self.namespace, self.name);
        match (self.outcome, &self.why, self.effect_after_seconds) {
            ("alreadySo", Some(why), _) => format!("{what}: already so, nothing was sent: {why}\n"),
            ("alreadySo", None, _) => format!("{what}: already so, nothing was changed\n"),
            ("done", _, Some(after)) => {
                let still = self
                    .still_so_after_seconds
                    .map(|still| format!(", still so after {}", Seconds(still)))
                    .unwrap_or_default();
                format!("{what}: done after {}{still}\n", Seconds(after))
            }
            _accepted => format!("{what}: accepted; its effect is not waited for\n"),
        }
    }
}

/// Waits until it is known what became of the request.
///
/// # Errors
///
/// Everything that is not done, or already so, each with its code.
pub(super) async fn follow(hand: &mut Hand, id: RequestId, order: &Order) -> Result<Became, CommandError> {
    let sent = hand.instant();
    let mut signal: Option<(Instant, Exit)> = None;
    loop {
        if let Some(told) = judge(hand, id, order)? {
            let is_done = hand.model().follow(id).is_some_and(|it| it.done_at.is_some());
            if told.outcome == "done" && is_done && signal.is_none() {
                return watched(hand, id, order, told).await;
            }
            return Ok(told);
        }
        let is_answered = hand.model().follow(id).is_none_or(|it| it.answer.is_some());
        if let Some((since, exit)) = signal
            && (is_answered || hand.passed_since(since) >= LAST_WORDS)
        {
            let words = if is_answered {
                "the request was sent and is answered; what becomes of it is not followed any more: see flightdeck decisions"
            } else {
                "the request was sent, and its answer was not waited for: see flightdeck decisions"
            };
            return Err(ended(words, exit));
        }
        if is_answered && hand.passed_since(sent) >= order.timeout {
            return Err(time_is_up(hand, id, order));
        }
        if let Came::Ended(exit) = hand.next().await? {
            signal.get_or_insert((hand.instant(), exit));
        }
    }
}

/// Goes on watching what is done, for being taken back. A signal ends that, and it stays done.
async fn watched(
    hand: &mut Hand,
    id: RequestId,
    order: &Order,
    mut done: Became,
) -> Result<Became, CommandError> {
    let since = hand.instant();
    while hand.passed_since(since) < order.follow {
        if let Came::Ended(_) = hand.next().await? {
            return Ok(done);
        }
        judge(hand, id, order)?;
    }
    let seconds = order.follow.as_secs();
    done.still_so_after_seconds = (seconds > 0).then_some(seconds);
    Ok(done)
}

/// What is known now; none while it is to be waited for.
fn judge(hand: &Hand, id: RequestId, order: &Order) -> Result<Option<Became>, CommandError> {
    let Some(follow) = hand.model().follow(id) else {
        return Err(ended(
            "the request got lost in this program; report this",
            Exit::UNKNOWN,
        ));
    };
    let what = format!("{} {}", order.step.verb(), hand.key);
    let is_elsewhere = hand.opened.source().pin_broken.is_some();
    match &follow.answer {
        None => return Ok(None),
        Some(Outcome::NotSent { why }) => {
            let exit = if is_elsewhere {
                Exit::REFUSED
            } else {
                Exit::CANNOT_REACH
            };
            return Err(ended(
                format!("{what}: not sent: {why}; nothing was changed, try again"),
                exit,
            ));
        }
        Some(Outcome::Refused(refusal)) => {
            // What was planned and is not there any more changed since.
            let exit = if refusal.kind == RefusalKind::Gone {
                Exit::CHANGED
            } else {
                exit_of(refusal.kind)
            };
            return Err(ended(format!("{what}: refused: {}", refusal.sentence()), exit));
        }
        Some(Outcome::AlreadySo) => return Ok(Some(Became::of(hand, order, follow, "alreadySo"))),
        Some(Outcome::Unknown { why }) if order.no_wait => {
            return Err(ended(
                format!(
                    "{what}: outcome unknown: {why}; it may or may not have been applied: look with flightdeck status {}",
                    hand.key
                ),
                Exit::UNKNOWN,
            ));
        }
        Some(
            Outcome::Unknown { .. }
            | Outcome::Accepted { .. }
            | Outcome::NotApplied
            | Outcome::EffectSeen { .. }
            | Outcome::Reverted { .. },
        ) => {}
    }
    let lost = |words: &str| Err(ended(format!("{what}: accepted, but {words}"), Exit::NO_EFFECT));
    match &follow.end {
        Some(End::NotApplied) => {
            return Err(ended(
                format!("{what}: not applied: no answer came, and the object is as it was; try again"),
                Exit::CANNOT_REACH,
            ));
        }
        Some(End::Reverted { by, after }) => {
            let by = by
                .as_ref()
                .map_or_else(|| "somebody unknown".to_owned(), Untrusted::shown);
            return lost(&format!(
                "reverted by {by} after {after}; ask there before you try again"
            ));
        }
        Some(End::Gone) => return lost("the object is gone; look at what is there now"),
        Some(End::Superseded) => return lost("a later action took over"),
        Some(End::NotDone | End::AlreadySo | End::Lasting) | None => {}
    }
    let is_accepted = matches!(follow.answer, Some(Outcome::Accepted { .. }));
    if follow.done_at.is_some() {
        return Ok(Some(Became::of(hand, order, follow, "done")));
    }
    Ok((order.no_wait && is_accepted).then(|| Became::of(hand, order, follow, "accepted")))
}

fn time_is_up(hand: &Hand, id: RequestId, order: &Order) -> CommandError {
    let what = format!("{} {}", order.step.verb(), hand.key);
    let after = Seconds(order.timeout.as_secs());
    if hand.model().follow(id).is_some_and(Follow::is_unknown) {
        return ended(
            format!(
                "{what}: outcome unknown after {after}: it may or may not have been applied; look with flightdeck status {}",
                hand.key
            ),
            Exit::UNKNOWN,
        );
    }
    let why = hand
        .model()
        .rollout(&hand.key)
        .and_then(|rollout| reason(hand, rollout))
        .map(|why| format!(": {why}"))
        .unwrap_or_default();
    ended(
        format!(
            "{what}: accepted, and its effect was not seen within {after}{why}; go on watching with flightdeck status {} -w",
            hand.key
        ),
        Exit::NO_EFFECT,
    )
}

/// What holds it up, as far as is known.
fn reason(hand: &Hand, rollout: &Rollout) -> Option<String> {
    let now = hand.opened.now();
    rollout.finding(now).map(|it| view::sentence(&it.reason, now))
}
