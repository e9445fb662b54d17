#!/usr/bin/env bash
# Starts a real Kubernetes control plane with simulated nodes on free loopback ports, out of one folder: etcd, kube-apiserver,
# kube-controller-manager, kube-scheduler and kwok. The tests, the recording of fixtures and a person all start it here.
#
#   control_plane.sh run   FOLDER   in the foreground until standard input ends, or a signal comes, or a server dies
#   control_plane.sh start FOLDER   in the background; returns when it serves
#   control_plane.sh stop  FOLDER   ends what `start` started
#
# FOLDER then holds `kubeconfig` (admin), `ca.crt`, `url`, `<server>.log`, and `failed` if a server died. Whoever runs it as a
# child keeps the write end of its standard input: when that process ends, by any means, the pipe closes and the servers stop.
# The binaries come from $FLIGHTDECK_SERVERS, else from servers/build.sh beside this file. Needs bash 4.3 or newer.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage() { sed -n '5,7s/^# *//p' "${BASH_SOURCE[0]}" >&2; exit 64; }
[ $# -eq 2 ] || usage
command=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)

servers_folder() {
  local servers=${FLIGHTDECK_SERVERS:-}
  if [ -z "$servers" ]; then
    servers=$("$here/servers/build.sh" | tail -n 1) || { echo "The real servers could not be built (see above). Repair the build, or point FLIGHTDECK_SERVERS to a folder that holds them." >&2; return 1; }
  fi
  local name
  for name in etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok; do
    [ -x "$servers/$name" ] || { echo "The real server '$name' is not in $servers. Build it with $here/servers/build.sh, or point FLIGHTDECK_SERVERS to a folder that holds it." >&2; return 1; }
  done
  echo "$servers"
}

# Below the range that the system hands out itself, so that no client's connection takes the port in between.
free_port() {
  local port
  while :; do
    port=$((12000 + (RANDOM * 32768 + RANDOM) % 20000))
    [[ " ${taken[*]} " == *" $port "* ]] && continue
    (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
    taken+=("$port")
    REPLY=$port
    return
  done
}

declare -A pids=()
leash=
taken=()

# If this script is killed outright, the kernel kills the servers too: one that outlives its tests holds memory and ports.
# Not with TERM: the API server would wait for an etcd that is gone.
die_with_me=()
command -v setpriv >/dev/null && die_with_me=(setpriv --pdeathsig KILL --)

serve() { # name, arguments
  local name=$1
  shift
  "${die_with_me[@]}" "$servers/$name" "$@" >"$folder/$name.log" 2>&1 </dev/null 3<&- &
  pids[$name]=$!
}

fail() { # server, what happened
  { echo "$2. The end of $folder/$1.log:"; tail -n 15 "$folder/$1.log" | cut -c1-400; } | tee "$folder/failed" >&2
}

all_alive() {
  local name
  for name in "${!pids[@]}"; do
    kill -0 "${pids[$name]}" 2>/dev/null || { fail "$name" "The server $name ended by itself"; return 1; }
  done
}

await() { # server, seconds, what, command
  local name=$1 deadline=$((SECONDS + $2)) what=$3
  shift 3
  until "$@" >/dev/null 2>&1; do
    all_alive || return 1
    [ $SECONDS -lt $deadline ] || { fail "$name" "$what within the time allowed"; return 1; }
    sleep 0.1
  done
}

end() { # name: asks, and after five seconds does not ask
  local pid=${pids[$1]:-}
  [ -n "$pid" ] || return 0
  kill "$pid" 2>/dev/null || return 0
  local tries=0
  while kill -0 "$pid" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 50 ] || { kill -9 "$pid" 2>/dev/null; break; }
    sleep 0.1
  done
  unset "pids[$1]"
}

# The API server before etcd: without etcd it does not end when asked.
stop_all() {
  trap '' INT TERM HUP
  kill "$leash" 2>/dev/null || true
  local name
  for name in kwok kube-scheduler kube-controller-manager; do
    [ -z "${pids[$name]:-}" ] || kill "${pids[$name]}" 2>/dev/null || true
  done
  for name in kwok kube-scheduler kube-controller-manager kube-apiserver etcd; do end "$name"; done
  rm -rf "$folder/etcd" "$folder/certs" "$folder/supervisor.pid"
}

write_kubeconfig() { # url
  cat >"$folder/kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: lab
clusters: [{ name: lab, cluster: { server: "$1", certificate-authority: "$folder/ca.crt" } }]
users: [{ name: admin, user: { token: admin-token } }]
contexts: [{ name: lab, context: { cluster: lab, user: admin } }]
YAML
}

apply_cluster() { "$servers/kubectl" --kubeconfig "$folder/kubeconfig" apply --server-side --cache-dir "$folder/cache" -f "$here/cluster.yaml"; }
ready() { "$servers/kubectl" --kubeconfig "$folder/kubeconfig" get --raw /readyz; }
nodes_ready() {
  local answer
  answer=$("$servers/kubectl" --kubeconfig "$folder/kubeconfig" --cache-dir "$folder/cache" get nodes --no-headers)
  [ "$(grep -c ' Ready ' <<<"$answer")" -eq 3 ]
}

