//! Undo, set image and scale: what is read for them, what the request makes of the object, and what refuses or raises them.

use std::collections::BTreeMap;

use flightdeck::domain::{
    Answer, Choice, Class, EffectSeen, Image, Materials, Need, Plan, PlanQuestion, Planner as _, Refusal,
    RefusalKind, Rollout, Step, Untrusted,
};
use serde_json::{Value, json};

use super::objects::{
    Thing, at, autoscaler, deployment, moving, pod, pods, replica_set, service, set_counts,
};
use super::observe::{drivers, observe, together};
use super::plans::{apply, operations, stamp};

const DEPLOYMENT_PATH: &str = "/apis/apps/v1/namespaces/shop/deployments/web";

/// What a server would answer, by path. Nothing else is there.
struct Server(BTreeMap<String, Value>);

impl Server {
    fn of(things: &[Thing]) -> Self {
        let path = |object: &Value| {
            let name = object["metadata"]["name"].as_str().unwrap();
            match object["kind"].as_str().unwrap() {
                "Deployment" => Some(DEPLOYMENT_PATH.to_owned()),
                "ReplicaSet" => Some(format!("/apis/apps/v1/namespaces/shop/replicasets/{name}")),
                _other => None,
            }
        };
        let objects = things
            .iter()
            .filter_map(|thing| Some((path(&thing.0)?, thing.0.clone())));
        Self(objects.collect())
    }

    fn with(mut self, path: &str, object: Value) -> Self {
        self.0.insert(path.to_owned(), object);
        self
    }

    /// Reads until nothing is missing, as a sheet does, and asks for the plan.
    fn plan(&self, rollout: &Rollout, step: Step, choice: &Choice) -> Result<Plan, Refusal> {
        let mut materials = Materials {
            answers: Vec::new(),
            stamp: Some(stamp()),
        };
        for _round in 0..4 {
            let question = PlanQuestion {
                rollout,
                step,
                choice,
                materials: &materials,
            };
            let missing: Vec<Need> = drivers()
                .needs(question)
                .into_iter()
                .filter(|need| materials.answer(need).is_none())
                .collect();
            if missing.is_empty() {
                return drivers().plan(question);
            }
            for need in missing {
                let found = self.0.get(need.path());
                let answer = found.map_or(Answer::Gone, |object| Answer::Found(object.to_string().into()));
                materials.answers.push((need, answer));
            }
        }
        panic!("it never has enough");
    }
}

fn to(version: &str) -> Choice {
    Choice::Revision {
        uid: format!("web-{version}-uid").into(),
        hash: Some(version.into()),
    }
}

/// `v2` is being rolled out, three pods of `v1` still serve.
fn half_way() -> Vec<Thing> {
    together(&[
        &[
            moving(4).counts(5, 2, 3, 3),
            replica_set("v1", 3),
            set_counts(replica_set("v2", 2), 2, 0),
        ],
        &pods("v1", 3),
    ])
}

fn undo(things: &[Thing], version: &str) -> Result<Plan, Refusal> {
    Server::of(things).plan(&observe(things), Step::Undo, &to(version))
}

fn notes(plan: &Plan) -> String {
    let lines: Vec<String> = plan
        .notes
        .iter()
        .map(|it| format!("{}: {}", it.label, it.words))
        .collect();
    lines.join("\n")
}

#[test]
fn an_undo_brings_back_the_whole_template_and_what_this_program_does_not_know_of_it() {
    let mut things = half_way();
    let kept = things[1]
        .clone()
        .with(
            "/spec/template/spec/fieldOfTomorrow",
            json!({ "ratio": 0.1, "deep": [1, { "x": null }] }),
        )
        .with("/spec/template/spec/containers/0/image", "shop/web:v1");
    things[1] = kept.clone();
    let plan = undo(&things, "v1").unwrap();
    assert_eq!(plan.class, Class::Back);
    assert_eq!(plan.token, "v1");
    let after = apply(&plan, &things[0].0).unwrap();
    let mut wanted = kept.0["spec"]["template"].clone();
    wanted["metadata"]["labels"]
        .as_object_mut()
        .unwrap()
        .remove("pod-template-hash");
    assert_eq!(after["spec"]["template"].to_string(), wanted.to_string());
    assert_eq!(after["spec"]["replicas"], things[0].0["spec"]["replicas"]);
    assert!(apply(&plan, &after).is_err(), "the second time it fails");
    super::recorded::check(&plan, &things[0].0);
    assert_eq!(
        after["metadata"]["annotations"]["kubernetes.io/change-cause"],
        "undo of v2 (#2) to v1 (#1)"
    );
    assert!(
        plan.kubectl
            .contains("rollout undo deployment/web --to-revision=1"),
        "{}",
        plan.kubectl
    );
    assert!(
        plan.sentence
            .contains("3 of its pods still serve; 1 pod to start"),
        "{}",
        plan.sentence
    );
    assert!(notes(&plan).contains("takes: about"), "{}", notes(&plan));
}

