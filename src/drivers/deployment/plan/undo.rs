//! Going back: the whole template is replaced by the one that a kept `ReplicaSet` holds, fields unknown to this program
//! included. A paused Deployment is resumed in the same patch, else the undo would be accepted and do nothing.

use serde_json::{Value, json};

use crate::domain::{
    Class, Fact, FactCheck, Goal, Materials, Need, Plan, PlanQuestion, Refusal, RefusalKind, Revision,
    Rollout, Step, Strategy, Untrusted,
};
use crate::drivers::request::{add, apps_path, json_patch, remove, replace, test};
use crate::drivers::template::{config_names, images_of, template_changes, without_hash};
use crate::objects::digest as template_digest;

use super::super::words;
use super::consequences::{MOST_CONFIGS, config_need, consequences, kept_elsewhere};
use super::object::{Object, whole};
use super::parts::{
    LONGEST_TOKEN, change, digest, guarded, informative, kubectl, note, path, suffix, tail, target, uid_test,
};
use super::policies;

/// Fields that a sheet lists; the diff screen has the rest.
const MOST_CHANGES: usize = 40;

const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// The revision that was chosen.
pub(super) struct Asked<'a> {
    pub(super) uid: &'a Untrusted,
    pub(super) hash: Option<&'a Untrusted>,
}

impl Asked<'_> {
    fn of<'r>(&self, rollout: &'r Rollout) -> Option<&'r Revision> {
        rollout
            .revisions
            .iter()
            .find(|revision| revision.uid.as_ref() == Some(self.uid))
    }
}

/// The `ReplicaSet` that holds the template, and then what that template names.
pub(super) fn needs(question: PlanQuestion<'_>) -> Vec<Need> {
    let crate::domain::Choice::Revision { uid, hash } = question.choice else {
        return Vec::new();
    };
    let asked = Asked {
        uid,
        hash: hash.as_ref(),
    };
    let Some(set_path) = asked
        .of(question.rollout)
        .and_then(|it| set_path(question.rollout, it))
    else {
        return Vec::new();
    };
    let set = whole(&set_path, "the revision", question.materials);
    let mut needs = vec![Need::Object { path: set_path }];
    if let Ok(set) = set {
        let configs = config_names(set.pointer("/spec/template").unwrap_or(&Value::Null));
        let looked_at = configs.iter().take(MOST_CONFIGS);
        needs.extend(looked_at.map(|config| config_need(question.rollout, config)));
        let then = set.pointer("/spec/template").unwrap_or(&Value::Null);
        let object = Object::read(question.rollout, question.materials);
        if object.is_ok_and(|object| policies::labels_differ(&object, then)) {
            needs.push(policies::need(question.rollout));
        }
    }
    needs
}

fn set_path(rollout: &Rollout, revision: &Revision) -> Option<String> {
    let name = crate::domain::Name {
        namespace: rollout.key.name.namespace.clone(),
        name: revision.object.clone()?,
    };
    Some(apps_path("replicasets", &name))
}

pub(super) fn undo(question: PlanQuestion<'_>, object: &Object, asked: &Asked<'_>) -> Result<Plan, Refusal> {
    let PlanQuestion {
        rollout, materials, ..
    } = question;
    let gone = || {
        Refusal::new(
            RefusalKind::Gone,
            "the revision is gone: its ReplicaSet was deleted, as old ones are beyond revisionHistoryLimit",
            "choose another one",
        )
    };
    let revision = asked.of(rollout).ok_or_else(gone)?;
    let template = kept_template(rollout, revision, asked, materials)?;
    let old = object.field("/spec/template");
    if template_digest(&old) == template_digest(&template) {
        return Err(Refusal::new(
            RefusalKind::AlreadySo,
            format!(
                "it asks for the template of {} already",
                called(rollout, revision)
            ),
            "there is nothing to undo",
        ));
    }
    let paused = object.field("/spec/paused");
    let was_paused = paused == json!(true);
    let mut operations = vec![
        uid_test(rollout),
        test("/spec/paused", paused),
        test("/spec/template", old.clone()),
        replace("/spec/template", template.clone()),
    ];
    if was_paused {
        operations.push(remove("/spec/paused"));
    }
    operations.push(cause(rollout, revision, object));
    let mut changes = template_changes(&old, &template);
    let more = changes.len().saturating_sub(MOST_CHANGES);
    changes.truncate(MOST_CHANGES);
    if was_paused {
        changes.push(change("paused", "yes", "no"));
    }
    let mut notes = Vec::new();
    if more > 0 {
        notes.push(note(
            "",
            format!("and {more} more fields: the diff has them all"),
            false,
        ));
    }
    notes.extend(kept_elsewhere(rollout, object, &changes));
    notes.extend(consequences(rollout, revision, &template, materials));
    notes.extend(policies::notes(rollout, object, &template, materials));
    let against = against(revision);
    Ok(Plan {
        step: Step::Undo,
        class: if against.is_empty() {
            Class::Back
        } else {
            Class::Override
        },
        token: if against.is_empty() {
            token(rollout, revision)
        } else {
            suffix(rollout)
        },
        against,
        target: target(rollout),
        writes: vec![json_patch(&path(rollout), operations)],
        goal: Goal::Template {
            digest: template_digest(&template),
            from: template_digest(&old),
            images: images_of(&template),
        },
        sentence: sentence(rollout, revision, was_paused),
        changes,
        facts: vec![
            guarded("uid", &rollout.uid),
            guarded("paused", &Untrusted::from(if was_paused { "yes" } else { "no" })),
            guarded("template", &digest(&old)),
            Fact {
                what: "revision".to_owned(),
                value: Untrusted::from(called(rollout, revision)),
                check: FactCheck::JustBefore,
            },
            informative("pods", &words::pods(rollout)),
        ],
        notes,
        way_back: way_back(rollout),
        kubectl: kubectl(
            rollout,
            "rollout undo",
            &revision
                .number
                .map(|number| format!("--to-revision={number}"))
                .unwrap_or_default(),
        ),
    })
}

