//! Opens one cluster and keeps it open: connection, watches, signs of life, the pin. It never ends because a cluster went
//! away.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::adapters::kube::{
    ApiClient, Connected, Flags, Heartbeat, Held, Lookout, Pinned, Poke, Rhythm, Surroundings, Timing, Vital,
    connect, login,
};
use crate::app::{Event, SourceEvent};
use crate::clock::Clock;
use crate::domain::{Cluster, Environment, Namespaces, ObjectKind, Seconds, Untrusted};
use crate::drivers::Drivers;

use super::world::World;

/// How often a cluster that cannot be opened is tried again.
const RETRY: Seconds = Seconds(10);

/// How often the kubeconfig is compared with the pin.
const PIN_EVERY: Duration = Duration::from_secs(5);

/// How long the server's clock is waited for.
const CLOCK_WITHIN: Duration = Duration::from_secs(5);

/// Batches of changes waiting for the world; when it is behind, the watches wait.
const WAITING: usize = 64;

/// What a source is opened with.
#[derive(Clone)]
pub struct Opening {
    pub cluster: Cluster,
    pub flags: Flags,
    pub surroundings: Surroundings,
    pub namespaces: Namespaces,
    /// What is read of them.
    pub kinds: Vec<ObjectKind>,
    /// The server's clock is known before anything is listed: what is told once must have its ages right.
    pub clock_first: bool,
    /// All namespaces were asked for by a flag.
    pub everywhere: bool,
    /// The namespace of the context; `None` in a pod.
    pub own_namespace: Option<Arc<str>>,
    /// Where to look when the cluster-wide list is forbidden, best first.
    pub candidates: Vec<Arc<str>>,
    /// Where this user was before, latest first: after the candidates and the kubeconfig's namespace.
    pub used: Vec<Arc<str>>,
    pub environment: Environment,
    pub read_only: bool,
}

/// An open source.
#[derive(Clone)]
pub struct Open {
    pub client: ApiClient,
    /// What it was opened to; compared before every write.
    pub pinned: Pinned,
}

/// An open source, for requests: `None` until it is open.
pub type Api = watch::Receiver<Option<Open>>;

/// What the source needs of the runtime.
pub(super) struct Surrounds {
    pub(super) events: mpsc::Sender<Event>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) drivers: Arc<Drivers>,
    pub(super) poke: Poke,
    /// Woken when the user asks for everything anew.
    pub(super) again: Arc<tokio::sync::Notify>,
}

/// Opens the source and watches it for ever.
pub(super) async fn run(opening: Opening, surrounds: Surrounds, api: watch::Sender<Option<Open>>) {
    let tell = |event| {
        surrounds
            .events
            .send(Event::Source(opening.cluster.clone(), event))
    };
    let login = login(&opening.flags, &opening.surroundings).ok().flatten();
    let login = login.map(|login| login.shown);
    let connected = loop {
        let since = surrounds.clock.now();
        let login = login.clone();
        if tell(SourceEvent::Opening { since, login }).await.is_err() {
            return;
        }
        match connect(&opening.flags, &opening.surroundings).await {
            Ok(connected) => break connected,
            Err(error) => {
                let retry_at = Some(RETRY.after(surrounds.clock.now()));
                let why = Untrusted::from(error.to_string());
                if tell(SourceEvent::Unreachable { why, retry_at }).await.is_err() {
                    return;
                }
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(RETRY.0)) => {}
                    () = surrounds.again.notified() => {}
                }
            }
        }
    };
    let opened = SourceEvent::Opened {
        environment: opening.environment,
        read_only: opening.read_only,
        server: Untrusted::from(connected.server_url.as_str()),
        user: Untrusted::from(connected.user.clone().unwrap_or_default()),
    };
    tracing::debug!(server = %opening.cluster, "connected");
    // The client first: what is asked when the source opens must find it.
    let pinned = Pinned::new(&opening.flags, &opening.surroundings, &connected);
    api.send_replace(Some(Open {
        client: connected.client.clone(),
        pinned: pinned.clone(),
    }));
    if tell(opened).await.is_err() {
        return;
    }
    if opening.clock_first {
        tell_clock(&opening, &connected, &surrounds).await;
    }
    let mut candidates = opening.candidates.clone();
    candidates.push(Arc::from(connected.namespace.as_str()));
    candidates.extend(opening.used.iter().cloned());
    let (changes, incoming) = mpsc::channel(WAITING);
    let (told, telling) = mpsc::channel(WAITING);
    let lookout = Lookout {
        client: connected.client.clone(),
        kinds: opening.kinds.clone(),
        namespaces: opening.namespaces.clone(),
        candidates,
        changes,
        told,
        poke: surrounds.poke.clone(),
        clock: Arc::clone(&surrounds.clock),
        timing: timing(&opening.flags),
    };
    let world = World::new(
        opening.cluster.clone(),
        Arc::clone(&surrounds.drivers),
        surrounds.events.clone(),
        lookout.first().scopes,
    );
    let mut tasks = JoinSet::new();
    tasks.spawn(world.run(incoming, telling));
    tasks.spawn(lookout.run());
    tasks.spawn(listen_to_heart(
        opening.cluster.clone(),
        surrounds.events.clone(),
        heartbeat(&connected, &surrounds),
    ));
    let clock = async {
        if !opening.clock_first {
            tell_clock(&opening, &connected, &surrounds).await;
        }
    };
    tokio::join!(
        clock,
        keep_pinned(&opening, &connected, &pinned, &surrounds, &mut tasks)
    );
}

