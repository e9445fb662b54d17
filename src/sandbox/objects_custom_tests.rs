//! Kinds that definitions make.

use serde_json::{Value, json};

use super::tests::how;
use super::*;

pub(super) fn ships() -> Value {
    let version = |name: &str, storage: bool| {
        json!({
            "name": name, "served": true, "storage": storage, "schema": { "openAPIV3Schema": { "type": "object" } },
            "subresources": { "status": {}, "scale": { "specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size" } },
        })
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "ships.example.com" },
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": { "plural": "ships", "kind": "Ship", "shortNames": ["sh"] },
            "versions": [version("v1beta1", false), version("v1", true)],
        },
    })
}

fn ship() -> Value {
    json!({
        "apiVersion": "example.com/v1beta1", "kind": "Ship",
        "metadata": { "name": "a", "namespace": "shop" }, "spec": { "size": 2, "unknown": { "kept": true } },
        "status": { "size": 1 },
    })
}

fn harbour() -> Objects {
    let mut objects = Objects::new([9; 16]);
    let home = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } });
    objects.create_any(home, how("ann")).unwrap();
    objects.create_any(ships(), how("ann")).unwrap();
    objects
}

#[test]
fn a_definition_makes_a_kind_at_each_version_and_its_end_takes_all_of_it() {
    let mut objects = Objects::new([9; 16]);
    assert_eq!(
        objects.create_any(ship(), how("ann")).unwrap_err().code,
        404,
        "not yet"
    );
    let mut objects = harbour();
    let kinds = Arc::clone(&objects.kinds);
    assert_eq!(kinds.versions("example.com"), ["v1", "v1beta1"]);
    let definition = Key::new(DEFINITIONS, "", "ships.example.com");
    let said = objects.store.value(&definition).unwrap();
    assert_eq!(said["status"]["conditions"][1]["type"], "Established");
    assert_eq!(said["spec"]["names"]["listKind"], "ShipList");
    let made = objects.create_any(ship(), how("ann")).unwrap();
    assert_eq!(made["apiVersion"], "example.com/v1", "one version is stored");
    assert_eq!(
        (&made["spec"]["unknown"]["kept"], &made["status"]["size"]),
        (&json!(true), &json!(1))
    );
    let crd = by_id(DEFINITIONS).unwrap();
    objects
        .delete(crd, &definition, &Deletion::default(), how("ann"))
        .unwrap();
    assert!(objects.kinds.find("example.com", "v1", "ships").is_none());
    assert_eq!(objects.store.list("ships.example.com", None).count(), 0);
}

#[test]
fn its_scale_is_where_the_definition_says() {
    let mut objects = harbour();
    objects.create_any(ship(), how("ann")).unwrap();
    let kinds = Arc::clone(&objects.kinds);
    let resource = kinds.find("example.com", "v1beta1", "ships").unwrap();
    let key = Key::new("ships.example.com", "shop", "a");
    let mut scale = form::scale(resource, &objects.store.value(&key).unwrap());
    assert_eq!(
        (&scale["spec"]["replicas"], &scale["status"]["replicas"]),
        (&json!(2), &json!(1))
    );
    set(&mut scale, &["spec", "replicas"], 5);
    let scaled = objects
        .replace(resource, &key, Part::Scale, scale, how("ann"))
        .unwrap();
    assert_eq!(
        (&scaled["spec"]["size"], &scaled["metadata"]["generation"]),
        (&json!(5), &json!(2))
    );
}

#[test]
fn definitions_that_cannot_be_served_are_refused() {
    let mut objects = Objects::new([9; 16]);
    for (path, value) in [
        (&["metadata", "name"][..], json!("boats.example.com")),
        (&["spec", "group"], json!("example")),
        (&["spec", "scope"], json!("Everywhere")),
        (&["spec", "names", "kind"], json!("")),
        (&["spec", "versions"], json!([])),
    ] {
        let mut definition = ships();
        set(&mut definition, path, value);
        let told = objects.create_any(definition, how("ann")).unwrap_err();
        assert_eq!(told.code, 422, "{path:?}: {told:?}");
    }
}
