#!/usr/bin/env bash
# Fills the control plane that `tests/real/control_plane.sh start FOLDER` started with a fleet, and waits until every pod is
# ready: N Deployments of ten pods each over twenty namespaces, as a platform team's cluster looks.
#
#   fleet.sh FOLDER [DEPLOYMENTS, default 1000]
set -euo pipefail
[ $# -ge 1 ] || { sed -n '5s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 64; }
folder=$1
deployments=${2:-1000}
kubectl=("$(cat "$folder/servers")/kubectl" --kubeconfig "$folder/kubeconfig" --cache-dir "$folder/cache")

namespaces() {
  local team
  for team in $(seq -w 1 20); do
    printf 'apiVersion: v1\nkind: Namespace\nmetadata: { name: team-%s }\n---\n' "$team"
  done
}

fleet() {
  local number name
  for number in $(seq -w 1 "$deployments"); do
    name=service-$number
    cat <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: { name: $name, namespace: team-$(printf %02d $((10#$number % 20 + 1))), labels: { app.kubernetes.io/name: $name } }
spec:
  replicas: 10
  selector: { matchLabels: { app.kubernetes.io/name: $name } }
  template:
    metadata: { labels: { app.kubernetes.io/name: $name, app.kubernetes.io/version: v1.4.2 } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: app
        image: registry.example.com/shop/$name:v1.4.2
        ports: [{ containerPort: 8080, name: http }]
        env: [{ name: LOG_LEVEL, value: info }, { name: REGION, value: eu-central-1 }]
        resources: { requests: { cpu: 10m, memory: 16Mi } }
        readinessProbe: { httpGet: { path: /healthz, port: http }, periodSeconds: 5 }
---
YAML
  done
}

ready() { "${kubectl[@]}" get deployments -A -o 'jsonpath={range .items[*]}{.status.availableReplicas}{"\n"}{end}' | grep -c '^10$' || true; }

namespaces | "${kubectl[@]}" apply --server-side -f - >/dev/null
fleet | "${kubectl[@]}" apply --server-side -f - >/dev/null
deadline=$((SECONDS + 900))
until [ "$(ready)" -ge "$deployments" ]; do
  [ $SECONDS -lt $deadline ] || { echo "Only $(ready) of $deployments Deployments became available within 15 minutes; the servers' logs are in $folder" >&2; exit 1; }
  sleep 1
done
