//! `status`, once: what it says for people and for programs, of which rollouts, and what it does not know.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use super::desk::{Desk, World, said};
use crate::drivers::fixtures::items;
use crate::drivers::objects::{
    Thing, at, autoscaler, deployment, moving, pod, pods, replica_set, set_counts,
};
use crate::support::fake_api::{FakeApi, Reply, always};

/// The Deployment `shop/web` half way from v1 to v2, and the idle `pay/ledger`.
fn fleet() -> Vec<Thing> {
    let mut things = vec![
        moving(4).counts(5, 2, 4, 4),
        replica_set("v1", 3),
        set_counts(replica_set("v2", 2), 2, 1),
        pod("v2", 0),
        pod("v2", 1).waiting("ContainerCreating", ""),
        ledger(),
    ];
    things.extend(pods("v1", 3));
    things
}

fn ledger() -> Thing {
    let other = deployment(2).named("ledger").with("/metadata/namespace", "pay");
    other.with("/metadata/uid", "ledger-uid")
}

/// The first new pod cannot pull its image.
fn stuck() -> Vec<Thing> {
    let mut things = vec![
        moving(4).counts(5, 1, 4, 4),
        replica_set("v1", 4),
        set_counts(replica_set("v2", 1), 1, 0),
        pod("v2", 0).waiting("ImagePullBackOff", "Back-off pulling image"),
    ];
    things.extend(pods("v1", 4));
    things
}

#[tokio::test]
async fn people_get_a_table_with_those_that_need_somebody_first() {
    let desk = Desk::at(World::of(&fleet())).await;
    let said = desk.run("status").await;
    let lines: Vec<&str> = said.well().lines().collect();
    assert_eq!(lines.len(), 3, "{said:?}");
    let words = |line: &str| {
        line.split_whitespace()
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        words(lines[0]),
        "STATE ROLLOUT STRATEGY REVISION PROGRESS REASON AGE"
    );
    assert_eq!(
        words(lines[1]),
        "rolling shop/web rolling v1 → v2 1/4 2/4 pods updated 1m"
    );
    assert_eq!(words(lines[2]), "idle pay/ledger rolling v2 2/2 1h");
    let column = |line: &str| {
        line.find("shop/web")
            .or(line.find("pay/ledger"))
            .or(line.find("ROLLOUT"))
    };
    assert!(
        lines.iter().all(|line| column(line) == column(lines[0])),
        "{said:?}"
    );
}

#[tokio::test]
async fn one_rollout_is_told_with_its_revisions_and_every_rule_with_its_numbers() {
    let desk = Desk::at(World::of(&stuck())).await;
    let said = desk.run("status shop/web").await;
    for words in [
        "shop/web  rolling by Deployment · v1 → v2",
        "stuck  0/4   updated 1 · ready 4 · available 4 of 4",
        "#2 new  shop/web:v2  0/1 ready  0 restarts",
        "  web-v2-0  ImagePullBackOff",
        "#1 old  shop/web:v1  4/4 ready  0 restarts",
        "! 1 of 1 pod cannot pull the image shop/web:v2 (ImagePullBackOff): Back-off pulling image",
    ] {
        assert!(said.well().contains(words), "{words:?} is missing: {said:?}");
    }
}

#[tokio::test]
async fn one_rollout_costs_the_lists_of_its_namespace_only() {
    for name in ["shop/web", "web", "deployment/web", "deploy/shop/web"] {
        let mut desk = Desk::at(World::of(&fleet())).await;
        desk.run(&format!("status -o name {name}")).await.well();
        let asked = desk.api.as_mut().unwrap().seen();
        let lists = asked
            .iter()
            .filter(|it| it.path != "/version" && !it.path.ends_with("kube-system"));
        let elsewhere: Vec<_> = lists
            .filter(|it| !it.path.contains("/namespaces/shop/"))
            .collect();
        assert!(elsewhere.is_empty(), "{name}: {elsewhere:?}");
    }
}

#[tokio::test]
async fn nothing_but_reads_and_reviews_leaves() {
    let mut desk = Desk::at(World::of(&fleet())).await;
    desk.run("status").await.well();
    for seen in desk.api.as_mut().unwrap().seen() {
        assert!(
            seen.method == "GET" || seen.path.contains("selfsubject"),
            "{seen:?}"
        );
    }
}