#[test]
fn an_autoscaler_at_work_does_not_refuse_an_undo_and_another_template_does() {
    let things = half_way();
    let plan = undo(&things, "v1").unwrap();
    let scaled = things[0].clone().with("/spec/replicas", 9);
    assert!(apply(&plan, &scaled.0).is_ok());
    let edited = things[0]
        .clone()
        .with("/spec/template/spec/containers/0/image", "shop/web:v3");
    assert!(apply(&plan, &edited.0).is_err());
    let paused = things[0].clone().with("/spec/paused", true);
    assert!(
        apply(&plan, &paused.0).is_err(),
        "it would be accepted and do nothing"
    );
}

#[test]
fn an_undo_of_a_paused_deployment_resumes_it_in_the_same_request() {
    let mut things = half_way();
    things[0] = things[0].clone().with("/spec/paused", true);
    let plan = undo(&things, "v1").unwrap();
    assert_eq!(plan.writes.len(), 1);
    let after = apply(&plan, &things[0].0).unwrap();
    assert_eq!(after["spec"].get("paused"), None);
    assert!(
        plan.sentence.contains("taken back in the same request"),
        "{}",
        plan.sentence
    );
    assert!(apply(&plan, &after).is_err());
    super::recorded::check(&plan, &things[0].0);
}

#[test]
fn a_revision_that_is_not_the_one_that_was_shown_is_refused() {
    let things = half_way();
    let rollout = observe(&things);
    let refused =
        |server: Server, choice: &Choice| server.plan(&rollout, Step::Undo, choice).unwrap_err().kind;
    let mut gone = Server::of(&things);
    gone.0.remove("/apis/apps/v1/namespaces/shop/replicasets/web-v1");
    assert_eq!(refused(gone, &to("v1")), RefusalKind::Gone);
    assert_eq!(refused(Server::of(&things), &to("v7")), RefusalKind::Gone);
    let path = "/apis/apps/v1/namespaces/shop/replicasets/web-v1";
    for (field, value) in [
        ("/metadata/uid", json!("made-anew")),
        ("/metadata/labels/pod-template-hash", json!("other")),
        ("/metadata/ownerReferences/0/uid", json!("somebody-else")),
    ] {
        let other = things[1].clone().with(field, value).0;
        assert_eq!(
            refused(Server::of(&things).with(path, other), &to("v1")),
            RefusalKind::Changed,
            "{field}"
        );
    }
    let unknown = Choice::Revision {
        uid: "web-v1-uid".into(),
        hash: None,
    };
    assert_eq!(refused(Server::of(&things), &unknown), RefusalKind::Unsupported);
    assert_eq!(
        refused(Server::of(&things), &to("v2")),
        RefusalKind::AlreadySo,
        "it runs already"
    );
}

#[test]
fn what_does_not_roll_back_is_named() {
    let mut things = half_way();
    things[1] = things[1].clone().with(
        "/spec/template/spec/volumes",
        json!([
            { "name": "a", "configMap": { "name": "web-config" } },
            { "name": "b", "secret": { "secretName": "web-tls" } },
            { "name": "c", "configMap": { "name": "lost" } },
        ]),
    );
    let written = |seconds| json!({ "metadata": { "managedFields": [{ "manager": "helm", "time": at(seconds).to_string() }] } });
    let plan = Server::of(&things)
        .with("/api/v1/namespaces/shop/configmaps/web-config", written(0))
        .with("/api/v1/namespaces/shop/secrets/web-tls", written(-8000))
        .plan(&observe(&things), Step::Undo, &to("v1"))
        .unwrap();
    let told = notes(&plan);
    assert!(
        told.contains("ConfigMap web-config was changed 2h after this revision was made"),
        "{told}"
    );
    assert!(told.contains("Secret web-tls stays as it is"), "{told}");
    assert!(told.contains("ConfigMap lost is MISSING"), "{told}");
    assert_eq!(
        plan.class,
        Class::Back,
        "going back is never made harder than it is"
    );
}

