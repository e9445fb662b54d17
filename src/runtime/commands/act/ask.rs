//! In a terminal: the sheet is shown as text and asked about, until it is confirmed, refused, or left.

use crate::app::{Confirmation, Event, Sheet, Stage, wanted_token};
use crate::domain::{Class, Digest};
use crate::runtime::Exit;

use super::super::CommandError;
use super::super::print::out;
use super::answer::ended;
use super::hand::{Came, Hand};
use super::prompt::Lines;
use super::run::{Work, closed, is_looked_at};
use super::text;

impl Work<'_> {
    /// Shows the sheet and asks, until it is confirmed, refused, or left.
    pub(super) async fn ask(&mut self) -> Result<Exit, CommandError> {
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
            out(&text::sheet_to_confirm(&self.hand.opened, sheet, self.brush))?;
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
}

/// The plan on the sheet is not that one any more.
fn is_other(hand: &Hand, shown: Digest) -> bool {
    hand.model()
        .sheet()
        .is_none_or(|sheet| sheet.digest() != Some(shown) || matches!(sheet.stage, Stage::Refused(_)))
}

/// The line that is typed; `None` when the plan changed before it was.
async fn prompt(
    hand: &mut Hand,
    lines: &mut Lines,
    wanted: &str,
    shown: Digest,
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
