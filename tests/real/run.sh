#!/usr/bin/env bash
# Installs nothing, builds what is missing, and runs the suite that needs a real control plane. For people and CI alike.
# Arguments are passed to the test program, e.g. the name of a test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
FLIGHTDECK_SERVERS=$(tests/real/servers/build.sh)
export FLIGHTDECK_SERVERS
exec cargo test --test real -- "$@"
