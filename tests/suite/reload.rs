//! A configuration that is read again while the cockpit runs: what it forbids holds, mistakes beside it or not.

use std::path::PathBuf;
use std::time::Duration;

use crate::commands::desk::{Desk, World};
use crate::drivers::objects::{deployment, pods, replica_set};
use crate::support::pty::{Pty, Setting};

const DEVELOPMENT: &str = "[contexts.prod]\nenvironment = \"development\"\n";

async fn desk() -> (Desk, PathBuf) {
    let mut things = vec![deployment(2), replica_set("v2", 2)];
    things.extend(pods("v2", 2));
    let desk = Desk::at(World::of(&things)).await;
    let file = desk.write("config/flightdeck/config.toml", DEVELOPMENT);
    (desk, file)
}

fn cockpit(desk: &Desk) -> Pty {
    let path = |name: &str| desk.path(name).to_string_lossy().into_owned();
    let environment = [
        ("KUBECONFIG", path("kubeconfig")),
        ("XDG_CONFIG_HOME", path("config")),
        ("XDG_STATE_HOME", path("state")),
    ];
    let environment: Vec<(&str, &str)> = environment
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    let pty = Pty::spawn(
        &[env!("CARGO_BIN_EXE_flightdeck")],
        Setting::default(),
        &environment,
    );
    pty.wait_for("shop/web");
    pty.wait_for("live");
    pty.wait_for("DEV");
    pty
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_beside_it_does_not_make_what_was_forbidden_allowed() {
    let mistakes = [
        "glyphs = \"fancy\"\n[contexts.prod]\nenvironment = \"development\"\nread_only = true\n",
        "[contexts.prod]\nread_only = true\n[[[\n",
        "[contexts.prod]\nread_only = \"yes\"\n",
        "[contexts.prod]\nreadonly = true\n",
    ];
    for text in mistakes {
        let (desk, file) = desk().await;
        tokio::task::block_in_place(|| {
            let pty = cockpit(&desk);
            std::fs::write(&file, text).unwrap();
            pty.wait_for("config.toml:");
            pty.wait_for("PROD");
            pty.type_keys(" ");
            pty.wait_for("read-only");
            // Mended, it is as it says again.
            std::thread::sleep(Duration::from_millis(20));
            std::fs::write(&file, format!("{DEVELOPMENT}# mended\n")).unwrap();
            pty.wait_for("DEV");
            pty.type_keys(" ");
            pty.wait_for("PAUSE");
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_a_mistake_is_production_until_it_is_mended() {
    let (desk, file) = desk().await;
    tokio::task::block_in_place(|| {
        let pty = cockpit(&desk);
        std::fs::write(&file, format!("{DEVELOPMENT}theme = 5\n")).unwrap();
        pty.wait_for("config.toml:");
        pty.wait_for("PROD");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_several_mistakes_says_how_many_more() {
    let (desk, file) = desk().await;
    tokio::task::block_in_place(|| {
        let pty = cockpit(&desk);
        std::fs::write(&file, "glyphs = \"fancy\"\ncolour = 3\ntheme = 5\n").unwrap();
        pty.wait_for("config.toml:1:10");
        pty.type_keys("!");
        pty.wait_for("(and 2 more");
    });
}
