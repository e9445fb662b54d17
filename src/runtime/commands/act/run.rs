//! From an order to its end: the sheet is opened, looked at, confirmed, and what was sent is followed.

use std::sync::Arc;
use std::time::Duration;

use crate::adapters::record::Record;
use crate::app::{
    self, Authority, Confirmation, Event, NO_DRY_RUN, Opening as SheetOpening, Sheet, Stage, token_refusal,
    wanted_token,
};
use crate::cli::Cli;
use crate::clock::Clock;
use crate::domain::{Class, ClusterMark, Plan, PlanToken, Refusal, RefusalKind, RolloutKey};
use crate::runtime::Exit;
use crate::runtime::source::Opening;
use crate::view::Tone;

use super::super::CommandError;
use super::super::find::find;
use super::super::opened::{Opened, tell_missing};
use super::super::print::{Brush, out};
use super::answer::{encoded, ended, exit_of, refused};
use super::became::{Became, follow};
use super::choice::choose;
use super::hand::{Came, Hand};
use super::order::{Order, Way, Wish};
use super::plan::{self, Report, Told};
use super::prompt::{Lines, somebody_is_there};
use super::text;

/// What an order is carried out with.
pub(in super::super) struct Surroundings {
    pub(in super::super) brush: Brush,
    /// How long a sheet must have been on the screen before a line confirms it.
    pub(in super::super) arming: Duration,
    pub(in super::super) record: Record,
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
        record,
        clock,
    } = surroundings;
    let (mut opened, key) = find(opening, &order.wanted, &clock).await?;
    opened.arm_after(arming);
    tell_missing(&opened);
    let cluster = mark(&opened).await;
    let hand = Hand::new(opened, key, record)?;
    let work = Work {
        cli,
        order: &order,
        brush,
        cluster,
        hand,
    };
    work.run().await
}

/// What the open cluster is told by.
async fn mark(opened: &Opened) -> ClusterMark {
    let open = opened.api.borrow().clone();
    let Some(open) = open else {
        return ClusterMark::of(None, "", [0; 32]);
    };
    let uid = open.client.kube_system_uid().await.ok().flatten();
    let (address, authority) = open.pinned.identity();
    ClusterMark::of(uid.as_ref(), address, authority)
}

