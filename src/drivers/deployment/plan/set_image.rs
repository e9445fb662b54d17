//! Setting images: one field per container, guarded by the whole template. An image that a kept revision ran is a way back.

use serde_json::{Value, json};

use crate::domain::{
    Change, Class, Goal, Image, Plan, Refusal, RefusalKind, Rollout, Step, Strategy, Untrusted,
};
use crate::drivers::request::{add, json_patch, test};
use crate::drivers::template::{images_of, text};
use crate::objects::digest as template_digest;

use super::super::words;
use super::keepers;
use super::object::Object;
use super::parts::{
    LONGEST_TOKEN, change, digest, guarded, informative, kubectl, note, path, suffix, tail, target, uid_test,
    word,
};

/// Characters of a digest that are typed.
const OF_DIGEST: usize = 6;

/// What setting the images makes of the template, operation by operation.
struct Edits {
    template: Value,
    operations: Vec<Value>,
    changes: Vec<Change>,
    /// As `kubectl set image` takes them.
    arguments: Vec<String>,
    /// Who writes these images again, in words.
    kept_elsewhere: Vec<String>,
}

fn edits(rollout: &Rollout, object: &Object, images: &[(Untrusted, Image)]) -> Result<Edits, Refusal> {
    let old = object.field("/spec/template");
    let mut template = old.clone();
    let mut operations = vec![
        uid_test(rollout),
        test("/spec/paused", object.field("/spec/paused")),
        test("/spec/template", old.clone()),
    ];
    let mut changes = Vec::new();
    let mut arguments = Vec::new();
    let mut kept_elsewhere = Vec::new();
    for (container, image) in images {
        check(image)?;
        let (pointer, place) = place(&template, container)?;
        let before = template.pointer(&pointer).cloned();
        if before.as_ref() == Some(&json!(image.0.raw())) {
            continue;
        }
        operations.push(add(&format!("/spec/template{pointer}"), json!(image.0.raw())));
        changes.push(change(
            &format!("{place}[{container}].image"),
            &text(before.as_ref()).shown(),
            &image.0.shown(),
        ));
        arguments.push(word(&Untrusted::from(format!(
            "{}={}",
            container.raw(),
            image.0.raw()
        ))));
        let field = keepers::image_of(container.raw());
        kept_elsewhere.extend(keepers::against(rollout, object, &field));
        set(&mut template, &pointer, image);
    }
    if changes.is_empty() {
        return Err(Refusal::new(
            RefusalKind::AlreadySo,
            "it asks for this image already",
            "there is nothing to set",
        ));
    }
    kept_elsewhere.dedup();
    Ok(Edits {
        template,
        operations,
        changes,
        arguments,
        kept_elsewhere,
    })
}

pub(super) fn set_image(
    rollout: &Rollout,
    object: &Object,
    images: &[(Untrusted, Image)],
) -> Result<Plan, Refusal> {
    if object.is_paused() {
        return Err(Refusal::new(
            RefusalKind::NotNow,
            "it was paused meanwhile, so the image would not be rolled out",
            "resume it first",
        ));
    }
    let old = object.field("/spec/template");
    let Edits {
        template,
        operations,
        changes,
        arguments,
        kept_elsewhere,
    } = edits(rollout, object, images)?;
    let images_after = images_of(&template);
    let kept = ran_before(rollout, &images_after);
    // Back is never held up by who may take it back; that is told beside it.
    let (mut against, told) = if kept.is_some() {
        (Vec::new(), kept_elsewhere)
    } else {
        (kept_elsewhere, Vec::new())
    };
    if kept.is_none() && rollout.written.history_limit == 0 {
        against.push(
            "revisionHistoryLimit is 0: the revision of now is not kept, so there is no way back".to_owned(),
        );
    }
    let class = match (&kept, against.is_empty()) {
        (Some(_), _) => Class::Back,
        (None, true) => Class::Forward,
        (None, false) => Class::Override,
    };
    let first = images.first().map(|(_, image)| token(image)).unwrap_or_default();
    let mut notes = vec![note("takes", words::takes_all(rollout), false)];
    notes.extend(told.into_iter().map(|words| note("reverts", words, true)));
    if let Some(kept) = kept {
        notes.push(note("same as", format!("revision {kept} ran this image"), false));
    }
    Ok(Plan {
        step: Step::SetImage,
        class,
        token: if class == Class::Override || first.is_empty() {
            suffix(rollout)
        } else {
            first
        },
        against,
        target: target(rollout),
        writes: vec![json_patch(&path(rollout), operations)],
        goal: Goal::Template {
            digest: template_digest(&template),
            from: template_digest(&old),
            images: images_after,
        },
        sentence: sentence(rollout, &images_named(images)),
        changes,
        facts: vec![
            guarded("uid", &rollout.uid),
            guarded("paused", &Untrusted::from("no")),
            guarded("template", &digest(&old)),
            informative("pods", &words::pods(rollout)),
        ],
        notes,
        way_back: match rollout.written.history_limit {
            0 => "none by undo: revisionHistoryLimit is 0, so the revision of now is not kept".to_owned(),
            _ => "undo to the revision of now: its ReplicaSet is kept".to_owned(),
        },
        kubectl: kubectl(rollout, "set image", &arguments.join(" ")),
    })
}

