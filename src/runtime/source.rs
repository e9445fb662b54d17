//! Opens one cluster and keeps it open: connection, choice of scopes, watches, the pin. It never ends because a cluster went
//! away.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::adapters::kube::{
    ApiClient, Choice, Chosen, Connected, Flags, Poke, Progress, Surroundings, Timing, Watch, choose_scopes,
    connect, pin_now, scopes,
};
use crate::app::{Event, SourceEvent};
use crate::clock::Clock;
use crate::domain::{Cluster, Environment, KindState, Namespaces, ObjectKind, Seconds, Untrusted};
use crate::drivers::Drivers;
use crate::objects::ListScope;

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
    /// All namespaces were asked for by a flag.
    pub everywhere: bool,
    /// The namespace of the context; `None` in a pod.
    pub own_namespace: Option<Arc<str>>,
    /// Where to look when the cluster-wide list is forbidden, best first.
    pub candidates: Vec<Arc<str>>,
    pub environment: Environment,
    pub read_only: bool,
}

/// The client of an open source, for requests: `None` until it is open.
pub(super) type Api = watch::Receiver<Option<ApiClient>>;

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
pub(super) async fn run(opening: Opening, surrounds: Surrounds, api: watch::Sender<Option<ApiClient>>) {
    let tell = |event| {
        surrounds
            .events
            .send(Event::Source(opening.cluster.clone(), event))
    };
    let connected = loop {
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
    api.send_replace(Some(connected.client.clone()));
    if tell(opened).await.is_err() {
        return;
    }
    let clock = tell_clock(&opening, &connected, &surrounds);
    let (chosen, ()) = tokio::join!(choose(&opening, &connected, &surrounds), clock);
    tracing::debug!(scopes = chosen.scopes.len(), "what is watched is known");
    for event in not_watched(&chosen) {
        if tell(event).await.is_err() {
            return;
        }
    }
    for note in notes(&chosen, &opening) {
        if tell(SourceEvent::Scope { note }).await.is_err() {
            return;
        }
    }
    let mut tasks = JoinSet::new();
    let (changes, incoming) = mpsc::channel(WAITING);
    let world = World::new(
        opening.cluster.clone(),
        Arc::clone(&surrounds.drivers),
        surrounds.events.clone(),
        chosen.scopes.iter().cloned(),
    );
    tasks.spawn(world.run(incoming));
    for scope in chosen.scopes {
        let watch = Watch {
            scope,
            client: connected.client.clone(),
            changes: changes.clone(),
            poked: surrounds.poke.listen(),
            clock: Arc::clone(&surrounds.clock),
            timing: timing(&opening.flags),
            choice: Choice::Notable,
        };
        tasks.spawn(watch.run());
    }
    drop(changes);
    keep_pinned(&opening, &connected, &surrounds, &mut tasks).await;
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
    surrounds: &Surrounds,
    tasks: &mut JoinSet<()>,
) {
    let mut broken = false;
    // A cluster is known by the uid of its kube-system namespace; who may not read that has the address and authority only.
    let uid = connected.client.kube_system_uid().await.ok().flatten();
    loop {
        tokio::select! {
            () = tokio::time::sleep(PIN_EVERY) => {}
            ended = tasks.join_next() => match ended {
                Some(Err(error)) => {
                    let text = format!("a part of the program failed ({error}); what it watched is stale: restart flightdeck");
                    let event = Event::Message { tone: crate::app::MessageTone::Bad, text };
                    if surrounds.events.send(event).await.is_err() {
                        return;
                    }
                }
                Some(Ok(())) => {}
                None => return,
            },
        }
        let (flags, around) = (opening.flags.clone(), opening.surroundings.clone());
        let Ok(now) = tokio::task::spawn_blocking(move || pin_now(&flags, &around)).await else {
            continue;
        };
        let why = match now {
            Ok(None) => None,
            Ok(Some(pin)) if pin == connected.pin => None,
            Ok(Some(pin)) => Some(format!(
                "the kubeconfig means {} now, and {} is open",
                pin.server, connected.server_url
            )),
            Err(error) => Some(format!("the kubeconfig cannot be read any more: {error}")),
        };
        let why = match (why, &uid) {
            (None, Some(uid)) => other_cluster(connected, uid).await,
            (why, _) => why,
        };
        if let Some(why) = why.filter(|_| !broken) {
            broken = true;
            let event = SourceEvent::PinBroken {
                why: Untrusted::from(why),
            };
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

/// Another uid behind the same address is another cluster. No answer says nothing.
async fn other_cluster(connected: &Connected, uid: &Untrusted) -> Option<String> {
    let now = connected.client.kube_system_uid().await.ok().flatten()?;
    (now != *uid).then(|| format!("another cluster answers at {} now", connected.server_url))
}

async fn choose(opening: &Opening, connected: &Connected, surrounds: &Surrounds) -> Chosen {
    let kinds = &opening.kinds;
    match &opening.namespaces {
        Namespaces::These(names) => scopes(kinds, names),
        Namespaces::All => {
            let mut candidates = opening.candidates.clone();
            candidates.push(Arc::from(connected.namespace.as_str()));
            let (progress, mut heard) = mpsc::channel::<Progress>(16);
            let events = surrounds.events.clone();
            let telling = tokio::spawn(async move {
                while let Some(Progress { asked, of }) = heard.recv().await {
                    let text = format!("asking what may be read: {asked} of {of} namespaces");
                    let event = Event::Message {
                        tone: crate::app::MessageTone::Info,
                        text,
                    };
                    if events.send(event).await.is_err() {
                        return;
                    }
                }
            });
            let chosen = choose_scopes(&connected.client, kinds, &candidates, &progress).await;
            drop(progress);
            telling.abort();
            chosen
        }
    }
}

/// What may not be listed is told kind by kind: nothing that was never read looks empty. Where nothing is left to watch, that
/// is all there is to come.
fn not_watched(chosen: &Chosen) -> Vec<SourceEvent> {
    let forbidden = |scope: &ListScope| SourceEvent::Kind {
        kind: scope.kind,
        namespace: scope.namespace.clone(),
        state: KindState::Forbidden {
            message: Untrusted::from("you may not list them"),
        },
    };
    let mut events: Vec<SourceEvent> = chosen.denied.iter().map(forbidden).collect();
    if chosen.scopes.is_empty() {
        events.push(SourceEvent::Complete);
    }
    events
}

/// What is not watched, in words.
fn notes(chosen: &Chosen, opening: &Opening) -> Vec<Untrusted> {
    let name = |scopes: &[ListScope]| {
        let names: Vec<String> = scopes
            .iter()
            .take(8)
            .map(|scope| match &scope.namespace {
                Some(namespace) => format!("{} in {namespace}", scope.kind.resource()),
                None => scope.kind.resource().to_owned(),
            })
            .collect();
        names.join(", ")
    };
    let mut notes = Vec::new();
    if !chosen.beyond.is_empty() {
        let text = format!(
            "{} lists are beyond the cap on watches and are not shown ({}); name fewer namespaces with -n",
            chosen.beyond.len(),
            name(&chosen.beyond)
        );
        notes.push(Untrusted::from(text));
    }
    let workloads_denied = chosen
        .denied
        .iter()
        .any(|scope| scope.kind == ObjectKind::Deployment);
    if workloads_denied && matches!(opening.namespaces, Namespaces::All) {
        let text = "you may not list deployments in all namespaces; name yours with -n NAMESPACE[,NAMESPACE], or in the \
                    configuration";
        notes.push(Untrusted::from(text));
    }
    notes
}
