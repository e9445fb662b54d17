//! From a request for a port-forward to its connection.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header, request};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::channels::{self, Port};
use crate::sandbox::cluster::Cluster;
use crate::sandbox::json::{list, number};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::request::header_text;
use crate::sandbox::route::Query;
use crate::sandbox::store::Key;

/// The protocol that is spoken: binary, the first byte of a message names its channel.
const PROTOCOL: &str = "v4.channel.k8s.io";

/// Ports of one request.
const PORTS: usize = 16;

/// The largest message that is taken.
const LARGEST: usize = 1 << 20;

/// A port-forward that was accepted.
pub(in crate::sandbox) struct Forward {
    pub(in crate::sandbox) headers: HeaderMap,
    pod: Key,
    ports: Vec<Port>,
    cluster: Arc<Cluster>,
    place: OwnedSemaphorePermit,
}

/// Accepts a request, or says what is wrong with it.
pub(in crate::sandbox) fn accept(
    cluster: &Arc<Cluster>,
    head: &request::Parts,
    (key, pod): (&Key, &Value),
    query: &Query,
) -> Result<Forward, Refusal> {
    let is_websocket = header_text(head, &header::UPGRADE).eq_ignore_ascii_case("websocket");
    let offered = header_text(head, &header::SEC_WEBSOCKET_PROTOCOL);
    let key_sent = header_text(head, &header::SEC_WEBSOCKET_KEY);
    if !is_websocket || key_sent.is_empty() || !offered.split(',').any(|it| it.trim() == PROTOCOL) {
        let why = format!("a port-forward is a WebSocket with the protocol {PROTOCOL}; ask for one");
        return Err(Refusal::bad_request(why));
    }
    let ports = query.get("ports").split(',').filter(|port| !port.is_empty());
    let ports: Option<Vec<u16>> = ports.map(|port| port.parse().ok()).collect();
    let ports = ports.filter(|ports| (1..=PORTS).contains(&ports.len()));
    let ports =
        ports.ok_or_else(|| Refusal::bad_request(format!("ports: up to {PORTS} numbers are required")))?;
    let containers = list(pod, &["spec", "containers"]).iter();
    let declared: Vec<i64> = containers
        .flat_map(|it| list(it, &["ports"]))
        .filter_map(|port| number(port, &["containerPort"]))
        .collect();
    let ports = ports.into_iter().map(|number| Port {
        number,
        is_open: declared.contains(&number.into()),
    });
    let place = cluster.forwards().ok_or_else(Refusal::too_many)?;
    let mut headers = HeaderMap::new();
    let accepted = HeaderValue::from_str(&derive_accept_key(key_sent.as_bytes()));
    let accepted =
        accepted.map_err(|_no_header| Refusal::bad_request("the key of the WebSocket is wrong"))?;
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accepted);
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    Ok(Forward {
        headers,
        pod: key.clone(),
        ports: ports.collect(),
        cluster: Arc::clone(cluster),
        place,
    })
}

/// Carries it until either side ends it.
pub(in crate::sandbox) fn begin(forward: Forward, upgrade: OnUpgrade) {
    tokio::spawn(async move {
        let Forward {
            pod,
            ports,
            cluster,
            place,
            ..
        } = forward;
        let Ok(upgraded) = upgrade.await else { return };
        let limits = WebSocketConfig::default()
            .max_message_size(Some(LARGEST))
            .max_frame_size(Some(LARGEST));
        let socket =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(limits)).await;
        let answers = move |method: &str, path: &str| {
            let pod = cluster.with(|state| state.objects.store.value(&pod))?;
            (cluster.responder)(&pod, method, path)
        };
        if let Err(error) = channels::run(socket, &ports, Arc::new(answers)).await {
            tracing::debug!(%error, "a port-forward of the sandbox broke off");
        }
        drop(place);
    });
}