/// A reference that no registry could serve is refused before the server is asked.
fn check(image: &Image) -> Result<(), Refusal> {
    let text = image.0.raw();
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@".contains(character);
    let why = if text.is_empty() {
        "an image needs a name"
    } else if text.chars().count() > 512 {
        "that is too long for an image"
    } else if !text.chars().all(plain) {
        "an image has letters, digits and - _ . / : @ only"
    } else if text.ends_with([':', '@', '/']) || text.starts_with([':', '@', '/']) {
        "that image lacks its name, tag or digest"
    } else if !has_digest(text) {
        "a digest is sha256: and 64 hexadecimal digits, or sha512: and 128"
    } else if image
        .repository()
        .chars()
        .any(|character| character.is_ascii_uppercase())
        && !has_registry(image)
    {
        "the name of an image has no capital letters"
    } else {
        return Ok(());
    };
    Err(Refusal::new(
        RefusalKind::NotNow,
        why,
        "write it as repository:tag or repository@sha256:…",
    ))
}

/// True unless what follows an `@` is no digest.
fn has_digest(text: &str) -> bool {
    let Some((_, digest)) = text.split_once('@') else {
        return true;
    };
    let digits = |text: &str, number: usize| {
        text.len() == number
            && text
                .chars()
                .all(|it| it.is_ascii_hexdigit() && !it.is_ascii_uppercase())
    };
    match digest.split_once(':') {
        Some(("sha256", digest)) => digits(digest, 64),
        Some(("sha512", digest)) => digits(digest, 128),
        Some(_) | None => false,
    }
}

/// A registry's host may be written in capitals; what follows it may not, which the node finds out.
fn has_registry(image: &Image) -> bool {
    let repository = image.repository();
    let first = repository.split_once('/').map(|(first, _)| first);
    first.is_some_and(|host| host.contains(['.', ':']) || host == "localhost")
}

/// Where the image of a container stands in the template.
fn place(template: &Value, container: &Untrusted) -> Result<(String, &'static str), Refusal> {
    for list in ["containers", "initContainers"] {
        let items = template
            .pointer(&format!("/spec/{list}"))
            .and_then(Value::as_array);
        let index = items
            .into_iter()
            .flatten()
            .position(|item| item.get("name") == Some(&json!(container.raw())));
        if let Some(index) = index {
            return Ok((format!("/spec/{list}/{index}/image"), list));
        }
    }
    let names: Vec<String> = images_of(template).iter().map(|(name, _)| name.shown()).collect();
    Err(Refusal::new(
        RefusalKind::NotNow,
        format!("it has no container {container}"),
        format!("it has {}", names.join(", ")),
    ))
}

fn set(template: &mut Value, pointer: &str, image: &Image) {
    if let Some(field) = template.pointer_mut(pointer) {
        *field = json!(image.0.raw());
    } else if let Some((parent, name)) = pointer.rsplit_once('/')
        && let Some(fields) = template.pointer_mut(parent).and_then(Value::as_object_mut)
    {
        fields.insert(name.to_owned(), json!(image.0.raw()));
    }
}

/// The revision, other than the present one, that runs or ran exactly these images.
fn ran_before(rollout: &Rollout, images: &[(Untrusted, Option<Image>)]) -> Option<String> {
    let present = rollout.target().and_then(|target| target.uid.as_ref());
    let same = |revision: &&crate::domain::Revision| {
        images.iter().all(|(name, image)| {
            image.as_ref().is_some_and(|image| {
                revision
                    .images
                    .iter()
                    .any(|(its, ran)| its == name && ran == image)
            })
        })
    };
    rollout
        .revisions
        .iter()
        .filter(|revision| revision.uid.as_ref() != present && revision.uid.is_some())
        .find(same)
        .map(crate::domain::Revision::label)
}

/// The tag; of a digest its last six characters.
fn token(image: &Image) -> String {
    let text = image.0.raw();
    match text.split_once('@') {
        Some((_, digest)) => tail(digest, OF_DIGEST),
        None => tail(&image.version(), LONGEST_TOKEN),
    }
}

/// `app to shop/web:v2, proxy to envoy:v3`.
fn images_named(images: &[(Untrusted, Image)]) -> String {
    let parts: Vec<String> = images
        .iter()
        .map(|(container, image)| format!("{container} to {image}"))
        .collect();
    parts.join(", ")
}

fn sentence(rollout: &Rollout, images: &str) -> String {
    let wanted = rollout.counts.wanted;
    let pods = words::all_pods(wanted);
    match (rollout.strategy, wanted) {
        (_, 0) => format!("Set {images}. It is scaled to 0, so nothing runs it until it is scaled up."),
        (Strategy::Recreate, _) => format!(
            "OUTAGE, set {images}. Recreate stops {pods} first, and nothing serves until new ones are ready."
        ),
        (Strategy::Rolling | Strategy::BlueGreen | Strategy::Canary, _) => {
            format!("Set {images}. Replaces {pods}, a few at a time as the strategy says.")
        }
    }
}
