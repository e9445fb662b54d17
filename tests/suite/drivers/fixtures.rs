//! Objects out of YAML files: recorded from the real controllers, or written as an API server gives them.

use flightdeck::domain::State;
use serde_json::Value;

use super::objects::at;
use super::observe::{observe_in, store_of};

/// The items of a `List` under `tests/fixtures/`.
pub(crate) fn items(file: &str) -> Vec<Value> {
    let path = format!("{}/tests/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let list: Value = serde_saphyr::from_str(&text).unwrap();
    list["items"].as_array().cloned().unwrap()
}

#[test]
fn deployments_as_files_are_in_the_state_that_their_names_say() {
    let cases = [
        ("idle", State::Idle, "None"),
        ("moving_half_way", State::Moving, "TooFewUpdated"),
        ("waiting_paused", State::Waiting, "Paused"),
        ("stuck_image", State::Stuck, "ImagePull"),
        ("failing_crash_loop", State::Failing, "CrashLoop"),
    ];
    for (name, state, rule) in cases {
        let rollout = observe_in(&store_of(&items(&format!("deployment/{name}.yaml"))));
        assert_eq!(rollout.state(at(120)), state, "{name}");
        let leading = format!("{:?}", rollout.finding(at(120)).map(|it| &it.reason));
        assert!(leading.contains(rule), "{name}: {leading}");
    }
}
