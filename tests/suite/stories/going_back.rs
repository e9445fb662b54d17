//! Going back at the keyboard: which revision is offered, what its sheet tells, and what the other choosers take.

use flightdeck::app::{Effect, SourceEvent};
use flightdeck::domain::{Answer, Cluster, Rollout, SeenWhole, Untrusted};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::drivers::objects::{Thing, at, deployment, moving, pods, replica_set, set_counts, template};
use crate::drivers::observe::{observe, together};
use crate::support::cockpit::CLUSTER;
use crate::support::story::Story;

fn path(thing: &Value) -> Option<String> {
    let resource = match thing["kind"].as_str()? {
        "Deployment" => "deployments",
        "ReplicaSet" => "replicasets",
        _other => return None,
    };
    let name = thing["metadata"]["name"].as_str()?;
    Some(format!("/apis/apps/v1/namespaces/shop/{resource}/{name}"))
}

fn seen(things: &[Thing]) -> Rollout {
    let mut rollout = (*observe(things)).clone();
    rollout.key.cluster = Cluster::new(CLUSTER);
    rollout
}

/// These objects on the server, with the fleet open and its one rollout selected.
pub(super) fn with(things: &[Thing]) -> Story {
    let mut story = Story::of(&[seen(things)]);
    story.cockpit.objects = things
        .iter()
        .filter_map(|it| Some((path(&it.0)?, Answer::Found(it.0.to_string().into()))))
        .collect();
    let ahead = at(60).duration_since(story.cockpit.now());
    story.cockpit.ahead = ahead;
    story.cockpit.source(SourceEvent::Clock { ahead });
    story.see();
    story
}

fn of_version(thing: Thing, version: &str) -> Thing {
    thing.with("/spec/template", template(version)).with(
        "/metadata/annotations/deployment.kubernetes.io~1revision",
        version.trim_start_matches('v'),
    )
}

/// `v1` was good and still serves with three pods; `v2` was bad; `v3` is the hotfix that is bad too.
pub(super) fn bad_hotfix() -> Vec<Thing> {
    together(&[
        &[
            of_version(moving(4), "v3").counts(5, 2, 3, 3),
            replica_set("v1", 3),
            set_counts(replica_set("v2", 0), 0, 0),
            set_counts(replica_set("v3", 2), 2, 0),
        ],
        &pods("v1", 3)[..],
    ])
}

/// Every pod runs `v3`; `v1` and `v2` are kept.
pub(super) fn all_of_v3() -> Vec<Thing> {
    together(&[
        &[
            of_version(deployment(3), "v3").counts(3, 3, 3, 3),
            replica_set("v1", 0),
            replica_set("v2", 0),
            replica_set("v3", 3),
        ],
        &pods("v3", 3)[..],
    ])
}

fn body(story: &Story) -> Value {
    let writes = story.cockpit.writes();
    assert_eq!(writes.len(), 1, "one write left");
    serde_json::from_str(&writes[0]).unwrap()
}

fn value_of<'a>(body: &'a Value, path: &str) -> &'a Value {
    let operations = body.as_array().unwrap();
    let written = operations
        .iter()
        .find(|it| it["path"] == path && it["op"] != "test")
        .unwrap_or_else(|| panic!("nothing writes {path}: {body}"));
    &written["value"]
}

#[test]
fn after_a_bad_release_and_a_bad_hotfix_the_good_one_is_offered_not_the_one_before() {
    let mut story = with(&bad_hotfix());
    story
        .press(&["u"])
        .sees("UNDO shop/web")
        .sees("#1 is offered: it still has 3 pods ready")
        .sees("PROD")
        .press(&["enter"])
        .look_at_sheet()
        .sees("Go back from v3 (#3) to v1 (#1)")
        .sees("shop/web:v3 → shop/web:v1")
        .sees("way back")
        .type_text("v1")
        .press(&["enter"]);
    let body = body(&story);
    assert_eq!(
        value_of(&body, "/spec/template")["spec"]["containers"][0]["image"],
        "shop/web:v1"
    );
}