#[tokio::test]
async fn a_name_alone_is_found_in_any_namespace_if_it_is_the_only_one() {
    let mut things = fleet();
    let desk = Desk::at(World::of(&things)).await;
    assert_eq!(
        desk.run("status ledger -o name").await.well(),
        "deployment/pay/ledger\n"
    );
    // What is printed can be typed.
    assert_eq!(
        desk.run("status deployment/pay/ledger -o name").await.well(),
        "deployment/pay/ledger\n"
    );
    things.push(
        ledger()
            .with("/metadata/namespace", "ops")
            .with("/metadata/uid", "third"),
    );
    let desk = Desk::at(World::of(&things)).await;
    desk.run("status ledger").await.failed(
        64,
        &[
            "2 rollouts are called ledger",
            "deployment/ops/ledger, deployment/pay/ledger",
            "write one of these",
        ],
    );
    assert_eq!(
        desk.run("status -n ops ledger -o name").await.well(),
        "deployment/ops/ledger\n"
    );
}

#[tokio::test]
async fn a_mistyped_name_is_told_with_the_nearest() {
    let desk = Desk::at(World::of(&fleet())).await;
    for (typed, meant) in [
        ("legder", "pay/ledger"),
        ("pay/legder", "pay/ledger"),
        ("pya/ledger", "pay/ledger"),
        ("shop/wbe", "shop/web"),
        ("pay/web", "shop/web"),
    ] {
        let said = desk.run(&format!("status {typed}")).await;
        said.failed(64, &["no rollout is called", &format!("did you mean {meant}")]);
    }
    desk.run("status nothing-like-it")
        .await
        .failed(64, &["flightdeck status lists those there are"]);
    desk.run("status rollout/web")
        .await
        .failed(64, &["no rollout is called web"]);
    desk.run("status pod/shop/web")
        .await
        .failed(64, &["pod is no kind that rolls out"]);
    desk.run("status -n pay shop/web")
        .await
        .failed(64, &["-n says pay"]);
}

#[tokio::test]
async fn programs_get_names_and_numbers_that_stay() {
    let mut things = stuck();
    things.push(autoscaler(2, 9));
    let desk = Desk::at(World::of(&things)).await;
    let said = desk.run("status web -o json").await;
    said.well();
    let report = said.json();
    assert_eq!(report["version"], 1);
    assert_eq!(report["cluster"], "prod");
    assert_eq!(report["incomplete"], json!([]));
    let server_time = report["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(
        server_time.duration_since(at(60)).abs() < jiff::SignedDuration::from_secs(30),
        "{server_time}"
    );
    let rollout = &report["rollouts"][0];
    for (field, value) in [
        ("namespace", json!("shop")),
        ("name", json!("web")),
        ("kind", json!("Deployment")),
        ("uid", json!("web-uid")),
        ("standing", json!("failed")),
        ("state", json!("stuck")),
        ("reason", json!("ImagePullBackOff 1/1")),
        ("strategy", json!("rolling")),
        ("paused", json!(false)),
        ("revision", json!("v1 → v2")),
        ("progress", json!({ "done": 0, "of": 4 })),
        (
            "pods",
            json!({ "wanted": 4, "existing": 5, "updated": 1, "ready": 4, "available": 4 }),
        ),
        ("autoscaler", json!({ "name": "web-hpa", "min": 2, "max": 9 })),
        ("generation", json!(3)),
        ("observedGeneration", json!(3)),
    ] {
        assert_eq!(rollout[field], value, "{field}");
    }
    assert_eq!(
        rollout["findings"][0],
        json!({
            "gravity": "stuck", "reason": "ImagePull", "side": "newest",
            "sentence": "1 of 1 pod cannot pull the image shop/web:v2 (ImagePullBackOff): Back-off pulling image",
            "numbers": {
                "pods": 1, "of": 1, "word": "ImagePullBackOff", "image": "shop/web:v2", "message": "Back-off pulling image",
            },
        })
    );
    assert_eq!(
        rollout["revisions"][0]["images"],
        json!([{ "container": "web", "image": "shop/web:v2" }])
    );
    assert_eq!(
        (
            &rollout["revisions"][0]["ready"],
            &rollout["revisions"][0]["restarts"]
        ),
        (&json!(0), &json!(0))
    );
}

