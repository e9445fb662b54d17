//! `config` and `completions`: files and scripts, and no cluster.

use super::desk::{Desk, said};

const FILE: &str = "config/flightdeck/config.toml";

fn desk() -> Desk {
    // Nobody answers there, and nobody must be asked.
    Desk::before("http://127.0.0.1:1")
}

#[tokio::test]
async fn init_writes_the_sample_once() {
    let desk = desk();
    let said = desk.run("config init").await;
    let path = desk.path(FILE);
    assert!(said.well().contains(&path.display().to_string()));
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        flightdeck::config::sample()
    );
    assert!(desk.run("config check").await.well().contains("has no mistakes"));

    desk.write(FILE, "glyphs = \"ascii\"\n");
    desk.run("config init")
        .await
        .failed(1, &["is there already", "--force"]);
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "glyphs = \"ascii\"\n",
        "untouched"
    );
    desk.run("config init --force").await.well();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        flightdeck::config::sample()
    );
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_told() {
    let desk = desk();
    desk.write("config", "a file where a folder should be");
    desk.run("config init")
        .await
        .failed(1, &["cannot be written", "FLIGHTDECK_CONFIG"]);
}

#[tokio::test]
async fn path_names_the_file_that_counts() {
    let desk = desk();
    assert_eq!(
        desk.run("config path").await.well(),
        format!("{}\n", desk.path(FILE).display())
    );
    let mut other = desk.command("config path");
    other.env("FLIGHTDECK_CONFIG", "/somewhere/mine.toml");
    assert_eq!(said(other).await.well(), "/somewhere/mine.toml\n");
}

#[tokio::test]
async fn check_tells_every_mistake_with_its_place_and_remedy() {
    let desk = desk();
    assert!(
        desk.run("config check")
            .await
            .well()
            .contains("is not there, so the defaults hold")
    );
    desk.write(
        FILE,
        "colur = \"16\"\nglyphs = \"asci\"\ntheme = \"drak\"\nnamespaces = [\"shop\", \"Pay\", 7]\n\
         [contexts.a]\nread_only = \"yes\"\nenvironment = \"prod\"\n[keys]\nrestrat = \"x\"\nquit = [\"hyper-q\", \"k\"]\n",
    );
    desk.write("config/flightdeck/themes/mine.toml", "inherits = \"ligth\"\n");
    let said = desk.run("config check").await;
    said.failed(1, &["11 mistakes"]);
    for (place, remedy) in [
        ("config.toml:1:1", "did you mean \"colour\"?"),
        ("config.toml:2:10", "did you mean \"ascii\"?"),
        ("config.toml:3:9", "did you mean \"dark\"?"),
        ("config.toml:4:23", "write lowercase letters"),
        ("config.toml:4:30", "write a list of names"),
        ("config.toml:6:13", "write true or false, without quotes"),
        ("config.toml:7:15", "did you mean \"production\"?"),
        ("config.toml:9:1", "did you mean \"restart\"?"),
        ("config.toml:10:8", "write a character, ctrl-x"),
        ("config.toml:10:8", "choose another key for quit"),
        ("mine.toml:1:12", "did you mean \"light\"?"),
    ] {
        let report = said
            .err
            .split("\n\n")
            .find(|it| it.contains(place) && it.contains(remedy));
        assert!(report.is_some(), "{place} {remedy} is missing:\n{}", said.err);
    }
}

#[tokio::test]
async fn check_tells_what_is_not_toml() {
    let desk = desk();
    desk.write(FILE, "glyphs = \n[contexts.prod\nread_only = true\n");
    let said = desk.run("config check").await;
    said.failed(1, &["config.toml:1:", "config.toml:2:", "mistakes"]);
    let mut gone = desk.command("config check");
    gone.env("FLIGHTDECK_CONFIG", "/nosuch/mine.toml");
    super::desk::said(gone)
        .await
        .failed(1, &["/nosuch/mine.toml", "cannot be read"]);
}

