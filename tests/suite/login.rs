//! `:login`: the plugin of the context asks in the terminal that the cockpit lent it, and the cockpit goes on with what it gave.

use std::os::unix::fs::PermissionsExt as _;

use crate::commands::desk::{Desk, World};
use crate::drivers::objects::{deployment, pods, replica_set};
use crate::support::pty::{Pty, Setting};

/// Asks only where it may; else it has a credential only after somebody answered.
const PLUGIN: &str = r#"#!/bin/sh
folder=$(dirname "$0")
case "$KUBERNETES_EXEC_INFO" in
*'"interactive":true'*)
    printf 'code? ' >&2
    read -r code
    case "$code" in
    42) echo good >"$folder/token" ;;
    quiet) exit 0 ;;
    *) echo 'a wrong code' >&2; exit 3 ;;
    esac ;;
esac
[ -f "$folder/token" ] || { echo 'nobody logged in' >&2; exit 1; }
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}' "$(cat "$folder/token")"
"#;

async fn desk(world: World) -> Desk {
    let desk = Desk::at(world).await;
    let plugin = desk.write("plugin.sh", PLUGIN);
    std::fs::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
    let kubeconfig = std::fs::read_to_string(desk.path("kubeconfig")).unwrap();
    let exec = format!(
        "user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, command: \"{}\"}}}}",
        plugin.display()
    );
    desk.write("kubeconfig", &kubeconfig.replace("user: {token: t}", &exec));
    desk
}

fn cockpit(desk: &Desk) -> Pty {
    let (kubeconfig, home) = (desk.path("kubeconfig"), desk.path("home"));
    let (kubeconfig, home) = (kubeconfig.to_string_lossy(), home.to_string_lossy());
    let environment = [
        ("KUBECONFIG", &*kubeconfig),
        ("XDG_CONFIG_HOME", &*home),
        ("XDG_STATE_HOME", &*home),
    ];
    Pty::spawn(
        &[env!("CARGO_BIN_EXE_flightdeck")],
        Setting::default(),
        &environment,
    )
}

fn complete() -> World {
    let mut things = vec![deployment(2), replica_set("v2", 2)];
    things.extend(pods("v2", 2));
    World::of(&things)
}

/// Until it asks for the `nth` time: what it asked before stands in the terminal still.
fn log_in(pty: &Pty, nth: usize) {
    pty.type_keys(":login");
    pty.wait_for(":login");
    pty.send("\r");
    pty.wait_until("it asks", |screen| {
        screen.contents().matches("code?").count() == nth
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plugin_asks_in_the_terminal_and_the_cockpit_goes_on() {
    let desk = desk(complete()).await;
    tokio::task::block_in_place(|| {
        let mut pty = cockpit(&desk);
        pty.wait_for(":login");
        log_in(&pty, 1);
        let screen = pty.screen();
        assert!(screen.contains("logging in to prod with"), "{screen}");
        pty.send("42\r");
        pty.wait_for("shop/web");
        pty.wait_for("live");
        let raw = String::from_utf8_lossy(&pty.raw_output()).into_owned();
        assert!(!raw.contains("ExecCredential"), "the credential is never shown");
        pty.send("q");
        assert_eq!(pty.exit_code(), 0);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_fails_is_told_and_the_cockpit_is_as_it_was() {
    let desk = desk(complete()).await;
    tokio::task::block_in_place(|| {
        let pty = cockpit(&desk);
        pty.wait_for(":login");
        for (nth, code, words) in [(1, "7", "exit status: 3"), (2, "quiet", "gave no credential")] {
            log_in(&pty, nth);
            pty.send(format!("{code}\r"));
            pty.wait_for(words);
        }
        // An interrupt is for who has the terminal.
        log_in(&pty, 3);
        pty.send("\u{3}");
        pty.wait_for("not logged in");
        pty.wait_for("Rollouts");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_plugin_makes_the_credentials_that_is_told() {
    let desk = Desk::at(complete()).await;
    tokio::task::block_in_place(|| {
        let pty = cockpit(&desk);
        pty.wait_for("shop/web");
        pty.type_keys(":login");
        pty.send("\r");
        pty.wait_for("made by no login command");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_hangs_is_named_with_how_long_it_hangs() {
    let desk = desk(complete()).await;
    desk.write("plugin.sh", "#!/bin/sh\nexec sleep 100\n");
    tokio::task::block_in_place(|| {
        let pty = cockpit(&desk);
        pty.wait_for("plugin.sh");
        pty.wait_for("Opening prod for");
        let before = opening_for(&pty.screen()).unwrap();
        pty.wait_until("the seconds go on", |screen| {
            opening_for(&screen.contents()).is_some_and(|now| now > before)
        });
    });
}

/// Seconds, as the empty screen tells them: which ones are seen is the machine's affair.
fn opening_for(screen: &str) -> Option<u32> {
    let (_, rest) = screen.split_once("Opening prod for ")?;
    let (seconds, _) = rest.split_once('s')?;
    seconds.parse().ok()
}
