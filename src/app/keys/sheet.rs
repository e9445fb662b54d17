//! Keys of the open sheet. Closing it sends nothing; only a confirmed token of an armed sheet goes on.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a key that has no meaning here is swallowed"
)]

use crate::app::guard::{self, NO_DRY_RUN};
use crate::app::{Context, Effect, Field, Key, KeyCode, MessageTone, Model, Overlay, Stage, act, sheets};
use crate::domain::Class;

use super::edit;

/// Lines that a page of a sheet moves by.
const PAGE: isize = 8;

pub(super) fn key(context: &Context<'_>, model: &mut Model, key: Key, repeat: bool) -> Vec<Effect> {
    let end = model.ends.sheet;
    let Some(sheet) = model.sheet_mut() else {
        return Vec::new();
    };
    sheet.last_key = context.moment;
    sheet.ripen(context.moment, context.policy.arming_millis);
    match (key.code, key.ctrl) {
        (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return close(context, model),
        (KeyCode::Char('y'), true) => {
            return sheet
                .plan
                .as_ref()
                .map(|plan| Effect::Copy(plan.kubectl.clone()))
                .into_iter()
                .collect();
        }
        (KeyCode::PageDown | KeyCode::Down | KeyCode::PageUp | KeyCode::Up, _) => {
            let by = match key.code {
                KeyCode::Up => -1,
                KeyCode::PageUp => -PAGE,
                KeyCode::PageDown => PAGE,
                _down => 1,
            };
            sheet.scroll = act::scrolled(sheet.scroll, by, end);
        }
        // An override has two fields to go between, and shows its request whole.
        (KeyCode::Tab, _)
            if sheet
                .plan
                .as_ref()
                .is_none_or(|plan| plan.class != Class::Override) =>
        {
            sheet.whole = !sheet.whole;
        }
        (KeyCode::Char('q'), false) if sheet.is_done() => return close(context, model),
        _other if sheet.is_arming() => {
            // A key during arming restarts the delay: fingers that play a gesture never hit an armed sheet.
            if sheet.seen.is_some() {
                sheet.seen = Some(context.moment);
            }
            sheet.hint = Some("not yet: look at it first; that key was ignored".to_owned());
        }
        _other if sheet.takes_text() && !repeat => return armed(context, model, key),
        _other => {}
    }
    Vec::new()
}

/// A key on an armed sheet.
fn armed(context: &Context<'_>, model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(sheet) = model.sheet_mut() else {
        return Vec::new();
    };
    let Some(plan) = sheet.plan.clone() else {
        return Vec::new();
    };
    let wanted = guard::wanted_token(&plan, context.policy.environment).to_owned();
    let one_key = wanted == "y" && sheet.field == Field::Token && plan.class != Class::Override;
    sheet.hint = None;
    match key.code {
        KeyCode::Tab | KeyCode::BackTab if plan.class == Class::Override => {
            sheet.field = if sheet.field == Field::Token {
                Field::Reason
            } else {
                Field::Token
            };
        }
        KeyCode::Char('y') if one_key && !key.ctrl && !key.alt && sheet.token.value().is_empty() => {
            sheet.token = "y".into();
            return sheets::confirm(context, model);
        }
        KeyCode::Enter if one_key && sheet.token.value().contains(NO_DRY_RUN) => {
            let token = format!("y {}", sheet.token.value());
            sheet.token = token.into();
            return sheets::confirm(context, model);
        }
        KeyCode::Enter if !sheet.token.value().is_empty() => return sheets::confirm(context, model),
        KeyCode::Enter => sheet.hint = Some(format!("enter alone confirms nothing: type {wanted}")),
        _text => {
            if let Some(request) = edit(key) {
                match sheet.field {
                    Field::Token => sheet.token.handle(request),
                    Field::Reason => sheet.reason.handle(request),
                };
            }
        }
    }
    Vec::new()
}

fn close(context: &Context<'_>, model: &mut Model) -> Vec<Effect> {
    let sheet = model.sheet();
    let rechecking = sheet.is_some_and(|sheet| sheet.stage == Stage::Rechecking);
    let reason = sheet.map(|sheet| (sheet.key.clone(), sheet.reason.value().to_owned()));
    model.kept_reason = reason.filter(|(_, reason)| !reason.is_empty());
    model
        .overlays
        .retain(|overlay| !matches!(overlay, Overlay::Sheet(_)));
    if rechecking {
        model.tell(
            context.now,
            MessageTone::Info,
            "cancelled before anything was sent",
        );
    }
    Vec::new()
}
