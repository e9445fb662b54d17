//! Where the Prometheus of a sandbox is: behind a Service, reached through the API server as in any cluster.

use jiff::Timestamp;
use serde_json::json;

use crate::sandbox::objects::{How, Objects};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::resource::{NAMESPACES, SERVICES, by_id};
use crate::sandbox::store::Key;

const NAMESPACE: &str = "monitoring";
const NAME: &str = "prometheus";
const PORT: u16 = 9090;

/// Namespace, name and port of its Service.
pub const PROMETHEUS: (&str, &str, u16) = (NAMESPACE, NAME, PORT);

/// What is asked for through the API server's proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Upstream {
    pub(in crate::sandbox) namespace: String,
    /// `[SCHEME:]NAME[:PORT]`.
    pub(in crate::sandbox) service: String,
    /// The rest of the path, without a slash before it.
    pub(in crate::sandbox) path: String,
}

/// Makes the Service. What stands behind it is no pod, so it has no selector.
pub(in crate::sandbox) fn furnish(objects: &mut Objects, at: Timestamp) {
    let how = How {
        manager: "sandbox",
        now: at,
        dry_run: false,
    };
    let namespace =
        json!({ "metadata": { "name": NAMESPACE, "labels": { "kubernetes.io/metadata.name": NAMESPACE } } });
    let service = json!({
        "metadata": { "name": NAME, "namespace": NAMESPACE },
        "spec": { "type": "ClusterIP", "ports": [{ "name": "web", "port": PORT, "targetPort": PORT, "protocol": "TCP" }] },
    });
    for (id, object) in [(NAMESPACES, namespace), (SERVICES, service)] {
        // A scenario may have such a namespace of its own.
        if let Some(Err(refusal)) = by_id(id).map(|resource| objects.create(resource, object, how)) {
            tracing::debug!(?refusal, "something stands where Prometheus would");
        }
    }
}

/// Whether that leads to Prometheus; the refusal of the real server otherwise.
pub(in crate::sandbox) fn upstream(objects: &Objects, asked: &Upstream) -> Result<(), Refusal> {
    let parts: Vec<&str> = asked.service.split(':').collect();
    let (name, port) = match parts.as_slice() {
        [name] | ["" | "http", name, ""] => (*name, ""),
        [name, port] | ["" | "http", name, port] => (*name, *port),
        _ => {
            return Err(Refusal::bad_request(format!(
                "invalid service request {:?}",
                asked.service
            )));
        }
    };
    let key = Key::new(SERVICES, &asked.namespace, name);
    if objects.store.get(&key).is_none() {
        return Err(by_id(SERVICES).map_or_else(Refusal::no_such_path, |it| Refusal::not_found(it, name)));
    }
    let leads = (asked.namespace.as_str(), name) == (NAMESPACE, NAME);
    let open = ["", "web"].contains(&port) || port == PORT.to_string();
    if leads && open {
        Ok(())
    } else {
        Err(Refusal::unavailable(name))
    }
}
