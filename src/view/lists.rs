//! What menu, help, requests, messages and footer say.

use crate::app::{
    Action, Availability, Context, Earlier, MENU, Model, Motion, Overlay, Screen, help_rows, of_step,
    pause_or_resume,
};
use crate::domain::{RolloutKey, Seconds, Step};

use super::Tone;
use super::words::{Words, message_tone};

/// An entry of the action menu with the reason beside it when it is dimmed.
pub fn menu_lines(context: &Context<'_>, model: &Model, key: &RolloutKey) -> Vec<(Action, Words)> {
    let Some(rollout) = model.rollout(key) else {
        return Vec::new();
    };
    MENU.into_iter()
        .map(|action| {
            let step = if let Action::Do(step) = action {
                step
            } else {
                pause_or_resume(rollout)
            };
            let words = match of_step(context, model, rollout, step) {
                Availability::Yes => {
                    vec![
                        (Tone::Text, format!("{:<10}", step.verb())),
                        (Tone::Muted, action.sentence().to_owned()),
                    ]
                }
                Availability::Asking => {
                    vec![
                        (Tone::Text, format!("{:<10}", step.verb())),
                        (Tone::Unknown, "asking whether you may…".to_owned()),
                    ]
                }
                Availability::No(why) => {
                    vec![(Tone::Muted, format!("{:<10}", step.verb())), (Tone::Warn, why)]
                }
            };
            (action, words)
        })
        .collect()
}

/// A line of help: keys, name, sentence.
pub fn help_lines(
    search: &str,
    keys_of: &dyn Fn(Action) -> Vec<String>,
) -> Vec<(Action, String, &'static str)> {
    help_rows(search)
        .into_iter()
        .map(|action| (action, keys_of(action).join(" "), action.sentence()))
        .collect()
}

/// Requests, newest first: with the `whole` path, or with what it means.
pub fn request_lines(context: &Context<'_>, model: &Model, whole: bool) -> Vec<Words> {
    let mut lines: Vec<Words> = model.open_earlier().map(|it| earlier_line(context, it)).collect();
    if model.requests.is_empty() && lines.is_empty() {
        return vec![vec![(
            Tone::Muted,
            "Nothing was asked or sent yet, apart from lists and watches.".to_owned(),
        )]];
    }
    let own = model.requests.newest_first().map(|sent| {
        let age = Seconds::between(sent.at, context.now).coarse();
        let outcome = match &sent.outcome {
            None => (Tone::Info, format!("under way {age}")),
            Some((tone, words)) => (message_tone(*tone), words.clone()),
        };
        vec![
            (Tone::Muted, format!("{:>6} ", age.to_string())),
            (
                Tone::Text,
                format!(
                    "{}  ",
                    if whole {
                        sent.what.clone()
                    } else {
                        in_short(&sent.what)
                    }
                ),
            ),
            outcome,
        ]
    });
    lines.extend(own);
    if model.requests.forgotten() > 0 {
        lines.push(vec![(
            Tone::Muted,
            format!("{} older ones are not kept", model.requests.forgotten()),
        )]);
    }
    lines
}

/// A decision of another run of which nobody knows the outcome.
fn earlier_line(context: &Context<'_>, it: &Earlier) -> Words {
    let age = Seconds::between(it.at, context.now).coarse();
    let by = it.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    vec![
        (Tone::Muted, format!("{:>6} ", age.to_string())),
        (
            Tone::Text,
            format!("{} {}{by}, another run  ", it.step, it.rollout),
        ),
        (
            Tone::Warn,
            "outcome unknown: it is looked up, nothing is sent again".to_owned(),
        ),
    ]
}

/// `PATCH /apis/apps/v1/namespaces/shop/deployments/web?…` as `PATCH deployments shop/web`.
fn in_short(what: &str) -> String {
    let Some((before, path)) = what.split_once(" /").filter(|(_, path)| !path.contains(' ')) else {
        return what.to_owned();
    };
    let path = path.split('?').next().unwrap_or_default();
    let after = path.split_once("/namespaces/").map(|(_, after)| after);
    let parts: Vec<&str> = after.unwrap_or_default().splitn(3, '/').collect();
    match parts.as_slice() {
        [namespace, resource, name] => format!("{before} {resource} {namespace}/{name}"),
        _other => what.to_owned(),
    }
}

