//! `decisions`: the record, however damaged it is.

use std::fs::File;

use serde_json::{Value, json};

use super::desk::Desk;

fn intent(id: &str, at: &str, rollout: &str, step: &str, reason: &str) -> Value {
    json!({
        "version": 1, "decision": id, "at": at, "kind": "intent",
        "cluster": "prod", "server": "https://api", "user": "ann@corp", "rollout": rollout, "uid": "u-1", "step": step,
        "class": "stop", "reason": reason, "sentence": "Stop it where it is.", "digest": "ab12",
        "evidence": ["pods: 2 of 3 ready"], "requests": ["PATCH /apis/apps/v1 application/json-patch+json [..]"],
    })
}

fn outcome(id: &str, at: &str, words: &str) -> Value {
    json!({
        "version": 1, "decision": id, "at": at, "kind": "outcome", "rollout": "shop/web", "step": "pause",
        "outcome": words, "auditId": "audit-7",
    })
}

/// A pause that was done after 4 s, and a restart two hours later of which nothing more is known.
fn lines() -> Vec<String> {
    [
        intent("1-1", "2026-11-20T14:02:11Z", "shop/web", "pause", "errors ×5"),
        outcome("1-1", "2026-11-20T14:02:12Z", "accepted"),
        outcome("1-1", "2026-11-20T14:02:12Z", "the object shows the change"),
        outcome("1-1", "2026-11-20T14:02:15Z", "done"),
        intent("2-1", "2026-11-20T16:00:00Z", "pay/ledger", "restart", ""),
    ]
    .iter()
    .map(Value::to_string)
    .collect()
}

fn desk(record: &str) -> Desk {
    let desk = Desk::before("http://127.0.0.1:1");
    desk.write("state/flightdeck/decisions.jsonl", record);
    desk
}

fn whole() -> Desk {
    desk(&format!("{}\n", lines().join("\n")))
}

#[tokio::test]
async fn people_get_a_table() {
    let said = whole().run("decisions").await;
    let rows: Vec<Vec<&str>> = said
        .well()
        .lines()
        .map(|line| {
            line.split("   ")
                .map(str::trim)
                .filter(|it| !it.is_empty())
                .collect()
        })
        .collect();
    assert_eq!(
        rows[0],
        [
            "TIME (UTC)",
            "WHO",
            "WHAT",
            "WHERE",
            "OUTCOME",
            "EFFECT AFTER",
            "WHY"
        ]
    );
    assert_eq!(
        rows[1],
        [
            "2026-11-20 14:02:11",
            "ann@corp",
            "pause: Stop it where it is",
            "shop/web on prod",
            "done",
            "4s",
            "errors ×5"
        ]
    );
    assert_eq!(
        rows[2],
        [
            "2026-11-20 16:00:00",
            "ann@corp",
            "restart: Stop it where it is",
            "pay/ledger on prod",
            "not recorded"
        ]
    );
}

#[tokio::test]
async fn a_channel_gets_a_timeline() {
    let said = whole().run("decisions --markdown").await;
    assert_eq!(
        said.well(),
        "**Decisions of 2026-11-20** (UTC)\n\n\
         - **14:02:11** ann@corp: **pause** shop/web on prod: Stop it where it is, because: errors ×5 → done, effect after 4s\n\
         - **16:00:00** ann@corp: **restart** pay/ledger on prod: Stop it where it is → not recorded\n"
    );
}

#[tokio::test]
async fn each_line_tells_the_versions_and_that_something_was_overridden() {
    let mut undo = intent("1-1", "2026-11-20T14:02:11Z", "shop/web", "undo", "v3 is worse");
    undo["sentence"] = json!("Go back from v3 (#3) to v1 (#1). Pods are replaced: two at a time.");
    undo["class"] = json!("override");
    let desk = desk(&format!("{undo}\n"));
    let said = desk.run("decisions --markdown").await;
    assert!(
        said.well()
            .contains("**undo** (override) shop/web on prod: Go back from v3 (\\#3) to v1 (\\#1), because: v3 is worse →"),
        "{said:?}"
    );
    let said = desk.run("decisions").await;
    let what = "undo (override): Go back from v3 (#3) to v1 (#1)  ";
    assert!(said.well().contains(what), "{said:?}");
}

#[tokio::test]
async fn what_was_typed_does_not_act_in_the_channel() {
    let evil = intent(
        "1-1",
        "2026-11-20T14:02:11Z",
        "shop/web",
        "pause",
        "*bold* <!here> [x](y) `z`\n# head \u{1b}[31m",
    );
    let said = desk(&format!("{evil}\n")).run("decisions --markdown").await;
    let line = said.well().lines().last().unwrap().to_owned();
    assert!(
        line.contains(r"because: \*bold\* \<!here\> \[x\](y) \`z\` \# head ␛\[31m →"),
        "{line}"
    );
}