#[test]
fn abort_goes_the_same_way_and_has_nothing_to_do_where_nothing_moves() {
    with(&bad_hotfix()).press(&["a"]).sees("UNDO shop/web");
    with(&all_of_v3())
        .press(&["a"])
        .sees_not("UNDO shop/web")
        .sees("nothing is rolling out in shop/web");
}

#[test]
fn without_a_revision_that_was_ever_whole_none_is_offered() {
    let mut story = with(&all_of_v3());
    story.cockpit.model.seen = SeenWhole::default();
    story
        .press(&["u"])
        .sees("none is offered")
        .sees("not seen whole")
        .press(&["enter"])
        .sees("nothing is selected: choose a revision with the arrows");
    assert!(story.cockpit.model.sheet().is_none());
    story.press(&["down", "enter"]).look_at_sheet().sees("to v2 (#2)");
}

#[test]
fn what_this_program_saw_whole_last_is_offered() {
    let mut story = with(&all_of_v3());
    let uid = |version: &str| Untrusted::from(format!("web-{version}-uid"));
    let hour = SignedDuration::from_hours(1);
    story.cockpit.model.seen.note(&uid("v1"), at(0) - hour);
    story.cockpit.model.seen.note(&uid("v2"), at(0) - hour - hour);
    story
        .press(&["u"])
        .sees("#1 is offered: all its pods were available, 1h")
        .press(&["enter"])
        .look_at_sheet()
        .sees("to v1 (#1)");
}

#[test]
fn a_revision_that_became_whole_is_remembered_once() {
    let whole = |seconds: i64| {
        deployment(2).condition("Progressing", "True", "NewReplicaSetAvailable", "", at(seconds))
    };
    let things = |seconds: i64| together(&[&[whole(seconds), replica_set("v2", 2)], &pods("v2", 2)[..]]);
    let mut story = with(&things(5));
    story.cockpit.show(&[seen(&things(5))]);
    story.cockpit.show(&[seen(&things(9))]);
    let remembered: Vec<_> = story
        .cockpit
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Remember(batch) => Some(batch.clone()),
            _other => None,
        })
        .collect();
    let uid = Untrusted::from("web-v2-uid");
    assert_eq!(remembered, [vec![(uid.clone(), at(5))], vec![(uid, at(9))]]);
}

#[test]
fn the_revision_of_now_and_one_without_a_hash_cannot_be_chosen() {
    let mut things = all_of_v3();
    things[1].0["metadata"]["labels"] = json!({ "app": "web" });
    let mut story = with(&things);
    story.press(&["u"]).sees("no template hash");
    story
        .times(5, "down")
        .press(&["enter"])
        .look_at_sheet()
        .sees("to v2 (#2)");
}

#[test]
fn a_revision_that_goes_away_while_it_is_looked_at_is_not_replaced_by_its_neighbour() {
    let things = all_of_v3();
    let mut story = with(&things);
    story.press(&["u", "down"]);
    let kept: Vec<Thing> = things
        .iter()
        .filter(|it| it.0["metadata"]["name"] != "web-v2")
        .cloned()
        .collect();
    story.cockpit.show(&[seen(&kept)]);
    story.press(&["enter"]).sees("is gone");
    assert!(story.cockpit.model.sheet().is_none());
}

#[test]
fn a_rollout_made_anew_under_the_same_name_is_not_what_was_looked_at() {
    for key in ["u", "i", "s"] {
        let mut story = with(&bad_hotfix());
        story.press(&[key]);
        let mut other = seen(&bad_hotfix());
        other.uid = Untrusted::from("another");
        story.cockpit.show(&[other]);
        story.press(&["enter"]).sees("was made anew");
        assert!(story.cockpit.model.sheet().is_none(), "{key}");
    }
}

