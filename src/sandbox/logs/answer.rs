//! The answer to a request for a log: what there is, and what comes while somebody listens.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::mpsc;

use super::asked::Asked;
use super::run::{Line, Run};
use crate::sandbox::cluster::Cluster;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::route::Query;
use crate::sandbox::store::Key;

/// Between two looks for new lines.
const LOOK: Duration = Duration::from_millis(200);

/// Batches that wait for their reader.
const WAITING: usize = 4;

/// The lines of a pod's container; they end when the container does, or nobody listens.
pub(in crate::sandbox) fn answer(
    cluster: &Arc<Cluster>,
    key: &Key,
    pod: &Value,
    query: &Query,
) -> Result<mpsc::Receiver<Bytes>, Refusal> {
    let now = cluster.now();
    let asked = Asked::of(query, pod, now)?;
    let run = asked.run(pod)?;
    let before = asked
        .since
        .checked_sub(SignedDuration::from_nanos(1))
        .unwrap_or(Timestamp::MIN);
    let mut lines = run.lines(before, now);
    if let Some(last) = asked.last {
        lines.drain(..lines.len().saturating_sub(last));
    }
    let mut rest = asked.bytes.unwrap_or(usize::MAX);
    let first = written(&lines, asked.stamps, &mut rest);
    let (sender, reader) = mpsc::channel(WAITING);
    if !asked.follows {
        // There is room for one: the channel is new.
        drop(sender.try_send(first));
        return Ok(reader);
    }
    let (cluster, key) = (Arc::clone(cluster), key.clone());
    tokio::spawn(async move {
        let following = follow(&cluster, &key, &asked, (now, rest), first, &sender);
        tokio::select! {
            () = sender.closed() => {}
            () = following => {}
        }
    });
    Ok(reader)
}

async fn follow(
    cluster: &Cluster,
    key: &Key,
    asked: &Asked,
    (mut at, mut rest): (Timestamp, usize),
    first: Bytes,
    sender: &mpsc::Sender<Bytes>,
) {
    let mut next = first;
    let mut begun: Option<Run> = None;
    loop {
        if !next.is_empty() && sender.send(next).await.is_err() {
            return;
        }
        tokio::time::sleep(LOOK).await;
        let pod = cluster.with(|state| state.objects.store.get(key).cloned());
        let run = pod.and_then(|pod| Run::of(&pod.value(), &asked.container, asked.previous));
        let now = cluster.now();
        let is_same = |run: &Run| begun.as_ref().is_none_or(|begun| begun.start == run.start);
        let Some(run) = run.filter(is_same) else {
            return;
        };
        next = written(&run.lines(at, now), asked.stamps, &mut rest);
        let is_over = run.end.is_some() || rest == 0;
        at = now;
        begun = Some(run);
        if is_over {
            drop(sender.send(next).await);
            return;
        }
    }
}

/// As bytes, as many as are left.
fn written(lines: &[Line], stamps: bool, rest: &mut usize) -> Bytes {
    let mut text = String::new();
    for (at, line) in lines {
        if stamps {
            text.extend([&at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string(), " "]);
        }
        text.extend([line, "\n"]);
    }
    let mut bytes = text.into_bytes();
    bytes.truncate(*rest);
    *rest -= bytes.len();
    Bytes::from(bytes)
}
