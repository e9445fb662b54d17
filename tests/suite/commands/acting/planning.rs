//! `--plan`: what it says, that it sends nothing, and that every field of it is documented.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::shop::{Shop, plan, web, writes};
use crate::drivers::objects::{Thing, autoscaler, moving, pods, replica_set, service, set_counts};
use crate::support::fake_api::Reply;

const ALL: [&str; 6] = [
    "pause shop/web",
    "resume shop/web",
    "restart shop/web",
    "undo shop/web --to-revision 1",
    "set-image shop/web shop/web:v3",
    "scale shop/web --replicas 4",
];

fn ready_for(arguments: &str) -> Shop {
    let shop = Shop::web();
    if arguments.starts_with("resume") {
        shop.with("/spec/paused", true)
    } else {
        shop
    }
}

#[tokio::test]
async fn a_plan_is_the_whole_sheet_and_sends_nothing() {
    for arguments in ALL {
        let mut desk = ready_for(arguments).open().await;
        let (plan, token) = plan(&desk, arguments).await;
        assert!(token.starts_with("fd1-"), "{plan}");
        assert_eq!(plan["version"], 1);
        assert_eq!(
            (&plan["cluster"], &plan["namespace"], &plan["name"], &plan["user"]),
            (&json!("prod"), &json!("shop"), &json!("web"), &json!("ann"))
        );
        assert_eq!(plan["step"], arguments.split(' ').next().unwrap());
        assert_eq!(plan["refused"], json!(null));
        assert_eq!(
            plan["dryRun"],
            json!({ "answer": "accepted", "words": "dry run accepted", "also": [], "warnings": [] })
        );
        assert_eq!(plan["rights"]["answer"], "yes");
        assert!(plan["effect"].as_str().is_some_and(|it| !it.is_empty()), "{plan}");
        let request = &plan["requests"][0];
        assert_eq!(request["method"], "PATCH");
        let tests = request["operations"].as_array().unwrap().iter();
        assert!(tests.clone().any(|it| it["op"] == "test"), "{request}");
        assert!(tests.clone().any(|it| it["op"] != "test"), "{request}");
        assert_eq!(writes(&mut desk), Vec::<Value>::new(), "{arguments}");
    }
}

#[tokio::test]
async fn people_read_the_same_and_what_to_type_next() {
    let desk = Shop::web().open().await;
    let said = desk.run("undo shop/web --to-revision 1 --plan").await;
    for words in [
        "UNDO PROD prod",
        "Go back from v2 (#2) to v1 (#1)",
        "containers[web].image: shop/web:v2 → shop/web:v1",
        "request    PATCH /apis/apps/v1/namespaces/shop/deployments/web",
        "dry run    accepted\n",
        "way back   undo again",
        "effect     every wanted pod runs this template",
        "token      fd1-",
        "confirm    flightdeck undo shop/web --confirm fd1-",
    ] {
        assert!(said.well().contains(words), "{words:?} is missing:\n{}", said.out);
    }
    assert!(!said.out.contains('\u{1b}'), "a pipe gets no colours");
    let yaml = desk.run("pause web --plan -o yaml").await;
    let yaml: Value = serde_saphyr::from_str(yaml.well()).unwrap();
    assert_eq!((&yaml["step"], &yaml["class"]), (&json!("pause"), &json!("stop")));
}

#[tokio::test]
async fn values_of_the_environment_are_not_printed() {
    let secret = json!([{ "name": "TOKEN", "value": "s3cret" }]);
    let desk = Shop::web()
        .with("/spec/template/spec/containers/0/env", secret)
        .open()
        .await;
    for shape in ["table", "json", "yaml"] {
        let said = desk.run(&format!("restart web --plan -o {shape}")).await;
        assert!(
            said.out.contains("TOKEN") && !said.out.contains("s3cret"),
            "{said:?}"
        );
    }
}

#[tokio::test]
async fn fields_that_nobody_here_knows_survive_in_the_template_that_is_sent() {
    let mut things = web();
    things[2] = replica_set("v1", 0).with("/spec/template/spec/flyToTheMoon", json!({ "in": 2031 }));
    let desk = Shop::of(&things).open().await;
    let (plan, _) = plan(&desk, "undo web --to-revision 1").await;
    let operations = plan["requests"][0]["operations"].as_array().unwrap();
    let replaced = operations.iter().find(|it| it["op"] == "replace").unwrap();
    assert_eq!(replaced["value"]["spec"]["flyToTheMoon"]["in"], 2031);
}