#[test]
fn an_undo_of_a_paused_one_takes_the_pause_back_in_the_same_request() {
    let mut things = bad_hotfix();
    things[0] = things[0].clone().with("/spec/paused", true);
    let mut story = with(&things);
    story
        .press(&["u", "enter"])
        .look_at_sheet()
        .sees("It is paused: that is taken back")
        .type_text("v1")
        .press(&["enter"]);
    let body = body(&story);
    let removes = |it: &Value| it["op"] == "remove" && it["path"] == "/spec/paused";
    assert!(body.as_array().unwrap().iter().any(removes), "{body}");
}

#[test]
fn a_tag_alone_sets_the_image_and_the_sheet_shows_it() {
    let mut story = with(&all_of_v3());
    story
        .press(&["i"])
        .sees("SET-IMAGE shop/web")
        .sees("ran here")
        .press(&["enter"])
        .sees("no image was changed")
        .press(&["ctrl-u"])
        .type_text(":v4")
        .sees("becomes   shop/web:v4")
        .press(&["enter"])
        .look_at_sheet()
        .sees("shop/web:v3 → shop/web:v4")
        .type_text("v4")
        .press(&["enter"]);
    assert_eq!(
        value_of(&body(&story), "/spec/template/spec/containers/0/image"),
        "shop/web:v4"
    );
}

#[test]
fn an_image_can_be_pasted_and_a_number_of_pods_cannot() {
    let mut story = with(&all_of_v3());
    story.press(&["i", "ctrl-u"]);
    let paste = |text: &str| flightdeck::app::Event::Paste(text.to_owned());
    story.cockpit.event(paste(
        "shop/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n",
    ));
    story.sees("shop/web@sha256:9f86d081884c7d65");
    story.press(&["esc", "s", "ctrl-u"]);
    story.cockpit.event(paste("7"));
    story
        .sees("paste ignored")
        .press(&["enter"])
        .sees("no number of pods was typed");
}

#[test]
fn pods_are_set_by_arrows_or_digits_and_the_number_is_guarded() {
    let mut story = with(&all_of_v3());
    story
        .press(&["s", "up", "up", "down"])
        .type_text("x")
        .sees("digits alone")
        .press(&["enter"])
        .look_at_sheet()
        .sees("replicas: 3 → 4")
        .type_text("4")
        .press(&["enter"]);
    let body = body(&story);
    assert_eq!(*value_of(&body, "/spec/replicas"), json!(4));
    let tested = |it: &Value| it["op"] == "test" && it["path"] == "/spec/replicas" && it["value"] == 3;
    assert!(body.as_array().unwrap().iter().any(tested), "{body}");
}

#[test]
fn a_held_key_opens_nothing_twice_and_esc_sends_nothing() {
    let mut story = with(&bad_hotfix());
    for key in ["u", "i", "s"] {
        story.press(&[key]).press(&["esc"]);
    }
    assert!(story.cockpit.model.overlays.is_empty());
    assert_eq!(story.cockpit.writes().len(), 0);
}

/// `v1` with a probe, a limit, a variable and a Secret that `v3` has not.
fn far_apart() -> Vec<Thing> {
    let mut things = bad_hotfix();
    let container = json!({
        "name": "web", "image": "shop/web:v1",
        "env": [{ "name": "TOKEN", "value": "s3cret" }],
        "envFrom": [{ "secretRef": { "name": "web-keys" } }],
        "livenessProbe": { "httpGet": { "path": "/healthz" } },
        "resources": { "limits": { "memory": "64Mi" } },
    });
    things[1] = things[1]
        .clone()
        .with("/spec/template/spec/containers", json!([container]));
    things
}

#[test]
fn two_revisions_are_compared_by_field_in_groups_and_as_yaml_without_secrets() {
    let mut story = with(&far_apart()).size(120, 36);
    story
        .press(&["enter", "d"])
        .sees("Templates of shop/web")
        .sees("- v1 (#1)   + now v3 (#3)")
        .sees("images")
        .sees("shop/web:v1 → shop/web:v3")
        .sees("environment")
        .sees("probes")
        .sees("resources")
        .sees("config")
        .sees_not("s3cret");
    story
        .press(&["z"])
        .sees("image: shop/web:v1")
        .sees("+ ")
        .sees_not("s3cret")
        .press(&["O"])
        .sees("- now v3 (#3)   + v1 (#1)");
    story.press(&["tab"]).sees("- last applied with kubectl");
    story.sees("never applied with kubectl apply");
    story.press(&["esc"]).sees_not("Templates of");
    assert_eq!(story.cockpit.writes().len(), 0);
}

