//! What a chooser says: the revisions to go back to with what is known of each, the images, the number of pods.

use crate::app::{Action, Chooser, Choosing, Context, Model, Motion};
use crate::domain::{Because, Revision, Rollout, Seconds, can_undo_to};

use super::Tone;
use super::words::{Words, coarse_age};

/// A whole chooser.
#[derive(Clone, Debug, PartialEq)]
pub struct ChooserView {
    pub title: String,
    pub banner: (Tone, String),
    /// Revisions, a row each: number, version, images, age, pods, health. Empty for what is typed.
    pub rows: Vec<[Words; 6]>,
    pub selected: Option<usize>,
    pub fields: Vec<FieldView>,
    /// What is to be known before choosing.
    pub notes: Vec<Words>,
}

/// A field that takes text.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldView {
    pub label: String,
    pub text: String,
    /// Where the next character goes, in cells; `None` where the field has not the keys.
    pub cursor: Option<usize>,
}

/// What the open chooser says.
pub fn chooser_view(context: &Context<'_>, model: &Model, chooser: &Chooser) -> ChooserView {
    let mut view = ChooserView {
        title: format!("{} {}", chooser.step().verb().to_uppercase(), chooser.key),
        banner: (
            super::header::banner_tone(context.policy.environment),
            format!(" {} {} ", context.policy.environment.word(), chooser.key.cluster),
        ),
        rows: Vec::new(),
        selected: None,
        fields: Vec::new(),
        notes: Vec::new(),
    };
    match model.rollout(&chooser.key) {
        None => view.notes.push(vec![(
            Tone::Fail,
            "it is gone: esc, and look at what is there now".to_owned(),
        )]),
        Some(rollout) => match &chooser.choosing {
            Choosing::Revision { .. } => revisions(context, model, rollout, chooser, &mut view),
            Choosing::Images { .. } => images(rollout, chooser, &mut view),
            Choosing::Replicas(_) => replicas(rollout, chooser, &mut view),
        },
    }
    if let Some(problem) = &chooser.problem {
        view.notes.push(vec![(Tone::Warn, problem.clone())]);
    }
    view
}

fn revisions(
    context: &Context<'_>,
    model: &Model,
    rollout: &Rollout,
    chooser: &Chooser,
    view: &mut ChooserView,
) {
    let Choosing::Revision { selection, offered } = &chooser.choosing else {
        return;
    };
    let now = model.server_time(rollout, context.now);
    for revision in &rollout.revisions {
        let whole = health(context, model, rollout, revision);
        let beside = rollout.target().filter(|target| !std::ptr::eq(*target, revision));
        let tone = if can_undo_to(rollout, revision) {
            Tone::Text
        } else {
            Tone::Muted
        };
        let images: Vec<String> = revision
            .images
            .iter()
            .map(|(_, image)| image.to_string())
            .collect();
        view.rows.push([
            vec![(
                tone,
                revision
                    .number
                    .map_or_else(|| "–".to_owned(), |it| it.to_string()),
            )],
            vec![(tone, revision.version(beside))],
            vec![(tone, images.join(" "))],
            vec![(Tone::Muted, coarse_age(revision.created_at, now))],
            vec![(tone, format!("{}/{}", revision.ready, revision.existing))],
            vec![whole],
        ]);
    }
    view.selected = rollout
        .revisions
        .iter()
        .position(|revision| revision.uid.is_some() && revision.uid.as_ref() == selection.shown());
    view.notes.push(offer(
        context,
        model,
        rollout,
        offered.as_ref().map(|(uid, because)| {
            let revision = rollout.revisions.iter().find(|it| it.uid.as_ref() == Some(uid));
            (revision, *because)
        }),
    ));
    let chosen = view.selected.and_then(|index| rollout.revisions.get(index));
    if let Some(revision) = chosen {
        if let Some(cause) = &revision.change_cause {
            view.notes.push(vec![
                (Tone::Muted, format!("{} was made by: ", revision.label())),
                (Tone::Text, cause.shown()),
            ]);
        }
        for leaves in &revision.leaves {
            let tone = if leaves.empties { Tone::Fail } else { Tone::Warn };
            view.notes.push(vec![(
                tone,
                format!("{} {} does not select its pods", leaves.kind, leaves.name),
            )]);
        }
    }
    if view.rows.iter().len() <= 1 {
        let none = "no earlier revision is kept: revisionHistoryLimit, or it never had another one";
        view.notes.push(vec![(Tone::Warn, none.to_owned())]);
    }
}