#[tokio::test]
async fn what_a_confirmation_needs_besides_is_said() {
    let desk = Shop::web().also(autoscaler(2, 9)).open().await;
    let (plan, _) = plan(&desk, "scale web --replicas 4").await;
    assert_eq!(plan["class"], "override");
    assert_eq!(plan["needs"], json!(["--override", "--reason"]));
    assert!(plan["against"][0].as_str().unwrap().contains("web-hpa"), "{plan}");

    let mut shop = Shop::web();
    let words = "admission webhook \"old\" does not support dry run";
    shop.dry_run = Some(Reply::status(400, "BadRequest", words));
    let desk = shop.open().await;
    let (plan, token) = super::shop::plan(&desk, "restart web").await;
    assert_eq!(plan["needs"], json!(["--no-dry-run"]));
    let said = desk
        .run(&format!("restart web --confirm {token} --no-wait"))
        .await;
    said.failed(
        2,
        &["nothing was sent", "does not support dry run", "--no-dry-run"],
    );
    let said = desk
        .run(&format!("restart web --confirm {token} --no-wait --no-dry-run"))
        .await;
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[tokio::test]
async fn going_back_to_what_would_empty_a_service_is_an_override() {
    let mut things = web();
    things[0] = things[0]
        .clone()
        .with("/spec/template/metadata/labels/tier", "front");
    things[1] = things[1]
        .clone()
        .with("/spec/template/metadata/labels/tier", "front");
    things.push(service("front").with("/spec/selector", json!({ "tier": "front" })));
    let mut desk = Shop::of(&things).open().await;
    let (plan, token) = plan(&desk, "undo web --to-revision 1").await;
    assert_eq!(plan["class"], "override");
    assert!(
        plan["against"][0].as_str().unwrap().contains("Service front"),
        "{plan}"
    );
    let confirm = format!("undo web --confirm {token} --no-wait");
    for (more, words) in [
        ("", "add --override and --reason"),
        ("--override", "a reason of at least 8 characters"),
        ("--override --reason short", "a reason of at least 8 characters"),
    ] {
        let said = desk.run(&format!("{confirm} {more}")).await;
        said.failed(2, &["nothing was sent", words]);
    }
    assert_eq!(writes(&mut desk).len(), 0);
    let said = desk
        .run(&format!("{confirm} --override --reason incident-4711"))
        .await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(writes(&mut desk).len(), 1);
}

/// Half way from v1 to v2.
fn half_way() -> Vec<Thing> {
    let mut things = vec![
        moving(3).counts(4, 1, 3, 3),
        set_counts(replica_set("v2", 1), 1, 0),
        replica_set("v1", 3),
    ];
    things.extend(pods("v1", 3));
    things
}

#[tokio::test]
async fn without_a_number_it_goes_back_to_what_still_serves_and_the_token_knows_it() {
    let mut desk = Shop::of(&half_way()).open().await;
    let (plan, token) = plan(&desk, "undo web").await;
    assert_eq!(plan["typed"], "v1", "{plan}");
    let said = desk.run(&format!("undo web --confirm {token} --no-wait")).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let sent = writes(&mut desk);
    assert_eq!(sent.len(), 1);
    // The number may be said again, and must be the same.
    for (number, code) in [("1", 0), ("2", 3)] {
        let desk = Shop::of(&half_way()).open().await;
        let said = desk
            .run(&format!(
                "undo web --to-revision {number} --confirm {token} --no-wait"
            ))
            .await;
        assert_eq!(said.code, Some(code), "{number}: {said:?}");
    }
}

#[tokio::test]
async fn where_nothing_tells_which_revision_was_good_none_is_chosen() {
    let desk = Shop::web().open().await;
    let said = desk.run("undo web --plan -o json").await;
    assert_eq!(said.code, Some(2), "{said:?}");
    let refused = said.json()["refused"].clone();
    assert_eq!(
        refused["next"], "there are 1 (v1); choose one with --to-revision",
        "{refused}"
    );
}

#[tokio::test]
async fn a_refusal_is_the_plan_s_answer() {
    let mut desk = Shop::web().with("/spec/paused", true).open().await;
    let said = desk.run("restart web --plan -o json").await;
    assert_eq!(said.code, Some(2), "{said:?}");
    let plan = said.json();
    assert_eq!(
        (&plan["token"], &plan["requests"], &plan["refused"]["kind"]),
        (&json!(null), &json!([]), &json!("notNow"))
    );
    assert_eq!(plan["refused"]["next"], "resume it first");
    let said = desk.run("restart web --plan").await;
    assert!(said.out.contains("refused    it is paused"), "{said:?}");

    let said = desk.run("--read-only resume web --plan -o json").await;
    assert_eq!(
        (said.code, &said.json()["refused"]["kind"]),
        (Some(2), &json!("readOnly"))
    );
    let tried = desk.api.as_mut().unwrap().seen();
    assert!(tried.iter().all(|it| it.method != "PATCH"), "not even a dry run");

    let said = desk.run("pause web --plan -o json").await;
    assert_eq!(
        (said.code, &said.json()["refused"]["kind"]),
        (Some(0), &json!("alreadySo"))
    );
}

/// The names of all fields, however deep; what is in a request is the API's.
fn fields(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                found.insert(name.clone());
                if name != "operations" {
                    fields(value, found);
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|it| fields(it, found)),
        _plain => {}
    }
}

#[tokio::test]
async fn every_field_and_word_is_documented() {
    let desk = Shop::web().also(autoscaler(2, 9)).open().await;
    let mut found = BTreeSet::new();
    for arguments in [
        "undo web --to-revision 1 --plan",
        "scale web --replicas 4 --plan",
        "pause web --yes --no-wait",
    ] {
        fields(
            &desk.run(&format!("{arguments} -o json")).await.json(),
            &mut found,
        );
    }
    let refused = desk.run("resume web --plan -o json --read-only").await.json();
    fields(&refused, &mut found);
    assert!(found.len() > 35, "{found:?}");
    let page = include_str!("../../../../docs/COMMANDS.md");
    let missing: Vec<&String> = found
        .iter()
        .filter(|name| !page.contains(&format!("`{name}`")) && !page.contains(&format!("`{name}[]`")))
        .collect();
    assert!(missing.is_empty(), "docs/COMMANDS.md lacks {missing:?}");
}
