//! From an order to its end: the sheet is opened, looked at, confirmed, and what was sent is followed.

use std::sync::Arc;
use std::time::Duration;

use crate::adapters::record::Record;
use crate::adapters::seen::SeenRevisions;
use crate::app::{
    self, Authority, Confirmation, NO_DRY_RUN, Opening as SheetOpening, Sheet, Stage, token_refusal,
};
use crate::cli::Cli;
use crate::clock::Clock;
use crate::domain::{Class, ClusterMark, Plan, PlanToken, Refusal, RefusalKind, SeenWhole, Untrusted};
use crate::runtime::Exit;
use crate::runtime::source::Opening;

use super::super::CommandError;
use super::super::find::find;
use super::super::missing::tell_missing;
use super::super::opened::Opened;
use super::super::print::{Brush, out};
use super::answer::{encoded, ended, exit_of, refused};
use super::became::{Became, follow};
use super::choice::choose;
use super::hand::{Came, Hand};
use super::order::{Order, Way};
use super::plan;
use super::prompt::somebody_is_there;

/// What an order is carried out with.
pub(in super::super) struct Surroundings {
    pub(in super::super) brush: Brush,
    /// How long a sheet must have been on the screen before a line confirms it.
    pub(in super::super) arming: Duration,
    /// Whether an Event is posted on the object of what was done.
    pub(in super::super) events: bool,
    pub(in super::super) record: Record,
    /// When revisions were whole, and where that is kept.
    pub(in super::super) seen: (SeenRevisions, SeenWhole),
    pub(in super::super) clock: Arc<dyn Clock>,
}

/// Carries it out.
pub(in super::super) async fn run(
    cli: &Cli,
    order: Order,
    opening: Opening,
    surroundings: Surroundings,
) -> Result<Exit, CommandError> {
    if matches!(order.way, Way::Asked) && !somebody_is_there() {
        return Err(order.nobody_to_ask());
    }
    let Surroundings {
        brush,
        arming,
        events,
        record,
        seen: (revisions, seen),
        clock,
    } = surroundings;

    let (mut opened, key) = find(opening, &order.wanted, &clock).await?;
    opened.rule(arming, events);
    tell_missing(&opened);
    let (cluster, user) = introduced(&opened, &order.way).await;
    if let Some(source) = opened.model.sources.get_mut(&opened.cluster) {
        source.user = user;
    }
    opened.model.seen = seen;
    let hand = Hand::new(opened, key, record, revisions, &order.way)?;
    let work = Work {
        cli,
        order: &order,
        brush,
        cluster,
        hand,
    };
    work.run().await
}

/// How long a stop waits for what only the record tells.
const NAMED_WITHIN: Duration = Duration::from_millis(500);

/// What the open cluster is told by, and who the server says that we are. Stopping waits for neither.
async fn introduced(opened: &Opened, way: &Way) -> (ClusterMark, Option<Untrusted>) {
    let open = opened.api.borrow().clone();
    let Some(open) = open else {
        return (ClusterMark::of(None, "", [0; 32]), None);
    };
    let asked = async { tokio::join!(open.client.kube_system_uid(), open.client.whoami()) };
    let (uid, user) = match way {
        Way::Yes => match tokio::time::timeout(NAMED_WITHIN, asked).await {
            Ok((uid, user)) => (uid.ok().flatten(), user.ok().flatten()),
            Err(_elapsed) => (None, None),
        },
        Way::Plan | Way::Token(_) | Way::Asked => {
            let (uid, user) = asked.await;
            (uid.ok().flatten(), user.ok().flatten())
        }
    };
    let (address, authority) = open.pinned.identity();
    (ClusterMark::of(uid.as_ref(), address, authority), user)
}

pub(super) struct Work<'a> {
    pub(super) cli: &'a Cli,
    pub(super) order: &'a Order,
    pub(super) brush: Brush,
    pub(super) cluster: ClusterMark,
    pub(super) hand: Hand,
}

