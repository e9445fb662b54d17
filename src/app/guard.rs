//! The one door to a write: [`approve`] is a pure function of the plan, the facts and what was typed, and the only maker of
//! [`Approved`]. The table of classes that it holds is in `docs/ARCHITECTURE.md`.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{
    Choice, Class, ClusterMark, Digest, Environment, Liveness, Plan, Refusal, RefusalKind, Untrusted,
};

use super::authority::{proven, stops};
use super::{Authority, DryRun, Panes, Permission};

/// A plan that may be sent. Cannot be made but by [`approve`], nor changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    plan: Arc<Plan>,
    authority: Authority,
    reason: String,
}

impl Approved {
    /// What is to be sent.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// On whose word.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// What the user gave as the reason; empty when none was asked for.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// A check that may still be on its way.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Check<T> {
    /// Not asked, because nothing waits for it.
    #[default]
    NotAsked,
    Asking,
    Got(T),
}

impl<T> Check<T> {
    /// The answer, once there.
    pub fn got(&self) -> Option<&T> {
        match self {
            Self::Got(answer) => Some(answer),
            Self::NotAsked | Self::Asking => None,
        }
    }
}

/// What the user put in to confirm.
#[derive(Clone, Copy, Debug)]
pub struct Typed<'a> {
    /// What stands in the token field, or `y`.
    pub token: &'a str,
    pub reason: &'a str,
}

/// Everything that can speak against a plan at the moment of confirmation.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub environment: Environment,
    pub read_only: bool,
    pub permission: &'a Check<Permission>,
    pub dry_run: &'a Check<DryRun>,
    /// What is wrong with the record, as far as that was looked at; writing the decision is the last word.
    pub record: &'a Check<Option<Untrusted>>,
    /// Whether keys go to other panes, too, as far as that was looked at; it is asked again before anything is sent.
    pub panes: &'a Check<Panes>,
    /// The worst of the kinds that the sheet uses.
    pub liveness: Liveness,
    /// The target was read again by a quorum GET after the confirming key.
    pub read_again: bool,
    /// Another action on this rollout has not been observed yet; its verb.
    pub in_flight: Option<&'static str>,
    /// The cluster behind the context changed; in words.
    pub pin_broken: Option<&'a Untrusted>,
    /// Uid of the object that the rollout's name means now.
    pub uid: Option<&'a Untrusted>,
    /// What was chosen for the step.
    pub choice: &'a Choice,
    /// What the open cluster is told by; known where tokens are taken.
    pub cluster: Option<&'a ClusterMark>,
    /// The server's time.
    pub now: Timestamp,
}

/// The word that confirms going forward without a dry run.
pub const NO_DRY_RUN: &str = "no-dry-run";

/// Shortest reason that an override takes.
pub const SHORTEST_REASON: usize = 8;

/// Decides whether the plan that was `shown` may be sent now.
///
/// # Errors
///
/// The first rule that speaks against it, in words.
pub fn approve(
    plan: &Arc<Plan>,
    shown: Digest,
    facts: &Facts<'_>,
    typed: Typed<'_>,
    authority: Authority,
) -> Result<Approved, Refusal> {
    if plan.digest() != shown {
        return Err(Refusal::new(
            RefusalKind::Changed,
            "the plan is not the one that was shown",
            "look at it again",
        ));
    }
    if let Authority::Token(token) = &authority {
        proven(plan, facts, token)?;
    }
    objections(plan, facts, typed)?;
    match &authority {
        Authority::Sheet(_) => confirmed(plan, facts, typed)?,
        Authority::Token(_) => {}
        Authority::Yes => stops(plan)?,
    }
    reasoned(plan, typed)?;
    Ok(Approved {
        plan: Arc::clone(plan),
        authority,
        reason: typed.reason.trim().to_owned(),
    })
}

/// Everything that speaks against the plan, however it is confirmed.
///
/// # Errors
///
/// The first rule, in words.
pub(super) fn objections(plan: &Plan, facts: &Facts<'_>, typed: Typed<'_>) -> Result<(), Refusal> {
    never(plan, facts)?;
    if plan.class.needs_fresh_data() {
        forward(plan, facts, typed)?;
    }
    Ok(())
}

/// Keys that go to other panes as well confirm there what nobody looked at.
pub fn synchronized() -> Refusal {
    Refusal::new(
        RefusalKind::Synchronized,
        "tmux types every key into all panes of this window",
        "run tmux setw synchronize-panes off, then open the sheet again",
    )
}

