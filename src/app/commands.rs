//! The command line: `:rollouts shop /api`, `:requests`, `:quit`, and every action by its name.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a key that has no meaning here is swallowed"
)]

use tui_input::InputRequest;

use super::{Action, Context, Effect, Filter, Key, KeyCode, Model, Overlay, Screen, SortBy, act, keys};

/// Commands that are not actions, each with what it does.
const COMMANDS: [(&str, &str); 6] = [
    ("rollouts", "rollouts [WORDS] [/regex/]: the fleet, filtered"),
    ("sort", "sort attention|name|strategy|revision|age"),
    ("requests", "every request that was sent"),
    ("messages", "what this program had to say"),
    ("help", "every key"),
    ("quit", "leave"),
];

/// What can follow what was typed, best first.
pub fn completions(typed: &str) -> Vec<&'static str> {
    let word = typed.split_whitespace().next().unwrap_or_default();
    let names = COMMANDS.iter().map(|(name, _)| *name);
    let actions = Action::ALL
        .into_iter()
        .map(Action::name)
        .filter(|name| !COMMANDS.iter().any(|(known, _)| known == name));
    names
        .chain(actions)
        .filter(|name| name.starts_with(word))
        .collect()
}

/// A key while the command line is open.
pub(super) fn key(context: &Context<'_>, model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(Overlay::Command { input, problem }) = model.overlays.last_mut() else {
        return Vec::new();
    };
    match key.code {
        KeyCode::Esc => {
            model.overlays.pop();
        }
        KeyCode::Char('c') if key.ctrl => {
            model.overlays.pop();
        }
        KeyCode::Tab => {
            if let Some(name) = completions(input.value()).first() {
                *input = format!("{name} ").into();
            }
        }
        KeyCode::Enter => {
            let typed = input.value().trim().to_owned();
            match read(&typed) {
                Ok(command) => {
                    model.overlays.pop();
                    return run(context, model, command);
                }
                Err(why) => *problem = Some(why),
            }
        }
        KeyCode::Backspace if input.value().is_empty() => {
            model.overlays.pop();
        }
        _text => {
            *problem = None;
            if let Some(request) = keys::edit(key) {
                input.handle(request);
            } else {
                input.handle(InputRequest::GoToEnd);
            }
        }
    }
    Vec::new()
}

enum Command {
    Nothing,
    Act(Action),
    Rollouts(Filter),
    Sort(SortBy),
    Screen(Screen),
}

fn read(typed: &str) -> Result<Command, String> {
    let (word, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    match word {
        "" => Ok(Command::Nothing),
        "q" | "quit" | "q!" => Ok(Command::Act(Action::Quit)),
        "rollouts" | "rollout" | "deployments" | "deploy" | "fleet" => {
            Filter::parse(rest).map(Command::Rollouts)
        }
        "requests" => Ok(Command::Screen(Screen::Requests)),
        "messages" => Ok(Command::Screen(Screen::Messages)),
        "sort" => SortBy::ALL
            .into_iter()
            .find(|sort| sort.word() == rest.trim())
            .map(Command::Sort)
            .ok_or_else(|| {
                format!(
                    "cannot sort by \"{}\"; one of attention, name, strategy, revision, age",
                    rest.trim()
                )
            }),
        other => match Action::by_name(other) {
            Some(action) => Ok(Command::Act(action)),
            None => Err(unknown(other)),
        },
    }
}

fn unknown(word: &str) -> String {
    let start: String = word.chars().take(1).collect();
    let near = completions(&start);
    if near.is_empty() {
        format!("no command \"{word}\"; tab completes, :help lists")
    } else {
        format!("no command \"{word}\"; meant {}?", near.join(", "))
    }
}

fn run(context: &Context<'_>, model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::Nothing => Vec::new(),
        Command::Act(Action::Quit) => {
            model.screens.clear();
            act::act(context, model, Action::Quit)
        }
        Command::Act(action) => act::act(context, model, action),
        Command::Rollouts(filter) => {
            model.screens.clear();
            model.fleet.filter = filter;
            vec![Effect::Follow(None)]
        }
        Command::Sort(sort) => {
            model.fleet.sort = sort;
            Vec::new()
        }
        Command::Screen(screen) => {
            act::go(model, screen);
            Vec::new()
        }
    }
}
