//! The rollouts that stories are about: every state, every kind of reason, and names that try to break a screen.

use std::sync::Arc;

use flightdeck::domain::{
    CanaryStep, CanaryStepKind, ContainerState, Driver, Finding, Gravity, Image, Manager, Name, Owner,
    OwnerTool, Pod, PodPhase, Reason, Reverts, Revision, RevisionRole, Rollout, Seconds, Strategy, Untrusted,
    Weight, Weights, Written,
};
use jiff::{SignedDuration, Timestamp};

use super::cockpit::rollout;

/// The instant at which stories begin.
pub(crate) fn begin() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(86_400)
}

pub(crate) fn ago(seconds: i64) -> Timestamp {
    begin() - SignedDuration::from_secs(seconds)
}

pub(crate) fn left(seconds: i64) -> Timestamp {
    begin() + SignedDuration::from_secs(seconds)
}

pub(crate) fn revision(number: u64, role: RevisionRole, image: &str, pods: (u32, u32)) -> Revision {
    Revision {
        number: Some(number),
        hash: Some(format!("7c9d4f{number:x}").into()),
        object: Some(format!("web-7c9d4f{number:x}").into()),
        uid: Some(format!("rs-{number}").into()),
        role,
        images: vec![("web".into(), Image(image.into()))],
        created_at: Some(ago(2400)),
        change_cause: None,
        wanted: pods.1,
        existing: pods.1,
        ready: pods.0,
        available: pods.0,
        whole_since: None,
        leaves: Vec::new(),
    }
}

fn pod(name: &str, owner: &str, state: Option<&str>, restarts: u32) -> Arc<Pod> {
    Arc::new(Pod {
        name: Name::new("shop", name),
        uid: name.into(),
        owner: Some(owner.into()),
        labels: Vec::new().into(),
        phase: PodPhase::Running,
        reason: None,
        message: None,
        node: Some("node-3".into()),
        created_at: Some(ago(600)),
        deleted_at: None,
        ready: state.is_none(),
        ready_since: state.is_none().then(|| ago(590)),
        unschedulable: None,
        containers: Arc::new([ContainerState {
            name: "web".into(),
            ready: state.is_none(),
            restarts,
            waiting: state.map(Untrusted::from),
            message: None,
            last_reason: None,
            last_exit_code: None,
            running_since: state.is_none().then(|| ago(595)),
        }]),
    })
}

/// `shop/NAME` on its way from v1 to v2.
pub(crate) fn moving(name: &str, versions: (&str, &str), ready: (u32, u32)) -> Rollout {
    let repository = "registry.corp/shop/web";
    let mut it = rollout(name);
    it.uid = "3f2a9c1e-7d41-4b7e-9a10-c0ffee123456".into();
    it.revisions = vec![
        revision(
            13,
            RevisionRole::New,
            &format!("{repository}:{}", versions.1),
            (ready.0, 3),
        ),
        revision(
            12,
            RevisionRole::Old,
            &format!("{repository}:{}", versions.0),
            (ready.1, 3),
        ),
        revision(11, RevisionRole::Kept, &format!("{repository}:v1.40.0"), (0, 0)),
    ];
    it.pods = Some(vec![
        pod(&format!("{name}-7c9d4fd-q2xkz"), "rs-13", None, 0),
        pod(
            &format!("{name}-7c9d4fd-x9m4p"),
            "rs-13",
            Some("ContainerCreating"),
            0,
        ),
        pod(&format!("{name}-7c9d4fc-8hw2d"), "rs-12", None, 2),
    ]);
    it.counts.updated = 2;
    it.counts.ready = ready.0 + ready.1;
    it.counts.available = ready.0 + ready.1;
    it.findings = vec![Finding::now(
        Gravity::Moving,
        Reason::TooFewReady {
            ready: ready.0,
            wanted: 3,
        },
    )];
    it.since = Some(ago(40));
    it.written = Written {
        images: vec![(
            "web".into(),
            Some(Image(format!("{repository}:{}", versions.1).into())),
        )],
        ..Written::default()
    };
    it
}

