//! The configuration: what can be written, what a mistake is told, and what holds while there is one.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use flightdeck::app::{Action, Key, Motion};
use flightdeck::config::{
    Colour, Events, Files, Glyphs, KeyMap, Resolution, Settings, Situation, Stamp, ThemeChoice, Watcher,
    sample,
};
use flightdeck::domain::Environment;
use flightdeck::domain::Step;
use proptest::prelude::*;

fn parse(text: &str) -> Result<Settings, String> {
    Settings::parse("config.toml", text, Situation::Local).map_err(|fault| fault.to_string())
}

fn keys(text: &str) -> Vec<Key> {
    text.split_whitespace().map(|key| key.parse().unwrap()).collect()
}

#[test]
fn everything_can_be_left_out() {
    assert_eq!(parse("").unwrap(), Settings::default());
    let defaults = Settings::default();
    assert_eq!(defaults.context("any").environment, Environment::Production);
    assert!(!defaults.context("any").read_only);
    assert_eq!(defaults.theme.name(None), "dark");
    assert_eq!(defaults.theme.name(Some(true)), "light");
}

#[test]
fn everything_can_be_written() {
    let settings = parse(
        r##"
        theme = "okabe-ito"
        glyphs = "ascii"
        colour = "256"
        namespaces = ["shop", "pay"]
        arming_delay = "1s"
        [contexts."prod-eu"]
        read_only = true
        theme = { dark = "high-contrast" }
        banner = "#b3261e"
        [contexts."kind-dev"]
        environment = "development"
        namespaces = ["default"]
        [keys]
        restart = ["ctrl-r", "g r"]
        "##,
    )
    .unwrap();
    assert_eq!(
        (settings.glyphs, settings.colour),
        (Glyphs::Ascii, Colour::Indexed256)
    );
    assert_eq!(settings.namespaces, ["shop", "pay"]);
    assert_eq!(settings.arming_delay(Situation::Local), Duration::from_secs(1));
    let prod = settings.context("prod-eu");
    assert!(prod.read_only);
    assert_eq!(prod.environment.word(), "PROD");
    assert_eq!(prod.banner, Some([0xb3, 0x26, 0x1e]));
    assert_eq!(settings.theme_for("prod-eu").name(Some(true)), "light");
    assert_eq!(settings.theme_for("prod-eu").name(None), "high-contrast");
    assert_eq!(
        settings.theme_for("kind-dev"),
        &ThemeChoice::Always("okabe-ito".to_owned())
    );
    assert_eq!(settings.context("kind-dev").environment, Environment::Development);
    assert_eq!(
        settings.keys.keys_of(Action::Do(Step::Restart)),
        ["ctrl-r", "g r"]
    );
}

#[test]
fn a_mistake_is_told_with_its_place_and_its_remedy() {
    let cases = [
        (
            "colur = \"16\"",
            "config.toml:1:1: \"colur\" is not known here; did you mean \"colour\"?",
        ),
        (
            "\nglyphs = \"asci\"",
            "config.toml:2:10: \"asci\" is not known here; did you mean \"ascii\"?",
        ),
        ("colour = \"512\"", "write one of: auto, rgb, 256, 16, mono"),
        (
            "[contexts.a]\nenvironment = \"prod\"",
            ":2:15: \"prod\" is not known here; did you mean \"production\"?",
        ),
        (
            "[contexts.a]\nreadonly = true",
            ":2:1: \"readonly\" is not known here; did you mean \"read_only\"?",
        ),
        (
            "[contexts.a]\nbanner = \"red\"",
            ":2:10: \"red\" is no colour; write #",
        ),
        (
            "namespaces = [\"shop\", \"Pay\"]",
            ":1:23: \"Pay\" cannot be a namespace",
        ),
        ("theme = 3", ":1:9: a theme is a name, not integer"),
        ("theme = { drak = \"x\" }", "did you mean \"dark\"?"),
        ("arming_delay = \"soon\"", ":1:16: \"soon\" is no duration"),
        ("arming_delay = \"-1s\"", "\"-1s\" is no duration"),
        (
            "arming_delay = \"399ms\"",
            "399ms is too short: keys typed before a sheet was seen could confirm it; write \"400ms\" or more",
        ),
        (
            "[keys]\nrestrat = \"x\"",
            ":2:1: no action is called \"restrat\"; did you mean \"restart\"?",
        ),
        ("[keys]\nrestart = \"hyper-x\"", ":2:11: no such key: \"hyper-x\""),
        ("[keys]\nrestart = 3", ":2:11: a key is written in quotes"),
        ("[keys]\nrestart = \"\"", "no such key"),
        (
            "[keys]\nrestart = \"q\"",
            ":2:11: \"q\" for restart is the key of quit; choose another key for restart, or give quit",
        ),
        (
            "[keys]\nrestart = \"g\"",
            "\"g\" for restart collides with \"g g\" of first",
        ),
        (
            "[keys]\nrestart = \"x\"\nrequests = \"x\"",
            ":3:12: \"x\" for requests is the key of restart",
        ),
        ("[keys]\ncancel = []", ":2:10: cancel must have a key"),
        ("theme = ", "config.toml:1:"),
    ];
    for (text, expected) in cases {
        let fault = parse(text).unwrap_err();
        assert!(fault.contains(expected), "{text}\n  {fault}\n  {expected}");
    }
}