impl Work<'_> {
    async fn run(mut self) -> Result<Exit, CommandError> {
        let ended = self.work().await;
        self.hand.finish().await;
        ended
    }

    async fn work(&mut self) -> Result<Exit, CommandError> {
        if let Err(refusal) = self.open() {
            return self.refuse(&refusal);
        }
        self.until(is_looked_at).await?;
        if let Some(Stage::Refused(refusal)) = self.sheet().map(|sheet| sheet.stage.clone()) {
            return self.refuse(&refusal);
        }
        match self.order.way.clone() {
            Way::Plan => self.tell_plan(),
            Way::Token(token) => {
                self.may_override()?;
                self.confirm(Some(Authority::Token(token)), String::new()).await
            }
            Way::Yes => self.confirm(Some(Authority::Yes), String::new()).await,
            Way::Asked => self.ask().await,
        }
    }

    pub(super) fn sheet(&self) -> Option<&Sheet> {
        self.hand.model().sheet()
    }

    pub(super) fn plan(&self) -> Option<Arc<Plan>> {
        self.sheet().and_then(|sheet| sheet.plan.clone())
    }

    fn token(&self) -> Option<&PlanToken> {
        if let Way::Token(token) = &self.order.way {
            Some(token)
        } else {
            None
        }
    }

    /// Opens the sheet.
    fn open(&mut self) -> Result<(), Refusal> {
        let (key, order) = (self.hand.key.clone(), self.order);
        if let Some(token) = self.token() {
            token
                .is_for(&self.cluster, self.hand.opened.now())
                .map_err(|fault| token_refusal(&fault))?;
        }
        let gone = || {
            Refusal::new(
                RefusalKind::Gone,
                format!("{key} was deleted while it was read"),
                "flightdeck status lists those there are",
            )
        };
        let rollout = self.hand.model().rollout(&key).ok_or_else(gone)?;
        if self.token().is_some_and(|token| !token.may_be_of(&rollout.uid)) {
            return Err(Refusal::new(
                RefusalKind::Changed,
                format!(
                    "the token is of another rollout than {key}, or of one of this name that was deleted since"
                ),
                "nothing was sent; name the rollout of the plan, or make the plan again (--plan)",
            ));
        }
        self.hand.opened.context().planner.can(rollout, order.step)?;
        let choice = choose(rollout, &order.wish, self.token(), &self.hand.model().seen)?;
        if self.token().is_some_and(|token| !token.means(&choice)) {
            return Err(Refusal::new(
                RefusalKind::Changed,
                "the token is of a plan to do something else",
                "nothing was sent; say the same as with --plan, or make the plan again",
            ));
        }
        let opening = SheetOpening {
            choice,
            step: order.step,
            cluster: self.cluster.clone(),
            stamp: self.token().map(PlanToken::made_at),
            key,
        };
        let no_dry_run = if order.no_dry_run { NO_DRY_RUN } else { "" };
        self.hand.act(|context, model| {
            let effects = app::open_sheet(context, model, opening);
            app::fill_in(model, no_dry_run, &order.reason);
            effects
        });
        Ok(())
    }

    /// Waits for the sheet. A signal ends it: nothing was sent so far.
    pub(super) async fn until(&mut self, is: impl Fn(&Hand, &Order) -> bool) -> Result<(), CommandError> {
        while !is(&self.hand, self.order) {
            if let Came::Ended(exit) = self.hand.next().await? {
                return Err(ended("ended before anything was sent", exit));
            }
        }
        Ok(())
    }

    /// It is not done, or need not be.
    pub(super) fn refuse(&self, refusal: &Refusal) -> Result<Exit, CommandError> {
        if matches!(self.order.way, Way::Plan) {
            return self.print_plan(Some(refusal), None, &[]);
        }
        if refusal.kind == RefusalKind::AlreadySo {
            return self.tell(&Became::so_already(&self.hand, self.order, &refusal.why));
        }
        let was_planned = self.token().is_some();
        // A plan was there, so it could be done then.
        if was_planned && matches!(refusal.kind, RefusalKind::NotNow | RefusalKind::Gone) {
            return Err(ended(
                format!(
                    "changed since the plan was made, nothing was sent: {}",
                    refusal.sentence()
                ),
                Exit::CHANGED,
            ));
        }
        Err(refused(refusal))
    }

    fn tell(&self, became: &Became) -> Result<Exit, CommandError> {
        let text = encoded(self.order.output, became, || became.line())?;
        out(&text)?;
        Ok(Exit::DONE)
    }

    /// An override is asked for by name.
    fn may_override(&self) -> Result<(), CommandError> {
        let Some(plan) = self.plan().filter(|plan| plan.class == Class::Override) else {
            return Ok(());
        };
        if self.order.is_override {
            return Ok(());
        }
        Err(ended(
            format!(
                "nothing was sent, something speaks against it: {}; add --override and --reason to go on all the same",
                plan.against.join("; ")
            ),
            Exit::REFUSED,
        ))
    }

    /// Confirms the sheet, and follows what was sent.
    async fn confirm(&mut self, authority: Option<Authority>, typed: String) -> Result<Exit, CommandError> {
        let no_dry_run = if self.order.no_dry_run { NO_DRY_RUN } else { "" };
        let confirmation = Confirmation {
            authority,
            token: format!("{typed} {no_dry_run}").trim().to_owned(),
            reason: self.order.reason.clone(),
        };
        self.confirm_as(confirmation)
            .await?
            .map_or_else(|| Err(self.changed()), Ok)
    }

    /// The same; `None` when the plan changed meanwhile and nothing was sent.
    pub(super) async fn confirm_as(
        &mut self,
        confirmation: Confirmation,
    ) -> Result<Option<Exit>, CommandError> {
        self.hand
            .act(|context, model| app::confirm_sheet(context, model, confirmation));
        self.until(|hand, _| {
            hand.model()
                .sheet()
                .is_none_or(|sheet| sheet.stage != Stage::Rechecking)
        })
        .await?;
        let Some(sheet) = self.sheet() else {
            return Err(closed());
        };
        match sheet.stage.clone() {
            Stage::Sent(id) => {
                let became = follow(&mut self.hand, id, self.order).await?;
                self.tell(&became).map(Some)
            }
            Stage::Refused(refusal) => self.refuse(&refusal).map(Some),
            Stage::Gathering | Stage::Offered | Stage::Armed | Stage::Changed | Stage::Rechecking => {
                match sheet.objection.clone() {
                    Some(refusal) => Err(ended(
                        format!("nothing was sent: {}{}", refusal.sentence(), self.in_flags(sheet)),
                        exit_of(refusal.kind),
                    )),
                    None => Ok(None),
                }
            }
        }
    }

    /// What the sheet takes as a word or in a field is a flag here.
    fn in_flags(&self, sheet: &Sheet) -> String {
        let needs = sheet
            .plan
            .as_ref()
            .map(|plan| plan::needs(plan, &sheet.dry_run))
            .unwrap_or_default();
        if needs.is_empty() || matches!(self.order.way, Way::Asked) {
            return String::new();
        }
        format!(" (this plan needs {})", needs.join(" "))
    }

    /// The plan of now is another one than that which was shown.
    fn changed(&self) -> CommandError {
        let fault = match (self.token(), self.sheet(), self.plan()) {
            (Some(token), Some(sheet), Some(plan)) => token.proves(&plan, &sheet.choice).err(),
            _ => None,
        };
        let fault = fault.unwrap_or(crate::domain::TokenFault::Changed(Vec::new()));
        refused(&token_refusal(&fault))
    }
}

/// True once everything that the way of confirming waits for is there. Stopping waits for nothing but the plan.
pub(super) fn is_looked_at(hand: &Hand, order: &Order) -> bool {
    let stops = |sheet: &Sheet| sheet.plan.as_ref().is_some_and(|plan| plan.class == Class::Stop);
    let waits_for_nothing = matches!(order.way, Way::Yes) && hand.model().sheet().is_some_and(stops);
    waits_for_nothing || app::is_ready(hand.model())
}

pub(super) fn closed() -> CommandError {
    ended(
        "nothing was sent: the sheet closed by itself; run it again",
        Exit::REFUSED,
    )
}