#[test]
fn what_was_applied_is_compared_by_the_fields_that_it_names() {
    let mut things = far_apart();
    let applied = json!({ "spec": { "template": {
        "metadata": { "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "web", "image": "shop/web:v9" }] },
    } } });
    things[0] = things[0]
        .clone()
        .with(
            "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration",
            applied.to_string(),
        )
        .with("/spec/template/spec/dnsPolicy", "ClusterFirst");
    let mut story = with(&things);
    story.press(&["d", "tab"]);
    for _ in 0..4 {
        if story.screen().contains("- last applied") {
            break;
        }
        story.press(&["tab"]);
    }
    story
        .sees("shop/web:v9 → shop/web:v3")
        .sees("1 more field that the applied text does not name")
        .sees_not("dnsPolicy");
}

#[test]
fn a_revision_is_compared_from_the_list_of_those_to_go_back_to() {
    let mut story = with(&far_apart());
    story
        .press(&["u", "d"])
        .sees("- now v3 (#3)   + v1 (#1)")
        .press(&["esc"])
        .sees("UNDO shop/web")
        .press(&["enter"])
        .look_at_sheet()
        .sees("to v1 (#1)");
}

#[test]
fn a_side_that_is_gone_or_cannot_be_read_is_told_and_read_again_when_asked() {
    let mut story = with(&far_apart());
    let path = "/apis/apps/v1/namespaces/shop/replicasets/web-v1".to_owned();
    let kept = story
        .cockpit
        .objects
        .insert(path.clone(), Answer::Failed("403: no".to_owned()));
    story.press(&["d"]).sees("it could not be read: 403: no");
    story.cockpit.objects.insert(path.clone(), Answer::Gone);
    story.press(&["r"]).sees("the revision is gone");
    story.cockpit.objects.insert(path, kept.unwrap());
    story.press(&["r"]).sees("shop/web:v1 → shop/web:v3");
}

#[test]
fn the_first_character_replaces_what_stood_there_and_editing_keeps_it() {
    let mut story = with(&all_of_v3());
    story
        .press(&["s"])
        .type_text("5")
        .press(&["enter"])
        .look_at_sheet()
        .sees("Scale up from 3 to 5");
    let mut story = with(&all_of_v3());
    story.press(&["i"]).type_text(":v9").sees("becomes   shop/web:v9");
    let mut story = with(&all_of_v3());
    story
        .press(&["i", "backspace"])
        .type_text("7")
        .sees("becomes   shop/web:v7");
}

#[test]
fn what_speaks_against_it_stands_above_a_long_list_of_changes() {
    let mut things = far_apart();
    for number in 0..12 {
        let path = format!("/spec/template/metadata/annotations/corp.example~1note-{number}");
        things[1] = things[1].clone().with(&path, "x");
    }
    let mut story = with(&things);
    story
        .press(&["u", "enter"])
        .look_at_sheet()
        .sees("more field")
        .sees("way back")
        .sees("takes")
        .press(&["tab"])
        .sees_not("more field");
}

#[test]
fn another_cluster_behind_the_context_dims_every_action_with_its_reason() {
    let mut story = with(&bad_hotfix());
    story.cockpit.source(SourceEvent::PinBroken {
        why: "the context means https://other now".into(),
    });
    story
        .press(&["."])
        .sees("writing has stopped")
        .press(&["esc", "u"]);
    assert!(story.cockpit.model.overlays.is_empty());
    story.sees("writing has stopped").sees_not("u undo");
}

#[test]
fn what_was_said_of_one_rollout_does_not_stand_below_the_sheet_of_another() {
    let mut story = with(&all_of_v3());
    story
        .press(&["a"])
        .sees("nothing is rolling out")
        .press(&["u"])
        .sees_not("nothing is rolling out");
}
