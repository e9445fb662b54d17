//! Random Deployments as a server may have them: with fields of servers newer than this program, environment, several
//! containers, annotations there or not.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::objects::{Thing, deployment};

/// Marks every value of an environment variable, so that it can be looked for.
pub(crate) const SECRET: &str = "s3cr3t";

pub(crate) fn any_deployment() -> impl Strategy<Value = Value> {
    (any_template(), any_paused(), 0..20u32, any_extra()).prop_map(|(template, paused, wanted, extra)| {
        let thing = deployment(wanted)
            .with("/spec/template", template)
            .with("/spec/futureField", extra);
        match paused {
            Some(paused) => thing.with("/spec/paused", paused),
            None => thing,
        }
        .0
    })
}

fn any_paused() -> impl Strategy<Value = Option<bool>> {
    prop_oneof![Just(None), Just(Some(false)), Just(Some(true))]
}

fn any_template() -> impl Strategy<Value = Value> {
    (
        any_metadata(),
        prop::collection::vec(any_container(), 1..4),
        any_extra(),
    )
        .prop_map(|(metadata, containers, extra)| {
            let mut template = Thing(json!({ "spec": { "containers": containers, "futureField": extra } }));
            for (index, container) in template.0["spec"]["containers"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .enumerate()
            {
                container["name"] = json!(format!("c{index}"));
            }
            if let Some(metadata) = metadata {
                template = template.with("/metadata", metadata);
            }
            template.0
        })
}

/// No metadata, without annotations, with null, with none, with some, restarted before.
fn any_metadata() -> impl Strategy<Value = Option<Value>> {
    let labels = || json!({ "app": "web" });
    prop_oneof![
        Just(None),
        Just(Some(Value::Null)),
        Just(Some(json!({ "labels": labels() }))),
        Just(Some(json!({ "labels": labels(), "annotations": null }))),
        Just(Some(json!({ "labels": labels(), "annotations": {} }))),
        any_extra().prop_map(move |extra| Some(json!({
            "labels": labels(), "futureField": extra, "annotations": { "a/b~c": "kept", "other": "" },
        }))),
        Just(Some(json!({
            "annotations": { "kubectl.kubernetes.io/restartedAt": "2025-01-01T00:00:00Z" },
        }))),
    ]
}

fn any_container() -> impl Strategy<Value = Value> {
    let image = prop_oneof![
        Just(None),
        "[a-z]{1,8}(:[a-z0-9.]{1,12})?".prop_map(Some),
        "registry:5000/[a-z]{1,5}@sha256:[0-9a-f]{12}".prop_map(Some),
    ];
    let value = prop_oneof![
        "[a-z0-9]{0,12}".prop_map(|text| format!("{SECRET}-{text}")),
        "[a-z0-9]{0,12}".prop_map(|text| format!("sha256:{SECRET}-{text}")),
        Just(format!("quoted \" and \\ {SECRET}")),
    ];
    let env = prop::option::of(prop::collection::vec(("[A-Z]{1,8}", value), 0..3));
    (image, env, any_extra()).prop_map(|(image, env, extra)| {
        let mut container = Map::new();
        container.extend(image.map(|image| ("image".to_owned(), json!(image))));
        container.extend(env.map(|env| {
            let env: Vec<Value> = env
                .into_iter()
                .map(|(name, value)| json!({ "name": name, "value": value }))
                .collect();
            ("env".to_owned(), json!(env))
        }));
        container.insert("futureField".to_owned(), extra);
        Value::Object(container)
    })
}

/// What this program knows nothing of. Pod templates have no fractions.
fn any_extra() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| json!(number)),
        ".{0,8}".prop_map(Value::String),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[a-z/~]{0,6}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}