#[test]
fn the_report_shows_the_line() {
    let fault = Settings::parse("config.toml", "\nglyphs = \"asci\"\n", Situation::Local).unwrap_err();
    assert_eq!(
        fault.report(),
        "error: \"asci\" is not known here\n --> config.toml:2:10\n  |\n\
         2 | glyphs = \"asci\"\n  |          ^^^^^^ \"asci\" is not known here\n  |\n  = help: did you mean \"ascii\"?"
    );
}

#[test]
fn the_arming_delay_is_never_shorter_than_safe() {
    let at = |text: &str, situation| Settings::parse("c", &format!("arming_delay = \"{text}\""), situation);
    assert!(at("500ms", Situation::Local).is_ok());
    let fault = at("500ms", Situation::Remote).unwrap_err().to_string();
    assert!(fault.contains("too short over ssh and in tmux"), "{fault}");
    let defaults = Settings::default();
    assert_eq!(
        defaults.arming_delay(Situation::Local),
        Duration::from_millis(400)
    );
    assert_eq!(
        defaults.arming_delay(Situation::Remote),
        Duration::from_millis(700)
    );
    // Read at home, attached later from afar.
    let home = at("500ms", Situation::Local).unwrap();
    assert_eq!(home.arming_delay(Situation::Remote), Duration::from_millis(700));
    let tmux = Situation::detect(|name| (name == "TMUX").then(|| "/tmp/tmux".to_owned()));
    assert_eq!(
        (tmux, Situation::detect(|_| None)),
        (Situation::Remote, Situation::Local)
    );
}

#[test]
fn a_mistake_elsewhere_does_not_make_a_read_only_context_writable() {
    let text = "colur = 1\n[contexts.prod]\nread_only = true\n[contexts.dev]\nread_only = false\n";
    assert!(parse(text).is_err());
    let kept = Settings::salvaged(text);
    assert!(
        kept.context("prod").read_only && !kept.context("dev").read_only && !kept.context("other").read_only
    );

    for misspelt in [
        "[contexts.prod]\nreadonly = true",
        "[context.prod]\nread-only = \"yes\"",
    ] {
        assert!(
            Settings::salvaged(misspelt).context("prod").read_only,
            "{misspelt}"
        );
    }
    let silent = "events = false\ntheme = 3\n";
    assert_eq!(
        Settings::salvaged(silent).events,
        Events::Off,
        "a mistake elsewhere posts nothing"
    );
    assert_eq!(Settings::salvaged("theme = 3").events, Events::Post);
    let torn = Settings::salvaged("[contexts.prod\nread_only = true");
    assert!(torn.context("prod").read_only && torn.context("anything").read_only);
    assert!(!Settings::salvaged("theme = ").context("prod").read_only);
}

#[test]
fn the_sample_is_the_defaults_and_every_line_of_it_is_valid() {
    assert_eq!(parse(&sample()).unwrap(), Settings::default());
    let bare = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') => rest.to_owned(),
        _ => line.to_owned(),
    };
    let uncommented: String = sample().lines().map(|line| bare(line) + "\n").collect();
    let settings = Settings::parse("sample", &uncommented, Situation::Remote).unwrap();
    assert_eq!(settings.theme, ThemeChoice::default());
    for action in Action::ALL {
        assert_eq!(
            settings.keys.keys_of(action),
            KeyMap::default().keys_of(action),
            "{action:?}"
        );
        assert!(uncommented.contains(&format!("\n{} = ", action.name())));
    }
}

