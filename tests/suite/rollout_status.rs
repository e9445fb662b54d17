//! `kubectl rollout status` and ours on fifty rollouts recorded from a real control plane, at every state of each.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::rollout_status::{Compared, INTENDED, pack, read, write};

const RECORDING: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/status/rollouts.jsonl.gz"
);

#[test]
fn they_agree_at_every_state_but_where_we_mean_it() {
    let recording = read(Path::new(RECORDING));
    let names: BTreeSet<&str> = recording.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names.len(), recording.len()), (50, 50), "{names:?}");
    let mut compared = Compared::default();
    for (rollout, steps) in &recording {
        compared.replay(rollout, steps);
    }
    assert!(
        compared.not_intended.is_empty(),
        "{}",
        compared.not_intended.join("\n")
    );
    let not_met: Vec<_> = (0..INTENDED.len())
        .filter(|it| !compared.met.contains(it))
        .map(|it| INTENDED[it])
        .collect();
    assert!(not_met.is_empty(), "listed, and never seen: {not_met:?}");
    assert!(compared.states > 2_000, "{} states", compared.states);
    for agreed in ["done", "failed", "waiting"] {
        assert!(
            compared.verdicts.contains_key(&(agreed, agreed)),
            "never both {agreed}: {:?}",
            compared.verdicts
        );
    }
}

#[test]
fn every_difference_is_documented() {
    let page = include_str!("../../docs/COMMANDS.md");
    for (theirs, ours, rule, why) in INTENDED {
        let line = format!("| {} | {} | `{rule}` | {why} |", theirs.word(), ours.word());
        assert!(page.contains(&line), "docs/COMMANDS.md lacks:\n{line}");
    }
}

#[test]
fn what_is_recorded_is_read_again() {
    let recording = read(Path::new(RECORDING));
    let (mut lines, folder) = (String::new(), tempfile::tempdir().unwrap());
    for (rollout, steps) in &recording {
        write(&mut lines, rollout, steps);
    }
    let path = folder.path().join("again");
    pack(&path, &lines);
    assert_eq!(read(&path), recording);
}
