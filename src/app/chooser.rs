//! What a step has to be told before its sheet opens: the revision to go back to, the images, the number of pods. Chooses
//! nothing that the user did not see; sends nothing.

use tui_input::Input;

use crate::domain::{
    Because, Choice, Image, Rollout, RolloutKey, SeenWhole, Step, Untrusted, can_undo_to, undo_target,
};

use super::{Context, Effect, Model, Overlay, Selection, sheets};

/// One open chooser.
#[derive(Clone, Debug)]
pub struct Chooser {
    pub key: RolloutKey,
    /// The incarnation that was looked at when it opened.
    pub uid: Untrusted,
    pub choosing: Choosing,
    /// A word on the last key that did not do what was meant.
    pub problem: Option<String>,
    /// Nothing was typed yet: the first character replaces what stands in the field.
    pub fresh: bool,
}

/// What is chosen.
#[derive(Clone, Debug)]
pub enum Choosing {
    /// By the uid of the object that stands for the revision.
    Revision {
        selection: Selection<Untrusted>,
        /// Which one it began with, and why; the user may have moved since.
        offered: Option<(Untrusted, Because)>,
    },
    Images {
        fields: Vec<ImageField>,
        at: usize,
    },
    Replicas(Input),
}

/// The image of one container.
#[derive(Clone, Debug)]
pub struct ImageField {
    pub container: Untrusted,
    pub now: Image,
    pub input: Input,
}

impl ImageField {
    /// The image that was typed. A tag or digest alone (`:v2`, `@sha256:…`) is of the repository of now.
    pub fn image(&self) -> Image {
        self.now.typed_over(self.input.value())
    }
}

impl Chooser {
    /// The step that it is for.
    pub fn step(&self) -> Step {
        match self.choosing {
            Choosing::Revision { .. } => Step::Undo,
            Choosing::Images { .. } => Step::SetImage,
            Choosing::Replicas(_) => Step::Scale,
        }
    }

    /// The field that takes text now.
    pub fn input(&self) -> Option<&Input> {
        match &self.choosing {
            Choosing::Revision { .. } => None,
            Choosing::Images { fields, at } => fields.get(*at).map(|field| &field.input),
            Choosing::Replicas(input) => Some(input),
        }
    }

    /// The field that a paste goes into; like the first character, it replaces what stood there.
    pub(super) fn pasted_into(&mut self) -> Option<&mut Input> {
        let fresh = std::mem::take(&mut self.fresh);
        let input = self.input_mut()?;
        if fresh {
            input.reset();
        }
        Some(input)
    }

    fn input_mut(&mut self) -> Option<&mut Input> {
        match &mut self.choosing {
            Choosing::Revision { .. } => None,
            Choosing::Images { fields, at } => fields.get_mut(*at).map(|field| &mut field.input),
            Choosing::Replicas(input) => Some(input),
        }
    }
}

/// The uids of the revisions that an undo can go to, in the rollout's order.
pub fn undo_rows(rollout: &Rollout) -> Vec<Untrusted> {
    rollout
        .revisions
        .iter()
        .filter(|revision| can_undo_to(rollout, revision))
        .filter_map(|revision| revision.uid.clone())
        .collect()
}

/// Opens the chooser of `step`.
pub(super) fn open(model: &mut Model, key: &RolloutKey, step: Step) {
    let Some(rollout) = model.rollout(key) else {
        return;
    };
    let choosing = match step {
        Step::Undo => revisions(rollout, &model.seen),
        Step::SetImage => images(rollout),
        Step::Scale => Choosing::Replicas(rollout.counts.wanted.to_string().into()),
        Step::Pause | Step::Resume | Step::Restart => return,
    };
    let chooser = Chooser {
        key: key.clone(),
        uid: rollout.uid.clone(),
        choosing,
        problem: None,
        fresh: true,
    };
    // What was said of another rollout does not stand below this one.
    model.flash = None;
    model.overlays.push(Overlay::Chooser(Box::new(chooser)));
}

