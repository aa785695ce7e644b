#!/usr/bin/env bash
# curves.sh [CURVE...] - the whole way of a message through `luqiao serve` (signed request, mapping, durable before the
# answer, delivery to a department that answers at once), as one thing grows:
#
#   size      a remark of up to 100,000 characters, the most that a text may hold
#   parties   1 to 90 departments, the messages going to them in turn
#   cores     one core for Luqiao, and the machine's; load and department stay on the last core
#   nodes     1 to 3 nodes on one PostgreSQL, the load spread over them
#   load      1 to 256 connections
#   redrive   a plan over 10,000 and 100,000 deliveries that were given up, to the department: no load beside it
#
# Needs python3, for nodes postgresql-15; build luqiao, gateway_bench and backlog_bench (release) first. Everything listens on loopback,
# lives in a temporary folder (TMPDIR: where flushes go to a disk) and is ended by its process id. Each point is run
# ROUNDS times (3), points in turn, so that what the machine does otherwise falls on all; prints medians.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
rounds=${ROUNDS:-3}
need "$built/luqiao" "$built/gateway_bench" python3
cd "$work"
start_sink
path=/v1/messages/portal.apply

point() { # point CURVE X PORTS BODIES COUNT CONNECTIONS
  load "$3" "$path" "$4" $(($5 / 10 + 1)) "$6" >/dev/null  # warm
  local line
  line=$(load "$3" "$path" "$4" "$5" "$6")
  echo "{\"curve\":\"$1\",\"x\":$2,\"rss\":$(awk '/VmRSS/ { print $2 }' "/proc/$id/status"),${line:1}" >>results
}
fresh() { # fresh [BYTES [PARTIES]]: another configuration, an empty store
  rm -rf conf data keys body*.json
  "$built/gateway_bench" conf . "${1:-0}" "${2:-1}"
}

size() {
  local pair
  for pair in 0:5000 10000:4000 30000:2000 100000:1000; do
    fresh "${pair%:*}"
    start_luqiao
    point size "$(stat -c %s body.json)" "$port" body.json "${pair#*:}" 8
    stop "$id"
  done
}
parties() {
  local count
  for count in 1 3 10 30 90; do
    fresh 0 "$count"
    start_luqiao
    point parties "$count" "$port" "$(printf '%s\n' body*.json | paste -sd ,)" 10000 32
    stop "$id"
  done
}
cores() {
  local last=$(($(nproc) - 1)) to
  taskset -cp "$last" $$ >/dev/null
  for ((to = 0; to <= last; ++to)); do
    fresh
    pinned=0-$to start_luqiao
    point cores $((to + 1)) "$port" body.json 10000 32
    stop "$id"
  done
  taskset -cp "0-$last" $$ >/dev/null
}
nodes() {
  local count node ports ids
  for count in 1 2 3; do
    fresh
    rm -f url
    start postgres "$built/gateway_bench" postgres url
    local postgres=$id
    await postgres url
    ports=() ids=()
    for ((node = 1; node <= count; ++node)); do
      start_luqiao "store = \"$(<url)\"\\ndurability = \"single\"" "node-$node"
      ports+=("$port") ids+=("$id")
    done
    point nodes "$count" "$(IFS=,; echo "${ports[*]}")" body.json 5000 32
    stop "${ids[@]}"
    stop "$postgres"
  done
}
load_curve() {
  local count
  for count in 1 8 32 128 256; do
    fresh
    start_luqiao
    point load "$count" "$port" body.json $((count < 8 ? 2000 : 10000)) "$count"
    stop "$id"
  done
}

redrive() {
  local count group plan began ended state
  for count in 10000 100000; do
    fresh
    start_luqiao  # makes its folders and keys
    stop "$id"
    rm -f data/luqiao.db*
    "$built/backlog_bench" dead data/luqiao.db "$count" >/dev/null
    start_luqiao
    group=$("$built/luqiao" fail groups --conf "$work/conf.node-1" --json |
      python3 -c 'import json, sys; print(json.load(sys.stdin)["groups"][0]["group"])')
    plan=$("$built/luqiao" fail plan "$group" --conf "$work/conf.node-1" --rate 100000/s --actor bench --reason curve --json |
      python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')
    began=$(date +%s%3N)
    "$built/luqiao" fail run "$plan" --conf "$work/conf.node-1" --actor bench --reason curve >/dev/null
    for (( ; ; )); do
      sleep 0.2
      state=$("$built/luqiao" fail plans --conf "$work/conf.node-1" --json |
        python3 -c 'import json, sys; one = json.load(sys.stdin)["plans"][0]; print(one["state"], one["arrived"])')
      [[ $state == running* ]] || break
    done
    ended=$(date +%s%3N)
    [[ $state == "done $count" ]] || { echo "the plan ended as $state" >&2; exit 1; }
    echo "{\"curve\":\"redrive\",\"x\":$count,\"rss\":$(awk '/VmRSS/ { print $2 }' "/proc/$id/status"),\"delivered_per_second\":$((count * 1000 / (ended - began))),\"p50_ms\":$((ended - began)),\"p99_ms\":$((ended - began)),\"refused\":0}" >>results
    stop "$id"
  done
}

curves=("$@")
[[ $# -gt 0 ]] || curves=(size parties cores nodes load redrive)
for ((round = 0; round < rounds; ++round)); do
  for curve in "${curves[@]}"; do
    case $curve in
      load) load_curve ;;
      size | parties | cores | nodes | redrive) "$curve" ;;
      *) echo "there is no curve $curve" >&2; exit 2 ;;
    esac
  done
done
python3 - <<'PY'
import json
points = {}
for line in open("results"):
    run = json.loads(line)
    points.setdefault((run["curve"], run["x"]), []).append(run)
for (curve, x), runs in sorted(points.items()):
    median = lambda key: sorted(run[key] for run in runs)[len(runs) // 2]
    print(f"{curve} {x}: {median('delivered_per_second')}/s delivered, p50 {median('p50_ms')} ms, p99 {median('p99_ms')} ms, "
          f"{median('rss') / 1024:.0f} MB, {sum(run['refused'] for run in runs)} refused")
PY