struct Work<'a> {
    cli: &'a Cli,
    order: &'a Order,
    brush: Brush,
    cluster: ClusterMark,
    hand: Hand,
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

    fn sheet(&self) -> Option<&Sheet> {
        self.hand.model().sheet()
    }

    fn plan(&self) -> Option<Arc<Plan>> {
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
        self.hand.opened.context().planner.can(rollout, order.step)?;
        let opening = SheetOpening {
            choice: choose(rollout, &order.wish, self.token())?,
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
    async fn until(&mut self, is: impl Fn(&Hand, &Order) -> bool) -> Result<(), CommandError> {
        while !is(&self.hand, self.order) {
            if let Came::Ended(exit) = self.hand.next().await? {
                return Err(ended("ended before anything was sent", exit));
            }
        }
        Ok(())
    }

    /// It is not done, or need not be.
    fn refuse(&self, refusal: &Refusal) -> Result<Exit, CommandError> {
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
    async fn confirm_as(&mut self, confirmation: Confirmation) -> Result<Option<Exit>, CommandError> {
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
                        format!("nothing was sent: {}", refusal.sentence()),
                        exit_of(refusal.kind),
                    )),
                    None => Ok(None),
                }
            }
        }
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

    /// Shows the sheet and asks, until it is confirmed, refused, or left.
    async fn ask(&mut self) -> Result<Exit, CommandError> {
        let mut lines: Option<Lines> = None;
        loop {
            self.until(is_looked_at).await?;
            let (Some(sheet), Some(plan)) = (self.sheet(), self.plan()) else {
                return Err(closed());
            };
            if let Stage::Refused(refusal) = &sheet.stage {
                return self.refuse(&refusal.clone());
            }
            let shown = (sheet.id, plan.digest());
            out(&text::sheet(&self.hand.opened, sheet, self.brush))?;
            // It was handed to the terminal: from here on it arms as it does on the screen.
            self.hand.apply(Event::Painted {
                sheet: shown.0,
                digest: shown.1,
            });
            self.until(|hand, _| {
                !hand.model().sheet().is_some_and(Sheet::is_arming) || is_other(hand, shown.1)
            })
            .await?;
            let typed = match &mut lines {
                Some(typed) => {
                    typed.forget();
                    typed
                }
                none => none.insert(Lines::read()?),
            };
            let wanted = wanted_token(&plan, self.hand.opened.context().policy.environment).to_owned();
            let Some(line) = prompt(&mut self.hand, typed, &wanted, shown.1).await? else {
                out("\nit changed, look again\n\n")?;
                continue;
            };
            let mut reason = self.order.reason.clone();
            if plan.class == Class::Override && reason.is_empty() && !line.is_empty() {
                let Some(typed) = prompt(&mut self.hand, typed, "why you override it", shown.1).await? else {
                    out("\nit changed, look again\n\n")?;
                    continue;
                };
                reason = typed;
            }
            if line.is_empty() {
                return Err(ended("nothing was typed, so nothing was sent", Exit::REFUSED));
            }
            let confirmation = Confirmation {
                authority: None,
                token: line,
                reason,
            };
            if let Some(exit) = self.confirm_as(confirmation).await? {
                return Ok(exit);
            }
            out("\nit changed after you confirmed: nothing was sent; look, and confirm again\n\n")?;
        }
    }

    /// Prints the plan.
    fn tell_plan(&self) -> Result<Exit, CommandError> {
        let (Some(sheet), Some(plan)) = (self.sheet(), self.plan()) else {
            return Err(closed());
        };
        let opened = &self.hand.opened;
        let needs = plan::needs(&plan, &sheet.dry_run);
        let objection = opened.objection(&needs);
        let made_at = sheet.materials.stamp.unwrap_or_else(|| opened.now());
        let token = PlanToken::of(&plan, &sheet.choice, &self.cluster, made_at);
        match objection {
            Err(refusal) => self.print_plan(Some(&refusal), None, &needs),
            Ok(()) => self.print_plan(None, Some(&token), &needs),
        }
    }

    fn print_plan(
        &self,
        refused: Option<&Refusal>,
        token: Option<&PlanToken>,
        needs: &[&'static str],
    ) -> Result<Exit, CommandError> {
        let opened = &self.hand.opened;
        let sheet = self.sheet();
        let report = Report::of(&Told {
            opened,
            key: &self.hand.key,
            step: self.order.step,
            sheet,
            token,
            needs,
            refused,
        });
        let text = encoded(self.order.output, &report, || {
            self.words(sheet, refused, token, needs)
        })?;
        out(&text)?;
        Ok(refused.map_or(Exit::DONE, |refusal| exit_of(refusal.kind)))
    }

    fn words(
        &self,
        sheet: Option<&Sheet>,
        refused: Option<&Refusal>,
        token: Option<&PlanToken>,
        needs: &[&'static str],
    ) -> String {
        let mut words = match sheet {
            Some(sheet) => text::sheet(&self.hand.opened, sheet, self.brush),
            None => format!("{} {}\n", self.order.step.verb().to_uppercase(), self.hand.key),
        };
        if let Some(refusal) = refused {
            text::refusal(&mut words, refusal, self.brush);
        }
        if let Some(plan) = sheet.and_then(|sheet| sheet.plan.as_deref()) {
            let line = vec![(Tone::Text, plan::effect(&plan.goal).to_owned())];
            text::line(&mut words, "effect", &line, self.brush);
        }
        if let Some(token) = token {
            let until = token.ends_at().strftime("until %H:%M:%S UTC").to_string();
            let line = vec![
                (Tone::Key, token.to_string()),
                (Tone::Muted, format!("  {until}")),
            ];
            text::line(&mut words, "token", &line, self.brush);
            let line = vec![(Tone::Text, self.command(&self.hand.key, token, needs))];
            text::line(&mut words, "confirm", &line, self.brush);
        }
        words
    }

    /// What to type to confirm it.
    fn command(&self, key: &RolloutKey, token: &PlanToken, needs: &[&'static str]) -> String {
        let mut command = format!(
            "flightdeck {} {}",
            self.order.step.verb(),
            text::word(&key.to_string())
        );
        let mut add = |more: &str| {
            command.push(' ');
            command.push_str(more);
        };
        match &self.order.wish {
            Wish::Images(images) => {
                for (container, image) in images {
                    let container = container.as_ref().map(|it| format!("{}=", it.raw()));
                    add(&text::word(&format!(
                        "{}{}",
                        container.unwrap_or_default(),
                        image.0.raw()
                    )));
                }
            }
            Wish::Replicas(replicas) => add(&format!("--replicas {replicas}")),
            // The token knows its revision.
            Wish::Nothing | Wish::Revision(_) => {}
        }
        if let Some(path) = &self.cli.kubeconfig {
            add(&format!(
                "--kubeconfig {}",
                text::word(&path.display().to_string())
            ));
        }
        if let Some(context) = &self.cli.context {
            add(&format!("--context {}", text::word(context)));
        }
        add(&format!("--confirm {token}"));
        for flag in needs {
            add(flag);
        }
        if needs.contains(&"--reason") {
            let reason = if self.order.reason.is_empty() {
                "WHY"
            } else {
                &self.order.reason
            };
            add(&text::word(reason));
        }
        command
    }
}

/// True once everything that the way of confirming waits for is there. Stopping waits for nothing but the plan.
fn is_looked_at(hand: &Hand, order: &Order) -> bool {
    let stops = |sheet: &Sheet| sheet.plan.as_ref().is_some_and(|plan| plan.class == Class::Stop);
    let waits_for_nothing = matches!(order.way, Way::Yes) && hand.model().sheet().is_some_and(stops);
    waits_for_nothing || app::is_ready(hand.model())
}

/// The plan on the sheet is not that one any more.
fn is_other(hand: &Hand, shown: crate::domain::Digest) -> bool {
    hand.model()
        .sheet()
        .is_none_or(|sheet| sheet.digest() != Some(shown) || matches!(sheet.stage, Stage::Refused(_)))
}

/// The line that is typed; `None` when the plan changed before it was.
async fn prompt(
    hand: &mut Hand,
    lines: &mut Lines,
    wanted: &str,
    shown: crate::domain::Digest,
) -> Result<Option<String>, CommandError> {
    out(&format!("type: {wanted} > "))?;
    loop {
        if hand.model().sheet().is_none() {
            return Err(closed());
        }
        if is_other(hand, shown) {
            return Ok(None);
        }
        tokio::select! {
            line = lines.next() => return Ok(Some(line)),
            came = hand.next() => if let Came::Ended(exit) = came? {
                return Err(ended("ended before anything was sent", exit));
            },
        }
    }
}

fn closed() -> CommandError {
    ended(
        "nothing was sent: the sheet closed by itself; run it again",
        Exit::REFUSED,
    )
}