fn revisions(rollout: &Rollout, seen: &SeenWhole) -> Choosing {
    let mut selection = Selection::default();
    let offered =
        undo_target(rollout, seen).and_then(|(revision, because)| Some((revision.uid.clone()?, because)));
    if let Some((uid, _)) = &offered {
        selection.select(uid.clone());
    }
    Choosing::Revision { selection, offered }
}

fn images(rollout: &Rollout) -> Choosing {
    let containers = rollout.target().map(|target| target.images.clone());
    let fields: Vec<ImageField> = containers
        .unwrap_or_default()
        .into_iter()
        .map(|(container, now)| ImageField {
            container,
            input: now.0.shown().into(),
            now,
        })
        .collect();
    let at = main_field(rollout, &fields);
    Choosing::Images { fields, at }
}

/// The container that a release most likely changes: the one that the last one changed, else the one named like the rollout.
fn main_field(rollout: &Rollout, fields: &[ImageField]) -> usize {
    let changed = |field: &ImageField| {
        rollout.revisions.iter().any(|revision| {
            revision
                .images
                .iter()
                .any(|(name, image)| *name == field.container && *image != field.now)
        })
    };
    let named = |field: &ImageField| field.container == rollout.key.name.name;
    let first = |is: &dyn Fn(&ImageField) -> bool| fields.iter().position(is);
    first(&changed).or_else(|| first(&named)).unwrap_or(0)
}

/// What was chosen, or what is wrong with it.
pub(super) fn choice(chooser: &Chooser) -> Result<Choice, String> {
    match &chooser.choosing {
        Choosing::Revision { selection, .. } => match selection.acting() {
            Some(uid) => Ok(Choice::Revision {
                uid: uid.clone(),
                hash: None,
            }),
            None if selection.is_lapsed() => {
                Err("the revision that was selected is gone: move to another one first".to_owned())
            }
            None => Err("nothing is selected: choose a revision with the arrows".to_owned()),
        },
        Choosing::Images { fields, .. } => {
            let mut changed = Vec::new();
            for field in fields {
                let image = field.image();
                if let Some(why) = image.is_no_image() {
                    return Err(format!("{}: {why}", field.container));
                }
                if image != field.now {
                    changed.push((field.container.clone(), image));
                }
            }
            if changed.is_empty() {
                return Err("no image was changed: type another one, or :tag alone".to_owned());
            }
            Ok(Choice::Images(changed))
        }
        Choosing::Replicas(input) => {
            let typed = input.value().trim();
            if typed.is_empty() {
                return Err("no number of pods was typed".to_owned());
            }
            typed
                .parse()
                .map(Choice::Replicas)
                .map_err(|_too_large| format!("{typed} pods are more than any cluster has"))
        }
    }
}

/// Goes on to the sheet with what was chosen, or says what is wrong.
pub(super) fn confirm(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Chooser(chooser)) = model.overlays.last() else {
        return Vec::new();
    };
    let (key, step) = (chooser.key.clone(), chooser.step());
    let rollout = model.rollout(&key);
    let chosen = match rollout {
        Some(rollout) if rollout.uid == chooser.uid => {
            choice(chooser).map(|choice| with_hash(rollout, choice))
        }
        Some(_) | None => Err(format!("{key} is gone, or was made anew: esc, and look again")),
    };
    match chosen {
        Ok(choice) => {
            model.overlays.pop();
            sheets::open(context, model, &key, (step, choice))
        }
        Err(problem) => {
            if let Some(Overlay::Chooser(chooser)) = model.overlays.last_mut() {
                chooser.problem = Some(problem);
            }
            Vec::new()
        }
    }
}

/// The template's hash as it is shown now: the plan refuses when the object says another one.
fn with_hash(rollout: &Rollout, choice: Choice) -> Choice {
    let Choice::Revision { uid, .. } = choice else {
        return choice;
    };
    let hash = rollout
        .revisions
        .iter()
        .find(|revision| revision.uid.as_ref() == Some(&uid))
        .and_then(|revision| revision.hash.clone());
    Choice::Revision { uid, hash }
}
