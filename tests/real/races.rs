//! Two clients confirm the same plan at the same moment: exactly one of them wins, every time.

use std::time::Duration;

use flightdeck::adapters::kube::SendAnswer;
use flightdeck::domain::{Choice, Plan, Rollout, Step};
use serde_json::json;

use crate::lab::{Identity, Patch, lab};
use crate::listening::{Listening, client};

const TRIALS: usize = 200;

/// Who won how often.
#[derive(Debug, Default)]
struct Count {
    first: usize,
    second: usize,
    both: usize,
    neither: usize,
    odd: Vec<String>,
}

impl Count {
    fn add(&mut self, (one, other): &(SendAnswer, SendAnswer)) {
        for answer in [one, other] {
            if !matches!(answer, SendAnswer::Accepted { .. } | SendAnswer::TestFailed) {
                self.odd.push(format!("{answer:?}"));
            }
        }
        let won = |answer: &SendAnswer| matches!(answer, SendAnswer::Accepted { .. });
        match (won(one), won(other)) {
            (true, false) => self.first += 1,
            (false, true) => self.second += 1,
            (true, true) => self.both += 1,
            (false, false) => self.neither += 1,
        }
    }
}

#[tokio::test]
async fn of_two_that_confirm_at_once_exactly_one_wins_each_time() {
    let namespace = lab().namespace().await;
    namespace.deployment("web").replicas(1).create().await;
    let name = namespace.name();
    let mut listening = Listening::start(lab().kubeconfig(Identity::Operator, name, None), name).await;
    let one = client(lab().kubeconfig(Identity::Operator, name, None))
        .await
        .client;
    let other = client(lab().kubeconfig(Identity::Admin, name, None)).await.client;
    let send = async |plan: &Plan| {
        let write = &plan.writes[0];
        tokio::join!(one.send(write), other.send(write))
    };
    let (mut pauses, mut resumes, mut restarts) = (Count::default(), Count::default(), Count::default());
    for _ in 0..TRIALS {
        listening
            .until("it runs", |it| it.rollout("web").is_some_and(|it| !it.paused))
            .await;
        let plan = listening.plan("web", Step::Pause).await.expect("a plan");
        pauses.add(&send(&plan).await);
        listening
            .until("it is paused", |it| it.rollout("web").is_some_and(|it| it.paused))
            .await;
        let plan = listening.plan("web", Step::Resume).await.expect("a plan");
        resumes.add(&send(&plan).await);
        listening
            .until("it runs again", |it| {
                it.rollout("web").is_some_and(|it| !it.paused)
            })
            .await;
        let plan = listening.plan("web", Step::Restart).await.expect("a plan");
        restarts.add(&send(&plan).await);
    }
    for (step, count) in [("pause", pauses), ("resume", resumes), ("restart", restarts)] {
        eprintln!("{step}: {TRIALS} trials, {count:?}");
        assert_eq!(count.first + count.second, TRIALS, "{step}: {count:?}");
        assert!(count.odd.is_empty(), "{step}: {count:?}");
    }
}

#[tokio::test]
async fn a_plan_sent_twice_fails_the_second_time() {
    let namespace = lab().namespace().await;
    namespace.deployment("web").replicas(1).create().await;
    let name = namespace.name();
    let mut listening = Listening::start(lab().kubeconfig(Identity::Operator, name, None), name).await;
    for step in [Step::Pause, Step::Resume, Step::Restart] {
        listening
            .until("it is as the step wants it", |it| {
                it.rollout("web")
                    .is_some_and(|it| it.paused == (step == Step::Resume))
            })
            .await;
        let plan = listening.plan("web", step).await.expect("a plan");
        let first = listening.client.send(&plan.writes[0]).await;
        assert!(
            matches!(first, SendAnswer::Accepted { .. }),
            "{step:?}: {first:?}"
        );
        let second = listening.client.send(&plan.writes[0]).await;
        assert_eq!(second, SendAnswer::TestFailed, "{step:?}");
    }
}

#[tokio::test]
async fn two_restarts_within_one_second_never_make_a_plan_that_changes_nothing() {
    let namespace = lab().namespace().await;
    namespace.deployment("web").replicas(1).create().await;
    let name = namespace.name();
    let mut listening = Listening::start(lab().kubeconfig(Identity::Operator, name, None), name).await;
    listening
        .until("it is known", |it| it.rollout("web").is_some())
        .await;
    // Until both plans fell into the same second of the server's clock.
    for _ in 0..5 {
        let first = listening.plan("web", Step::Restart).await.expect("a plan");
        let sent = listening.client.send(&first.writes[0]).await;
        assert!(matches!(sent, SendAnswer::Accepted { .. }), "{sent:?}");
        let second = listening.plan("web", Step::Restart).await.expect("a plan");
        let sent = listening.client.send(&second.writes[0]).await;
        assert!(matches!(sent, SendAnswer::Accepted { .. }), "{sent:?}");
        let again = listening.client.send(&second.writes[0]).await;
        assert_eq!(again, SendAnswer::TestFailed, "{}", second.writes[0].shown);
    }
    assert_eq!(listening.cluster().to_string(), "lab");
}

