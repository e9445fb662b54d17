//! Two clients confirm the same plan at the same moment: exactly one of them wins, every time.

use flightdeck::adapters::kube::SendAnswer;
use flightdeck::domain::{Plan, Step};

use crate::lab::{Identity, lab};
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