#[test]
fn going_back_to_labels_that_a_service_does_not_select_is_an_override() {
    let mut things = half_way();
    things[0] = things[0]
        .clone()
        .with("/spec/template/metadata/labels/tier", "front");
    things[2] = things[2]
        .clone()
        .with("/spec/template/metadata/labels/tier", "front");
    things.push(service("front").with("/spec/selector", json!({ "tier": "front" })));
    let plan = undo(&things, "v1").unwrap();
    assert_eq!(plan.class, Class::Override);
    assert!(plan.against[0].contains("Service front"), "{:?}", plan.against);
    // Pods of somebody else keep it from being empty.
    things.push(
        pod("other", 0)
            .with("/metadata/labels/tier", "front")
            .with("/metadata/ownerReferences/0/uid", "another-set"),
    );
    let plan = undo(&things, "v1").unwrap();
    assert_eq!(plan.class, Class::Back);
    assert!(notes(&plan).contains("loses: Service front"), "{}", notes(&plan));
}

#[test]
fn the_effect_of_an_undo_is_every_pod_of_the_target() {
    let things = half_way();
    let plan = undo(&things, "v1").unwrap();
    let effect = |things: &[Thing]| drivers().effect(&plan, Some(&observe(things)));
    assert_eq!(effect(&things), EffectSeen::NotYet);
    let mut after = things.clone();
    after[0].0 = apply(&plan, &things[0].0).unwrap();
    assert_eq!(effect(&after), EffectSeen::Written);
    after[0] = after[0].clone().counts(4, 4, 4, 4);
    after[1] = replica_set("v1", 4);
    after[2] = replica_set("v2", 0);
    assert_eq!(effect(&after), EffectSeen::Done);
    let answer = |thing: &Thing| Answer::Found(thing.0.to_string().into());
    assert_eq!(drivers().resolve(&plan, &answer(&things[0])), EffectSeen::NotYet);
    assert_eq!(drivers().resolve(&plan, &answer(&after[0])), EffectSeen::Written);
    let third = things[0]
        .clone()
        .with("/spec/template/spec/containers/0/image", "shop/web:v3");
    assert_eq!(drivers().resolve(&plan, &answer(&third)), EffectSeen::CannotTell);
}

fn set_image(things: &[Thing], image: &str) -> Result<Plan, Refusal> {
    let choice = Choice::Images(vec![("web".into(), Image(Untrusted::from(image)))]);
    Server::of(things).plan(&observe(things), Step::SetImage, &choice)
}

