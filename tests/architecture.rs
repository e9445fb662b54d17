//! Holds the arrows of `docs/ARCHITECTURE.md`: who may name whom, and what nobody may name. Reads the source as text.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};

/// A source file without its comments and unit tests.
struct Source {
    path: String,
    text: String,
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
    files
}

fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = rust_files(&root.join(folder));
    assert!(
        !files.is_empty(),
        "{folder} has no files: the rule would hold for nothing"
    );
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<&str> = text
                .split("#[cfg(test)]")
                .next()
                .unwrap_or_default()
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            Source {
                path: path.strip_prefix(root).unwrap().display().to_string(),
                text: code.join("\n"),
            }
        })
        .collect()
}

#[track_caller]
fn never_names(folders: &[&str], words: &[&str]) {
    let mut found = Vec::new();
    for folder in folders {
        for source in sources(folder) {
            for (number, line) in source.text.lines().enumerate() {
                for word in words.iter().filter(|word| line.contains(**word)) {
                    found.push(format!(
                        "{}:{}: names {word}: {}",
                        source.path,
                        number + 1,
                        line.trim()
                    ));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

const PURE: [&str; 5] = ["src/domain", "src/objects", "src/drivers", "src/app", "src/view"];

#[test]
fn the_pure_layers_know_no_clock_no_cluster_no_terminal_and_no_files() {
    let words = [
        "tokio::",
        "kube::",
        "k8s_openapi",
        "ratatui",
        "crossterm",
        "std::fs",
        "std::net",
        "std::io",
        "std::process",
        "std::thread",
        "std::env",
        "Instant",
        "SystemTime",
        "Timestamp::now",
        "Zoned::now",
        "tracing::",
    ];
    never_names(&PURE, &words);
}

#[test]
fn the_arrows_between_layers_hold() {
    let outer = [
        "crate::runtime",
        "crate::adapters",
        "crate::ui",
        "crate::config",
        "crate::cli",
        "crate::clock",
    ];
    never_names(&PURE, &outer);
    never_names(
        &["src/domain"],
        &["crate::objects", "crate::drivers", "crate::app", "crate::view"],
    );
    never_names(&["src/objects"], &["crate::drivers", "crate::app", "crate::view"]);
    never_names(&["src/drivers"], &["crate::app", "crate::view"]);
    never_names(&["src/app"], &["crate::objects", "crate::drivers", "crate::view"]);
    never_names(&["src/view"], &["crate::objects", "crate::drivers"]);
    never_names(
        &["src/ui"],
        &[
            "tokio",
            "kube::",
            "crate::adapters",
            "crate::drivers",
            "crate::objects",
            "crate::config",
        ],
    );
    never_names(
        &["src/adapters"],
        &[
            "crate::ui",
            "crate::view",
            "crate::runtime",
            "ratatui",
            "crossterm",
        ],
    );
    never_names(
        &["src/sandbox"],
        &[
            "crate::app",
            "crate::view",
            "crate::ui",
            "crate::adapters",
            "crate::drivers",
            "crate::runtime",
            "crate::config",
            "crate::cli",
            "ratatui",
            "crossterm",
        ],
    );
    never_names(
        &[
            "src/domain",
            "src/objects",
            "src/drivers",
            "src/app",
            "src/view",
            "src/ui",
            "src/adapters",
            "src/config",
        ],
        &["crate::sandbox"],
    );
    never_names(
        &["src/config"],
        &[
            "crate::ui",
            "crate::view",
            "crate::adapters",
            "crate::runtime",
            "ratatui",
            "crossterm",
        ],
    );
    never_names(
        &["src/promql"],
        &["tokio", "kube::", "http::", "jiff", "Instant::", "SystemTime"],
    );
    never_names(&PURE, &["crate::promql"]);
    let others = [
        "domain", "objects", "sandbox", "config", "runtime", "adapters", "clock", "fault",
    ];
    let others = others.map(|name| format!("crate::{name}"));
    never_names(&["src/promql"], &others.each_ref().map(String::as_str));
}

#[test]
fn raw_text_from_outside_is_reached_by_drivers_and_adapters_only() {
    let shows = ["src/app", "src/view", "src/ui", "src/config"];
    never_names(&shows, &[".raw()"]);
}

#[test]
fn time_is_read_in_one_place() {
    let words = ["Timestamp::now", "Instant::now", "SystemTime::now", "Zoned::now"];
    for source in sources("src") {
        if source.path != "src/clock.rs" {
            for word in words {
                assert!(
                    !source.text.contains(word),
                    "{} reads the time: {word}",
                    source.path
                );
            }
        }
    }
}

#[test]
fn a_write_is_approved_in_one_place_and_sent_from_one_place() {
    for source in sources("src") {
        let makes = source.text.contains("Approved {") && source.path != "src/app/guard.rs";
        assert!(!makes, "{} makes an Approved: only the guard may", source.path);
        let sends = source.text.contains("SendAnswer::") || source.text.contains(".send(write)");
        let may = ["src/runtime/requests.rs", "src/adapters/kube/write.rs"].contains(&source.path.as_str());
        assert!(
            !sends || may,
            "{} sends a write: only runtime/requests.rs may",
            source.path
        );
    }
}

#[test]
fn channels_are_bounded_and_nothing_is_shared_behind_a_lock() {
    never_names(
        &["src"],
        &["unbounded_channel", "mpsc::channel()", "RwLock<", "process::exit"],
    );
    // A server has many connections and one store, so the embedded cluster may have a lock.
    for source in sources("src") {
        let may = source.path == "src/sandbox/cluster.rs";
        assert!(
            may || !source.text.contains("Mutex<"),
            "{} has a lock",
            source.path
        );
    }
}

#[test]
fn files_can_be_held_in_the_head() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut long = Vec::new();
    for path in rust_files(&root.join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text
            .split("#[cfg(test)]")
            .next()
            .unwrap_or_default()
            .lines()
            .count();
        if lines > 400 {
            long.push(format!("{}: {lines} lines", path.display()));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_module_says_what_it_is() {
    for path in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} does not begin with what it is",
            path.display()
        );
    }
}

#[test]
fn folder_modules_hold_documentation_modules_and_exports_only() {
    for path in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        if path.file_name().is_some_and(|name| name == "mod.rs") {
            let text = fs::read_to_string(&path).unwrap();
            for word in ["fn ", "struct ", "enum ", "impl "] {
                let found = text
                    .lines()
                    .find(|line| !line.trim_start().starts_with("//") && line.starts_with(word));
                assert!(found.is_none(), "{} holds code: {found:?}", path.display());
            }
        }
    }
}
