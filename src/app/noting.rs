//! Notes: what tells others of a change and changes no workload itself. Best effort: asked for once, never waited for.

use std::sync::Arc;

use crate::domain::{Plan, Untrusted};

use super::requests::note_sent;
use super::{Context, Effect, Follow, MessageTone, Model, Once, Request, RequestId};

/// A note on the object that a plan changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectNote {
    pub plan: Arc<Plan>,
    /// As typed; empty when none was asked for.
    pub reason: String,
    /// The write that it tells of.
    pub of: RequestId,
}

/// Why a note was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteProblem {
    /// The right is missing, and will be for the next one as well.
    pub is_forbidden: bool,
    pub why: Untrusted,
}

/// Asks for the note on what was accepted, where notes are wanted.
pub(super) fn ask(context: &Context<'_>, model: &mut Model, of: RequestId) -> Option<Effect> {
    if !context.policy.events || context.policy.read_only {
        return None;
    }
    let follow = model.follow(of)?;
    let (key, step) = (follow.key().clone(), follow.plan.step);
    let note = ObjectNote {
        plan: Arc::clone(&follow.plan),
        reason: follow.reason.clone(),
        of,
    };
    let id = model.next_id();
    note_sent(context, model, id, format!("note on {key}: {}", step.words()));
    Some(Effect::Send {
        cluster: key.cluster,
        id,
        request: Request::Note(note),
    })
}

/// A missing right is told once, in the list of messages alone: nothing that matters failed.
pub(super) fn answered(context: &Context<'_>, model: &mut Model, problem: Option<NoteProblem>) {
    let Some(NoteProblem {
        is_forbidden: true,
        why,
    }) = problem
    else {
        return;
    };
    if !model.told_once.insert(Once::NotesForbidden) {
        return;
    }
    let text = format!(
        "no Event tells others of what is done here: {why}; ask for the right to create events.events.k8s.io, or set events = false"
    );
    model.messages.tell(context.now, MessageTone::Info, text);
}

impl Follow {
    /// The same with what the user gave as the reason.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }
}