#[test]
fn an_image_by_tag_digest_and_port_is_set_and_nothing_else() {
    let things = [deployment(3), replica_set("v2", 3), replica_set("v1", 0)];
    for (image, token) in [
        ("shop/web:v3", "v3"),
        ("registry.example:5000/shop/web:2026-11-21", "26-11-21"),
        (
            "shop/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "f00a08",
        ),
    ] {
        let plan = set_image(&things, image).unwrap();
        assert_eq!(
            (plan.class, plan.token.as_str()),
            (Class::Forward, token),
            "{image}"
        );
        let mut wanted = things[0].0.clone();
        wanted["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
        let after = apply(&plan, &things[0].0).unwrap();
        assert_eq!(after, wanted);
        assert!(apply(&plan, &after).is_err());
        super::recorded::check(&plan, &things[0].0);
    }
    for wrong in ["", "shop/web:", "shop/we b:v1", "shop/web:v1\n"] {
        assert_eq!(
            set_image(&things, wrong).unwrap_err().kind,
            RefusalKind::NotNow,
            "{wrong:?}"
        );
    }
    assert_eq!(
        set_image(&things, "shop/web:v2").unwrap_err().kind,
        RefusalKind::AlreadySo
    );
}

#[test]
fn an_image_that_a_kept_revision_ran_is_a_way_back_and_one_without_history_an_override() {
    let things = [deployment(3), replica_set("v2", 3), replica_set("v1", 0)];
    assert_eq!(set_image(&things, "shop/web:v1").unwrap().class, Class::Back);
    let forgetful = [
        deployment(3).with("/spec/revisionHistoryLimit", 0),
        replica_set("v2", 3),
    ];
    let plan = set_image(&forgetful, "shop/web:v3").unwrap();
    assert_eq!(plan.class, Class::Override);
    assert!(
        plan.against[0].contains("revisionHistoryLimit is 0"),
        "{:?}",
        plan.against
    );
    let paused = [deployment(3).with("/spec/paused", true), replica_set("v2", 3)];
    let refusal = set_image(&paused, "shop/web:v3").unwrap_err();
    assert!(refusal.sentence().contains("resume it first"), "{refusal:?}");
}

fn scale(things: &[Thing], replicas: u32) -> Result<Plan, Refusal> {
    Server::of(things).plan(&observe(things), Step::Scale, &Choice::Replicas(replicas))
}

#[test]
fn scaling_tests_the_number_that_was_shown_and_writes_the_subresource() {
    let things = [deployment(3), replica_set("v2", 3)];
    let plan = scale(&things, 5).unwrap();
    assert_eq!((plan.class, plan.token.as_str()), (Class::Forward, "5"));
    assert_eq!(plan.target.subresource, Some("scale"));
    assert!(
        plan.writes[0]
            .path
            .starts_with(&format!("{DEPLOYMENT_PATH}/scale?"))
    );
    assert_eq!(
        operations(&plan)[1],
        json!({ "op": "test", "path": "/spec/replicas", "value": 3 })
    );
    assert!(apply(&plan, &things[0].clone().with("/spec/replicas", 4).0).is_err());
    super::recorded::check(&plan, &things[0].0);
    assert_eq!(scale(&things, 3).unwrap_err().kind, RefusalKind::AlreadySo);
    assert_eq!(scale(&things, 10_001).unwrap_err().kind, RefusalKind::NotNow);
    // The subresource leaves a zero out.
    let none = [deployment(0), replica_set("v2", 0)];
    assert_eq!(operations(&scale(&none, 2).unwrap())[1]["value"], Value::Null);
}

#[test]
fn what_overrules_a_number_or_leaves_nothing_makes_it_an_override() {
    let mut things = vec![deployment(3), replica_set("v2", 3)];
    let plan = scale(&things, 0).unwrap();
    assert_eq!(plan.class, Class::Override);
    assert!(
        plan.against.iter().any(|it| it.contains("nothing serves")),
        "{:?}",
        plan.against
    );
    things.push(autoscaler(2, 10));
    let plan = scale(&things, 5).unwrap();
    assert_eq!(plan.class, Class::Override);
    assert!(
        plan.against[0].contains("autoscaler web-hpa"),
        "{:?}",
        plan.against
    );
}

#[test]
fn a_step_that_takes_a_choice_is_no_step_without_one() {
    let things = half_way();
    for step in [Step::Undo, Step::SetImage, Step::Scale] {
        let refusal = Server::of(&things)
            .plan(&observe(&things), step, &Choice::Nothing)
            .unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::NotNow, "{step:?}");
    }
}

/// Argo CD made it, and wrote its image and its number of pods.
fn by_argo_cd(mut things: Vec<Thing>, manager: &str) -> Vec<Thing> {
    let fields = json!({ "f:spec": {
        "f:replicas": {},
        "f:template": { "f:spec": { "f:containers": { "k:{\"name\":\"web\"}": { ".": {}, "f:image": {} } } } },
    } });
    let wrote = json!([{ "manager": manager, "operation": "Apply", "fieldsV1": fields }]);
    things[0] = things[0]
        .clone()
        .with(
            "/metadata/annotations/argocd.argoproj.io~1tracking-id",
            "shop:apps/Deployment:shop/web",
        )
        .with("/metadata/managedFields", wrote);
    things
}

#[test]
fn going_forward_in_a_field_that_gitops_writes_is_an_override_that_names_how_to_stop_it() {
    let things = by_argo_cd(half_way(), "argocd-controller");
    let server = Server::of(&things);
    let image = Choice::Images(vec![("web".into(), Image("shop/web:v9".into()))]);
    for (step, choice) in [
        (Step::SetImage, image.clone()),
        (Step::Scale, Choice::Replicas(9)),
    ] {
        let plan = server.plan(&observe(&things), step, &choice).unwrap();
        assert_eq!(plan.class, Class::Override, "{step:?}");
        let against = plan.against.join("\n");
        assert!(against.contains("Argo CD (shop) writes this field"), "{against}");
        assert!(
            against.contains("argocd app set shop --sync-policy none"),
            "{against}"
        );
    }
    // Somebody else's field is nobody's business.
    let things = by_argo_cd(half_way(), "kubectl-edit");
    let plan = Server::of(&things)
        .plan(&observe(&things), Step::SetImage, &image)
        .unwrap();
    assert_eq!((plan.class, plan.against.len()), (Class::Forward, 0));
}

