#!/usr/bin/env bash
# Builds the real servers that the `real` test target starts, from the Go modules pinned beside this file, into an ignored
# folder named after the modules' contents: nothing is built twice. Prints the folder. Arguments: the servers wanted (default:
# those that the tests start; `argo` is needed only to record fixtures anew).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || wanted=(etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok)
command -v go >/dev/null || { echo "The real servers are built with Go 1.26 or newer, and no 'go' is on the PATH: see https://go.dev/dl" >&2; exit 1; }

stamp=$(cat "$here"/*/go.mod "$here"/*/go.sum "$here/build.sh" | sha256sum | cut -c1-16)
out="$root/.cache/servers/$stamp"
mkdir -p "$out"
export CGO_ENABLED=0

# A server without these calls itself v0.0.0-master, and clients that look at the version misbehave.
version=v1.36.3
stamped="-X k8s.io/component-base/version.gitVersion=$version -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36"

build() { # name, module folder, package
  [ -x "$out/$1" ] && return
  local started=$SECONDS
  (cd "$here/$2" && go build -trimpath -ldflags "-s -w $stamped" -o "$out/.$1.new" "$3")
  mv "$out/.$1.new" "$out/$1"
  echo "built $1 in $((SECONDS - started)) s" >&2
}

for server in "${wanted[@]}"; do
  case "$server" in
    etcd) build etcd etcd go.etcd.io/etcd/server/v3 ;;
    kube-apiserver | kube-controller-manager | kube-scheduler | kubectl) build "$server" kubernetes "k8s.io/kubernetes/cmd/$server" ;;
    kwok) build kwok kubernetes sigs.k8s.io/kwok/cmd/kwok ;;
    argo) build rollouts-controller argo github.com/argoproj/argo-rollouts/cmd/rollouts-controller ;;
    *) echo "unknown server '$server'; known: etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok argo" >&2; exit 64 ;;
  esac
done
echo "$out"