#[test]
fn keys_mean_what_the_help_says() {
    let map = KeyMap::default();
    for action in Action::ALL {
        for written in map.keys_of(action) {
            assert_eq!(
                map.resolve(&keys(&written)),
                Resolution::Action(action),
                "{written}"
            );
        }
    }
    assert_eq!(map.resolve(&keys("g")), Resolution::Pending);
    assert_eq!(
        map.continuations(&keys("g")),
        [("g".to_owned(), Action::Move(Motion::First))]
    );
    assert_eq!(map.resolve(&keys("g x")), Resolution::Unbound);
    assert_eq!(map.resolve(&keys("ctrl-k")), Resolution::Unbound);
    assert_eq!(map.resolve(&[]), Resolution::Unbound);
}

#[test]
fn reflexes_of_other_programs_do_no_harm() {
    let map = KeyMap::default();
    for harmless in ["ctrl-d", "ctrl-k", "ctrl-l", "ctrl-z", "p", "d", "ctrl-x"] {
        let resolution = map.resolve(&keys(harmless));
        let steps = matches!(
            resolution,
            Resolution::Action(Action::Do(_) | Action::PauseOrResume)
        );
        assert!(!steps, "{harmless} is {resolution:?}");
    }
}

#[test]
fn two_actions_may_swap_their_keys() {
    let map = parse("[keys]\nquit = \"x\"\nrequests = \"q\"").unwrap().keys;
    assert_eq!(map.resolve(&keys("x")), Resolution::Action(Action::Quit));
    assert_eq!(map.resolve(&keys("q")), Resolution::Action(Action::Requests));
    let map = parse("[keys]\nrestart = []").unwrap().keys;
    assert_eq!(map.resolve(&keys("R")), Resolution::Unbound);
}

#[test]
fn files_are_where_xdg_says_or_the_variable() {
    let (config, state) = (Path::new("/c"), Path::new("/s"));
    let usual = Files::within(config, state, Some("".into()));
    assert_eq!(usual.config, Path::new("/c/flightdeck/config.toml"));
    assert_eq!(usual.themes, Path::new("/c/flightdeck/themes"));
    assert_eq!(usual.state, Path::new("/s/flightdeck"));
    let other = Files::within(config, state, Some("/x/mine.toml".into()));
    assert_eq!(
        (other.config, other.themes),
        (PathBuf::from("/x/mine.toml"), PathBuf::from("/x/themes"))
    );
}

#[test]
fn no_file_is_defaults_and_an_unreadable_one_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::within(folder.path(), folder.path(), None);
    assert_eq!(files.settings(Situation::Local).unwrap(), Settings::default());
    assert_eq!(files.user_themes(), (Vec::new(), Vec::new()));

    let named = Files::within(
        folder.path(),
        folder.path(),
        Some(folder.path().join("gone.toml").into()),
    );
    let fault = named.settings(Situation::Local).unwrap_err();
    assert!(fault.to_string().contains("gone.toml: cannot be read"), "{fault}");

    std::fs::create_dir_all(&files.themes).unwrap();
    std::fs::write(&files.config, b"glyphs = \"ascii\"").unwrap();
    std::fs::write(files.themes.join("mine.toml"), "inherits = \"light\"").unwrap();
    std::fs::write(files.themes.join("torn.toml"), [0xff, 0xfe]).unwrap();
    assert_eq!(files.settings(Situation::Local).unwrap().glyphs, Glyphs::Ascii);
    let (themes, faults) = files.user_themes();
    assert_eq!((themes.len(), faults.len()), (1, 1));
    assert_eq!(themes[0].name, "mine");
    assert!(
        faults[0].to_string().contains("torn.toml: cannot be read"),
        "{}",
        faults[0]
    );
    assert_eq!(files.watched().len(), 3);

    std::fs::write(&files.config, vec![b'#'; 1 << 21]).unwrap();
    let fault = files.settings(Situation::Local).unwrap_err();
    assert!(fault.to_string().contains("larger than a megabyte"), "{fault}");
    assert!(files.salvaged().context("any").read_only);
}