#[tokio::test]
async fn a_canary_is_told_with_its_steps_and_weights() {
    let world = World {
        objects: items("argo/canary_paused_at_step.yaml"),
        ..World::default()
    };
    let desk = Desk::at(world).await;
    let report = desk.run("status -A -o json").await.json();
    let rollout = &report["rollouts"][0];
    assert_eq!(
        (&rollout["kind"], &rollout["strategy"]),
        (&json!("Rollout"), &json!("canary"))
    );
    assert_eq!(
        (&rollout["state"], &rollout["standing"]),
        (&json!("waiting"), &json!("waiting"))
    );
    assert_eq!(rollout["findings"][0]["reason"], "CanaryPause");
    assert!(
        rollout["steps"]["of"].as_u64() > rollout["steps"]["done"].as_u64(),
        "{rollout}"
    );
    assert_eq!(rollout["weights"]["asked"], rollout["weights"]["controller"]);
    assert_eq!(rollout["weights"]["router"], json!(null), "nobody read a router");
    let name = format!(
        "{}/{}",
        rollout["namespace"].as_str().unwrap(),
        rollout["name"].as_str().unwrap()
    );
    let said = desk.run(&format!("status rollout/{name}")).await;
    assert!(
        said.well().contains("canary by Argo Rollouts") && said.out.contains("‖ here"),
        "{said:?}"
    );
    let said = desk.run(&format!("check ro/{name}")).await;
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.contains("a human must promote"), "{said:?}");
}

#[tokio::test]
async fn yaml_says_the_same_as_json() {
    let desk = Desk::at(World::of(&fleet())).await;
    let json = desk.run("status -o json").await.json();
    let yaml = desk.run("status -o yaml").await;
    let yaml: serde_json::Value = serde_saphyr::from_str(yaml.well()).unwrap();
    assert_eq!(yaml["rollouts"][0]["findings"], json["rollouts"][0]["findings"]);
    assert_eq!(yaml["rollouts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_may_not_be_read_is_said_and_never_zero() {
    let desk = Desk::at(World::of(&fleet()).without("pods")).await;
    let said = desk.run("status shop/web").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.err.contains("pods in shop: forbidden: pods is forbidden"),
        "{said:?}"
    );
    assert!(
        said.out.contains("pods could not be read") && !said.out.contains("0 restarts"),
        "{said:?}"
    );

    let report = desk.run("status shop/web -o json").await.json();
    assert_eq!(report["incomplete"][0]["resource"], "pods");
    assert_eq!(report["incomplete"][0]["namespace"], "shop");
    assert_eq!(report["incomplete"][0]["cause"], "forbidden");
    assert_eq!(report["rollouts"][0]["revisions"][0]["restarts"], json!(null));

    let desk = Desk::at(World::of(&fleet()).without("replicasets")).await;
    let report = desk.run("status shop/web -o json").await.json();
    assert_eq!(report["rollouts"][0]["revisions"], json!(null));
}

#[tokio::test]
async fn an_empty_cluster_is_told_apart_from_one_that_may_not_be_read() {
    let desk = Desk::at(World::of(&[])).await;
    let said = desk.run("status").await;
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "{said:?}");
    assert!(
        said.err
            .contains("prod has no rollouts in the namespaces that are looked at"),
        "{said:?}"
    );
    let empty = desk.run("status -o json").await.json();
    assert_eq!(empty["rollouts"], json!([]));

    let closed = || World::of(&fleet()).without("deployments").without("rollouts");
    let desk = Desk::at(closed()).await;
    for arguments in ["status -n shop", "status -n shop -o json", "status shop/web"] {
        desk.run(arguments)
            .await
            .failed(5, &["you may not read rollouts in shop", "-n"]);
    }
}

