//! Every screen and overlay, reached by keys as a user reaches it.

use flightdeck::app::{DryRun, EventLine, MessageTone, SourceEvent, TrafficReading};
use flightdeck::domain::{
    Answer, Cluster, KindState, Measured, Name, ObjectKind, Oddity, Outcome, Seconds, Traffic, Untrusted,
};

use super::going_back::{bad_hotfix, with};
use crate::support::cast::{self, ago, left};
use crate::support::cockpit::{CLUSTER, Cockpit, key};
use crate::support::story::Story;

type Scene = (&'static str, fn() -> Story);

/// All of them, by the names of their snapshots.
pub(super) const SCENES: [Scene; 34] = [
    ("fleet", fleet),
    ("fleet_empty", || Story::of(&[])),
    ("fleet_connecting", connecting),
    ("fleet_unreachable", unreachable),
    ("fleet_forbidden", forbidden),
    ("fleet_stale", stale),
    ("fleet_lapsed", lapsed),
    ("filter", || typed(&["/"], "r- !pull")),
    ("filter_nothing", || typed(&["/"], "nosuch")),
    ("filter_wrong", || typed(&["/"], "/(")),
    ("command", || typed(&[":"], "")),
    ("command_wrong", || {
        let mut story = typed(&[":"], "restrat");
        story.press(&["enter"]);
        story
    }),
    ("rollout_revisions", || opened("checkout", &[])),
    ("rollout_why", || opened("r-pull", &["tab"])),
    ("rollout_events", || with_events(opened("checkout", &["e"]))),
    ("rollout_users", || with_users(opened("checkout", &[]))),
    ("rollout_no_metrics", || without_metrics(opened("checkout", &[]))),
    ("rollout_zoomed", || opened("checkout", &["tab", "z"])),
    ("rollout_canary", || opened("search-api", &[])),
    ("menu", || {
        let mut story = fleet();
        story.select("checkout").press(&["."]);
        story
    }),
    ("sheet_pause", pause_sheet),
    ("sheet_resume", resume_sheet),
    ("sheet_changed", changed_sheet),
    ("sheet_refused", refused_sheet),
    ("sheet_sent", sent_sheet),
    ("sheet_unknown", unknown_sheet),
    ("choose_revision", || going_back(&["u"])),
    ("sheet_undo", || {
        let mut story = going_back(&["u", "enter"]);
        story.look_at_sheet();
        story
    }),
    ("diff", || going_back(&["d"])),
    ("choose_image", || going_back(&["i"])),
    ("choose_pods", || going_back(&["s"])),
    ("requests", || {
        let mut story = sent_sheet();
        story.press(&["esc", "x"]);
        story
    }),
    ("messages", messages),
    ("help", || typed(&["?"], "")),
];

pub(super) fn scene(name: &str) -> Story {
    let (_, make) = SCENES.iter().find(|(its, _)| *its == name).unwrap();
    make()
}

fn fleet() -> Story {
    Story::of(&cast::fleet())
}

/// A bad release and its bad hotfix, and the first keys of going back.
fn going_back(keys: &[&str]) -> Story {
    let mut story = with(&bad_hotfix());
    story.press(keys);
    story
}

fn typed(keys: &[&str], text: &str) -> Story {
    let mut story = fleet();
    story.press(keys).type_text(text);
    story
}

fn opened(name: &str, keys: &[&str]) -> Story {
    let mut story = fleet();
    story.select(name).press(&["enter"]).press(keys);
    story
}

fn nothing_heard() -> Cockpit {
    let mut cockpit = Cockpit::with(&[]);
    cockpit.model = flightdeck::app::Model::new(Cluster::new(CLUSTER));
    cockpit
}

fn connecting() -> Story {
    Story::on(nothing_heard())
}

fn unreachable() -> Story {
    let mut cockpit = nothing_heard();
    cockpit.source(SourceEvent::Unreachable {
        why: "https://10.0.0.1:6443: connection refused".into(),
        retry_at: Some(left(7)),
    });
    Story::on(cockpit)
}

fn forbidden() -> Story {
    let mut story = Story::of(&[]);
    let message = "deployments.apps is forbidden: User \"ann\" cannot list resource \"deployments\" in API group \"apps\" at the cluster scope";
    story.cockpit.source(SourceEvent::Kind {
        kind: ObjectKind::Deployment,
        namespace: None,
        state: KindState::Forbidden {
            message: message.into(),
        },
    });
    story
}

fn stale() -> Story {
    let mut story = fleet();
    for kind in ObjectKind::ALL {
        story.cockpit.source(SourceEvent::Kind {
            kind,
            namespace: None,
            state: KindState::Stale {
                heard_at: Some(ago(192)),
                why: "connection reset by peer".into(),
                retry_at: left(4),
                tries: 3,
            },
        });
    }
    story
}

fn lapsed() -> Story {
    let mut story = fleet();
    story.select("checkout");
    story.cockpit.forget("checkout");
    story
}

fn with_events(mut story: Story) -> Story {
    let line = |seconds, warning, reason: &str, message: &str| EventLine {
        at: Some(ago(seconds)),
        warning,
        reason: reason.into(),
        about: Name::new("shop", "checkout-7c9d4fd-x9m4p"),
        kind: "Pod".into(),
        message: message.into(),
        count: 4,
    };
    let lines = vec![
        line(12, true, "BackOff", "Back-off restarting failed container web"),
        line(95, false, "Pulled", "Successfully pulled image\u{1b}[31m in 2s"),
    ];
    story.cockpit.source(SourceEvent::Events {
        key: key("checkout"),
        lines,
    });
    story
}

/// The new revision fails more and is slower than the old one; one of its pods is not measured yet.
fn with_users(mut story: Story) -> Story {
    let measured = |requests, errors, latency| Measured {
        requests: Some(requests),
        errors: Some(errors),
        latency: Some(latency),
    };
    let pods = [
        ("checkout-7c9d4fd-q2xkz", measured(41.5, 0.062, 0.734)),
        ("checkout-7c9d4fc-8hw2d", measured(43.2, 0.0004, 0.085)),
    ];
    story.cockpit.source(traffic(Some(pods.into()), None, 8));
    story
}

fn without_metrics(mut story: Story) -> Story {
    let why = "monitoring/prometheus:9090: not allowed: services \"prometheus\" is forbidden; ask for the right to get services/proxy there, or write url under [metrics]";
    story.cockpit.source(traffic(None, Some(why), 0));
    story
}

pub(super) fn traffic(
    pods: Option<Vec<(&str, Measured)>>,
    trouble: Option<&str>,
    seconds_ago: i64,
) -> SourceEvent {
    let by_name = |(name, measured)| (Untrusted::from(name), measured);
    SourceEvent::Traffic(Box::new(TrafficReading {
        key: key("checkout"),
        at: ago(seconds_ago),
        traffic: pods.map(|pods| Traffic {
            pods: pods.into_iter().map(by_name).collect(),
        }),
        trouble: trouble.map(Untrusted::from),
        quantile: "p99".to_owned(),
        lasts: Seconds(30),
    }))
}

fn pause_sheet() -> Story {
    let mut story = fleet();
    story.select("web-front").press(&["space"]).look_at_sheet();
    story
}

fn resume_sheet() -> Story {
    let mut story = fleet();
    let checkout = cast::owned(cast::paused("checkout"));
    story.cockpit.object = Answer::Found(cast::object(&checkout).into());
    story.select("checkout").press(&["space"]).look_at_sheet();
    story
}

fn changed_sheet() -> Story {
    let mut story = pause_sheet();
    let mut now = cast::moving("web-front", ("v88", "v90"), (1, 2));
    now.generation = 2;
    story.cockpit.show(&[now]);
    story.look_at_sheet();
    story
}

fn refused_sheet() -> Story {
    let mut story = fleet();
    let words =
        Untrusted::from("admission webhook \"freeze\" denied the request: release freeze until Monday");
    story.cockpit.dry_run = DryRun::Denied { words };
    let checkout = cast::paused("checkout");
    story.cockpit.object = Answer::Found(cast::object(&checkout).into());
    story.select("checkout").press(&["space"]).look_at_sheet();
    story.type_text("v1.42.0").press(&["enter"]);
    story
}

fn accepted() -> Outcome {
    Outcome::Accepted {
        object: None,
        audit_id: Some("8f14e45f".into()),
        warnings: Vec::new(),
    }
}

fn sent_sheet() -> Story {
    let mut story = pause_sheet();
    story.type_text("y");
    story.cockpit.outcome(accepted());
    let mut now = cast::paused("web-front");
    now.uid = "3f2a9c1e-7d41-4b7e-9a10-c0ffee123456".into();
    story.cockpit.wait(2000);
    story.cockpit.show(&[now]);
    story.see();
    story
}

fn unknown_sheet() -> Story {
    let mut story = pause_sheet();
    story.type_text("y");
    story.cockpit.outcome(Outcome::Unknown {
        why: "no answer in 5s".into(),
    });
    story.cockpit.wait(3000);
    story.see();
    story
}

fn messages() -> Story {
    let mut story = fleet();
    let now = story.cockpit.now();
    for (tone, text) in [
        (
            MessageTone::Bad,
            "cannot pause shop/web: the API server refused it",
        ),
        (MessageTone::Info, "listing everything anew"),
        (MessageTone::Info, "listing everything anew"),
    ] {
        story.cockpit.model.tell(now, tone, text);
    }
    story.cockpit.source(SourceEvent::Odd(Oddity {
        what: "Deployment shop/odd".into(),
        why: "spec.replicas is no number".into(),
    }));
    story.press(&["!"]);
    story
}
