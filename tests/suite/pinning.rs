//! Nothing is sent to a cluster that the kubeconfig does not mean any more.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flightdeck::adapters::kube::{Flags, Held, Pinned, Surroundings, connect};
use flightdeck::adapters::record::{Record, Who};
use flightdeck::app::{
    Approved, Authority, Check, DryRun, Event, Facts, Permission, Request, RequestAnswer, RequestId,
    SourceEvent, Typed, approve,
};
use flightdeck::clock::SystemClock;
use flightdeck::domain::{
    Choice, Cluster, Environment, Liveness, Materials, Outcome, PlanQuestion, Planner as _, Step,
};
use flightdeck::runtime::requests::Desk;
use flightdeck::runtime::source::Open;
use tokio::sync::{mpsc, watch};

use crate::support::cockpit::{CLUSTER, SimplePlanner, rollout};
use crate::support::fake_api::{FakeApi, Reply, Seen};

fn kubeconfig(folder: &Path, server: &str) -> PathBuf {
    let path = folder.join("config");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{ name: c, cluster: {{ server: \"{server}\" }} }}]\n\
         users: []\ncontexts: [{{ name: c, context: {{ cluster: c }} }}]\n"
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// A desk at a server that accepts everything, opened by a kubeconfig in a folder of its own.
struct Office {
    folder: tempfile::TempDir,
    api: FakeApi,
    open: Open,
    desk: Desk,
    events: mpsc::Receiver<Event>,
    api_in: watch::Sender<Option<Open>>,
}

async fn office() -> Office {
    let folder = tempfile::tempdir().unwrap();
    let api = FakeApi::start(|_: &Seen| Reply::json(200, r#"{"metadata":{"uid":"u"}}"#)).await;
    let flags = Flags {
        kubeconfig: Some(kubeconfig(folder.path(), &api.url())),
        ..Flags::default()
    };
    let around = Surroundings::default();
    let connected = connect(&flags, &around).await.unwrap();
    let open = Open {
        pinned: Pinned::new(&flags, &around, &connected),
        client: connected.client,
    };
    let (sender, receiver) = watch::channel(Some(open.clone()));
    let (events_in, events) = mpsc::channel(16);
    let desk = Desk {
        cluster: Cluster::new(CLUSTER),
        api: receiver,
        events: events_in,
        record: Record::in_folder(folder.path()).unwrap(),
        clock: Arc::new(SystemClock),
        planner: Arc::new(SimplePlanner),
        read_only: false,
        tmux: None,
        run: "1".to_owned(),
    };
    Office {
        folder,
        api,
        open,
        desk,
        events,
        api_in: sender,
    }
}

fn approved(step: Step) -> Approved {
    let rollout = rollout("web");
    let materials = Materials::default();
    let question = PlanQuestion {
        rollout: &rollout,
        step,
        choice: &Choice::Nothing,
        materials: &materials,
    };
    let plan = Arc::new(SimplePlanner.plan(question).unwrap());
    let accepted = DryRun::Accepted {
        object: None,
        also: Vec::new(),
        warnings: Vec::new(),
    };
    let facts = Facts {
        environment: Environment::Development,
        read_only: false,
        permission: &Check::Got(Permission::Yes),
        dry_run: &Check::Got(accepted),
        record: &Check::NotAsked,
        panes: &Check::NotAsked,
        liveness: Liveness::Fresh,
        read_again: true,
        in_flight: None,
        pin_broken: None,
        uid: Some(&rollout.uid),
        choice: &Choice::Nothing,
        cluster: None,
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let typed = Typed {
        token: "y",
        reason: "",
    };
    approve(&plan, plan.digest(), &facts, typed, Authority::Sheet(1)).unwrap()
}

impl Office {
    /// Sends a write; the outcome, and why the pin broke if that was told.
    async fn send(&mut self, step: Step) -> (Outcome, Option<String>) {
        let request = Request::Write(approved(step));
        let who = Who {
            server: "here".to_owned(),
            cluster_uid: None,
            user: None,
        };
        self.desk.clone().serve(RequestId(1), request, who).await;
        let (mut outcome, mut broken) = (None, None);
        while let Ok(event) = self.events.try_recv() {
            match event {
                Event::Answer {
                    answer: RequestAnswer::Written(it),
                    ..
                } => outcome = Some(it),
                Event::Source(_, SourceEvent::PinBroken { why }) => {
                    assert!(outcome.is_none(), "the pin is told before the outcome");
                    broken = Some(why.shown());
                }
                _ => {}
            }
        }
        (outcome.expect("an outcome"), broken)
    }

    fn writes(&mut self) -> usize {
        self.api
            .seen()
            .iter()
            .filter(|seen| seen.method == "PATCH")
            .count()
    }
}

#[tokio::test]
async fn a_write_leaves_while_the_kubeconfig_means_the_same_cluster() {
    let mut office = office().await;
    let (outcome, broken) = office.send(Step::Pause).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    assert_eq!((broken, office.writes()), (None, 1));
}

#[tokio::test]
async fn a_kubeconfig_that_changed_a_moment_ago_stops_the_write() {
    for step in [Step::Pause, Step::Restart] {
        let mut office = office().await;
        let same = office.api.url();
        kubeconfig(office.folder.path(), "https://other.example:6443");
        let (outcome, broken) = office.send(step).await;
        let Outcome::NotSent { why } = outcome else {
            panic!("{outcome:?}")
        };
        assert!(why.shown().contains("https://other.example:6443"), "{why}");
        assert_eq!(broken.as_deref(), Some(why.shown().as_str()));
        assert_eq!(office.writes(), 0);
        // Once broken it stays so: nobody can say what happened in between.
        kubeconfig(office.folder.path(), &same);
        let (outcome, _) = office.send(step).await;
        assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
        assert_eq!(office.writes(), 0);
        let record = std::fs::read_to_string(office.folder.path().join("decisions.jsonl")).unwrap();
        assert!(record.contains("not sent"), "{record}");
    }
}

#[tokio::test]
async fn a_kubeconfig_that_is_gone_stops_the_write_and_one_being_written_does_not() {
    let mut half = office().await;
    let path = half.folder.path().join("config");
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, "").unwrap();
    let writing = async {
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        std::fs::write(&path, &whole).unwrap();
    };
    let ((outcome, broken), ()) = tokio::join!(half.send(Step::Pause), writing);
    assert!(
        matches!(outcome, Outcome::Accepted { .. }),
        "{outcome:?} {broken:?}"
    );

    let mut gone = office().await;
    std::fs::remove_file(gone.folder.path().join("config")).unwrap();
    let (outcome, broken) = gone.send(Step::Pause).await;
    assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
    assert!(broken.unwrap().contains("cannot be read any more"));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_home_that_hangs_holds_up_going_forward_and_never_stopping() {
    let mut office = office().await;
    let path = office.folder.path().join("config");
    std::fs::remove_file(&path).unwrap();
    // A pipe that nobody writes to: reading it hangs.
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    assert!(matches!(office.open.pinned.holds().await, Held::NotKnown(_)));
    let (outcome, broken) = office.send(Step::Restart).await;
    let Outcome::NotSent { why } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(why.shown().contains("could not be read within 500ms"), "{why}");
    assert_eq!((broken, office.writes()), (None, 0));
    let (outcome, _) = office.send(Step::Pause).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    // Lets the reader go, so that the test can end.
    std::fs::OpenOptions::new().write(true).open(&path).unwrap();
}

#[tokio::test]
async fn the_record_is_tried_without_a_cluster_and_what_is_wrong_is_told() {
    let mut office = office().await;
    office.api_in.send_replace(None);
    let probe = async |office: &mut Office| {
        let request = Request::Probe(flightdeck::app::Probe::Record);
        office
            .desk
            .clone()
            .serve(RequestId(1), request, Who::default())
            .await;
        let is_told = |event: &Event| matches!(event, Event::Record(_));
        let mut event = office.events.try_recv();
        while event.as_ref().is_ok_and(is_told) {
            event = office.events.try_recv();
        }
        match event {
            Ok(Event::Answer {
                answer: RequestAnswer::RecordProbed { problem },
                ..
            }) => problem,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(probe(&mut office).await, None);
    let path = office.desk.record.path().to_owned();
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let problem = probe(&mut office).await.expect("a folder is no file").shown();
    assert!(problem.contains("cannot be written"), "{problem}");
}