/// What makes going back an override: a Service that nothing would be behind.
fn against(revision: &Revision) -> Vec<String> {
    revision
        .leaves
        .iter()
        .filter(|it| it.empties)
        .map(|it| {
            format!(
                "{} {} does not select this revision's labels and would have no endpoint left",
                it.kind, it.name
            )
        })
        .collect()
}

/// The template that the chosen `ReplicaSet` holds, once it is certain that it is the one that was shown.
fn kept_template(
    rollout: &Rollout,
    revision: &Revision,
    asked: &Asked<'_>,
    materials: &Materials,
) -> Result<Value, Refusal> {
    let refuse = |kind, why: String| Err(Refusal::new(kind, why, "choose another revision"));
    let name = called(rollout, revision);
    let Some(path) = set_path(rollout, revision) else {
        return refuse(RefusalKind::Gone, format!("{name} has no ReplicaSet"));
    };
    let Some(hash) = asked.hash else {
        let why = format!("the ReplicaSet of {name} has no pod-template-hash: no Deployment made it");
        return refuse(RefusalKind::Unsupported, why);
    };
    let set = whole(&path, &format!("the ReplicaSet of {name}"), materials)?;
    let is = |pointer: &str, wanted: &Untrusted| set.pointer(pointer) == Some(&json!(wanted.raw()));
    let owned = set
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array)
        .is_some_and(|owners| {
            owners
                .iter()
                .any(|owner| owner.get("uid") == Some(&json!(rollout.uid.raw())))
        });
    if !is("/metadata/uid", asked.uid) || !is("/metadata/labels/pod-template-hash", hash) || !owned {
        let why = format!("the ReplicaSet of {name} is not the one that was shown");
        return refuse(RefusalKind::Changed, why);
    }
    match set.pointer("/spec/template") {
        Some(template) => Ok(without_hash(template.clone())),
        None => refuse(
            RefusalKind::Unsupported,
            format!("the ReplicaSet of {name} holds no template"),
        ),
    }
}

/// The history tells what happened: without this the revision would keep the words of when it was first made.
fn cause(rollout: &Rollout, revision: &Revision, object: &Object) -> Value {
    let words = match rollout.target() {
        Some(from) => format!(
            "undo of {} to {}",
            called(rollout, from),
            called(rollout, revision)
        ),
        None => format!("undo to {}", called(rollout, revision)),
    };
    if object.field("/metadata/annotations").is_object() {
        let key = CHANGE_CAUSE.replace('~', "~0").replace('/', "~1");
        add(&format!("/metadata/annotations/{key}"), json!(words))
    } else {
        add("/metadata/annotations", json!({ CHANGE_CAUSE: words }))
    }
}

/// `v1.2 (#4)`.
fn called(rollout: &Rollout, revision: &Revision) -> String {
    let beside = rollout.target().filter(|target| target.uid != revision.uid);
    format!(
        "{} ({})",
        revision.version(beside.or(rollout.previous())),
        revision.label()
    )
}

/// The version that it goes back to; its number where the version is the same on both sides.
fn token(rollout: &Rollout, revision: &Revision) -> String {
    let target = rollout.target();
    let version = revision.version(target);
    let token = tail(&version, LONGEST_TOKEN);
    // What fits the version of now as well proves that nobody looked.
    let same = target.is_some_and(|target| {
        let now = target.version(Some(revision));
        now == version || tail(&now, LONGEST_TOKEN) == token
    });
    if same || token.is_empty() {
        revision.label().chars().take(LONGEST_TOKEN).collect()
    } else {
        token
    }
}

fn sentence(rollout: &Rollout, revision: &Revision, was_paused: bool) -> String {
    let to = called(rollout, revision);
    let from = rollout
        .target()
        .map(|target| called(rollout, target))
        .unwrap_or_default();
    let missing = words::number_of_pods(rollout.counts.wanted.saturating_sub(revision.existing));
    let unpaused = if was_paused {
        " It is paused: that is taken back in the same request."
    } else {
        ""
    };
    if rollout.strategy == Strategy::Recreate {
        return format!(
            "OUTAGE, go back from {from} to {to}: Recreate stops every pod first, and nothing serves until new ones are ready.{unpaused}"
        );
    }
    let keep = match revision.ready {
        0 => String::new(),
        ready => format!("{ready} of its pods still serve; "),
    };
    format!("Go back from {from} to {to}: {keep}{missing} to start, all others go.{unpaused}")
}

fn way_back(rollout: &Rollout) -> String {
    let from = rollout
        .target()
        .map(|target| called(rollout, target))
        .unwrap_or_default();
    if rollout.written.history_limit == 0 {
        return format!(
            "none: revisionHistoryLimit is 0, so {from} is not kept; it has to be deployed again"
        );
    }
    // An edit made while it was paused: nothing runs it, and nothing keeps it.
    if rollout.target().is_some_and(|target| target.uid.is_none()) {
        return format!(
            "none: {from} was edited while it was paused and no ReplicaSet keeps it; it has to be edited again"
        );
    }
    format!("undo again to {from}: its ReplicaSet is kept; pods are replaced once more")
}
