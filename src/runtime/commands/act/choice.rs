//! From what was said on the command line to a choice that means one thing: a revision by its uid and hash, images by the names
//! of their containers.

use crate::domain::{
    Choice, Image, PlanToken, Refusal, RefusalKind, Revision, Rollout, SeenWhole, Untrusted, undo_target,
};

use super::order::Wish;

/// The choice, or why there is none.
///
/// `seen`: what is known of when revisions were whole. `token`: of the plan that is to be confirmed. It knows its revision: numbers, and which one is the usual, change.
pub(super) fn choose(
    rollout: &Rollout,
    wish: &Wish,
    token: Option<&PlanToken>,
    seen: &SeenWhole,
) -> Result<Choice, Refusal> {
    match wish {
        Wish::Nothing => Ok(Choice::Nothing),
        Wish::Replicas(replicas) => Ok(Choice::Replicas(*replicas)),
        Wish::Images(images) => images_of(rollout, images),
        Wish::Revision(Some(number)) => {
            let mut numbered = rollout.revisions.iter().filter(|it| it.number == Some(*number));
            let revision = numbered.next().ok_or_else(|| {
                Refusal::new(
                    RefusalKind::Gone,
                    format!("revision {number} is not there, or not any more"),
                    listed(rollout),
                )
            })?;
            of_revision(revision)
        }
        Wish::Revision(None) => {
            if let Some(token) = token {
                let choices = rollout.revisions.iter().filter_map(|it| of_revision(it).ok());
                return choices.into_iter().find(|it| token.means(it)).ok_or_else(|| {
                    Refusal::new(
                        RefusalKind::Changed,
                        "the revision that the plan goes back to is not there any more",
                        "nothing was sent; make the plan again (--plan)",
                    )
                });
            }
            let (revision, _because) = undo_target(rollout, seen).ok_or_else(|| {
                Refusal::new(
                    RefusalKind::NotNow,
                    "no other revision is known to have been healthy, so none is chosen for you",
                    listed(rollout),
                )
            })?;
            of_revision(revision)
        }
    }
}

fn of_revision(revision: &Revision) -> Result<Choice, Refusal> {
    let uid = revision.uid.clone().ok_or_else(|| {
        Refusal::new(
            RefusalKind::Gone,
            format!("nothing stands for revision {} yet", revision.label()),
            "try again in a moment",
        )
    })?;
    Ok(Choice::Revision {
        uid,
        hash: revision.hash.clone(),
    })
}

/// What there is to choose from.
fn listed(rollout: &Rollout) -> String {
    let target = rollout.target().and_then(|target| target.uid.as_ref());
    let all: Vec<String> = rollout
        .revisions
        .iter()
        .filter(|it| it.uid.is_some() && it.uid.as_ref() != target)
        .filter_map(|it| {
            let number = it.number?;
            Some(format!("{number} ({})", it.version(rollout.target())))
        })
        .collect();
    if all.is_empty() {
        "there is no other revision to go back to".to_owned()
    } else {
        format!("there are {}; choose one with --to-revision", all.join(", "))
    }
}

fn images_of(rollout: &Rollout, wished: &[(Option<Untrusted>, Image)]) -> Result<Choice, Refusal> {
    let containers = &rollout.written.images;
    let mut images: Vec<(Untrusted, Image)> = Vec::new();
    for (container, image) in wished {
        let container = match (container, containers.as_slice()) {
            (Some(container), _) => container.clone(),
            (None, [(only, _)]) => only.clone(),
            (None, _) => {
                let names: Vec<String> = containers.iter().map(|(name, _)| name.shown()).collect();
                return Err(Refusal::new(
                    RefusalKind::NotNow,
                    format!("it has {} containers, so {image} may mean any", containers.len()),
                    format!("write CONTAINER=IMAGE with one of {}", names.join(", ")),
                ));
            }
        };
        if images.iter().any(|(its, _)| *its == container) {
            return Err(Refusal::new(
                RefusalKind::NotNow,
                format!("{container} is given two images"),
                "give it one",
            ));
        }
        // As on the screen: a tag or digest alone is of the image that is there.
        let now = containers.iter().find(|(its, _)| *its == container);
        let is_part = image.0.raw().starts_with([':', '@']);
        let image = match now {
            Some((_, Some(now))) if is_part => now.typed_over(image.0.raw()),
            _ => image.clone(),
        };
        images.push((container, image));
    }
    Ok(Choice::Images(images))
}