/// Whether it was ever healthy, as far as it is known.
pub(super) fn health(
    context: &Context<'_>,
    model: &Model,
    rollout: &Rollout,
    revision: &Revision,
) -> (Tone, String) {
    let is_target = rollout.target().is_some_and(|it| std::ptr::eq(it, revision));
    let now = model.server_time(rollout, context.now);
    let ago = |at| Seconds::between(at, now).coarse();
    match (
        model.seen.of(revision),
        revision.hash.is_some() && revision.uid.is_some(),
    ) {
        _ if is_target && revision.uid.is_none() => (Tone::Muted, "nothing runs it".to_owned()),
        (_, false) => (Tone::Warn, "no template hash".to_owned()),
        (Some(at), true) if revision.whole_since.is_some() => (Tone::Ok, format!("now, since {}", ago(at))),
        (Some(at), true) => (Tone::Ok, format!("whole {} ago", ago(at))),
        (None, true) if is_target => (Tone::Warn, "asked for now".to_owned()),
        (None, true) => (Tone::Unknown, "not seen whole".to_owned()),
    }
}

fn offer(
    context: &Context<'_>,
    model: &Model,
    rollout: &Rollout,
    offered: Option<(Option<&Revision>, Because)>,
) -> Words {
    match offered {
        Some((Some(revision), because)) => {
            let why = match because {
                Because::Serves { ready } => format!(
                    "it still has {} ready, more than any other",
                    super::words::count(ready, "pod")
                ),
                Because::SeenWhole { at } => {
                    let now = model.server_time(rollout, context.now);
                    let ago = Seconds::between(at, now).coarse();
                    format!("all its pods were available, {ago} ago; no other was seen so later")
                }
            };
            vec![
                (Tone::Accent, format!("{} is offered: ", revision.label())),
                (Tone::Text, why),
            ]
        }
        Some((None, _)) => vec![(Tone::Warn, "the revision that was offered is gone".to_owned())],
        None => vec![(
            Tone::Warn,
            "none is offered: none serves, and none was seen with all its pods available".to_owned(),
        )],
    }
}

fn images(rollout: &Rollout, chooser: &Chooser, view: &mut ChooserView) {
    let Choosing::Images { fields, at } = &chooser.choosing else {
        return;
    };
    for (index, field) in fields.iter().enumerate() {
        view.fields.push(FieldView {
            label: field.container.shown(),
            text: field.input.value().to_owned(),
            cursor: (index == *at).then(|| field.input.visual_cursor()),
        });
    }
    let Some(field) = fields.get(*at) else {
        return;
    };
    view.notes.push(vec![
        (Tone::Muted, "now       ".to_owned()),
        (Tone::DiffDel, field.now.to_string()),
    ]);
    let image = field.image();
    if image != field.now {
        view.notes.push(vec![
            (Tone::Muted, "becomes   ".to_owned()),
            (Tone::DiffAdd, image.to_string()),
        ]);
    }
    let ran: Vec<String> = rollout
        .revisions
        .iter()
        .filter_map(|revision| {
            let (_, image) = revision
                .images
                .iter()
                .find(|(name, _)| *name == field.container)?;
            (*image != field.now).then(|| format!("{} ({})", image.version(), revision.label()))
        })
        .collect();
    if !ran.is_empty() {
        view.notes.push(vec![
            (Tone::Muted, "ran here  ".to_owned()),
            (Tone::Text, ran.join("  ")),
        ]);
    }
    view.notes.push(vec![(
        Tone::Muted,
        "a tag (:v2) or digest (@sha256:…) alone keeps the repository; ctrl-u clears".to_owned(),
    )]);
}

fn replicas(rollout: &Rollout, chooser: &Chooser, view: &mut ChooserView) {
    view.fields.push(FieldView {
        label: "pods".to_owned(),
        text: chooser
            .input()
            .map(|input| input.value().to_owned())
            .unwrap_or_default(),
        cursor: chooser.input().map(tui_input::Input::visual_cursor),
    });
    let counts = rollout.counts;
    view.notes.push(vec![(
        Tone::Muted,
        format!(
            "now {} asked for, {} ready; up and down change by one",
            counts.wanted, counts.ready
        ),
    )]);
    if let Some((name, least, most)) = &rollout.autoscaler {
        view.notes.push(vec![(
            Tone::Warn,
            format!("autoscaler {name} sets the number itself, {least} to {most}, and will take this back"),
        )]);
    }
}

/// What the keys do here.
pub(super) fn footer(chooser: &Chooser) -> Vec<(Action, &'static str)> {
    let mut hints = vec![(Action::Open, "go on to the sheet")];
    match chooser.choosing {
        Choosing::Revision { .. } => {
            hints.extend([
                (Action::Move(Motion::Down), "next"),
                (Action::Diff, "diff with now"),
            ]);
        }
        Choosing::Images { .. } => hints.push((Action::NextPane, "next container")),
        Choosing::Replicas(_) => {}
    }
    hints.push((Action::Close, "close"));
    hints
}