/// The same, held by `spec.paused`.
pub(crate) fn paused(name: &str) -> Rollout {
    let mut it = moving(name, ("v1.41.2", "v1.42.0"), (1, 2));
    it.paused = true;
    it.written.paused = Some(true);
    it.written.controller_paused = true;
    it.since = Some(ago(252));
    it.findings = vec![Finding::now(
        Gravity::Held,
        Reason::Paused {
            since: Some(ago(252)),
            pending_edit: false,
        },
    )];
    it
}

/// The same, with a reason for not moving.
pub(crate) fn troubled(name: &str, gravity: Gravity, reason: Reason) -> Rollout {
    let mut it = moving(name, ("v12", "v13"), (0, 3));
    it.since = Some(ago(540));
    it.findings = vec![
        Finding::now(gravity, reason),
        Finding::now(
            Gravity::Moving,
            Reason::DeadlineRunning {
                until: left(61),
                deadline: Seconds(600),
            },
        ),
    ];
    it
}

/// Everything in place.
pub(crate) fn idle(name: &str) -> Rollout {
    let mut it = rollout(name);
    it.revisions = vec![revision(
        12,
        RevisionRole::Current,
        "registry.corp/shop/web:v4.0.1",
        (3, 3),
    )];
    it.since = Some(ago(80_000));
    it
}

/// An Argo canary that waits for a human at its third step.
pub(crate) fn canary(name: &str) -> Rollout {
    let mut it = moving(name, ("v1.41.2", "v1.42.0"), (1, 3));
    it.key.driver = Driver::Argo;
    it.strategy = Strategy::Canary;
    if let [new, old, ..] = it.revisions.as_mut_slice() {
        new.role = RevisionRole::Canary;
        old.role = RevisionRole::Stable;
    }
    let weight = |value| CanaryStepKind::SetWeight(Weight::percent(value).unwrap());
    let kinds = [
        weight(5),
        CanaryStepKind::Pause(Some(Seconds(600))),
        weight(25),
        CanaryStepKind::Pause(None),
        CanaryStepKind::Analysis,
        weight(50),
        CanaryStepKind::Pause(Some(Seconds(600))),
        weight(100),
    ];
    it.steps = kinds
        .into_iter()
        .enumerate()
        .map(|(index, kind)| CanaryStep {
            kind,
            done: index < 3,
            current: index == 3,
            since: None,
        })
        .collect();
    it.weights = Weights {
        asked: Weight::percent(25),
        controller: Weight::percent(25),
        router: None,
    };
    it.since = Some(ago(252));
    it.findings = vec![Finding::now(
        Gravity::Held,
        Reason::CanaryPause {
            step: 4,
            of: 8,
            since: Some(ago(252)),
        },
    )];
    it
}

/// With owners, an autoscaler, Services and somebody who wrote last.
pub(crate) fn owned(mut it: Rollout) -> Rollout {
    it.owners = vec![Owner {
        tool: OwnerTool::ArgoCd,
        name: "shop".into(),
        reverts: Reverts::Always,
    }];
    it.autoscaler = Some(("checkout".into(), 3, 12));
    it.services = vec!["checkout".into(), "checkout-internal".into()];
    it.managers = vec![Manager {
        manager: "argocd-controller".into(),
        subresource: None,
        at: Some(ago(2400)),
    }];
    it
}

/// Everything at once.
pub(crate) fn fleet() -> Vec<Rollout> {
    let mut recreate = troubled("batch", Gravity::Failing, Reason::Outage { wanted: 3 });
    recreate.strategy = Strategy::Recreate;
    let mut all = vec![
        owned(paused("checkout")),
        canary("search-api"),
        recreate,
        moving("web-front", ("v88", "v89"), (2, 1)),
        idle("static"),
        idle("日本語の名前がとても長いサービス"),
        idle("evil\u{1b}[31mred\u{202e}txt"),
        idle("a-name-as-long-as-the-api-allows-which-is-two-hundred-and-fifty-three-characters-9f8c7d6b5"),
    ];
    all.extend(
        reasons()
            .into_iter()
            .map(|(name, gravity, reason)| troubled(name, gravity, reason)),
    );
    all
}

