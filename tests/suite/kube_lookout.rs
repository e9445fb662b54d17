//! Every kind of a cluster watched at once, and namespace by namespace where that is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flightdeck::adapters::kube::{Backoff, Lookout, Poke, Progress, Told, WATCH_CAP};
use flightdeck::clock::SystemClock;
use flightdeck::domain::{KindState, Namespaces, ObjectKind};
use flightdeck::objects::{Change, ListScope};
use tokio::sync::mpsc;

use crate::support::fake_api::{FakeApi, Reply, Seen, Then};
use crate::support::watching::{list, timing, watching};

/// A lookout at work, and all that it said.
struct Running {
    api: FakeApi,
    changes: mpsc::Receiver<Vec<Change>>,
    told: mpsc::Receiver<Told>,
    states: Vec<(String, KindState)>,
    notes: Vec<String>,
    progress: Vec<Progress>,
    watched: Vec<String>,
    poke: Poke,
}

fn named(scope: &ListScope) -> String {
    let place = scope.namespace.as_deref().unwrap_or("*");
    format!("{} {place}", scope.kind.resource())
}

async fn run(
    kinds: &[ObjectKind],
    candidates: &[Arc<str>],
    slow: Duration,
    script: impl FnMut(&Seen) -> Reply + Send + 'static,
) -> Running {
    let api = FakeApi::start(script).await;
    let (changes_in, changes) = mpsc::channel(16);
    let (told_in, told) = mpsc::channel(16);
    let poke = Poke::default();
    let slow = Backoff {
        first: slow,
        most: slow,
    };
    let lookout = Lookout {
        client: api.client().await,
        kinds: kinds.to_vec(),
        namespaces: Namespaces::All,
        candidates: candidates.to_vec(),
        changes: changes_in,
        told: told_in,
        poke: poke.clone(),
        clock: Arc::new(SystemClock),
        timing: flightdeck::adapters::kube::Timing {
            slow,
            watch_idle: Duration::from_secs(60),
            heard_every: Duration::from_secs(3600),
            ..timing()
        },
    };
    let watched = lookout.first().scopes.iter().map(named).collect();
    tokio::spawn(lookout.run());
    Running {
        api,
        changes,
        told,
        states: Vec::new(),
        notes: Vec::new(),
        progress: Vec::new(),
        watched,
        poke,
    }
}

const NEVER: Duration = Duration::from_secs(3600);

impl Running {
    /// Listens until it is as wanted.
    async fn until(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) {
        while !wanted(self) {
            let heard = tokio::time::timeout(Duration::from_secs(20), async {
                tokio::select! {
                    biased;
                    told = self.told.recv() => (told, None),
                    batch = self.changes.recv() => (None, batch),
                }
            });
            let Ok((told, batch)) = heard.await else {
                panic!(
                    "waited in vain: {what}\n{:?}\n{:?}\n{:?}",
                    self.watched, self.states, self.notes
                )
            };
            match told {
                Some(Told::Scopes { added, dropped }) => {
                    let dropped: Vec<String> = dropped.iter().map(named).collect();
                    self.watched.retain(|scope| !dropped.contains(scope));
                    self.watched.extend(added.iter().map(named));
                }
                Some(Told::Asked(progress)) => self.progress.push(progress),
                Some(Told::Note(note)) => self.notes.push(note.shown()),
                Some(Told::Broken(error)) => panic!("{error}"),
                None => {}
            }
            for change in batch.into_iter().flatten() {
                if let Change::Health { scope, state } = change {
                    self.states.push((named(&scope), state));
                }
            }
        }
    }

    /// The state of a scope now.
    fn state(&self, scope: &str) -> Option<&KindState> {
        let of_scope = self.states.iter().rev().find(|(named, _)| named == scope);
        of_scope.map(|(_, state)| state)
    }

    fn is_live(&self, scope: &str) -> bool {
        matches!(self.state(scope), Some(KindState::Live { .. }))
    }
}

fn forbidden() -> Reply {
    Reply::status(403, "Forbidden", "jane may not")
}