#[test]
fn the_watcher_tells_of_every_change_once() {
    let stamp = |seconds, length| {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        Some(Stamp { modified, length })
    };
    let path = |name: &str| PathBuf::from(name);
    let mut watcher = Watcher::default();
    let first = [(path("a"), stamp(1, 1)), (path("b"), None)];
    assert!(!watcher.changed(first.clone()));
    assert!(!watcher.changed(first));
    assert!(watcher.changed([(path("a"), stamp(1, 2)), (path("b"), None)]));
    assert!(watcher.changed([(path("a"), stamp(1, 2)), (path("b"), stamp(0, 0))]));
    assert!(!watcher.changed([(path("a"), stamp(1, 2)), (path("b"), stamp(0, 0))]));
    assert!(
        watcher.changed([(path("a"), stamp(0, 2)), (path("b"), stamp(0, 0))]),
        "a restored backup is older"
    );
    assert!(watcher.changed([(path("b"), stamp(0, 0))]));
}

proptest! {
    #[test]
    fn no_text_panics_and_every_fault_has_a_remedy(text in "[a-z_\\[\\]\"=#{}, \n.0-9\\PC]{0,120}") {
        if let Err(fault) = Settings::parse("c", &text, Situation::Local) {
            prop_assert!(!fault.remedy().is_empty() && !fault.what().is_empty());
        }
        let _ = Settings::salvaged(&text);
    }
}

#[test]
fn metrics_are_of_all_contexts_and_of_one() {
    use flightdeck::domain::{MetricsPlace, Queries};
    assert_eq!(
        parse("").unwrap().metrics_for("any"),
        None,
        "nobody said where to ask"
    );
    let settings = parse(
        r#"
        [metrics]
        service = "monitoring/prometheus:9090"
        every = "30s"
        latency = 'histogram_quantile(0.95, sum by (pod, le) (rate(took_bucket{pod=~"$pods"}[2m])))'
        [contexts.eu.metrics]
        url = "https://prom.eu/prefix/"
        token_file = "/run/token"
        "#,
    )
    .unwrap();
    let usual = settings.metrics_for("any").unwrap();
    assert_eq!(usual.place.shown(), "monitoring/prometheus:9090");
    assert_eq!(
        (usual.every.as_secs(), usual.queries.quantile.as_str()),
        (30, "p95")
    );
    assert_eq!(usual.queries.requests, Queries::REQUESTS);
    let own = settings.metrics_for("eu").unwrap();
    let place = MetricsPlace::Url {
        url: "https://prom.eu/prefix".to_owned(),
        token_file: Some("/run/token".to_owned()),
    };
    assert_eq!((own.place, own.every), (place, usual.every));
    assert_eq!(own.queries, usual.queries);
}

#[test]
fn a_query_that_cannot_be_meant_is_told_at_its_place() {
    for (line, words) in [
        (
            r#"requests = 'sum by (pod) (rate(a{pod=~"$pods"}[1m])'"#,
            "no PromQL",
        ),
        ("requests = 'sum by (pod) (rate(a[1m]))'", "which pods"),
        (r#"errors = 'sum(rate(a{pod=~"$pods"}[1m]))'"#, "by (pod)"),
        (r#"latency = 'sum by (pod) (rate(a{pod=~"$pods"}))'"#, "[1m]"),
        ("every = \"1s\"", "from 5s"),
        ("every = 10", "from 5s"),
        ("url = \"https://ann:secret@prom\"", "token_file"),
        ("url = \"prom:9090\"", "https://prometheus.example.com"),
        ("url = \"https://prom/?a=b\"", "no ? in it"),
        ("service = \"prometheus:9090\"", "namespace/name:port"),
        ("service = \"a/b:1\"\nurl = \"https://prom\"", "two places"),
        ("service = \"a/b:1\"\ntoken_file = \"x\"", "one's own rights"),
        ("servce = \"a/b:1\"", "did you mean \"service\"?"),
    ] {
        let told = parse(&format!("[metrics]\n{line}")).unwrap_err();
        assert!(told.contains(words), "{line}: {told}");
        assert!(
            told.starts_with("config.toml:2:") || told.starts_with("config.toml:3:"),
            "{told}"
        );
        assert!(!told.contains("secret"), "{told}");
    }
}