/// A reason of each kind that a screen shows differently.
#[rustfmt::skip]
pub(crate) fn reasons() -> Vec<(&'static str, Gravity, Reason)> {
    use Gravity::{Failing, Held, Moving, Note, Stuck};
    let long = || Some(Untrusted::from("Back-off pulling image \"registry.corp/shop/web:v13\": manifest unknown"));
    vec![
        ("r-pull", Stuck, Reason::ImagePull { pods: 1, of: 3, word: "ImagePullBackOff".into(), image: Some("registry.corp/shop/web:v13".into()), message: long() }),
        ("r-crash", Failing, Reason::CrashLoop { pods: 2, of: 3, container: "web".into(), restarts: 14, exit_code: Some(137), last: Some("OOMKilled".into()) }),
        ("r-config", Stuck, Reason::CannotStart { pods: 1, of: 3, word: "CreateContainerConfigError".into(), message: long() }),
        ("r-probe", Stuck, Reason::ProbeFailing { pods: 1, of: 3, container: "web".into(), running_since: ago(300), message: long() }),
        ("r-schedule", Stuck, Reason::Unschedulable { pods: 1, of: 3, message: "0/3 nodes are available: 3 Insufficient cpu.".into() }),
        ("r-quota", Failing, Reason::CannotCreatePods { message: "exceeded quota: compute".into(), quota: true }),
        ("r-deadline", Failing, Reason::DeadlineExceeded { deadline: Seconds(600), message: None }),
        ("r-observe", Stuck, Reason::NotObserved { generation: 9, observed: 8 }),
        ("r-minready", Moving, Reason::MinReady { pods: 1, wait: Seconds(30), until: left(12) }),
        ("r-updated", Moving, Reason::TooFewUpdated { updated: 1, wanted: 3 }),
        ("r-old", Moving, Reason::OldPodsRemain { pods: 1 }),
        ("r-hangs", Stuck, Reason::TerminatingHangs { pods: 1, since: ago(400), oldest: "web-7c9d4f-q2xkz".into() }),
        ("r-evicted", Note, Reason::Evicted { pods: 2, message: Some("The node was low on resource: memory.".into()) }),
        ("r-waiting", Note, Reason::OutageInWaiting { pods: 3 }),
        ("r-deleted", Stuck, Reason::BeingDeleted { since: ago(30) }),
        ("r-until", Held, Reason::CanaryPauseUntil { step: 2, of: 8, until: left(300) }),
        ("r-aborted", Failing, Reason::Aborted { at: Some(ago(60)), message: long() }),
        ("r-phase", Stuck, Reason::Controller { phase: "Degraded".into(), message: long() }),
        ("r-cannot", Stuck, Reason::CannotTell { what: "pods are forbidden".into() }),
        ("r-edit", Held, Reason::Paused { since: Some(ago(60)), pending_edit: true }),
    ]
}

/// The Deployment as the server has it, for the sheets that read it.
pub(crate) fn object(rollout: &Rollout) -> String {
    let paused = if rollout.paused { "\"paused\":true," } else { "" };
    let image = rollout
        .written
        .images
        .iter()
        .find_map(|(_, image)| image.clone())
        .map_or_else(|| "web:v1".to_owned(), |it| it.0.raw().to_owned());
    format!(
        r#"{{"metadata":{{"uid":"{}"}},"spec":{{{paused}"replicas":3,"template":{{"metadata":{{"labels":{{"app":"web"}}}},"spec":{{"containers":[{{"name":"web","image":"{image}","env":[{{"name":"TOKEN","value":"s3cret"}}],"ports":[{{"containerPort":8080}}],"resources":{{"requests":{{"cpu":"100m","memory":"128Mi"}}}},"readinessProbe":{{"httpGet":{{"path":"/healthz","port":8080}}}}}}]}}}}}}}}"#,
        rollout.uid.raw()
    )
}
