//! What is told of a scenario that cannot be played, and that those which are shipped can.

use std::sync::Arc;

use super::*;
use crate::clock::TestClock;
use crate::sandbox::cluster::Cluster;
use crate::sandbox::scenario::shipped;

const WEB: &str =
    "[[app]]\nnamespace = \"shop\"\nname = \"web\"\nimage = \"web:v1\"\nreplicas = 2\nat = -60\n";

fn faults(text: &str) -> Vec<String> {
    match Scenario::parse("s.toml", text).and_then(opened) {
        Err(ScenarioError::Faults(faults)) => faults.iter().map(ToString::to_string).collect(),
        other => panic!("it should have been refused: {:?}", other.err()),
    }
}

fn opened(scenario: Scenario) -> Result<Cluster, ScenarioError> {
    let clock = Arc::new(TestClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    Cluster::new(scenario, clock, [0; 16], "")
}

#[test]
fn every_mistake_is_told_with_its_place_and_what_to_write() {
    let text = format!(
        "{WEB}surge = \"two\"\ngit = {{ tool = \"argo\" }}\n\
         [[image]]\nname = \"web:v2\"\nfails = \"crach\"\n\
         [[act]]\nat = 5\napp = \"shop/wep\"\npause = true\n\
         [[act]]\nat = 999999999999\napp = \"shop/web\"\nevery = 0\n"
    );
    let told = faults(&text);
    let expected = [
        "s.toml:7:9: \"two\" is neither a number nor a percentage; write \"2\" or \"25%\"",
        "s.toml:8:16: \"argo\" is no tool that is known here; did you mean \"argocd\"?",
        "s.toml:11:9: \"crach\" is no way to fail; did you mean \"crash\"?",
        "s.toml:14:7: there is no app \"shop/wep\"; did you mean \"shop/web\"?",
        "s.toml:17:6: 999999999999 seconds are more than a year; write the seconds from the start; before it they are negative",
        "s.toml:18:7: this does nothing; add images, pause, replicas, restart or delete",
        "s.toml:19:9: nothing happens every 0 seconds; write 1 or more",
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_is_no_scenario_is_told_at_its_line() {
    for (text, place, words) in [
        ("[[app]]\nname = 3", "s.toml:2:8", "string"),
        ("[[apps]]", "s.toml:1:3", "did you mean \"app\"?"),
        ("about = \"", "s.toml:1:10", ""),
        (&format!("{WEB}{WEB}"), "s.toml:9:8", "there twice"),
        (
            &format!("{WEB}autoscale = {{ least = 4, most = 2 }}"),
            "s.toml:7:23",
            "nothing between",
        ),
        (
            "[[fleet]]\nnamespaces = 3\napps = 50000\nreplicas = 9\nimage = \"a\"\nat = 0",
            "s.toml:3:8",
            "450000 pods are more",
        ),
        ("[[object]]\nat = 0\nyaml = \"a: [\"", "s.toml:3:8", "no YAML"),
        (
            "[[object]]\nat = 0\nyaml = \"kind: Pod\"",
            "s.toml:3:8",
            "no apiVersion",
        ),
    ] {
        let told = faults(text);
        let first = told.first().unwrap();
        assert!(
            first.starts_with(place) && first.contains(words),
            "{text}: {told:?}"
        );
    }
}

#[test]
fn what_the_api_server_refuses_has_its_place_too() {
    let named = WEB.replace("\"web\"", "\"Web!\"");
    let told = faults(&named);
    let first = told.first().unwrap();
    assert!(
        first.starts_with("s.toml:3:8: the API server refuses it"),
        "{first}"
    );
    let stranger = "[[object]]\nat = 0\nyaml = \"{apiVersion: a/v1, kind: B, metadata: {name: b}}\"";
    let told = faults(stranger);
    assert!(
        told.first().unwrap().contains("the API server refuses it"),
        "{told:?}"
    );
}

#[test]
fn a_line_tells_the_first_and_how_many_more() {
    let text = "[[act]]\nat = 0\napp = \"a/b\"\n";
    let error = Scenario::parse("s.toml", text).unwrap_err().to_string();
    assert!(
        error.contains("s.toml:3:7: there is no app") && error.ends_with("(and 1 more)"),
        "{error}"
    );
}

#[test]
fn those_that_are_shipped_can_be_played_and_say_what_they_are() {
    for each in shipped() {
        let scenario = each.scenario().unwrap();
        assert!(!scenario.about().is_empty(), "{}", each.name);
        opened(scenario).map(drop).unwrap();
    }
}

#[test]
fn the_future_is_faster_and_the_past_stays() {
    let text = format!(
        "{WEB}[[image]]\nname = \"web:v1\"\nstart = 25\nready = 1\n[[act]]\napp = \"shop/web\"\nat = 30\nevery = 60\npause = true\n"
    );
    let scenario = Scenario::parse("s.toml", &text).unwrap().at_speed(10.0).unwrap();
    let written = &scenario.written;
    assert_eq!(*written.apps[0].at.get_ref(), -60);
    let act = &written.acts[0];
    assert_eq!(
        (*act.at.get_ref(), *act.every.as_ref().unwrap().get_ref()),
        (3, 6)
    );
    assert_eq!(
        (written.images[0].start, written.images[0].ready),
        (3, 1),
        "never nothing at all"
    );
    for wrong in [0.0, -1.0, f64::NAN, 1e9] {
        assert!(matches!(
            Scenario::parse("s.toml", &text).unwrap().at_speed(wrong),
            Err(ScenarioError::Speed(_))
        ));
    }
}

#[test]
fn the_example_of_the_documentation_can_be_played() {
    let page = include_str!("../../../docs/SCENARIOS.md");
    let example = page
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let scenario = Scenario::parse("SCENARIOS.md", example).unwrap();
    opened(scenario).map(drop).unwrap();
}

#[test]
fn what_acts_ask_for_counts_and_no_number_is_too_far_away_to_be_told() {
    let scaled = format!("{WEB}[[act]]\napp = \"shop/web\"\nat = 5\nreplicas = 30000\n");
    assert!(faults(&scaled)[0].contains("30000 pods are more than the 20000"));
    let early = WEB.replace("at = -60", "at = -9223372036854775808");
    assert!(faults(&early)[0].contains("more than a year"));
    let budget = format!("{WEB}budget = {{ available = \"150%\" }}\n");
    assert!(
        faults(&budget)[0].starts_with("s.toml:7:24: 150%"),
        "{:?}",
        faults(&budget)
    );
    let aim = format!("{WEB}autoscale = {{ least = 1, most = 2, cpu = 0 }}\n");
    assert!(faults(&aim)[0].contains("no use of CPU"));
}