#[test]
fn going_back_is_not_held_up_by_gitops_and_tells_that_it_will_not_last() {
    let things = by_argo_cd(half_way(), "argocd-controller");
    let plan = undo(&things, "v1").unwrap();
    assert_eq!((plan.class, plan.against.len()), (Class::Back, 0));
    assert!(
        notes(&plan).contains("reverts: Argo CD (shop)"),
        "{}",
        notes(&plan)
    );
    let kept = Choice::Images(vec![("web".into(), Image("shop/web:v1".into()))]);
    let plan = Server::of(&things)
        .plan(&observe(&things), Step::SetImage, &kept)
        .unwrap();
    assert_eq!((plan.class, plan.against.len()), (Class::Back, 0));
    assert!(
        notes(&plan).contains("reverts: Argo CD (shop)"),
        "{}",
        notes(&plan)
    );
}

#[test]
fn what_admission_changes_beside_an_undo_is_told_and_nothing_else() {
    let things = half_way();
    let rollout = observe(&things);
    let server = Server::of(&things);
    let choice = to("v1");
    let plan = server.plan(&rollout, Step::Undo, &choice).unwrap();
    let read = |path: &str| {
        (
            Need::Object {
                path: path.to_owned(),
            },
            Answer::Found(server.0[path].to_string().into()),
        )
    };
    // In either order: what is compared is what is written.
    let set = "/apis/apps/v1/namespaces/shop/replicasets/web-v1";
    for answers in [
        vec![read(set), read(DEPLOYMENT_PATH)],
        vec![read(DEPLOYMENT_PATH), read(set)],
    ] {
        let materials = Materials { answers, stamp: None };
        let mut after = apply(&plan, &things[0].0).unwrap();
        let told = |object: &Value| drivers().also(&plan, &materials, &object.to_string());
        assert_eq!(told(&after), [], "the plan alone");
        after["spec"]["template"]["spec"]["containers"][0]["image"] = json!("mirror/shop/web:v1");
        after["metadata"]["labels"]["team"] = json!("x");
        assert_eq!(
            told(&after),
            [
                Untrusted::from("/metadata/labels/team"),
                Untrusted::from("/spec/template/spec/containers")
            ]
        );
        // A Scale is not what was read.
        assert_eq!(told(&json!({ "kind": "Scale", "spec": { "replicas": 3 } })), []);
    }
}

#[test]
fn a_lost_scale_from_none_is_told_apart_by_what_the_object_says() {
    let things = vec![
        deployment(0).counts(0, 0, 0, 0),
        set_counts(replica_set("v2", 0), 0, 0),
    ];
    let plan = Server::of(&things)
        .plan(&observe(&things), Step::Scale, &Choice::Replicas(2))
        .unwrap();
    let says = |replicas: u32| {
        let object = things[0].clone().with("/spec/replicas", replicas);
        drivers().resolve(&plan, &Answer::Found(object.0.to_string().into()))
    };
    assert_eq!(says(0), EffectSeen::NotYet, "its guard still holds");
    assert_eq!(says(2), EffectSeen::Written);
    assert_eq!(says(5), EffectSeen::CannotTell);
}