#[tokio::test]
async fn show_tells_where_each_setting_comes_from() {
    let desk = desk();
    let file = desk.write(FILE, "glyphs = \"ascii\"\nnamespaces = [\"shop\"]\n[contexts.prod]\nread_only = true\n[keys]\nquit = \"x\"\nrequests = \"q\"\n");
    let at = |line: usize| format!("{}:{line}", file.display());
    let rows = |text: &str| -> Vec<Vec<String>> {
        text.lines()
            .map(|line| {
                line.split("   ")
                    .map(str::trim)
                    .filter(|it| !it.is_empty())
                    .map(ToOwned::to_owned)
                    .collect()
            })
            .collect()
    };
    let said = desk.run("config show --theme okabe-ito").await;
    let shown = rows(said.well());
    for (name, value, from) in [
        (
            "file",
            &*format!("\"{}\"", file.display()),
            "XDG_CONFIG_HOME".to_owned(),
        ),
        ("theme", "\"okabe-ito\"", "--theme".to_owned()),
        ("glyphs", "\"ascii\"", at(1)),
        ("colour", "\"auto\"", "default".to_owned()),
        ("namespaces", "[\"shop\"]", at(2)),
        ("contexts.prod.read_only", "true", at(4)),
        (
            "contexts.prod.environment",
            "\"production\"",
            "default".to_owned(),
        ),
        ("contexts (any other).read_only", "false", "default".to_owned()),
        ("keys.quit", "[\"x\"]", at(6)),
        ("keys.restart", "[\"R\"]", "default".to_owned()),
    ] {
        assert!(
            shown.contains(&vec![name.to_owned(), value.to_owned(), from.clone()]),
            "{name} {value} {from}: {said:?}"
        );
    }
    let mut quiet = desk.command("config show -n pay");
    quiet.env("NO_COLOR", "1").env("TMUX", "x");
    let shown = rows(super::desk::said(quiet).await.well());
    for row in [
        ["colour", "\"mono\"", "NO_COLOR"],
        ["namespaces", "[\"pay\"]", "--namespace"],
        ["arming_delay", "\"700ms\"", "default over ssh and in tmux"],
    ] {
        assert!(shown.iter().any(|it| it.iter().eq(row)), "{row:?}: {shown:?}");
    }
}

#[tokio::test]
async fn show_of_a_broken_file_is_what_holds() {
    let desk = desk();
    desk.write(FILE, "glyphs = \"asci\"\n[contexts.prod]\nread_only = true\n");
    let said = desk.run("config show").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.err.contains("config.toml:1:10") && said.err.contains("flightdeck config check"),
        "{said:?}"
    );
    let line = said
        .out
        .lines()
        .find(|it| it.starts_with("contexts.prod.read_only"))
        .unwrap();
    assert!(line.contains("true"), "{line}");
}

#[tokio::test]
async fn the_schema_is_json() {
    let said = desk().run("config schema").await;
    said.well();
    assert_eq!(said.json(), flightdeck::config::schema());
}

#[tokio::test]
async fn shells_learn_the_commands_and_their_flags() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = desk().run(&format!("completions {shell}")).await;
        for word in ["status", "decisions", "--context", "config"] {
            assert!(
                said.well().contains(word.trim_start_matches("--")),
                "{shell} does not know {word}"
            );
        }
    }
    desk().run("completions tcsh").await.failed(64, &["tcsh", "bash"]);
    let desk = desk();
    let script = desk.run("completions bash").await;
    let path = desk.write("completions.bash", script.well());
    let mut bash = tokio::process::Command::new("bash");
    let asks = format!(
        "source {} && COMP_WORDS=(flightdeck st) COMP_CWORD=1 && _flightdeck flightdeck st flightdeck && echo \"${{COMPREPLY[@]}}\"",
        path.display()
    );
    bash.arg("-c").arg(asks);
    let said = said(bash).await;
    assert_eq!((said.code, said.out.trim()), (Some(0), "status"), "{said:?}");
}