/// Messages, newest first; then what could not be understood.
pub fn message_lines(context: &Context<'_>, model: &Model) -> Vec<Words> {
    let mut lines: Vec<Words> = model
        .messages
        .newest_first()
        .map(|message| {
            let age = Seconds::between(message.at, context.now).coarse();
            let times = if message.count > 1 {
                format!(" ×{}", message.count)
            } else {
                String::new()
            };
            vec![
                (Tone::Muted, format!("{:>6} ", age.to_string())),
                (message_tone(message.tone), format!("{}{times}", message.text)),
            ]
        })
        .collect();
    for source in model.sources.values() {
        lines.extend(super::fleet::kinds_in_trouble(source));
        for oddity in &source.oddities {
            lines.push(vec![
                (Tone::Warn, format!("{} could not be read: ", oddity.what)),
                (Tone::Muted, oddity.why.shown()),
            ]);
        }
    }
    if lines.is_empty() {
        lines.push(vec![(Tone::Muted, "Nothing to tell.".to_owned())]);
    }
    lines
}

/// The last message while it is young: good news for 6 s, bad news until the next key that says something else.
pub fn flash(context: &Context<'_>, model: &Model) -> Option<Words> {
    let (tone, text, at) = model.flash.as_ref()?;
    let short = matches!(
        tone,
        crate::app::MessageTone::Info | crate::app::MessageTone::Good
    );
    let age = Seconds::between(*at, context.now);
    let young = if short { Seconds(6) } else { Seconds(60) };
    (age < young).then(|| vec![(message_tone(*tone), text.clone())])
}

/// What the keys do here, as valid now: action and word.
pub fn footer(context: &Context<'_>, model: &Model) -> Vec<(Action, &'static str)> {
    match model.overlays.last() {
        Some(Overlay::Sheet(_)) => {
            return vec![
                (Action::Move(Motion::Down), "scroll"),
                (Action::NextPane, "whole request"),
                (Action::Close, "close"),
            ];
        }
        Some(Overlay::Chooser(chooser)) => return super::chooser::footer(chooser),
        Some(Overlay::Diff(diff)) => return super::diff::footer(diff),
        Some(Overlay::Menu { .. }) => {
            return vec![
                (Action::Open, "choose"),
                (Action::Move(Motion::Down), "next"),
                (Action::Close, "close"),
            ];
        }
        Some(Overlay::Help { .. }) => return vec![(Action::Open, "run it"), (Action::Close, "close")],
        Some(Overlay::Filter { .. } | Overlay::Command { .. } | Overlay::QuitQuestion) | None => {}
    }
    let mut hints = match model.screen() {
        Screen::Fleet if model.fleet.listed.is_empty() => vec![(Action::Refresh, "try now")],
        Screen::Fleet => vec![(Action::Open, "open")],
        Screen::Rollout(_) => vec![(Action::NextPane, "pane"), (Action::Zoom, "zoom")],
        Screen::Requests | Screen::Messages => Vec::new(),
    };
    if let Some(rollout) = model.subject() {
        let first = pause_or_resume(rollout);
        for step in [first, Step::Undo, Step::Restart] {
            if of_step(context, model, rollout, step) == Availability::Yes {
                let action = if step == first {
                    Action::PauseOrResume
                } else {
                    Action::Do(step)
                };
                hints.push((action, step.verb()));
            }
        }
        hints.push((Action::Menu, "actions"));
    }
    hints.push((Action::Help, "help"));
    match model.screen() {
        Screen::Fleet => hints.extend([(Action::Filter, "filter"), (Action::Sort, "sort")]),
        Screen::Rollout(_) => hints.extend([(Action::Diff, "diff"), (Action::Close, "back")]),
        Screen::Requests | Screen::Messages => hints.push((Action::Close, "back")),
    }
    hints.push((Action::Command, "command"));
    if *model.screen() == Screen::Fleet {
        hints.push((Action::Quit, "quit"));
    }
    hints
}

/// The line that takes text at the bottom, if one does: prompt, text, cursor, problem.
pub fn input_line(model: &Model) -> Option<(&'static str, String, usize, Option<String>)> {
    match model.overlays.last() {
        Some(Overlay::Filter { input, problem }) => Some((
            "/",
            input.value().to_owned(),
            input.visual_cursor(),
            problem.clone(),
        )),
        Some(Overlay::Command { input, problem }) => Some((
            ":",
            input.value().to_owned(),
            input.visual_cursor(),
            problem.clone(),
        )),
        Some(
            Overlay::Menu { .. }
            | Overlay::Help { .. }
            | Overlay::Chooser(_)
            | Overlay::Diff(_)
            | Overlay::Sheet(_)
            | Overlay::QuitQuestion,
        )
        | None => None,
    }
}
