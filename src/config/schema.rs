//! The shape of `config.toml` as a JSON Schema, for editors. Built by hand beside the reader, and held to it by tests; what needs
//! a look at other lines (keys that collide) only the reader can tell.

use serde_json::{Map, Value, json};

use super::read::ENVIRONMENTS;
use super::settings::{Colour, Glyphs};
use crate::app::Action;

/// The schema of the whole file.
pub fn schema() -> Value {
    let words = |all: Vec<&str>| json!({ "type": "string", "enum": all });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Flightdeck's configuration",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "theme": { "$ref": "#/$defs/theme", "description": "A theme's name, or one for each kind of background." },
            "glyphs": described(words(Glyphs::ALL.iter().map(|it| it.word()).collect()), "The marks of states and boxes."),
            "colour": described(words(Colour::ALL.iter().map(|it| it.word()).collect()), "How many colours to use."),
            "namespaces": { "$ref": "#/$defs/namespaces", "description": "The namespaces to show; none means all that can be seen." },
            "arming_delay": {
                "type": "string",
                "description": "How long a sheet ignores keys after it appeared, e.g. \"800ms\". Never shorter than 400ms, over ssh and in tmux 700ms.",
            },
            "events": {
                "type": "boolean",
                "description": "Whether a Kubernetes Event on the object tells others of what was done to it, by whom and why.",
            },
            "metrics": { "$ref": "#/$defs/metrics", "description": "What users of a release feel, shown by revision. Nothing is shown while neither service nor url is written." },
            "contexts": {
                "type": "object",
                "description": "One table for each context of the kubeconfig. One that is not named is production and can be changed.",
                "additionalProperties": { "$ref": "#/$defs/context" },
            },
            "keys": {
                "type": "object",
                "description": "Actions and their keys. What is written replaces the default.",
                "additionalProperties": false,
                "properties": keys(),
            },
        },
        "$defs": {
            "theme": {
                "anyOf": [
                    { "type": "string" },
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "properties": { "dark": { "type": "string" }, "light": { "type": "string" } },
                    },
                ],
            },
            "namespaces": {
                "type": "array",
                "items": { "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" },
            },
            "context": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "environment": words(ENVIRONMENTS.iter().map(|(word, _)| *word).collect()),
                    "read_only": { "type": "boolean", "description": "Only reads and access reviews leave." },
                    "theme": { "$ref": "#/$defs/theme" },
                    "namespaces": { "$ref": "#/$defs/namespaces" },
                    "metrics": { "$ref": "#/$defs/metrics", "description": "For this context alone; what is left out is as for all." },
                    "banner": { "type": "string", "pattern": "^#[0-9A-Fa-f]{6}$", "description": "A colour of its own." },
                },
            },
            "metrics": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "service": { "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", "description": "A port of a Service in the cluster, namespace/name:port, asked through the API server." },
                    "url": { "type": "string", "pattern": "^https?://[^@?/]+(/[^?]*)?$", "description": "An address that is asked without the API server." },
                    "token_file": { "type": "string", "description": "For url: a file with a bearer token." },
                    "requests": { "type": "string", "description": "PromQL for requests a second, by (pod), with $namespace and $pods." },
                    "errors": { "type": "string", "description": "PromQL for the share of requests that fail, from 0 to 1, by (pod)." },
                    "latency": { "type": "string", "description": "PromQL for a quantile of how long requests take, in seconds, by (pod)." },
                    "every": { "type": "string", "description": "How often it is asked while a rollout is open, from 5s to 5m." },
                },
            },
            "keys": {
                "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
            },
        },
    })
}

fn described(mut schema: Value, description: &str) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("description".to_owned(), description.into());
    }
    schema
}

fn keys() -> Map<String, Value> {
    let one = |action: Action| json!({ "$ref": "#/$defs/keys", "description": action.sentence() });
    Action::ALL
        .into_iter()
        .map(|action| (action.name().to_owned(), one(action)))
        .collect()
}
