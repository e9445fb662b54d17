//! The lines that are always there: the last hint, the refusal, and how to confirm.

use crate::app::{Context, Field, Model, Sheet, Stage, wanted_token};
use crate::domain::{Class, Plan};
use crate::view::Tone;
use crate::view::words::Words;

pub(super) fn foot(context: &Context<'_>, model: &Model, sheet: &Sheet) -> Vec<Words> {
    let mut lines = Vec::new();
    if let Some(hint) = &sheet.hint {
        lines.push(vec![(Tone::Warn, hint.clone())]);
    }
    let confirm = match (&sheet.stage, &sheet.plan) {
        (Stage::Gathering, _) | (_, None) if !matches!(sheet.stage, Stage::Refused(_)) => {
            vec![
                (Tone::Info, "reading what this is made of…  ".to_owned()),
                (Tone::Key, "esc".to_owned()),
                (Tone::Muted, " cancel".to_owned()),
            ]
        }
        (Stage::Refused(refusal), _) => {
            lines.push(vec![(Tone::Fail, format!("✗ {}", refusal.why))]);
            if !refusal.next.is_empty() {
                lines.push(vec![(Tone::Text, refusal.next.clone())]);
            }
            vec![(Tone::Key, "esc".to_owned()), (Tone::Muted, " close".to_owned())]
        }
        (Stage::Rechecking, _) => vec![(
            Tone::Info,
            "reading the object once more before sending…".to_owned(),
        )],
        (Stage::Sent(id), _) => {
            let over = model.follow(*id).is_none_or(|follow| follow.end.is_some());
            let words = if over {
                " close"
            } else {
                " close; it is followed for 5 minutes"
            };
            vec![(Tone::Key, "esc".to_owned()), (Tone::Muted, words.to_owned())]
        }
        (Stage::Gathering | Stage::Offered | Stage::Armed | Stage::Changed, Some(plan)) => {
            confirm(context, sheet, plan)
        }
        (Stage::Gathering | Stage::Offered | Stage::Armed | Stage::Changed, None) => Vec::new(),
    };
    lines.push(confirm);
    lines
}

/// How to confirm. The verb stands on the line, never "OK".
fn confirm(context: &Context<'_>, sheet: &Sheet, plan: &Plan) -> Words {
    let wanted = wanted_token(plan, context.policy.environment);
    let verb = plan.step.verb().to_uppercase();
    let mut words = Vec::new();
    if sheet.stage == Stage::Changed {
        words.push((Tone::Warn, "CHANGED, look again.  ".to_owned()));
    }
    if sheet.is_arming() {
        words.push((Tone::Muted, format!("type: {wanted} = {verb}, in a moment  ")));
    } else if wanted == "y" && plan.class != Class::Override && sheet.token.value().is_empty() {
        words.push((Tone::Key, "y".to_owned()));
        words.push((Tone::Text, format!(" = {verb}  ")));
    } else {
        let focus = |field| {
            if sheet.field == field {
                Tone::Selection
            } else {
                Tone::Muted
            }
        };
        words.push((Tone::Text, "type: ".to_owned()));
        words.push((Tone::Key, wanted.to_owned()));
        words.push((focus(Field::Token), format!(" [{}_] ", sheet.token.value())));
        if plan.class == Class::Override {
            words.push((Tone::Text, "tab reason: ".to_owned()));
            words.push((focus(Field::Reason), format!("[{}_] ", sheet.reason.value())));
        }
        words.push((Tone::Key, "enter".to_owned()));
        words.push((Tone::Text, format!(" = {verb}  ")));
    }
    words.push((Tone::Key, "esc".to_owned()));
    words.push((Tone::Muted, " cancel  ".to_owned()));
    words.push((Tone::Key, "ctrl-y".to_owned()));
    words.push((Tone::Muted, " copy kubectl".to_owned()));
    words
}