#[tokio::test]
async fn a_cluster_that_cannot_be_reached_is_code_4() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let desk = Desk::before(&address);
    for arguments in ["status", "status web", "status -o json"] {
        desk.run(arguments)
            .await
            .failed(4, &["prod cannot be read", "refused"]);
    }
    desk.run("status --kubeconfig /nosuch/file")
        .await
        .failed(4, &["/nosuch/file"]);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up_as_asked() {
    let api = FakeApi::start(always(Reply::Silence)).await;
    let desk = Desk::before(&api.url());
    let began = Instant::now();
    let said = desk.run("status -n shop --request-timeout 1s").await;
    said.failed(4, &["prod cannot be read", "the list gave no answer within 1 s"]);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn wrong_usage_is_code_64() {
    let desk = Desk::before("http://127.0.0.1:1");
    desk.run("status -o xml").await.failed(64, &["xml", "json"]);
    desk.run("status --context prd")
        .await
        .failed(64, &["prd", "prod"]);
    desk.run("stats").await.failed(64, &["stats", "status"]);
    desk.run("status -A -n shop").await.failed(64, &["contradict"]);
}

#[tokio::test]
async fn a_reader_that_leaves_is_no_failure() {
    let mut things = Vec::new();
    for number in 0..2_000 {
        let name = format!("web-{number}");
        things.push(ledger().named(&name).with("/metadata/uid", name.as_str()));
    }
    let desk = Desk::at(World::of(&things)).await;
    let program = env!("CARGO_BIN_EXE_flightdeck");
    let script = format!("set -o pipefail; {program} status -o json | head -1");
    let mut shell = desk.command("");
    let mut command = tokio::process::Command::new("bash");
    command
        .arg("-c")
        .arg(script)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap());
    for (name, value) in shell.as_std_mut().get_envs() {
        command.env(name, value.unwrap());
    }
    let said = said(command).await;
    assert_eq!(
        (said.code, said.out.as_str(), said.err.as_str()),
        (Some(0), "{\n", "")
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_a_failure() {
    let desk = Desk::at(World::of(&fleet())).await;
    let mut command = desk.command("status");
    command.stdout(std::fs::File::create("/dev/full").unwrap());
    let child = command.spawn().unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output cannot be written"));
}

#[tokio::test]
async fn colours_are_for_whoever_looks_and_wants_them() {
    let desk = Desk::at(World::of(&stuck())).await;
    assert!(
        !desk.run("status").await.well().contains('\u{1b}'),
        "a pipe gets no colours"
    );
    assert!(
        desk.run("status --color 16")
            .await
            .well()
            .contains("\u{1b}[33mstuck\u{1b}[0m"),
        "asked for by name"
    );
    let mut quiet = desk.command("status --color auto");
    quiet.env("NO_COLOR", "1");
    assert!(!said(quiet).await.well().contains('\u{1b}'));
}

#[tokio::test]
async fn names_that_try_to_write_on_the_terminal_do_not() {
    let evil = ledger().named("evil\u{1b}[31m\u{202e}x");
    let desk = Desk::at(World::of(&[evil])).await;
    for arguments in ["status", "status -o json", "status -o yaml", "status -o name"] {
        let said = desk.run(arguments).await;
        assert!(!said.well().contains(['\u{1b}', '\u{202e}']), "{said:?}");
    }
}

#[tokio::test]
async fn a_broken_configuration_is_told_and_does_not_keep_it_from_the_answer() {
    let desk = Desk::at(World::of(&fleet())).await;
    desk.write("config/flightdeck/config.toml", "glyphs = \"asci\"\n");
    let said = desk.run("status -o name").await;
    assert_eq!((said.code, said.out.lines().count()), (Some(0), 2), "{said:?}");
    assert!(said.err.contains("config.toml:1:10"), "{said:?}");
}

/// The names of all fields, however deep; what is inside `numbers` is documented per reason.
fn fields(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (name, value) in map {
                found.insert(name.clone());
                if name != "numbers" {
                    fields(value, found);
                }
            }
        }
        serde_json::Value::Array(all) => all.iter().for_each(|it| fields(it, found)),
        _plain => {}
    }
}

#[tokio::test]
async fn every_field_is_documented() {
    let mut world = World::of(&stuck()).without("events");
    world.objects.push(autoscaler(2, 9).0);
    world.objects.extend(items("argo/canary_paused_at_step.yaml"));
    let desk = Desk::at(world).await;
    let mut found = std::collections::BTreeSet::new();
    fields(&desk.run("status -A -o json").await.json(), &mut found);
    assert!(found.len() > 50, "{found:?}");
    let page = include_str!("../../../docs/COMMANDS.md");
    let missing: Vec<&String> = found
        .iter()
        .filter(|name| !page.contains(&format!("`{name}`")) && !page.contains(&format!("`{name}[]`")))
        .collect();
    assert!(missing.is_empty(), "docs/COMMANDS.md lacks {missing:?}");
}
