//! The schema of the configuration against the reader: what one takes the other takes.

use flightdeck::app::Action;
use flightdeck::config::{Settings, Situation, sample, schema};
use serde_json::Value;

/// Whether a value is valid by the part of JSON Schema that ours uses; a word that is not known here fails the test.
fn valid(root: &Value, schema: &Value, value: &Value) -> bool {
    schema
        .as_object()
        .unwrap()
        .iter()
        .all(|(word, rule)| match word.as_str() {
            "$schema" | "title" | "description" | "$defs" => true,
            "$ref" => valid(
                root,
                root.pointer(rule.as_str().unwrap().trim_start_matches('#'))
                    .unwrap(),
                value,
            ),
            "type" => match rule.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                other => panic!("no type {other}"),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "anyOf" => rule.as_array().unwrap().iter().any(|it| valid(root, it, value)),
            "items" => value
                .as_array()
                .is_none_or(|all| all.iter().all(|it| valid(root, rule, it))),
            "pattern" => {
                let pattern = regex_lite::Regex::new(rule.as_str().unwrap()).unwrap();
                value.as_str().is_none_or(|text| pattern.is_match(text))
            }
            "properties" => value.as_object().is_none_or(|fields| {
                fields
                    .iter()
                    .all(|(name, it)| rule.get(name).is_none_or(|rule| valid(root, rule, it)))
            }),
            "additionalProperties" => value.as_object().is_none_or(|fields| {
                let known = schema.get("properties");
                let mut others = fields
                    .iter()
                    .filter(|(name, _)| known.is_none_or(|known| known.get(name).is_none()));
                match rule {
                    Value::Bool(allowed) => *allowed || others.next().is_none(),
                    rule => others.all(|(_, it)| valid(root, rule, it)),
                }
            }),
            other => panic!("the test does not know {other}"),
        })
}

fn takes(text: &str) -> (bool, bool) {
    let value: toml::Table = text.parse().unwrap();
    let value = serde_json::to_value(value).unwrap();
    let root = schema();
    (
        valid(&root, &root, &value),
        Settings::parse("c", text, Situation::Local).is_ok(),
    )
}

#[test]
fn the_schema_and_the_reader_agree() {
    let good = [
        "",
        "theme = \"dark\"",
        "theme = { dark = \"a\" }",
        "glyphs = \"nerd\"",
        "colour = \"256\"",
        "colour = \"mono\"",
        "namespaces = [\"shop\", \"a-1\"]",
        "arming_delay = \"1s\"",
        "[contexts.x]\nenvironment = \"staging\"\nread_only = true\nbanner = \"#b3261e\"\nnamespaces = []\ntheme = \"light\"",
        "[metrics]\nservice = \"monitoring/prometheus:9090\"\nevery = \"30s\"",
        "[metrics]\nurl = \"https://prom.corp:9090/prefix\"\ntoken_file = \"/run/token\"",
        "[metrics]\nservice = \"m/p:web\"\nlatency = 'max by (pod) (latency{pod=~\"$pods\"})'",
        "[contexts.x]\nmetrics = { url = \"http://prom\" }",
        "[keys]\nquit = \"x\"\nrequests = [\"q\"]",
        "[keys]\nrestart = []",
    ];
    let bad = [
        "colur = \"16\"",
        "glyphs = \"asci\"",
        "glyphs = 3",
        "colour = \"512\"",
        "theme = 3",
        "theme = { drak = \"x\" }",
        "theme = { dark = 1 }",
        "namespaces = \"shop\"",
        "namespaces = [\"Shop\"]",
        "namespaces = [\"-shop\"]",
        "namespaces = [7]",
        "arming_delay = 3",
        "contexts = 1",
        "[contexts]\nx = 1",
        "[contexts.x]\nreadonly = true",
        "[contexts.x]\nread_only = \"yes\"",
        "[contexts.x]\nenvironment = \"prod\"",
        "[contexts.x]\nbanner = \"red\"",
        "keys = []",
        "metrics = 3",
        "[metrics]\nurl = \"ftp://prom\"",
        "[metrics]\nurl = \"https://ann:secret@prom\"",
        "[metrics]\nservice = \"prometheus\"",
        "[metrics]\nservice = \"monitoring/prometheus:\"",
        "[metrics]\nrequests = 3",
        "[metrics]\nserver = \"x\"",
        "[keys]\nrestrat = \"x\"",
        "[keys]\nquit = 3",
        "[keys]\nquit = [3]",
    ];
    for text in good {
        assert_eq!(takes(text), (true, true), "{text}");
    }
    for text in bad {
        assert_eq!(takes(text), (false, false), "{text}");
    }
}

#[test]
fn every_line_of_the_sample_and_every_action_is_in_the_schema() {
    let bare = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') => rest.to_owned(),
        _ => line.to_owned(),
    };
    let text: String = sample().lines().map(|line| bare(line) + "\n").collect();
    let value: toml::Table = text.parse().unwrap();
    let (root, value) = (schema(), serde_json::to_value(value).unwrap());
    assert!(valid(&root, &root, &value));
    let names = |pointer: &str| -> Vec<String> {
        let mut names: Vec<String> = root
            .pointer(pointer)
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        names.sort();
        names
    };
    let mut written: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    written.sort();
    assert_eq!(names("/properties"), written);
    let mut actions: Vec<String> = Action::ALL.iter().map(|it| it.name().to_owned()).collect();
    actions.sort();
    assert_eq!(names("/properties/keys/properties"), actions);
    let mut context: Vec<String> = value["contexts"]["name-of-context"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    context.sort();
    assert_eq!(names("/$defs/context/properties"), context);
}