start_servers() {
  free_port; local etcd_port=$REPLY
  free_port; local peer_port=$REPLY
  free_port; local api_port=$REPLY
  free_port; local kwok_port=$REPLY
  local url="https://127.0.0.1:$api_port"
  serve etcd --data-dir "$folder/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls "http://127.0.0.1:$etcd_port" --advertise-client-urls "http://127.0.0.1:$etcd_port" \
    --listen-peer-urls "http://127.0.0.1:$peer_port" --initial-advertise-peer-urls "http://127.0.0.1:$peer_port" \
    --initial-cluster "default=http://127.0.0.1:$peer_port"
  # The certificate that the API server makes for itself also signs service account tokens: no openssl is needed.
  # TaintNodesByCondition would make new nodes unusable until a node lifecycle controller, which is not run, clears them.
  serve kube-apiserver --etcd-servers "http://127.0.0.1:$etcd_port" --secure-port "$api_port" --bind-address 127.0.0.1 \
    --cert-dir "$folder/certs" --service-account-issuer "$url" \
    --service-account-key-file "$folder/certs/apiserver.key" --service-account-signing-key-file "$folder/certs/apiserver.key" \
    --service-cluster-ip-range 10.0.0.0/16 --authorization-mode RBAC --token-auth-file "$here/tokens.csv" \
    --disable-admission-plugins ServiceAccount,TaintNodesByCondition --shutdown-delay-duration 0s
  echo "$url" >"$folder/url"
  echo "http://127.0.0.1:$etcd_port" >"$folder/etcd-url"
  await kube-apiserver 30 "The API server wrote no certificate" test -s "$folder/certs/apiserver.crt" || return 1
  cp "$folder/certs/apiserver.crt" "$folder/ca.crt"
  write_kubeconfig "$url"
  await kube-apiserver 60 "The API server did not become ready" ready || return 1

  serve kube-controller-manager --kubeconfig "$folder/kubeconfig" --authentication-kubeconfig "$folder/kubeconfig" \
    --authorization-kubeconfig "$folder/kubeconfig" --leader-elect=false --secure-port 0 \
    --controllers deployment-controller,replicaset-controller,statefulset-controller,daemonset-controller,endpointslice-controller,garbage-collector-controller,disruption-controller,horizontal-pod-autoscaler-controller,namespace-controller,job-controller,resourcequota-controller,validatingadmissionpolicy-status-controller \
    --kube-api-qps 2000 --kube-api-burst 4000
  serve kube-scheduler --kubeconfig "$folder/kubeconfig" --authentication-kubeconfig "$folder/kubeconfig" \
    --authorization-kubeconfig "$folder/kubeconfig" --leader-elect=false --secure-port 0 --kube-api-qps 2000 --kube-api-burst 4000
  HOME=$folder serve kwok --kubeconfig "$folder/kubeconfig" --config "$here/stages.yaml" --config "$here/node_stages.yaml" --manage-all-nodes=true \
    --node-ip 127.0.0.1 --node-port "$kwok_port" --server-address "127.0.0.1:$kwok_port" \
    --tls-cert-file "$folder/certs/apiserver.crt" --tls-private-key-file "$folder/certs/apiserver.key"
  await kube-apiserver 20 "The nodes and roles could not be created" apply_cluster || return 1
  await kwok 20 "The simulated nodes did not become ready" nodes_ready || return 1
  all_alive
}

run() {
  servers=$(servers_folder) || exit 1
  echo "$servers" >"$folder/servers"
  rm -f "$folder/failed" "$folder/serving"
  echo $$ >"$folder/supervisor.pid"
  trap 'exit 0' INT TERM HUP
  trap stop_all EXIT
  # Watched from the first moment: who gives up while the servers start must not leave them behind.
  exec 3<&0
  "${die_with_me[@]}" cat <&3 >/dev/null &
  leash=$!
  (while kill -0 $leash && kill -0 $$; do sleep 0.2; done 2>/dev/null; kill -TERM $$ 2>/dev/null) </dev/null >/dev/null 2>&1 3<&- &
  start_servers || exit 1
  date +%s >"$folder/serving"
  trap '' PIPE # whoever waited for this line may be gone
  echo "serving $(cat "$folder/url")" || exit 1
  wait -n "${pids[@]}" || true
  all_alive || exit 1
}

case "$command" in
  run) run ;;
  start)
    mkfifo "$folder/leash" 2>/dev/null || true
    rm -f "$folder/serving" "$folder/failed"
    # Opened for reading and writing, the pipe never ends: `stop` sends a signal instead.
    setsid "${BASH_SOURCE[0]}" run "$folder" <>"$folder/leash" >"$folder/supervisor.log" 2>&1 &
    supervisor=$!
    until [ -e "$folder/serving" ]; do
      kill -0 $supervisor 2>/dev/null || { cat "$folder/supervisor.log" >&2; exit 1; }
      sleep 0.1
    done
    cat "$folder/supervisor.log"
    ;;
  stop)
    [ -f "$folder/supervisor.pid" ] || { echo "Nothing runs in $folder." >&2; exit 0; }
    pid=$(cat "$folder/supervisor.pid")
    kill "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    ;;
  *) usage ;;
esac
