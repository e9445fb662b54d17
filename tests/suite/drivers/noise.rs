//! Objects that no server would send: nothing panics, and nothing else suffers.

use std::sync::LazyLock;

use flightdeck::domain::ObjectKind;
use flightdeck::objects::{Change, Interner, Object, ObjectStore};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::objects::{deployment, pod, replica_set, rollout_of_the_deployment};
use super::observe::{decode, drivers, everywhere, live};

/// Names of fields that decoders look at.
const FIELDS: [&str; 40] = [
    "metadata",
    "spec",
    "status",
    "name",
    "namespace",
    "uid",
    "labels",
    "annotations",
    "ownerReferences",
    "controller",
    "replicas",
    "paused",
    "template",
    "containers",
    "image",
    "strategy",
    "canary",
    "steps",
    "pause",
    "duration",
    "setWeight",
    "blueGreen",
    "conditions",
    "type",
    "reason",
    "message",
    "lastTransitionTime",
    "containerStatuses",
    "state",
    "waiting",
    "terminated",
    "exitCode",
    "observedGeneration",
    "generation",
    "managedFields",
    "selector",
    "matchLabels",
    "workloadRef",
    "creationTimestamp",
    "currentStepIndex",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| json!(number)),
        any::<u64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,12}".prop_map(Value::String),
        prop::sample::select(vec![
            "web",
            "shop",
            "web-uid",
            "25%",
            "1h30m",
            "99999999999999999999h",
            "%",
            "-1%",
            "True",
            "2026-03-01T12:00:00Z"
        ])
        .prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            4 => prop::collection::vec((prop::sample::select(&FIELDS[..]), inner), 0..6).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
            }),
        ]
    })
}

/// A sound object in which some fields are replaced by anything.
fn any_broken_object() -> impl Strategy<Value = Value> {
    let sound = prop::sample::select(vec![
        deployment(3).0,
        replica_set("v2", 3).0,
        pod("v2", 0).ended_before("Error", 1, 3).0,
        rollout_of_the_deployment().0,
    ]);
    (
        sound,
        prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..4),
    )
        .prop_map(|(mut object, broken)| {
            for (place, value) in broken {
                let mut paths = Vec::new();
                pointers(&object, "", &mut paths);
                let path: &String = place.get(&paths);
                *object.pointer_mut(path).unwrap() = value;
            }
            object
        })
}

fn pointers(value: &Value, at: &str, paths: &mut Vec<String>) {
    paths.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                pointers(
                    value,
                    &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                    paths,
                );
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), paths);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What is sound, decoded once.
static SOUND: LazyLock<Vec<Object>> = LazyLock::new(|| {
    let things = [deployment(3), replica_set("v2", 3), pod("v2", 0)];
    things.iter().map(|thing| decode(&thing.0)).collect()
});

/// Takes it as every kind there is, among sound objects, and looks at everything.
fn look(text: &[u8]) {
    let mut store = ObjectStore::default();
    let mut interner = Interner::default();
    for object in SOUND.iter() {
        store.apply(Change::Applied(object.clone()));
    }
    for kind in ObjectKind::ALL {
        store.apply(live(everywhere(kind)));
        if let Ok(object) = Object::decode(kind, text, &mut interner) {
            for touched in store.apply(Change::Applied(object)) {
                drivers().affected(&touched, &store);
            }
        }
    }
    for key in drivers().keys(&store) {
        let rollout = drivers()
            .observe(&store, &key)
            .rollout
            .expect("what is listed can be observed");
        let _ = (
            rollout.target(),
            rollout.previous(),
            drivers().claims(&store, &key),
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_decoded_or_refused(value in any_json()) {
        look(value.to_string().as_bytes());
    }

    #[test]
    fn any_object_with_broken_fields_is_decoded_or_refused(object in any_broken_object()) {
        look(object.to_string().as_bytes());
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        look(&bytes);
    }
}

#[test]
fn what_cannot_be_read_says_which_object_it_is() {
    let broken = deployment(3).with("/spec/replicas", "three").0.to_string();
    let error = Object::decode(
        ObjectKind::Deployment,
        broken.as_bytes(),
        &mut Interner::default(),
    )
    .unwrap_err();
    assert_eq!(
        error.name.map(|name| name.to_string()).as_deref(),
        Some("shop/web")
    );
    assert_eq!(error.kind, ObjectKind::Deployment);
}
