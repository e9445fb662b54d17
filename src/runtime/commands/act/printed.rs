//! The plan as it is printed, with its token and what to type to confirm it.

use crate::app::Sheet;
use crate::domain::{PlanToken, Refusal, RolloutKey};
use crate::runtime::Exit;
use crate::view::Tone;

use super::super::CommandError;
use super::super::print::out;
use super::answer::{encoded, exit_of};
use super::order::Wish;
use super::plan::{self, Report, Told};
use super::run::{Work, closed};
use super::text;

impl Work<'_> {
    /// Prints the plan.
    pub(super) fn tell_plan(&self) -> Result<Exit, CommandError> {
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

    pub(super) fn print_plan(
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