#[test]
fn policies_that_hold_for_one_revision_only_are_told_and_read_only_when_labels_differ() {
    let list = "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies";
    let things = half_way();
    let needs = |things: &[Thing]| {
        let server = Server::of(things);
        let read = |path: &str| {
            let need = Need::Object {
                path: path.to_owned(),
            };
            (need, Answer::Found(server.0[path].to_string().into()))
        };
        let set = "/apis/apps/v1/namespaces/shop/replicasets/web-v1";
        let materials = Materials {
            answers: vec![read(DEPLOYMENT_PATH), read(set)],
            stamp: None,
        };
        let rollout = observe(things);
        let choice = to("v1");
        let question = PlanQuestion {
            rollout: &rollout,
            step: Step::Undo,
            choice: &choice,
            materials: &materials,
        };
        let needs = drivers().needs(question);
        needs.iter().any(|need| need.path() == list)
    };
    assert!(!needs(&things), "the labels are the same");
    let mut things = half_way();
    things[1] = things[1]
        .clone()
        .with("/spec/template/metadata/labels/tier", "old");
    assert!(needs(&things));
    let policy = |name: &str, labels: Value| json!({ "metadata": { "name": name }, "spec": { "podSelector": labels } });
    let policies = json!({ "items": [
        policy("all", json!({})),
        policy("old-only", json!({ "matchLabels": { "tier": "old" } })),
        policy("untiered", json!({ "matchExpressions": [{ "key": "tier", "operator": "DoesNotExist" }] })),
    ] });
    let server = Server::of(&things).with(list, policies);
    let plan = server.plan(&observe(&things), Step::Undo, &to("v1")).unwrap();
    let told = notes(&plan);
    assert!(told.contains("gains: NetworkPolicy old-only"), "{told}");
    assert!(told.contains("loses: NetworkPolicy untiered"), "{told}");
    assert!(!told.contains("NetworkPolicy all"), "{told}");
    let plan = Server::of(&things)
        .plan(&observe(&things), Step::Undo, &to("v1"))
        .unwrap();
    assert!(
        notes(&plan).contains("whether NetworkPolicies select"),
        "{}",
        notes(&plan)
    );
}

#[test]
fn an_edit_made_while_paused_is_kept_nowhere_once_it_is_undone() {
    let mut things = half_way();
    things.retain(|it| it.0["metadata"]["name"] != "web-v2");
    things[0] = things[0].clone().with("/spec/paused", true);
    let plan = undo(&things, "v1").unwrap();
    assert!(plan.way_back.starts_with("none:"), "{}", plan.way_back);
    assert!(
        plan.way_back.contains("no ReplicaSet keeps it"),
        "{}",
        plan.way_back
    );
}

#[test]
fn a_token_that_fits_both_versions_is_the_number_of_the_revision() {
    let mut things = half_way();
    let tag = |build: &str| format!("shop/web:2026.11.21-build.{build}-abcdef0123456789");
    things[0] = things[0]
        .clone()
        .with("/spec/template/spec/containers/0/image", tag("4712"));
    things[1] = things[1]
        .clone()
        .with("/spec/template/spec/containers/0/image", tag("4711"));
    things[2] = things[2]
        .clone()
        .with("/spec/template/spec/containers/0/image", tag("4712"));
    assert_eq!(undo(&things, "v1").unwrap().token, "#1");
}

#[test]
fn what_flux_or_helm_made_is_put_back_by_them_whoever_wrote_the_image_last() {
    let marks = [
        (
            "/metadata/labels/kustomize.toolkit.fluxcd.io~1name",
            "apps",
            "Flux (Kustomization/apps)",
        ),
        (
            "/metadata/annotations/meta.helm.sh~1release-name",
            "shop",
            "Helm (shop)",
        ),
    ];
    for (path, value, called) in marks {
        let mut things = half_way();
        things[0] = things[0].clone().with(path, value);
        let image = Choice::Images(vec![("web".into(), Image("shop/web:v9".into()))]);
        let plan = Server::of(&things)
            .plan(&observe(&things), Step::SetImage, &image)
            .unwrap();
        assert_eq!(plan.class, Class::Override, "{called}");
        assert!(plan.against.join(" ").contains(called), "{:?}", plan.against);
        // The number of pods is often an autoscaler's, and in no manifest.
        let plan = scale(&things, 9).unwrap();
        assert_eq!(plan.class, Class::Forward, "{called}");
    }
}

#[test]
fn what_can_be_no_image_is_refused_before_a_node_finds_out() {
    for wrong in ["shop/web@sha256:abc", "shop/Web:v1", "shop/web@md5:0123"] {
        let image = Choice::Images(vec![("web".into(), Image(wrong.into()))]);
        let things = half_way();
        let refusal = Server::of(&things)
            .plan(&observe(&things), Step::SetImage, &image)
            .unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::NotNow, "{wrong}");
    }
    let things = half_way();
    let image = Choice::Images(vec![(
        "web".into(),
        Image("Registry.corp:5000/shop/web:V1".into()),
    )]);
    assert!(
        Server::of(&things)
            .plan(&observe(&things), Step::SetImage, &image)
            .is_ok()
    );
}
