#!/usr/bin/env bash
# Records what the real Argo Rollouts controller writes, as the fixtures of the Argo driver: a control plane of its own, the
# pinned controller, one Rollout per situation, each saved with its ReplicaSets, Pods and Services as a YAML list, managedFields
# included. Run it by hand when the pinned version changes; it takes about a minute. Argument: where to write them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "${1:-$here/../fixtures/argo}"
fixtures=$(cd "${1:-$here/../fixtures/argo}" && pwd)
servers=${FLIGHTDECK_SERVERS:-$("$here/servers/build.sh" etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok argo | tail -n 1)}
export FLIGHTDECK_SERVERS=$servers
folder=$(mktemp -d "${TMPDIR:-/tmp}/flightdeck-record.XXXXXX")
controller=
finish() {
  [ -z "$controller" ] || kill "$controller" 2>/dev/null || true
  "$here/control_plane.sh" stop "$folder"
  rm -rf "$folder"
}
trap finish EXIT
"$here/control_plane.sh" start "$folder" >&2
kubectl() { "$servers/kubectl" --kubeconfig "$folder/kubeconfig" --cache-dir "$folder/cache" "$@"; }

crds=$(cd "$here/servers/argo" && go list -m -f '{{.Dir}}' github.com/argoproj/argo-rollouts)/manifests/crds
kubectl apply --server-side -f "$crds/rollout-crd.yaml" -f "$crds/analysis-run-crd.yaml" -f "$crds/analysis-template-crd.yaml" \
  -f "$crds/cluster-analysis-template-crd.yaml" -f "$crds/experiment-crd.yaml" >&2
kubectl wait --for condition=established --timeout=20s crd/rollouts.argoproj.io >&2
"$servers/rollouts-controller" --kubeconfig "$folder/kubeconfig" --leader-elect=false --metricsport 0 --healthzPort 0 \
  >"$folder/rollouts-controller.log" 2>&1 &
controller=$!

declare -A manifests=()

rollout() { # name, image, stage of its pods, replicas, the rest of the spec as flow YAML lines
  local manifest="apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: $1, namespace: default, labels: { app: $1 } }
spec:
  replicas: $4
  selector: { matchLabels: { app: $1 } }
  template:
    metadata: { labels: { app: $1 }, annotations: { flightdeck.dev/test-stage: $3 } }
    spec: { containers: [{ name: web, image: \"shop/web:$2\", ports: [{ containerPort: 8080 }] }] }
$5"
  kubectl apply --server-side --field-manager fixtures -f - <<<"$manifest" >/dev/null
}

# A phase of an older generation says nothing about this one: the controller writes observedGeneration in the same update.
await() { # name, jq condition on the Rollout
  local deadline=$((SECONDS + 60))
  until kubectl get rollout "$1" -o json | jq -e "(.status.observedGeneration == (.metadata.generation | tostring)) and ($2)" >/dev/null; do
    [ $SECONDS -lt $deadline ] || { echo "$1 never came to: $2" >&2; kubectl get rollout "$1" -o yaml >&2; tail -n 20 "$folder/rollouts-controller.log" >&2; exit 1; }
    sleep 0.3
  done
}

# Until two looks in a row see the same objects: the ReplicaSet controller's and kwok's writes follow the Rollout's.
record() { # name, condition
  await "$1" "$2"
  local before='' now
  while :; do
    now=$(kubectl get rollouts.argoproj.io,replicasets,pods,services -l "app=$1" -o yaml --show-managed-fields)
    [ "$now" != "$before" ] || break
    before=$now
    sleep 1
  done
  printf '%s\n' "# Recorded from Argo Rollouts 1.10.1 on Kubernetes 1.36 by tests/real/record_argo.sh: $1" "$now" >"$fixtures/${1//-/_}.yaml"
  echo "recorded $1, $(stat -c %s "$fixtures/${1//-/_}.yaml") bytes" >&2
}

canary() { # steps
  echo "  strategy: { canary: { maxSurge: 1, maxUnavailable: 0, steps: [$1] } }"
}
healthy='.status.phase == "Healthy"'
steps='{ setWeight: 25 }, { pause: {} }, { setWeight: 50 }, { pause: { duration: 10m } }, { setWeight: 100 }'
timed='{ setWeight: 25 }, { pause: { duration: 1h } }, { setWeight: 50 }, { pause: {} }'

service() { # name, app
  kubectl apply --server-side -f - >/dev/null <<<"
apiVersion: v1
kind: Service
metadata: { name: $1, namespace: default, labels: { app: $2 } }
spec: { selector: { app: $2 }, ports: [{ port: 80, targetPort: 8080 }] }"
}

service bluegreen-active bluegreen-paused
service bluegreen-preview bluegreen-paused
bluegreen='  strategy: { blueGreen: { activeService: bluegreen-active, previewService: bluegreen-preview, autoPromotionEnabled: false, scaleDownDelaySeconds: 600 } }'
deadline='  progressDeadlineSeconds: 5
'
canaries=(canary-paused-at-step canary-moving canary-aborted canary-complete user-paused)
for name in "${canaries[@]}"; do rollout "$name" v1 ready 4 "$(canary "$steps")"; done
rollout canary-timed-pause v1 ready 4 "$(canary "$timed")"
rollout bluegreen-paused v1 ready 2 "$bluegreen"
rollout degraded-never-ready v1 ready 4 "$deadline$(canary "$steps")"
for name in "${canaries[@]}" canary-timed-pause bluegreen-paused degraded-never-ready; do await "$name" "$healthy"; done

rollout canary-paused-at-step v2 ready 4 "$(canary "$steps")"
rollout canary-timed-pause v2 ready 4 "$(canary "$timed")"
rollout canary-moving v2 never-ready 4 "$(canary "$steps")"
rollout canary-aborted v2 ready 4 "$(canary "$steps")"
rollout canary-complete v2 ready 4 "$(canary '{ setWeight: 50 }, { setWeight: 100 }')"
rollout user-paused v2 ready 4 "$(canary "$steps")"
rollout bluegreen-paused v2 ready 2 "$bluegreen"
rollout degraded-never-ready v2 never-ready 4 "$deadline$(canary "$steps")"

paused='.status.pauseConditions[0].reason == "CanaryPauseStep" and .status.currentStepIndex == 1'
record canary-paused-at-step "$paused"
record canary-timed-pause "$paused"
record canary-moving '.status.phase == "Progressing" and .status.currentStepIndex == 0 and .status.updatedReplicas == 1'
record canary-complete "$healthy and .status.stableRS == .status.currentPodHash"
record bluegreen-paused '.status.pauseConditions[0].reason == "BlueGreenPause"'

await canary-aborted "$paused"
kubectl patch rollout canary-aborted --subresource status --type merge -p '{"status":{"abort":true}}' >/dev/null
record canary-aborted '.status.abort == true and .status.phase == "Degraded" and .status.updatedReplicas == null'

await user-paused "$paused"
kubectl patch rollout user-paused --type merge -p '{"spec":{"paused":true}}' >/dev/null
record user-paused '.spec.paused == true and .status.phase == "Paused"'

record degraded-never-ready '.status.phase == "Degraded"'
