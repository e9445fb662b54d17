//! A thousand times the program is killed at a random point of an action, on a real control plane behind a proxy that delays,
//! holds and swallows; then it is started again. Afterwards the record, the proxy and the object must tell the same: nothing
//! left without a line on disk before it, and the next start found out what was open. A lie ends it; figures are printed.
//!
//! `KILLS=1000` and `KILLS_SEED` (the time) can be given. Lines of the record are made older by 70 s before the second start, so that
//! nobody waits for what cannot linger any more: the proxy is quiet by then.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::similar_names,
    dead_code,
    unused_imports,
    reason = "a search for lies stops at what it did not expect, prints, takes real time, and needs less of the laboratory than the tests"
)]

#[path = "../tests/real/lab/mod.rs"]
mod lab;
#[path = "../tests/support/fault_proxy/mod.rs"]
mod fault_proxy;
#[path = "../tests/support/pty.rs"]
mod pty;
#[path = "../tests/real/seat.rs"]
mod seat;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::Method;
use jiff::{SignedDuration, Timestamp};
use rustix::process::Signal;
use serde_json::{Value, json};

use fault_proxy::Fault;
use lab::{Identity, Patch};
use seat::{Seat, confirm, open, select};

/// Nothing of an action takes longer once it is confirmed, faults aside.
const LONGEST: u64 = 120;

/// The second start has found out what was open by then.
const WITHIN: Duration = Duration::from_secs(30);

/// How much older the record is made.
const OLDER: SignedDuration = SignedDuration::from_secs(70);

fn main() {
    // Whoever only wants to know that it builds does not say --bench.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|text| text.parse::<u64>().expect("a number"))
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    let seed = number("KILLS_SEED").unwrap_or(now.as_secs());
    let kills = number("KILLS").unwrap_or(1_000);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(run(kills, seed));
}

/// What became of the kills.
#[derive(Debug, Default)]
struct Count {
    kills: u64,
    /// Killed before the decision was on disk: nothing may have left.
    not_recorded: u64,
    /// On disk, and no byte left.
    not_sent: u64,
    sent: u64,
    /// The end was on disk before the kill.
    ended_before: u64,
    /// Found by the next start.
    applied: u64,
    not_applied: u64,
    /// Must stay nothing.
    sent_unrecorded: u64,
}

async fn run(kills: u64, seed: u64) {
    println!("seed {seed}");
    let mut random = Random(seed | 1);
    let mut count = Count::default();
    let seat = Seat::with_web(Identity::Operator, 1).await;
    let began = Instant::now();
    for _ in 0..kills {
        one(&seat, &mut random, &mut count).await;
        if count.kills.is_multiple_of(50) {
            println!("{:.0} s: {count:?}", began.elapsed().as_secs_f64());
        }
    }
    println!("{:.0} s: {count:?}", began.elapsed().as_secs_f64());
    assert_eq!(
        count.sent_unrecorded, 0,
        "something left without a line on disk before it"
    );
}

async fn one(seat: &Seat, random: &mut Random, count: &mut Count) {
    let path = seat.namespace.apps("deployments/web");
    let is_paused = async || seat.namespace.get_deployment("web").await["spec"]["paused"] == true;
    let (lines, writes) = (record(seat).len(), seat.writes().len());
    let was_paused = is_paused().await;
    let mut pty = seat.at_web(&[]);
    let token = open(&pty, " ", if was_paused { "RESUME" } else { "PAUSE" });
    let fault = match random.below(5) {
        0 => Fault::HoldReply,
        1 => Fault::Hang,
        2 => Fault::Delay(Duration::from_millis(random.below(LONGEST))),
        _ => Fault::Pass,
    };
    seat.proxy.method(Method::PATCH, &path, fault);
    confirm(&pty, &token);
    tokio::time::sleep(Duration::from_millis(random.below(LONGEST))).await;
    pty.signal(Signal::KILL);
    pty.exit_code();
    // What the proxy still holds goes on or is dropped by then.
    tokio::time::sleep(Duration::from_millis(LONGEST + 30)).await;
    seat.proxy.heal();
    count.kills += 1;
    let sent = seat.writes().split_off(writes);
    assert!(sent.len() <= 1, "one confirmation, one request: {sent:?}");
    let new = record(seat).split_off(lines);
    let Some(intent) = new.iter().find(|line| line["kind"] == "intent") else {
        count.not_recorded += 1;
        count.sent_unrecorded += u64::from(!sent.is_empty());
        return;
    };
    if sent.is_empty() {
        count.not_sent += 1;
    } else {
        count.sent += 1;
    }
    let is_applied = is_paused().await != was_paused;
    let id = intent["decision"].clone();
    let is_ended = end_of(&new, &id).is_some();
    count.ended_before += u64::from(is_ended);
    make_older(seat);
    let end = if is_ended {
        end_of(&new, &id)
    } else {
        looked_up(seat, &id)
    };
    let words = end.expect("an end");
    let says_applied = ["the object shows the change", "done", "already so"]
        .iter()
        .any(|it| words.starts_with(it));
    assert_eq!(says_applied, is_applied, "the record says {words:?} of {intent}");
    assert!(says_applied || words.starts_with("not "), "{words:?} of {intent}");
    if !is_ended {
        count.applied += u64::from(is_applied);
        count.not_applied += u64::from(!is_applied);
    }
    let again = seat.writes().len() - writes;
    assert_eq!(again, sent.len(), "the next start sends nothing");
}

/// Starts the program again until the record has the end.
fn looked_up(seat: &Seat, id: &Value) -> Option<String> {
    let mut pty = seat.start(&[]);
    let began = Instant::now();
    loop {
        if let Some(end) = end_of(&record(seat), id) {
            pty.signal(Signal::KILL);
            pty.exit_code();
            return Some(end);
        }
        assert!(
            began.elapsed() < WITHIN,
            "the next start found nothing\n{pty}\n{}",
            seat.record()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The last word on a decision, if it is an end.
fn end_of(lines: &[Value], id: &Value) -> Option<String> {
    let last = lines
        .iter()
        .rfind(|line| line["decision"] == *id && line["kind"] == "outcome")?;
    let words = last["outcome"].as_str()?;
    (words != "accepted" && !words.starts_with("outcome unknown")).then(|| words.to_owned())
}

/// Lines that were cut off by a kill are no lines.
fn record(seat: &Seat) -> Vec<Value> {
    let text = seat.record();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn make_older(seat: &Seat) {
    let mut text = String::new();
    for mut line in record(seat) {
        let at: Timestamp = line["at"].as_str().unwrap().parse().unwrap();
        line["at"] = json!((at - OLDER).to_string());
        text.push_str(&line.to_string());
        text.push('\n');
    }
    let files = seat.record_files();
    std::fs::write(&files[0], text).expect("the record can be written");
}

/// Random enough to find points in time, and the same again from the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
