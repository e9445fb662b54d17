# Every command that people and CI run.

# What must be green before a commit.
check: fmt lint deny
    cargo test

fmt:
    cargo fmt --check

lint:
    cargo clippy --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

deny:
    cargo deny --config .deny.toml check bans licenses sources
    cargo machete

test:
    cargo test

# Builds the real control plane if need be, and runs the suite against it.
real:
    tests/real/run.sh

# Figures: time to a complete fleet, memory, bytes per second, against a bare client, on a real API server.
figures PODS="10000":
    benches/figures.sh {{PODS}}

ci:
    .ci/run
