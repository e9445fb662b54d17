//! What was ordered on the command line, before any cluster is asked.

use std::time::Duration;

use crate::cli::{self, Act, Answer};
use crate::domain::{Image, PlanToken, Step, Untrusted};
use crate::runtime::Exit;

use super::super::CommandError;
use super::super::find::Wanted;

/// How it is confirmed.
#[derive(Clone, Debug)]
pub(in super::super) enum Way {
    /// Not at all: the plan is printed.
    Plan,
    Token(PlanToken),
    /// Stopping, by a flag.
    Yes,
    /// By what is typed below the sheet.
    Asked,
}

/// What beside the verb was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Wish {
    Nothing,
    /// Back to the revision of this number, or to the usual one.
    Revision(Option<u64>),
    /// Images, each of the named container or of the only one.
    Images(Vec<(Option<Untrusted>, Image)>),
    Replicas(u32),
}

/// One order.
#[derive(Clone, Debug)]
pub(in super::super) struct Order {
    pub(super) step: Step,
    pub(super) wanted: Wanted,
    /// ROLLOUT as it was typed.
    pub(super) typed: String,
    pub(super) wish: Wish,
    pub(super) way: Way,
    pub(super) reason: String,
    pub(super) is_override: bool,
    pub(super) no_dry_run: bool,
    pub(super) timeout: Duration,
    /// How long it is watched for being taken back, once it is done.
    pub(super) follow: Duration,
    pub(super) no_wait: bool,
    pub(super) output: Answer,
}

impl Order {
    /// A step that the verb says all of.
    pub(in super::super) fn of(step: Step, act: Act) -> Result<Self, CommandError> {
        Self::read(step, act, Wish::Nothing)
    }

    pub(in super::super) fn undo(undo: cli::Undo) -> Result<Self, CommandError> {
        Self::read(Step::Undo, undo.act, Wish::Revision(undo.to_revision))
    }

    pub(in super::super) fn set_image(set_image: cli::SetImage) -> Result<Self, CommandError> {
        let mut images: Vec<(Option<Untrusted>, Image)> = Vec::new();
        for text in &set_image.images {
            let (container, image) = match text.split_once('=') {
                Some((container, image)) => (Some(Untrusted::from(container)), image),
                None => (None, text.as_str()),
            };
            if container.as_ref().is_some_and(Untrusted::is_empty) || image.is_empty() {
                let text = Untrusted::from(text.as_str());
                return Err(usage(format!("{text} sets no image; write CONTAINER=IMAGE")));
            }
            if images.iter().any(|(its, _)| *its == container) {
                let which = container.map_or_else(|| "the only container".to_owned(), |it| it.shown());
                return Err(usage(format!("{which} is given two images; give it one")));
            }
            images.push((container, Image(Untrusted::from(image))));
        }
        Self::read(Step::SetImage, set_image.act, Wish::Images(images))
    }

    pub(in super::super) fn scale(scale: cli::Scale) -> Result<Self, CommandError> {
        Self::read(Step::Scale, scale.act, Wish::Replicas(scale.replicas))
    }

    fn read(step: Step, act: Act, wish: Wish) -> Result<Self, CommandError> {
        let way = match (act.plan, &act.confirm, act.yes) {
            (true, _, _) => Way::Plan,
            (false, Some(text), _) => {
                Way::Token(PlanToken::read(text).map_err(|error| usage(error.to_string()))?)
            }
            (false, None, true) if step == Step::Pause => Way::Yes,
            (false, None, true) => {
                return Err(usage(format!(
                    "--yes is for pause alone: {}",
                    two_steps(step, &act.rollout)
                )));
            }
            (false, None, false) => Way::Asked,
        };
        Ok(Self {
            step,
            wanted: Wanted::read(&act.rollout)?,
            typed: act.rollout,
            wish,
            way,
            reason: act.reason.unwrap_or_default(),
            is_override: act.is_override,
            no_dry_run: act.no_dry_run,
            timeout: act.timeout,
            follow: act.follow,
            no_wait: act.no_wait,
            output: act.output,
        })
    }

    /// It stops, and is not only looked at.
    pub(in super::super) fn stops(&self) -> bool {
        self.step == Step::Pause && !matches!(self.way, Way::Plan)
    }

    /// Nobody is there to be asked.
    pub(super) fn nobody_to_ask(&self) -> CommandError {
        let how = if self.step == Step::Pause {
            "stopping takes --yes".to_owned()
        } else {
            two_steps(self.step, &self.typed)
        };
        usage(format!(
            "this is no terminal, so nobody can confirm the sheet, and nothing was sent: {how}"
        ))
    }
}

/// How a script acts.
fn two_steps(step: Step, rollout: &str) -> String {
    let verb = step.verb();
    let rollout = Untrusted::from(rollout);
    format!(
        "look at the plan with flightdeck {verb} {rollout} --plan, and send it with flightdeck {verb} {rollout} --confirm TOKEN"
    )
}

fn usage(words: String) -> CommandError {
    CommandError::Act {
        words,
        exit: Exit::USAGE,
    }
}
