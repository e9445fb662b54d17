//! Several writers of one object.

use serde_json::json;

use super::*;
use crate::sandbox::resource::{CONFIG_MAPS, DEPLOYMENTS, by_id};

struct Desk {
    objects: Objects,
    key: Key,
    id: &'static str,
}

fn how(manager: &str) -> How<'_> {
    How {
        manager,
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
        dry_run: false,
    }
}

fn desk(id: &'static str) -> Desk {
    let mut objects = Objects::new([5; 16]);
    let home = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } });
    objects.create_any(home, how("ann")).unwrap();
    Desk {
        objects,
        key: Key::new(id, "shop", "a"),
        id,
    }
}

impl Desk {
    fn apply(&mut self, by: &str, mut config: Value, force: bool) -> Result<Value, Refusal> {
        let resource = by_id(self.id).unwrap();
        set(&mut config, &["apiVersion"], resource.api_version());
        set(&mut config, &["kind"], resource.kind.as_str());
        set(&mut config, &["metadata", "name"], "a");
        set(&mut config, &["metadata", "namespace"], "shop");
        let told = self
            .objects
            .apply(resource, (&self.key, Part::Main), config, (how(by), force));
        told.map(|(_, object)| object)
    }

    fn update(&mut self, by: &str, change: impl FnOnce(&mut Value)) -> Value {
        let mut object = self.objects.store.value(&self.key).unwrap();
        change(&mut object);
        let resource = by_id(self.id).unwrap();
        self.objects
            .replace(resource, &self.key, Part::Main, object, how(by))
            .unwrap()
    }
}

fn owners(object: &Value) -> Vec<(String, bool)> {
    Manager::all(object)
        .into_iter()
        .map(|it| (it.name, it.applies))
        .collect()
}

#[test]
fn what_is_no_longer_named_goes_and_what_others_wrote_stays() {
    let mut desk = desk(CONFIG_MAPS);
    desk.apply("ann", json!({ "data": { "a": "1", "b": "2" } }), false)
        .unwrap();
    desk.apply("ben", json!({ "data": { "b": "2", "c": "3" } }), false)
        .unwrap();
    desk.update("kubectl", |object| set(object, &["data", "d"], "4"));
    let now = desk.apply("ann", json!({ "data": { "a": "9" } }), false).unwrap();
    assert_eq!(now["data"], json!({ "a": "9", "b": "2", "c": "3", "d": "4" }));
    let now = desk.apply("ben", json!({}), false).unwrap();
    assert_eq!(now["data"], json!({ "a": "9", "d": "4" }));
    assert_eq!(
        now["metadata"]["managedFields"][1]["fieldsV1"],
        json!({ "f:data": { "f:a": {} } }),
        "{now}"
    );
}

#[test]
fn what_somebody_else_owns_is_refused_in_the_real_words_and_taken_by_force() {
    let mut desk = desk(CONFIG_MAPS);
    desk.apply("ann", json!({ "data": { "a": "1", "b": "2" } }), false)
        .unwrap();
    let told = desk
        .apply("ben", json!({ "data": { "a": "7" } }), false)
        .unwrap_err();
    assert_eq!(
        text(&told.status(), &["message"]),
        r#"Apply failed with 1 conflict: conflict with "ann": .data.a"#
    );
    assert_eq!(
        told.status()["details"]["causes"],
        json!([{ "reason": "FieldManagerConflict", "message": "conflict with \"ann\"", "field": ".data.a" }])
    );
    let now = desk.apply("ben", json!({ "data": { "a": "7" } }), true).unwrap();
    assert_eq!(now["data"], json!({ "a": "7", "b": "2" }));
    // An update takes without asking, and is told by its version.
    let now = desk.update("kubectl", |object| set(object, &["data", "a"], "8"));
    assert_eq!(
        owners(&now),
        [("ann".to_owned(), true), ("kubectl".to_owned(), false)]
    );
    let told = desk
        .apply("ann", json!({ "data": { "a": "1", "b": "3" } }), false)
        .unwrap_err();
    assert_eq!(
        text(&told.status(), &["message"]),
        r#"Apply failed with 1 conflict: conflict with "kubectl" using v1: .data.a"#
    );
}

#[test]
fn several_conflicts_are_listed() {
    let mut desk = desk(CONFIG_MAPS);
    desk.apply("ann", json!({ "data": { "a": "1", "b": "2" } }), false)
        .unwrap();
    let told = desk
        .apply("ben", json!({ "data": { "a": "7", "b": "7" } }), false)
        .unwrap_err();
    assert_eq!(
        text(&told.status(), &["message"]),
        "Apply failed with 2 conflicts: conflicts with \"ann\":\n- .data.a\n- .data.b"
    );
}

#[test]
fn the_same_again_changes_nothing() {
    let mut desk = desk(CONFIG_MAPS);
    let config = json!({ "data": { "a": "1" } });
    let first = desk.apply("ann", config.clone(), false).unwrap();
    let version = desk.objects.store.version();
    assert_eq!(desk.apply("ann", config, false).unwrap(), first);
    assert_eq!(desk.objects.store.version(), version);
}

#[test]
fn containers_are_merged_by_name_and_scaling_is_left_to_who_scales() {
    let mut desk = desk(DEPLOYMENTS);
    let config = |image: &str, side: bool| {
        let mut containers = vec![json!({ "name": "app", "image": image })];
        if side {
            containers.push(json!({ "name": "side", "image": "side:v1" }));
        }
        json!({ "spec": {
            "selector": { "matchLabels": { "app": "a" } },
            "template": { "metadata": { "labels": { "app": "a" } }, "spec": { "containers": containers } },
        }})
    };
    desk.apply("ann", config("app:v1", true), false).unwrap();
    desk.update("autoscaler", |object| set(object, &["spec", "replicas"], 7));
    let now = desk.apply("ann", config("app:v2", false), false).unwrap();
    let containers = at(&now, &["spec", "template", "spec", "containers"]);
    assert_eq!(
        containers.as_array().map(Vec::len),
        Some(1),
        "the one that is no longer named went"
    );
    assert_eq!(
        (&containers[0]["image"], &containers[0]["imagePullPolicy"]),
        (&json!("app:v2"), &json!("IfNotPresent")),
        "what was left out stays completed"
    );
    assert_eq!(now["spec"]["replicas"], 7);
    let mut scaled = config("app:v2", false);
    set(&mut scaled, &["spec", "replicas"], 2);
    let told = desk.apply("ann", scaled, false).unwrap_err();
    assert!(
        text(&told.status(), &["message"])
            .ends_with(r#"conflict with "autoscaler" using apps/v1: .spec.replicas"#),
        "{told:?}"
    );
}

#[test]
fn entries_may_be_corrected_and_taken_away() {
    let mut desk = desk(CONFIG_MAPS);
    desk.apply("ann", json!({ "data": { "a": "1" } }), false).unwrap();
    let now = desk.update("kubectl", |object| {
        set(object, &["metadata", "managedFields"], json!([{}]));
        set(object, &["data", "b"], "1");
    });
    assert_eq!(owners(&now), [("kubectl".to_owned(), false)]);
    let told = desk.apply("ben", json!({ "metadata": { "managedFields": [] } }), false);
    assert_eq!(told.unwrap_err().code, 400);
}
