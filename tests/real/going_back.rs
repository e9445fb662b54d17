//! Undo, set image and scale on the real API server and its controller: what is sent is accepted once, and brings about what the
//! plan says.

use flightdeck::adapters::kube::SendAnswer;
use flightdeck::domain::{Choice, Class, EffectSeen, Image, Plan, Planner as _, Rollout, Step};
use flightdeck::drivers::Drivers;

use crate::lab::{Identity, lab};
use crate::listening::Listening;

/// Sends it; the same bytes again are refused.
async fn once(listening: &Listening, plan: &Plan) {
    let first = listening.client.send(&plan.writes[0]).await;
    assert!(
        matches!(first, SendAnswer::Accepted { .. }),
        "{:?}: {first:?}",
        plan.step
    );
    let second = listening.client.send(&plan.writes[0]).await;
    assert_eq!(second, SendAnswer::TestFailed, "{:?}", plan.step);
}

/// Until the driver says that the controller did what was meant.
async fn done(listening: &mut Listening, plan: &Plan) {
    let drivers = Drivers::new(listening.cluster().clone());
    listening
        .until("it has its effect", |it| {
            drivers.effect(plan, it.rollout("web").map(AsRef::as_ref)) == EffectSeen::Done
        })
        .await;
}

async fn set_image(listening: &mut Listening, image: &str) -> Plan {
    let rollout = listening.rollout("web").expect("it is known");
    let (container, _) = rollout.written.images.first().expect("a container").clone();
    let choice = Choice::Images(vec![(container, Image(image.into()))]);
    let plan = listening
        .plan_for("web", Step::SetImage, &choice)
        .await
        .expect("a plan");
    once(listening, &plan).await;
    done(listening, &plan).await;
    plan
}

fn revision_of(rollout: &Rollout, image: &str) -> Choice {
    let revision = rollout
        .revisions
        .iter()
        .find(|it| it.images.iter().any(|(_, its)| its.0.raw() == image))
        .expect("the revision is kept");
    Choice::Revision {
        uid: revision.uid.clone().expect("a uid"),
        hash: revision.hash.clone(),
    }
}

#[tokio::test]
async fn an_undo_goes_back_over_several_revisions_and_every_pod_runs_the_target() {
    let namespace = lab().namespace().await;
    namespace.deployment("web").replicas(3).create().await;
    let name = namespace.name();
    let mut listening = Listening::start(lab().kubeconfig(Identity::Admin, name, None), name).await;
    listening
        .until("it is whole", |it| {
            it.rollout("web")
                .is_some_and(|it| it.counts.available == 3 && it.counts.updated == 3)
        })
        .await;
    let good = listening.rollout("web").expect("it is known").written.images[0]
        .1
        .clone()
        .expect("an image");
    for image in ["registry.example/web:v2", "registry.example/web:v3"] {
        let plan = set_image(&mut listening, image).await;
        assert_eq!(plan.class, Class::Forward);
    }
    let back_to = revision_of(listening.rollout("web").expect("it is known"), good.0.raw());
    let plan = listening
        .plan_for("web", Step::Undo, &back_to)
        .await
        .expect("a plan");
    assert_eq!(plan.class, Class::Back);
    once(&listening, &plan).await;
    done(&mut listening, &plan).await;
    let rollout = listening.rollout("web").expect("it is known");
    assert_eq!(rollout.written.images[0].1.as_ref(), Some(&good));
    let target = rollout.target().expect("a revision");
    assert_eq!((target.uid.clone(), target.ready), {
        let Choice::Revision { uid, .. } = back_to else {
            unreachable!("it is a revision")
        };
        (Some(uid), 3)
    });
    // Paused, it goes back as well: the pause is taken away in the same request.
    let paused = listening.plan("web", Step::Pause).await.expect("a plan");
    once(&listening, &paused).await;
    done(&mut listening, &paused).await;
    let forth = revision_of(
        listening.rollout("web").expect("it is known"),
        "registry.example/web:v3",
    );
    let plan = listening
        .plan_for("web", Step::Undo, &forth)
        .await
        .expect("a plan");
    once(&listening, &plan).await;
    done(&mut listening, &plan).await;
    assert!(!listening.rollout("web").expect("it is known").paused);
}

#[tokio::test]
async fn a_number_is_set_by_the_subresource_down_to_none_and_up_again() {
    let namespace = lab().namespace().await;
    namespace.deployment("web").replicas(2).create().await;
    let name = namespace.name();
    let mut listening = Listening::start(lab().kubeconfig(Identity::Admin, name, None), name).await;
    listening
        .until("it is whole", |it| {
            it.rollout("web").is_some_and(|it| it.counts.available == 2)
        })
        .await;
    for replicas in [4, 0, 1] {
        let choice = Choice::Replicas(replicas);
        let plan = listening
            .plan_for("web", Step::Scale, &choice)
            .await
            .expect("a plan");
        once(&listening, &plan).await;
        done(&mut listening, &plan).await;
    }
}
