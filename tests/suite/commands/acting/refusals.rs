//! Bad input and states that do not fit: a clear word, the right code, and nothing sent.

use serde_json::json;

use super::shop::{Shop, writes};
use crate::commands::desk::Desk;
use crate::drivers::objects::{deployment, replica_set, rollout_of_the_deployment};

async fn refuses(shop: Shop, arguments: &str, code: i32, words: &[&str]) {
    let mut desk = shop.open().await;
    let said = desk.run(&format!("{arguments} --plan -o json")).await;
    assert_eq!(said.code, Some(code), "{arguments}: {said:?}");
    let plan = said.json();
    let told = plan["refused"].to_string();
    for word in words {
        assert!(told.contains(word), "{arguments}: {word:?} is missing: {told}");
    }
    assert_eq!(plan["token"], json!(null), "{arguments}");
    assert_eq!(writes(&mut desk).len(), 0, "{arguments}");
}

#[tokio::test]
async fn wrong_usage_is_code_64_and_asks_nobody() {
    // Nothing listens there.
    let desk = Desk::before("http://127.0.0.1:1");
    for (arguments, words) in [
        ("restart web --yes", "--yes is for pause alone"),
        ("restart web", "--plan"),
        ("pause web", "stopping takes --yes"),
        ("restart web --confirm 42", "that is no plan's token"),
        (
            "restart web --confirm fd2-1-2-3-4",
            "another version of flightdeck",
        ),
        ("restart web --plan --yes", "cannot be used with"),
        ("scale web", "--replicas"),
        ("scale web --replicas -1", "-1"),
        ("scale web --replicas many", "many"),
        ("undo web --to-revision x", "x"),
        ("set-image web", "CONTAINER=IMAGE"),
        ("set-image web =v2 --plan", "write CONTAINER=IMAGE"),
        ("set-image web web= --plan", "write CONTAINER=IMAGE"),
        ("set-image web web=a web=b --plan", "given two images"),
        ("restart a/b/c/d --plan", "names no rollout"),
        ("pase web", "pause"),
    ] {
        desk.run(arguments).await.failed(64, &[words]);
    }
}

#[tokio::test]
async fn a_mistyped_rollout_is_told_with_the_nearest() {
    let mut desk = Shop::web().open().await;
    desk.run("restart shop/wbe --plan -o json")
        .await
        .failed(64, &["did you mean shop/web"]);
    desk.run("pause wbe --yes").await.failed(64, &["shop/web"]);
    assert_eq!(writes(&mut desk).len(), 0);
}

#[tokio::test]
async fn a_cluster_that_cannot_be_reached_is_code_4() {
    let desk = Desk::before("http://127.0.0.1:1");
    desk.run("pause web --yes")
        .await
        .failed(4, &["prod cannot be read"]);
    desk.run("restart web --plan")
        .await
        .failed(4, &["prod cannot be read"]);
}

#[tokio::test]
async fn states_that_do_not_fit_are_refused_with_what_to_do() {
    refuses(
        Shop::web(),
        "undo web --to-revision 7",
        2,
        &["gone", "revision 7 is not there", "there are 1 (v1)"],
    )
    .await;
    refuses(
        Shop::of(&[deployment(3), replica_set("v2", 3)]),
        "undo web",
        2,
        &["there is no other revision"],
    )
    .await;
    let mut without_hash = Shop::web();
    without_hash.world.objects[2]["metadata"]["labels"] = json!({ "app": "web" });
    refuses(
        without_hash,
        "undo web --to-revision 1",
        2,
        &["no pod-template-hash", "choose another"],
    )
    .await;
    refuses(
        Shop::web().with("/spec/paused", true),
        "set-image web shop/web:v3",
        2,
        &["paused"],
    )
    .await;
    refuses(
        Shop::web().with("/metadata/deletionTimestamp", "2026-03-01T12:00:00Z"),
        "pause web",
        2,
        &["it is being deleted"],
    )
    .await;
    refuses(Shop::web(), "scale web --replicas 10001", 2, &["more than 10000"]).await;
    refuses(
        Shop::web().also(rollout_of_the_deployment()),
        "restart rollout/web-rollout",
        2,
        &["only reads Argo Rollouts", "kubectl argo rollouts"],
    )
    .await;
}

#[tokio::test]
async fn images_are_taken_as_registries_write_them_and_nothing_else_is() {
    for image in [
        "shop/web:v3",
        "registry.example:5000/shop/web:v3",
        "registry.example:5000/shop/web",
        "shop/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "registry.example:5000/shop/web:v3@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ] {
        let desk = Shop::web().open().await;
        let (plan, _) = super::shop::plan(&desk, &format!("set-image web web={image}")).await;
        assert_eq!(plan["changes"][0]["to"], image);
    }
    for (typed, image) in [
        (":v9", "shop/web:v9"),
        (
            "web=@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "shop/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ),
    ] {
        let desk = Shop::web().open().await;
        let (plan, _) = super::shop::plan(&desk, &format!("set-image web {typed}")).await;
        assert_eq!(plan["changes"][0]["to"], image);
    }
    for (image, word) in [
        ("web=shop/web:", "lacks its name, tag or digest"),
        ("web=shop/$web", "letters, digits"),
        ("wep=shop/web:v3", "it has web"),
    ] {
        refuses(Shop::web(), &format!("set-image web {image}"), 2, &[word]).await;
    }
    let two = Shop::web().with(
        "/spec/template/spec/containers",
        json!([{ "name": "web", "image": "shop/web:v2" }, { "name": "log", "image": "shop/log:v1" }]),
    );
    refuses(two, "set-image web shop/web:v3", 2, &["2 containers", "web, log"]).await;
}

#[tokio::test]
async fn read_only_refuses_every_way() {
    let mut desk = Shop::web().open().await;
    let (_, token) = super::shop::plan(&desk, "restart web").await;
    for arguments in [
        "--read-only pause web --yes".to_owned(),
        format!("--read-only restart web --confirm {token}"),
    ] {
        desk.run(&arguments)
            .await
            .failed(2, &["this context is read-only"]);
    }
    desk.write(
        "config/flightdeck/config.toml",
        "[contexts.prod]\nread_only = true\n",
    );
    desk.run("pause web --yes")
        .await
        .failed(2, &["this context is read-only"]);
    assert_eq!(writes(&mut desk).len(), 0);
}

#[tokio::test]
async fn what_admission_refuses_is_told_in_its_words() {
    let mut shop = Shop::web();
    let words = "admission webhook \"freeze\" denied the request: no changes on Sundays";
    shop.dry_run = Some(crate::support::fake_api::Reply::status(403, "Forbidden", words));
    refuses(shop, "restart web", 2, &["denied", "no changes on Sundays"]).await;
}
