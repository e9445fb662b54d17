//! What the sheet says: the change in words, the exact request, who checked what, the way back, and how to confirm.

use crate::app::{Context, Model, Sheet, Stage};
use crate::domain::{Class, Plan};

use super::{checks, foot, head, progress};
use crate::view::Tone;
use crate::view::words::Words;

/// The whole sheet. `body` scrolls when it does not fit; `foot` is always there.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetView {
    pub title: String,
    pub banner: (Tone, String),
    /// Label and words; an empty label continues the line above.
    pub body: Vec<(&'static str, Words)>,
    /// From which line of the body on a line is cut rather than wrapped: the requests, unless they are shown whole.
    pub cut_from: usize,
    pub foot: Vec<Words>,
}

/// What the open sheet says.
pub fn sheet_view(context: &Context<'_>, model: &Model, sheet: &Sheet) -> SheetView {
    let mut body: Vec<(&'static str, Words)> = Vec::new();
    let mut requests_from = usize::MAX;
    if let Some(plan) = &sheet.plan {
        head::head(context, model, sheet, plan, &mut body);
        checks::checks(context, sheet, plan, &mut body);
        let whole = sheet.whole || plan.class == Class::Override;
        if !whole {
            requests_from = body.len();
        }
        requests(plan, whole, &mut body);
    } else {
        body.push(("rollout", vec![(Tone::Title, sheet.key.to_string())]));
    }
    if let Stage::Sent(id) = sheet.stage
        && let Some(follow) = model.follow(id)
    {
        // What happens now matters more than what was asked: it goes first.
        let mut progress = progress::progress(context, follow);
        requests_from = requests_from.saturating_add(progress.len());
        progress.append(&mut body);
        body = progress;
    }
    let environment = context.policy.environment;
    SheetView {
        title: sheet.step.verb().to_uppercase(),
        banner: (
            crate::view::header::banner_tone(environment),
            format!(" {} {} ", environment.word(), sheet.key.cluster),
        ),
        body,
        cut_from: requests_from,
        foot: foot::foot(context, model, sheet),
    }
}

fn requests(plan: &Plan, whole: bool, body: &mut Vec<(&'static str, Words)>) {
    for write in &plan.writes {
        body.push((
            "request",
            vec![(Tone::Accent, format!("{} {}", write.method.word(), write.path))],
        ));
        if whole {
            body.push(("", vec![(Tone::Muted, write.content_type.to_owned())]));
        }
        for line in write.shown.lines() {
            body.push((
                "",
                vec![(Tone::Text, crate::domain::Untrusted::from(line).shown())],
            ));
        }
    }
}