fn heartbeat(connected: &Connected, surrounds: &Surrounds) -> (Heartbeat, mpsc::Receiver<Vital>) {
    let (told, vitals) = mpsc::channel(4);
    let heartbeat = Heartbeat {
        client: connected.client.clone(),
        poke: surrounds.poke.clone(),
        clock: Arc::clone(&surrounds.clock),
        rhythm: Rhythm::default(),
        told,
    };
    (heartbeat, vitals)
}

/// Tells the model whether the server answers.
async fn listen_to_heart(
    cluster: Cluster,
    events: mpsc::Sender<Event>,
    (heartbeat, mut vitals): (Heartbeat, mpsc::Receiver<Vital>),
) {
    let telling = async {
        while let Some(vital) = vitals.recv().await {
            let event = match vital {
                Vital::Silent { why, retry_at } => SourceEvent::Silent { why, retry_at },
                Vital::Answers { at } => SourceEvent::Answers { at },
            };
            if events.send(Event::Source(cluster.clone(), event)).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(heartbeat.run(), telling);
}

/// The user's limit holds for every answer. A watch is one that goes on.
fn timing(flags: &Flags) -> Timing {
    let usual = Timing::default();
    let limit = flags.request_timeout.unwrap_or(Duration::MAX);
    Timing {
        answer: usual.answer.min(limit),
        list_idle: usual.list_idle.min(limit),
        ..usual
    }
}

/// Tells how far the server's clock is from ours. The header counts whole seconds, so less than two say nothing.
async fn tell_clock(opening: &Opening, connected: &Connected, surrounds: &Surrounds) {
    let answer = connected.client.get_raw("/version", CLOCK_WITHIN).await;
    let Some(server) = answer.ok().and_then(|answer| answer.server_date) else {
        return;
    };
    let ahead = server.duration_since(surrounds.clock.now());
    if ahead.abs() >= SignedDuration::from_secs(2) {
        let event = Event::Source(opening.cluster.clone(), SourceEvent::Clock { ahead });
        if surrounds.events.send(event).await.is_err() {
            tracing::warn!("nobody was left to hear of the server's clock");
        }
    }
}

/// Compares the kubeconfig with the pin from time to time, and notices when a task ends that should not.
async fn keep_pinned(
    opening: &Opening,
    connected: &Connected,
    pinned: &Pinned,
    surrounds: &Surrounds,
    tasks: &mut JoinSet<()>,
) {
    let mut told = false;
    // A cluster is known by the uid of its kube-system namespace; who may not read that has the address and authority only.
    let uid = connected.client.kube_system_uid().await.ok().flatten();
    if let Some(uid) = uid.clone() {
        pinned.identified(uid);
    }
    loop {
        tokio::select! {
            () = tokio::time::sleep(PIN_EVERY) => {}
            ended = tasks.join_next() => match ended {
                Some(Err(error)) => {
                    let text = broken_words(&error.to_string());
                    let event = Event::Message { tone: crate::app::MessageTone::Bad, text };
                    if surrounds.events.send(event).await.is_err() {
                        return;
                    }
                }
                Some(Ok(())) => {}
                None => return,
            },
        }
        let mut held = pinned.holds().await;
        if let (Held::Yes, Some(uid)) = (&held, &uid)
            && let Some(why) = other_cluster(connected, uid).await
        {
            pinned.break_for(why.clone());
            held = Held::Broken(why);
        }
        if let Held::Broken(why) = held
            && !std::mem::replace(&mut told, true)
        {
            let event = pin_broken(why);
            if surrounds
                .events
                .send(Event::Source(opening.cluster.clone(), event))
                .await
                .is_err()
            {
                return;
            }
        }
    }
}

/// What is said when a part of the program failed.
pub(super) fn broken_words(error: &str) -> String {
    format!("a part of the program failed ({error}); what it watched is stale: restart flightdeck")
}

/// The pin broke, for the model.
pub(super) fn pin_broken(why: String) -> SourceEvent {
    SourceEvent::PinBroken {
        why: Untrusted::from(why),
    }
}

/// Another uid behind the same address is another cluster. No answer says nothing.
async fn other_cluster(connected: &Connected, uid: &Untrusted) -> Option<String> {
    let now = connected.client.kube_system_uid().await.ok().flatten()?;
    (now != *uid).then(|| format!("another cluster answers at {} now", connected.server_url))
}
