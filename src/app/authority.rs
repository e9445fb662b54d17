//! On whose word a write is sent, and what a word other than typing confirms. Asked by the guard alone.

use crate::domain::{Class, PLAN_VALID_FOR, Plan, PlanToken, Refusal, RefusalKind, TokenFault};

use super::Facts;

/// On whose word a write is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// A sheet that was shown, armed and confirmed by what was typed.
    Sheet(u64),
    /// The token of a plan that was printed before. It is the confirmation: nothing is typed.
    Token(PlanToken),
    /// `--yes` on a command line. It confirms stopping, and nothing else.
    Yes,
}

impl Authority {
    /// The record's word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Sheet(_) => "sheet",
            Self::Token(_) => "token",
            Self::Yes => "yes",
        }
    }
}

/// Whether the plan is the one that the token was made of, here and not long ago.
pub(super) fn proven(plan: &Plan, facts: &Facts<'_>, token: &PlanToken) -> Result<(), Refusal> {
    let Some(cluster) = facts.cluster else {
        return Err(Refusal::new(
            RefusalKind::NotNow,
            "no token is taken here",
            "confirm on the sheet",
        ));
    };
    token
        .is_for(cluster, facts.now)
        .and_then(|()| token.proves(plan, facts.choice))
        .map_err(|fault| token_refusal(&fault))
}

/// A token's fault in words.
pub fn token_refusal(fault: &TokenFault) -> Refusal {
    let again = "nothing was sent; make the plan again (--plan) and look at it";
    match fault {
        TokenFault::OtherCluster => Refusal::new(
            RefusalKind::OtherCluster,
            "the token is of a plan for another cluster",
            "nothing was sent; choose that cluster (--context), or make a plan for this one (--plan)",
        ),
        TokenFault::Expired(age) => Refusal::new(
            RefusalKind::Changed,
            format!("the plan is {age} old, and a plan may be confirmed for {PLAN_VALID_FOR}"),
            again,
        ),
        TokenFault::Ahead => Refusal::new(
            RefusalKind::Changed,
            "the token's time is ahead of the server's clock",
            again,
        ),
        TokenFault::Changed(facts) if facts.is_empty() => Refusal::new(
            RefusalKind::Changed,
            "the plan is not the one that was shown: what it does, or what it depends on, changed",
            again,
        ),
        TokenFault::Changed(facts) => Refusal::new(
            RefusalKind::Changed,
            format!("changed since the plan was made: {}", facts.join(", ")),
            again,
        ),
    }
}

/// Stopping is all that a flag confirms.
pub(super) fn stops(plan: &Plan) -> Result<(), Refusal> {
    if plan.class == Class::Stop {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::NotNow,
        format!(
            "--yes confirms stopping only, and this is of class {}",
            plan.class.word()
        ),
        "make the plan with --plan, look at it, and confirm it with --confirm TOKEN",
    ))
}
