//! What the application asks of drivers, without knowing them.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Choice, EffectSeen, Plan, Refusal, Rollout, Step, TemplateDiff, TemplateOf, Untrusted};

/// Something that has to be read before a plan can be made or confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// The object itself, whole and raw, by a quorum GET of this path.
    Object { path: String },
    /// Name, uid and who wrote it when, and nothing of what it holds: what is said of a Secret never leaves the server.
    Metadata { path: String },
}

impl Need {
    /// Where it is read: path from the server's root.
    pub fn path(&self) -> &str {
        match self {
            Self::Object { path } | Self::Metadata { path } => path,
        }
    }
}

/// What was read for a [`Need`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The body, byte for byte: fields this program does not know must survive a write.
    Found(Arc<str>),
    Gone,
    /// Could not be read, in words.
    Failed(String),
}

/// What a plan is made of beside the rollout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Materials {
    pub answers: Vec<(Need, Answer)>,
    /// The server's time when the sheet was opened: frozen into requests that carry a time.
    pub stamp: Option<Timestamp>,
}

impl Materials {
    /// The answer to `need`, once it came.
    pub fn answer(&self, need: &Need) -> Option<&Answer> {
        self.answers
            .iter()
            .find(|(asked, _)| asked == need)
            .map(|(_, answer)| answer)
    }
}

/// One question to a driver.
#[derive(Clone, Copy, Debug)]
pub struct PlanQuestion<'a> {
    pub rollout: &'a Rollout,
    pub step: Step,
    pub choice: &'a Choice,
    pub materials: &'a Materials,
}

/// The drivers, as the application sees them. Pure: nothing is read or sent here.
pub trait Planner: Send + Sync {
    /// Why `step` cannot be done to this rollout now, or that it can.
    ///
    /// # Errors
    ///
    /// The reason, in the words that the menu shows beside the dimmed entry and the sheet as refusal.
    fn can(&self, rollout: &Rollout, step: Step) -> Result<(), Refusal>;

    /// What must be read before [`Planner::plan`]. Empty for steps that must wait for nothing. Asked again with what was read
    /// so far, until nothing is missing: a template names what else has to be looked at.
    fn needs(&self, question: PlanQuestion<'_>) -> Vec<Need>;

    /// The exact requests.
    ///
    /// # Errors
    ///
    /// A refusal in words, when the step does not fit the state, or the materials say so.
    fn plan(&self, question: PlanQuestion<'_>) -> Result<Plan, Refusal>;

    /// How much of the plan's effect the rollout shows. `rollout` is `None` when the object is gone.
    fn effect(&self, plan: &Plan, rollout: Option<&Rollout>) -> EffectSeen;

    /// The fields that admission would change beside those of the plan, told from the object that a dry run gave back.
    fn also(&self, plan: &Plan, materials: &Materials, object: &str) -> Vec<Untrusted> {
        let _ = (plan, materials, object);
        Vec::new()
    }

    /// What has to be read for one side of a comparison of templates.
    ///
    /// # Errors
    ///
    /// When there is no such side any more.
    fn template_need(&self, rollout: &Rollout, side: &TemplateOf) -> Result<Need, Refusal>;

    /// Compares two templates that were read, the first as what was before.
    ///
    /// # Errors
    ///
    /// Why one side cannot be had, in words.
    fn template_diff(
        &self,
        rollout: &Rollout,
        sides: (&TemplateOf, &TemplateOf),
        materials: &Materials,
    ) -> Result<TemplateDiff, Refusal>;

    /// The fields of what the plan writes, and of `also`, that the dry run showed otherwise than they were written.
    fn differs(&self, plan: &Plan, also: &[Untrusted], (dry, written): (&str, &str)) -> Vec<Untrusted> {
        let _ = (plan, also, dry, written);
        Vec::new()
    }

    /// Whether the raw object, read after an answer was lost, holds the plan's change, still holds its guard, or neither.
    fn resolve(&self, plan: &Plan, object: &Answer) -> EffectSeen;
}
