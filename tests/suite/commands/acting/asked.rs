//! In a terminal: the sheet as text, and a line below it.

use serde_json::{Value, json};

use super::shop::{Shop, writes};
use crate::commands::desk::Desk;
use crate::support::fake_api::Gate;
use crate::support::pty::{Pty, Setting};

fn at_a_terminal(desk: &Desk, arguments: &str) -> Pty {
    let mut command = vec![env!("CARGO_BIN_EXE_flightdeck")];
    command.extend(arguments.split_whitespace());
    let path = |name: &str| desk.path(name).display().to_string();
    let environment = [
        ("KUBECONFIG", path("kubeconfig")),
        ("XDG_CONFIG_HOME", path("config")),
        ("XDG_STATE_HOME", path("state")),
    ];
    let environment: Vec<(&str, &str)> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Pty::spawn(&command, Setting::default(), &environment)
}

/// Answers the prompt, and gives the exit code and what was sent.
async fn answered(arguments: &str, lines: &[(&str, &str)]) -> (u32, Vec<Value>, String) {
    let mut desk = Shop::web().open().await;
    let (code, screen) = tokio::task::block_in_place(|| {
        let mut pty = at_a_terminal(&desk, arguments);
        for (prompt, line) in lines {
            pty.wait_for(prompt);
            pty.send(format!("{line}\r"));
        }
        let code = pty.exit_code();
        (code, pty.screen())
    });
    (code, writes(&mut desk), screen)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_s_own_token_confirms() {
    let (code, sent, screen) = answered("restart web --no-wait", &[("type: 3 >", "3")]).await;
    assert_eq!((code, sent.len()), (0, 1), "{screen}");
    let (code, sent, screen) = answered("pause web --no-wait", &[("type: y >", "y")]).await;
    assert_eq!((code, sent.len()), (0, 1), "{screen}");
    let (code, sent, screen) = answered("undo web --to-revision 1 --no-wait", &[("type: v1 >", "v1")]).await;
    assert_eq!((code, sent.len()), (0, 1), "{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_be_read_is_still_there_when_it_is_asked() {
    let (_, _, screen) = answered("undo web --to-revision 1", &[("type: v1 >", "")]).await;
    for words in ["UNDO", "change", "way back", "rights"] {
        assert!(screen.contains(words), "{words} is missing: {screen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn anything_else_sends_nothing() {
    for line in ["", "y", "4", "yes"] {
        let (code, sent, screen) = answered("restart web", &[("type: 3 >", line)]).await;
        assert_eq!((code, sent.len()), (2, 0), "{line:?}: {screen}");
        assert!(screen.contains("nothing was sent"), "{screen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_before_the_sheet_could_be_read_counts_for_nothing() {
    let mut desk = Shop::web().open().await;
    tokio::task::block_in_place(|| {
        let mut pty = at_a_terminal(&desk, "restart web");
        pty.send("3\r3\r3\r");
        pty.wait_for("type: 3 >");
        pty.send("\x03");
        assert_eq!(pty.exit_code(), 130);
    });
    assert_eq!(writes(&mut desk).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_changes_under_the_prompt_is_shown_anew_and_must_be_confirmed_anew() {
    fn another_image(objects: &mut [Value]) {
        objects[0]["spec"]["template"]["spec"]["containers"][0]["image"] = json!("shop/web:v9");
        objects[0]["metadata"]["resourceVersion"] = json!("9");
    }
    let mut shop = Shop::web();
    let gate = Gate::closed();
    let mut changed = shop.world.objects.clone();
    another_image(&mut changed);
    shop.world.gate = Some(gate.clone());
    shop.world.events = vec![("deployments", json!({ "type": "MODIFIED", "object": changed[0] }))];
    shop.meanwhile = Some((1, another_image));
    let mut desk = shop.open().await;
    tokio::task::block_in_place(|| {
        let mut pty = at_a_terminal(&desk, "restart web --no-wait");
        pty.wait_for("type: 3 >");
        gate.open();
        // The new sheet may have pushed the words before it off the screen; its request is right above the prompt.
        pty.wait_until("the new sheet and its prompt", |screen| {
            let screen = screen.contents();
            screen.contains(":v9") && screen.trim_end().ends_with("type: 3 >")
        });
        pty.send("3\r");
        assert_eq!(pty.exit_code(), 0, "{}", pty.screen());
    });
    let sent = writes(&mut desk);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].to_string().contains("shop/web:v9"), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_override_asks_why() {
    let lines = [
        ("type: web >", "web"),
        ("why you override it >", "out of use since May"),
    ];
    let (code, sent, screen) = answered("scale web --replicas 0 --no-wait", &lines).await;
    assert_eq!((code, sent.len()), (0, 1), "{screen}");
    let lines = [("type: web >", "web"), ("why you override it >", "so")];
    let (code, sent, screen) = answered("scale web --replicas 0 --no-wait", &lines).await;
    assert_eq!((code, sent.len()), (2, 0), "{screen}");
}