/// What one rules review says: these verbs on pods.
fn rules(verbs: &str) -> Reply {
    let rules = format!(r#"[{{"verbs":[{verbs}],"apiGroups":[""],"resources":["pods"]}}]"#);
    Reply::json(
        201,
        format!(r#"{{"status":{{"resourceRules":{rules},"incomplete":false}}}}"#),
    )
}

fn access(allowed: bool) -> Reply {
    Reply::json(201, format!(r#"{{"status":{{"allowed":{allowed}}}}}"#))
}

/// What is served when nothing speaks against it.
fn served(seen: &Seen) -> Reply {
    if seen.is_watch() {
        watching(vec![], Then::Hang)
    } else {
        list(10, &[])
    }
}

const PODS: &str = "/api/v1/pods";
const BOTH: [ObjectKind; 2] = [ObjectKind::Pod, ObjectKind::Deployment];

#[tokio::test]
async fn with_every_right_nothing_is_asked_before_the_lists() {
    let mut running = run(&ObjectKind::ALL, &["shop".into()], NEVER, served).await;
    running
        .until("all live", |it| it.watched.iter().all(|scope| it.is_live(scope)))
        .await;
    assert_eq!(running.watched.len(), ObjectKind::ALL.len());
    let seen = running.api.seen();
    assert!(seen.iter().all(|seen| seen.method == "GET"), "{seen:?}");
}

#[tokio::test]
async fn few_rights_are_found_namespace_by_namespace() {
    let script = |seen: &Seen| {
        let body = String::from_utf8_lossy(&seen.body);
        match seen.path.as_str() {
            path if path.starts_with(PODS) => forbidden(),
            path if path.ends_with("rulesreviews") && body.contains("shop") => rules(r#""list","watch""#),
            path if path.ends_with("rulesreviews") => rules(""),
            _ => served(seen),
        }
    };
    let candidates = ["shop".into(), "infra".into(), "shop".into()];
    let mut running = run(&BOTH, &candidates, NEVER, script).await;
    running
        .until("it is known what may be read", |it| {
            it.is_live("deployments *") && it.is_live("pods shop") && it.state("pods infra").is_some()
        })
        .await;
    assert_eq!(running.watched, ["deployments *", "pods shop", "pods infra"]);
    assert!(matches!(
        running.state("pods infra"),
        Some(KindState::Forbidden { .. })
    ));
    let said = running.states.iter().filter(|(scope, _)| scope == "pods *");
    assert!(
        said.clone()
            .all(|(_, state)| matches!(state, KindState::Listing { .. })),
        "a scope that gives way to others is not told as forbidden"
    );
    assert_eq!(
        running.progress,
        [Progress { asked: 1, of: 2 }, Progress { asked: 2, of: 2 }],
        "one review for each namespace"
    );
    assert!(
        running.notes[0].contains("pods in all namespaces"),
        "{:?}",
        running.notes
    );
}

#[tokio::test]
async fn a_watch_that_is_refused_counts_as_much_as_a_list() {
    let script = |seen: &Seen| match seen.path.as_str() {
        path if path.starts_with(PODS) && seen.is_watch() => forbidden(),
        path if path.ends_with("rulesreviews") => rules(r#""list","watch""#),
        _ => served(seen),
    };
    let mut running = run(&[ObjectKind::Pod], &["shop".into()], NEVER, script).await;
    running
        .until("pods are watched where they may be", |it| it.is_live("pods shop"))
        .await;
    assert_eq!(running.watched, ["pods shop"]);
}

#[tokio::test]
async fn what_may_nowhere_be_watched_is_listed_again_and_never_called_live() {
    let script = |seen: &Seen| match seen.path.as_str() {
        _ if seen.is_watch() => forbidden(),
        path if path.ends_with("rulesreviews") => rules(r#""list""#),
        _ => served(seen),
    };
    let mut running = run(&[ObjectKind::Pod], &["shop".into()], NEVER, script).await;
    let lists = |it: &Running| {
        let stale = it
            .states
            .iter()
            .filter(|(_, state)| matches!(state, KindState::Stale { .. }));
        stale.count()
    };
    running.until("it is listed again", |it| lists(it) >= 3).await;
    let Some(KindState::Stale {
        heard_at,
        why,
        retry_at,
        tries,
    }) = running.state("pods *")
    else {
        panic!("{:?}", running.states)
    };
    let why = why.shown();
    assert!(
        why.contains("may list pods and not watch them") && why.contains("jane may not"),
        "{why}"
    );
    assert!(heard_at.is_some_and(|at| at <= *retry_at) && *tries >= 3);
    let first = running
        .states
        .iter()
        .position(|(_, state)| matches!(state, KindState::Stale { .. }));
    let later = &running.states[first.unwrap()..];
    assert!(
        later
            .iter()
            .all(|(_, state)| matches!(state, KindState::Stale { .. })),
        "{later:?}"
    );
}

#[tokio::test]
async fn without_any_right_each_kind_says_so_in_the_servers_words() {
    let script = |seen: &Seen| {
        if seen.path.ends_with("rulesreviews") {
            rules("")
        } else {
            forbidden()
        }
    };
    let mut running = run(&BOTH, &["shop".into()], NEVER, script).await;
    let is_told = |it: &Running, scope: &str| matches!(it.state(scope), Some(KindState::Forbidden { message }) if message.shown().contains("jane may not"));
    running
        .until("both are told", |it| {
            is_told(it, "pods *") && is_told(it, "deployments *") && !it.notes.is_empty()
        })
        .await;
    assert_eq!(running.watched, ["deployments *", "pods *"]);
    let reviews = running
        .api
        .seen()
        .iter()
        .filter(|seen| seen.method == "POST")
        .count();
    assert_eq!(reviews, 1, "one review serves every kind");
    assert!(
        running.notes[0].contains("name yours with -n"),
        "{:?}",
        running.notes
    );
}

#[tokio::test]
async fn rights_that_are_granted_later_are_found() {
    let granted = Arc::new(AtomicBool::new(false));
    let is_granted = Arc::clone(&granted);
    let script = move |seen: &Seen| {
        let granted = is_granted.load(Ordering::SeqCst);
        match seen.path.as_str() {
            path if path.starts_with(PODS) && !granted => forbidden(),
            path if path.ends_with("rulesreviews") => rules(r#""list","watch""#),
            path if path.ends_with("accessreviews") => access(granted),
            _ => served(seen),
        }
    };
    let quick = Duration::from_millis(20);
    let mut running = run(&[ObjectKind::Pod], &["shop".into()], quick, script).await;
    running
        .until("pods of one namespace", |it| it.is_live("pods shop"))
        .await;
    granted.store(true, Ordering::SeqCst);
    running.until("all pods", |it| it.is_live("pods *")).await;
    assert_eq!(running.watched, ["pods *"]);
}

#[tokio::test]
async fn who_asks_for_everything_anew_need_not_wait_for_new_rights() {
    let granted = Arc::new(AtomicBool::new(false));
    let is_granted = Arc::clone(&granted);
    let script = move |seen: &Seen| {
        let (granted, body) = (
            is_granted.load(Ordering::SeqCst),
            String::from_utf8_lossy(&seen.body),
        );
        match seen.path.as_str() {
            path if path.starts_with(PODS) => forbidden(),
            path if path.ends_with("accessreviews") => access(false),
            path if path.ends_with("rulesreviews") && (granted || body.contains("shop")) => {
                rules(r#""list","watch""#)
            }
            path if path.ends_with("rulesreviews") => rules(""),
            _ => served(seen),
        }
    };
    let candidates = ["shop".into(), "pay".into()];
    let mut running = run(&[ObjectKind::Pod], &candidates, NEVER, script).await;
    running
        .until("pods of one namespace", |it| {
            it.is_live("pods shop") && matches!(it.state("pods pay"), Some(KindState::Forbidden { .. }))
        })
        .await;
    granted.store(true, Ordering::SeqCst);
    running.poke.all();
    running
        .until("pods of the other, too", |it| it.is_live("pods pay"))
        .await;
}

#[tokio::test]
async fn what_lies_beyond_the_cap_is_said_and_workloads_come_first() {
    let script = |seen: &Seen| match seen.path.as_str() {
        path if path.contains("/namespaces/") => served(seen),
        path if path.ends_with("rulesreviews") => {
            let rules = r#"[{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}]"#;
            Reply::json(
                201,
                format!(r#"{{"status":{{"resourceRules":{rules},"incomplete":false}}}}"#),
            )
        }
        _ => forbidden(),
    };
    let candidates: Vec<Arc<str>> = (0..100).map(|it| Arc::from(format!("team-{it}"))).collect();
    let mut running = run(&BOTH, &candidates, NEVER, script).await;
    running
        .until("the cap is told", |it| {
            it.notes.iter().any(|note| note.contains("80 lists are beyond"))
        })
        .await;
    assert_eq!(running.watched.len(), WATCH_CAP);
    let deployments = running
        .watched
        .iter()
        .filter(|scope| scope.starts_with("deployments "));
    assert_eq!(deployments.count(), 100);
}
