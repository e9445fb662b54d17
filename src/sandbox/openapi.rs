//! The `OpenAPI` documents (v3) that kubectl asks for: that every kind can be patched and checks fields itself, and what fields
//! mean, for `explain`. Schemas of the built-in kinds come from their library, those of others from their definitions. Nothing is
//! checked against them here, and v2 is not served.

use std::collections::BTreeSet;

use k8s_openapi::api::{apps, autoscaling, core, discovery, policy};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::json::{at, list, set, text};
use super::kinds::Kinds;
use super::objects::Objects;
use super::resource::{
    BUDGETS, CONFIG_MAPS, DEFINITIONS, DEPLOYMENTS, EVENTS, NAMESPACES, PODS, REPLICA_SETS, Resource,
    SCALERS, SECRETS, SERVICES, SLICES,
};
use super::store::Key;

/// `/openapi/v3`: where the documents are.
pub(super) fn index(kinds: &Kinds) -> Value {
    let versions: BTreeSet<String> = kinds.all().map(|it| path(it)).collect();
    let paths: Map<String, Value> = versions
        .into_iter()
        .map(|path| {
            let place = json!({ "serverRelativeURL": format!("/openapi/v3/{path}") });
            (path, place)
        })
        .collect();
    json!({ "paths": paths })
}

fn path(resource: &Resource) -> String {
    let root = if resource.group.is_empty() { "api" } else { "apis" };
    format!("{root}/{}", resource.api_version())
}

/// The document of one version; `None` where there is none.
pub(super) fn document(objects: &Objects, group: &str, version: &str) -> Option<Value> {
    let here = objects.kinds.all();
    let here: Vec<&Resource> = here
        .filter(|it| it.group == group && it.version == version)
        .map(AsRef::as_ref)
        .collect();
    if here.is_empty() {
        return None;
    }
    let mut generator = SchemaGenerator::new(SchemaSettings::openapi3());
    let mut own: Map<String, Value> = Map::new();
    let mut paths = Map::new();
    for resource in here {
        paths.insert(place(resource), patchable(resource));
        match definition_schema(objects, resource) {
            Some(schema) => drop(own.insert(definition_name(resource), schema)),
            None => add(&mut generator, resource.id()),
        }
    }
    let mut schemas: Map<String, Value> = generator.take_definitions(true).into_iter().collect();
    schemas.append(&mut own);
    for resource in objects
        .kinds
        .all()
        .filter(|it| it.group == group && it.version == version)
    {
        let ending = format!(".{}", resource.kind);
        let found = schemas
            .iter_mut()
            .find(|(name, _)| name.ends_with(&ending) && is_of(name, resource));
        if let Some((_, schema)) = found {
            set(
                schema,
                &["x-kubernetes-group-version-kind"],
                json!([gvk(resource)]),
            );
        }
    }
    Some(json!({
        "openapi": "3.0.0", "info": { "title": "Kubernetes", "version": super::discovery::VERSION.2 },
        "paths": paths, "components": { "schemas": schemas },
    }))
}

/// `io.k8s.api.apps.v1.Deployment` is of `apps/v1`.
fn is_of(name: &str, resource: &Resource) -> bool {
    resource.custom.is_some() || name.ends_with(&format!(".{}.{}", resource.version, resource.kind))
}

fn gvk(resource: &Resource) -> Value {
    json!({ "group": resource.group, "version": resource.version, "kind": resource.kind })
}

fn place(resource: &Resource) -> String {
    let namespace = if resource.namespaced {
        "/namespaces/{namespace}"
    } else {
        ""
    };
    format!("/{}{namespace}/{}/{{name}}", path(resource), resource.plural)
}

/// What can be sent to it, and by which parameters: kubectl looks for `fieldValidation`. That strategic merge patches are taken
/// is left out, so that kubectl goes by the lists that it knows itself.
fn patchable(resource: &Resource) -> Value {
    let parameter = |name: &str, kind: &str| json!({ "name": name, "in": "query", "schema": { "type": kind, "uniqueItems": true } });
    let schema = json!({ "type": "object" });
    let bodies = [
        "application/apply-patch+yaml",
        "application/json-patch+json",
        "application/merge-patch+json",
    ];
    let bodies: Map<String, Value> = bodies
        .iter()
        .map(|kind| ((*kind).to_owned(), json!({ "schema": schema })))
        .collect();
    let answer =
        json!({ "200": { "description": "OK", "content": { "application/json": { "schema": schema } } } });
    let operation = |verb: &str| {
        json!({
            "operationId": format!("{verb}{}{}", resource.version, resource.kind),
            "x-kubernetes-action": verb, "x-kubernetes-group-version-kind": gvk(resource), "responses": answer,
        })
    };
    let mut patch = operation("patch");
    set(
        &mut patch,
        &["parameters"],
        json!([
            parameter("dryRun", "string"),
            parameter("fieldManager", "string"),
            parameter("fieldValidation", "string"),
            parameter("force", "boolean"),
        ]),
    );
    set(
        &mut patch,
        &["requestBody"],
        json!({ "required": true, "content": bodies }),
    );
    json!({ "get": operation("get"), "patch": patch })
}

/// `com.example.v1.Ship`.
fn definition_name(resource: &Resource) -> String {
    let mut parts: Vec<&str> = resource.group.split('.').collect();
    parts.reverse();
    format!("{}.{}.{}", parts.join("."), resource.version, resource.kind)
}

/// What its definition says of a kind.
fn definition_schema(objects: &Objects, resource: &Resource) -> Option<Value> {
    resource.custom.as_ref()?;
    let definition = objects.store.value(&Key::new(DEFINITIONS, "", resource.id()))?;
    let version = list(&definition, &["spec", "versions"])
        .iter()
        .find(|it| text(it, &["name"]) == resource.version)?;
    let mut schema = at(version, &["schema", "openAPIV3Schema"]).clone();
    for field in ["apiVersion", "kind"] {
        super::json::default(&mut schema, &["properties", field], json!({ "type": "string" }));
    }
    super::json::default(
        &mut schema,
        &["properties", "metadata"],
        json!({ "type": "object" }),
    );
    Some(schema)
}

/// A kind, with all that it is made of.
fn add(generator: &mut SchemaGenerator, id: &str) {
    let _reference = match id {
        NAMESPACES => generator.subschema_for::<core::v1::Namespace>(),
        PODS => generator.subschema_for::<core::v1::Pod>(),
        SERVICES => generator.subschema_for::<core::v1::Service>(),
        EVENTS => generator.subschema_for::<core::v1::Event>(),
        CONFIG_MAPS => generator.subschema_for::<core::v1::ConfigMap>(),
        SECRETS => generator.subschema_for::<core::v1::Secret>(),
        DEPLOYMENTS => generator.subschema_for::<apps::v1::Deployment>(),
        REPLICA_SETS => generator.subschema_for::<apps::v1::ReplicaSet>(),
        SLICES => generator.subschema_for::<discovery::v1::EndpointSlice>(),
        SCALERS => generator.subschema_for::<autoscaling::v2::HorizontalPodAutoscaler>(),
        BUDGETS => generator.subschema_for::<policy::v1::PodDisruptionBudget>(),
        DEFINITIONS => generator.subschema_for::<apiextensions::v1::CustomResourceDefinition>(),
        _ => return,
    };
}
