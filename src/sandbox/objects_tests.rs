//! The rules of writing, each on a store of its own.

use serde_json::{Value, json};

use super::*;
use crate::sandbox::resource::{DEPLOYMENTS, by_id};

pub(super) fn how(manager: &str) -> How<'_> {
    How {
        manager,
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
        dry_run: false,
    }
}

fn web() -> Value {
    json!({
        "metadata": { "name": "web", "namespace": "shop" },
        "spec": {
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "web", "image": "shop/web:v1" }] },
            },
        },
        "status": { "replicas": 7 },
    })
}

fn shop() -> (Objects, &'static Resource, Key) {
    let mut objects = Objects::new([7; 16]);
    let namespaces = by_id(NAMESPACES).unwrap();
    let home = json!({ "metadata": { "name": "shop" } });
    objects.create(namespaces, home, how("ann")).unwrap();
    let resource = by_id(DEPLOYMENTS).unwrap();
    objects.create(resource, web(), how("ann")).unwrap();
    (objects, resource, Key::new(DEPLOYMENTS, "shop", "web"))
}

#[test]
fn a_new_object_is_completed_and_its_status_is_nobodys_yet() {
    let (objects, _, key) = shop();
    let web = objects.store.value(&key).unwrap();
    assert_eq!(web["spec"]["replicas"], 1);
    assert_eq!(web["metadata"]["generation"], 1);
    assert_eq!(web["metadata"]["managedFields"][0]["manager"], "ann");
    assert_eq!(web.get("status"), Some(&json!({})));
}

#[test]
fn spec_and_status_are_written_apart() {
    let (mut objects, resource, key) = shop();
    let mut changed = objects.store.value(&key).unwrap();
    set(&mut changed, &["spec", "replicas"], 4);
    set(&mut changed, &["status", "replicas"], 4);
    let main = objects
        .replace(resource, &key, Part::Main, changed.clone(), how("ann"))
        .unwrap();
    assert_eq!(
        (main["spec"]["replicas"].as_i64(), main.get("status")),
        (Some(4), Some(&json!({})))
    );
    assert_eq!(main["metadata"]["generation"], 2);
    set(&mut changed, &["metadata", "resourceVersion"], "");
    set(&mut changed, &["spec", "replicas"], 9);
    let status = objects
        .replace(resource, &key, Part::Status, changed, how("controller"))
        .unwrap();
    assert_eq!(
        (&status["spec"]["replicas"], &status["status"]["replicas"]),
        (&json!(4), &json!(4))
    );
    assert_eq!(status["metadata"]["generation"], 2);
    assert_eq!(status["metadata"]["managedFields"][1]["subresource"], "status");
}

#[test]
fn a_write_that_changes_nothing_makes_no_version() {
    let (mut objects, resource, key) = shop();
    let same = objects.store.value(&key).unwrap();
    let before = objects.store.version();
    objects
        .replace(resource, &key, Part::Main, same, how("ben"))
        .unwrap();
    assert_eq!(objects.store.version(), before);
}

#[test]
fn what_is_not_as_the_writer_thinks_is_refused() {
    let (mut objects, resource, key) = shop();
    let now = objects.store.value(&key).unwrap();
    for (path, value, code) in [
        (["metadata", "resourceVersion"], json!("1"), 409),
        (["metadata", "uid"], json!("other"), 422),
        (["metadata", "name"], json!("other"), 400),
        (["metadata", "namespace"], json!("other"), 400),
        (["spec", "replicas"], json!(-1), 422),
        (
            ["spec", "selector"],
            json!({ "matchLabels": { "app": "api" } }),
            422,
        ),
        (["spec", "template"], json!({}), 422),
    ] {
        let mut changed = now.clone();
        set(&mut changed, &path, value);
        let told = objects.replace(resource, &key, Part::Main, changed, how("ann"));
        assert_eq!(told.unwrap_err().code, code, "{path:?}");
    }
    let again = objects.create(resource, web(), how("ann"));
    assert_eq!(again.unwrap_err().code, 409);
    let mut homeless = web();
    set(&mut homeless, &["metadata", "namespace"], "nowhere");
    assert_eq!(
        objects.create(resource, homeless, how("ann")).unwrap_err().code,
        404
    );
}

#[test]
fn a_dry_run_stores_nothing() {
    let (mut objects, resource, key) = shop();
    let before = objects.store.version();
    let tried = How {
        dry_run: true,
        ..how("ann")
    };
    let mut changed = objects.store.value(&key).unwrap();
    set(&mut changed, &["spec", "replicas"], 4);
    let told = objects
        .replace(resource, &key, Part::Main, changed, tried)
        .unwrap();
    assert_eq!(
        (
            told["spec"]["replicas"].as_i64(),
            told["metadata"]["generation"].as_i64()
        ),
        (Some(4), Some(2))
    );
    objects
        .delete(resource, &key, &Deletion::default(), tried)
        .unwrap();
    assert_eq!(objects.store.version(), before);
}

#[test]
fn a_deletion_for_another_incarnation_is_refused_and_finalizers_hold() {
    let (mut objects, resource, key) = shop();
    let other = Deletion {
        uid: Some("other".to_owned()),
        ..Deletion::default()
    };
    assert_eq!(
        objects
            .delete(resource, &key, &other, how("ann"))
            .unwrap_err()
            .code,
        409
    );
    let mut held = objects.store.value(&key).unwrap();
    set(&mut held, &["metadata", "finalizers"], json!(["shop/hold"]));
    objects
        .replace(resource, &key, Part::Main, held, how("ann"))
        .unwrap();
    let going = objects
        .delete(resource, &key, &Deletion::default(), how("ann"))
        .unwrap();
    assert_eq!(going["metadata"]["deletionTimestamp"], "2026-03-01T12:00:00Z");
    let mut free = going;
    set(&mut free, &["metadata", "finalizers"], json!([]));
    objects
        .replace(resource, &key, Part::Main, free, how("ann"))
        .unwrap();
    assert!(objects.store.get(&key).is_none());
}