/// Trials of the races that wait for a controller in between.
const UNDOS: usize = 100;

/// Back to the other one of two revisions.
fn to_the_other(rollout: &Rollout) -> Choice {
    let target = rollout.target().expect("a revision");
    let other = rollout
        .revisions
        .iter()
        .find(|it| it.uid != target.uid && it.hash.is_some())
        .expect("another revision");
    Choice::Revision {
        uid: other.uid.clone().expect("a uid"),
        hash: other.hash.clone(),
    }
}

/// `web` with two revisions, listened to.
async fn two_revisions(namespace: &crate::lab::Namespace, identity: Identity, replicas: u32) -> Listening {
    namespace.deployment("web").replicas(replicas).create().await;
    namespace.wait_until_rolled_out("web").await;
    namespace.set_image("web", "shop/web:v2").await;
    namespace.wait_until_rolled_out("web").await;
    let name = namespace.name();
    let mut listening = Listening::start(lab().kubeconfig(identity, name, None), name).await;
    listening
        .until("both revisions are known", |it| {
            it.rollout("web").is_some_and(|it| it.revisions.len() == 2)
        })
        .await;
    listening
}

/// Plans the way to the other revision, once the watch shows what it is of.
async fn undo(listening: &mut Listening, generation: i64) -> Plan {
    listening
        .until("it is seen", |it| {
            it.rollout("web").is_some_and(|it| {
                it.generation >= generation && it.target().is_some_and(|it| it.uid.is_some())
            })
        })
        .await;
    let choice = to_the_other(listening.rollout("web").expect("it is known"));
    listening
        .plan_for("web", Step::Undo, &choice)
        .await
        .expect("a plan")
}

fn generation(deployment: &serde_json::Value) -> i64 {
    deployment["metadata"]["generation"].as_i64().expect("a number")
}

#[tokio::test]
async fn of_two_undos_at_once_exactly_one_wins_each_time() {
    let namespace = lab().namespace().await;
    let mut listening = two_revisions(&namespace, Identity::Operator, 1).await;
    let name = namespace.name();
    let other = client(lab().kubeconfig(Identity::Admin, name, None)).await.client;
    let mut count = Count::default();
    for _ in 0..UNDOS {
        let seen = generation(&namespace.get_deployment("web").await);
        let plan = undo(&mut listening, seen).await;
        let write = &plan.writes[0];
        count.add(&tokio::join!(listening.client.send(write), other.send(write)));
    }
    eprintln!("undo: {UNDOS} trials, {count:?}");
    assert_eq!(count.first + count.second, UNDOS, "{count:?}");
    assert!(count.odd.is_empty(), "{count:?}");
}

#[tokio::test]
async fn an_undo_never_takes_back_what_a_pipeline_applied_after_it_was_planned() {
    let namespace = lab().namespace().await;
    let mut listening = two_revisions(&namespace, Identity::Operator, 1).await;
    let (mut before, mut after) = (0_usize, 0_usize);
    for trial in 0..UNDOS {
        let seen = generation(&namespace.get_deployment("web").await);
        let plan = undo(&mut listening, seen).await;
        let applied = format!("shop/web:build-{trial}");
        let (sent, _) = tokio::join!(
            listening.client.send(&plan.writes[0]),
            namespace.set_image("web", &applied)
        );
        match sent {
            SendAnswer::Accepted { .. } => before += 1,
            SendAnswer::TestFailed => after += 1,
            odd @ (SendAnswer::Refused { .. } | SendAnswer::NotSent { .. } | SendAnswer::Unknown { .. }) => {
                panic!("{odd:?}")
            }
        }
        let now = namespace.get_deployment("web").await;
        assert_eq!(
            now["spec"]["template"]["spec"]["containers"][0]["image"], applied,
            "the undo came later and was accepted"
        );
    }
    eprintln!("undo against apply: {UNDOS} trials, undo first {before}, refused {after}");
    assert_eq!(before + after, UNDOS);
}

#[tokio::test]
async fn an_undo_is_not_refused_while_an_autoscaler_scales_all_the_time() {
    let namespace = lab().namespace().await;
    let mut listening = two_revisions(&namespace, Identity::Operator, 2).await;
    let path = namespace.apps("deployments/web/scale");
    let scaler = namespace.admin().clone();
    let scaling = tokio::spawn(async move {
        for number in 0_u64.. {
            let replicas = json!({ "spec": { "replicas": 2 + number % 3 } });
            scaler.patch(Patch::Merge, &path, &replicas).await.success();
        }
    });
    for trial in 0..20 {
        let seen = generation(&namespace.get_deployment("web").await);
        let plan = undo(&mut listening, seen).await;
        let planned = generation(&namespace.get_deployment("web").await);
        namespace
            .wait_until(Duration::from_secs(20), "it is scaled meanwhile", async || {
                generation(&namespace.get_deployment("web").await) > planned
            })
            .await;
        let sent = listening.client.send(&plan.writes[0]).await;
        assert!(matches!(sent, SendAnswer::Accepted { .. }), "{trial}: {sent:?}");
    }
    scaling.abort();
}