#[tokio::test]
async fn programs_get_everything() {
    let said = whole().run("decisions -o json").await;
    said.well();
    let report = said.json();
    assert_eq!((&report["version"], &report["leftOut"]), (&json!(1), &json!([])));
    let pause = &report["decisions"][0];
    for (field, value) in [
        ("id", json!("1-1")),
        ("at", json!("2026-11-20T14:02:11Z")),
        ("user", json!("ann@corp")),
        ("rollout", json!("shop/web")),
        ("step", json!("pause")),
        ("class", json!("stop")),
        ("what", json!("Stop it where it is")),
        ("reason", json!("errors ×5")),
        ("evidence", json!(["pods: 2 of 3 ready"])),
        ("outcome", json!("done")),
        ("effectAfterSeconds", json!(4)),
    ] {
        assert_eq!(pause[field], value, "{field}");
    }
    assert_eq!(pause["outcomes"].as_array().unwrap().len(), 3);
    assert_eq!(report["decisions"][1]["outcome"], json!(null));
    assert_eq!(report["decisions"][1]["effectAfterSeconds"], json!(null));
}

#[tokio::test]
async fn a_part_is_chosen_by_time_place_and_context() {
    let desk = whole();
    for (arguments, rows) in [
        ("--since 2026-11-20", 2),
        ("--since 2026-11-20T15:00:00Z", 1),
        ("-n pay", 1),
        ("--namespace shop,pay", 2),
        ("--context prod", 2),
    ] {
        let said = desk.run(&format!("decisions {arguments}")).await;
        assert_eq!(said.well().lines().count(), rows + 1, "{arguments}: {said:?}");
    }
    for arguments in ["--since 2999-01-01", "-n ops", "--context stage"] {
        let said = desk.run(&format!("decisions {arguments}")).await;
        assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "{said:?}");
        assert!(said.err.contains("no decision in"), "{said:?}");
    }
    desk.run("decisions --since yesterday")
        .await
        .failed(64, &["write a span such as 2h"]);
    desk.run("decisions --markdown -o json")
        .await
        .failed(64, &["cannot be used with"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_the_rest_is_shown() {
    let mut damaged = lines();
    damaged.insert(1, "not json at all".to_owned());
    damaged.insert(2, r#"{"version":2,"decision":"9","when":"tomorrow"}"#.to_owned());
    damaged.push(outcome("7-7", "2026-11-20T16:00:00Z", "done").to_string());
    let mut bytes = damaged.join("\n").into_bytes();
    bytes.extend(b"\n\xff\xfe\n{\"version\":1,\"deci");
    let desk = Desk::before("http://127.0.0.1:1");
    let path = desk.write("state/flightdeck/decisions.jsonl", "");
    std::fs::write(path, bytes).unwrap();
    let said = desk.run("decisions").await;
    assert_eq!((said.code, said.out.lines().count()), (Some(0), 3), "{said:?}");
    for words in [
        "1 line of a newer flightdeck left out",
        "2 lines left out that cannot be read (line 2, 9)",
        "the last line was cut off",
        "1 line left out that speak of decisions that are not there",
    ] {
        assert!(said.err.contains(words), "{words:?} is missing: {said:?}");
    }
    assert_eq!(
        desk.run("decisions -o json").await.json()["leftOut"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[tokio::test]
async fn somebody_who_writes_and_does_not_finish_is_not_waited_for_long() {
    let desk = whole();
    let held = File::open(desk.path("state/flightdeck/decisions.jsonl")).unwrap();
    held.lock().unwrap();
    let said = desk.run("decisions").await;
    assert_eq!((said.code, said.out.lines().count()), (Some(0), 3), "{said:?}");
    assert!(said.err.contains("somebody is writing the record"), "{said:?}");
}

#[tokio::test]
async fn no_record_is_no_decision_and_one_that_cannot_be_read_is_a_failure() {
    let desk = Desk::before("http://127.0.0.1:1");
    let said = desk.run("decisions").await;
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "{said:?}");
    assert!(said.err.contains("no decision in"), "{said:?}");
    std::fs::create_dir_all(desk.path("state/flightdeck/decisions.jsonl")).unwrap();
    desk.run("decisions")
        .await
        .failed(1, &["decisions.jsonl cannot be read"]);
}