/// What refuses every class, stopping included.
fn never(plan: &Plan, facts: &Facts<'_>) -> Result<(), Refusal> {
    if facts.read_only {
        let next = "start without --read-only, or take read_only out of the configuration";
        return Err(Refusal::new(
            RefusalKind::ReadOnly,
            "this context is read-only",
            next,
        ));
    }
    if let Some(why) = facts.pin_broken {
        let next = "restart flightdeck to work on the other cluster";
        return Err(Refusal::new(
            RefusalKind::OtherCluster,
            format!("writing has stopped: {why}"),
            next,
        ));
    }
    if facts.panes.got() == Some(&Panes::Synchronized) {
        return Err(synchronized());
    }
    if facts.uid != Some(&plan.target.uid) {
        let why = format!(
            "{} is gone, or was made anew under the same name",
            plan.target.key
        );
        return Err(Refusal::new(RefusalKind::Gone, why, "look at what is there now"));
    }
    if let Some(Permission::No { why }) = facts.permission.got() {
        return Err(Refusal::new(
            RefusalKind::Forbidden,
            why.shown(),
            "ask for the right; it is looked up again when the sheet opens",
        ));
    }
    match facts.dry_run.got() {
        Some(DryRun::Denied { words }) => Err(Refusal::new(
            RefusalKind::Denied,
            format!("the server would refuse: {words}"),
            "change what it objects to",
        )),
        Some(DryRun::Changed) => Err(Refusal::new(
            RefusalKind::Changed,
            "the object is not as shown any more",
            "look at it again",
        )),
        Some(
            DryRun::Accepted { .. } | DryRun::Unsupported { .. } | DryRun::TimedOut | DryRun::Failed { .. },
        )
        | None => Ok(()),
    }
}

/// What refuses going forward, and overrides too.
fn forward(plan: &Plan, facts: &Facts<'_>, typed: Typed<'_>) -> Result<(), Refusal> {
    match facts.liveness {
        Liveness::Fresh => {}
        Liveness::Old(age) => {
            let why = format!("what is shown is {age} old");
            return Err(Refusal::new(
                RefusalKind::Stale,
                why,
                "wait until the connection is live again",
            ));
        }
        Liveness::Unknown => {
            let why = "not everything that this depends on has been read";
            return Err(Refusal::new(
                RefusalKind::Stale,
                why,
                "wait until it has, or see :messages",
            ));
        }
    }
    if !facts.read_again {
        return Err(Refusal::new(
            RefusalKind::Stale,
            "the object was not read again before sending",
            "confirm again",
        ));
    }
    if let Some(verb) = facts.in_flight {
        let why = format!("a {verb} of {} is still on its way", plan.target.key);
        return Err(Refusal::new(
            RefusalKind::InFlight,
            why,
            "wait until it is observed, or 30 s",
        ));
    }
    if let Check::Got(Some(problem)) = facts.record {
        return Err(Refusal::new(
            RefusalKind::NoRecord,
            format!("the decision could not be recorded: {problem}"),
            "mend that and open the sheet again; stopping and going back need no record",
        ));
    }
    let said = match facts.dry_run {
        Check::Got(DryRun::Accepted { .. }) => return Ok(()),
        Check::Got(DryRun::Unsupported { words }) => format!("the server cannot dry-run this: {words}"),
        Check::Got(DryRun::Failed { words }) => format!("the dry run could not be asked: {words}"),
        Check::Got(DryRun::TimedOut) => "the dry run was not answered in 3 s".to_owned(),
        Check::Got(DryRun::Denied { .. } | DryRun::Changed) | Check::NotAsked | Check::Asking => {
            return Err(Refusal::new(
                RefusalKind::Denied,
                "the dry run has not answered yet",
                "wait for it",
            ));
        }
    };
    if typed.token.split_whitespace().any(|word| word == NO_DRY_RUN) {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::Denied,
        said,
        format!("add the word {NO_DRY_RUN} to go on without"),
    ))
}

/// Whether what was typed is what this class asks for.
fn confirmed(plan: &Plan, facts: &Facts<'_>, typed: Typed<'_>) -> Result<(), Refusal> {
    let token = typed
        .token
        .split_whitespace()
        .find(|word| *word != NO_DRY_RUN)
        .unwrap_or_default();
    let wanted = wanted_token(plan, facts.environment);
    if token == wanted {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::NotNow,
        format!("not confirmed: type {wanted}"),
        "",
    ))
}

/// An override says why.
fn reasoned(plan: &Plan, typed: Typed<'_>) -> Result<(), Refusal> {
    if plan.class == Class::Override && typed.reason.trim().chars().count() < SHORTEST_REASON {
        let why = format!("an override needs a reason of at least {SHORTEST_REASON} characters");
        return Err(Refusal::new(RefusalKind::NotNow, why, "give one"));
    }
    Ok(())
}

/// What has to be typed: `y` to stop, and outside production to go forward; else the token of the plan.
pub fn wanted_token(plan: &Plan, environment: Environment) -> &str {
    match (plan.class, environment) {
        (Class::Stop, _) | (Class::Forward, Environment::Staging | Environment::Development) => "y",
        (Class::Forward, Environment::Production | Environment::Sandbox)
        | (Class::Back | Class::Override, _) => &plan.token,
    }
}
