#!/usr/bin/env bash
# run.sh [ROUNDS [COUNT [CONNECTIONS]]] - the whole way of a message over HTTP, through Luqiao and two other gateways,
# in turn: signed request, mapping, durable before the answer, delivery to a department that answers at once.
#
#   by hand   C++ for exactly this message: append, one fdatasync for what came together, forward
#   node      node with a RabbitMQ quorum queue: publish and confirm, consume, deliver, acknowledge
#   luqiao    `luqiao serve` with one form, two maps, one service, SQLite
#
# Needs node, npm, rabbitmq-server; build luqiao, gateway_bench and gateway_by_hand (release) first. Everything listens
# on loopback, lives in a temporary folder (TMPDIR: where flushes go to a disk) and is ended by its process id. Outputs
# are compared before anything is timed. Prints each run, then the medians, and the medians of the ratios within a round:
# a machine that others use is not as fast in one round as in the next.
set -euo pipefail
rounds=${1:-3} count=${2:-20000} connections=${3:-32}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
rabbit=/usr/lib/rabbitmq/bin/rabbitmq-server
need "$built/luqiao" "$built/gateway_bench" "$built/gateway_by_hand" "$rabbit" node npm epmd
cp "$here/gateway.mjs" "$here/../peers/generate.mjs" "$work"
cd "$work"
npm install --silent --no-audit --no-fund amqplib@0.10 >/dev/null
"$built/gateway_bench" conf "$work"
node generate.mjs
start_sink
compare() { # compare NAME: what the sink got last
  SINK=$sink node -e '
    require("http").get({ port: process.env.SINK, path: "/last", host: "127.0.0.1" }, (response) => {
      let text = "";
      response.on("data", (part) => (text += part));
      response.on("end", () => require("assert").deepStrictEqual(JSON.parse(text), JSON.parse(require("fs").readFileSync("expected.json", "utf8"))));
    });' || { echo "$1 delivers something else" >&2; exit 1; }
}
measure() { # measure NAME PORT PATH
  load "$2" "$3" body.json 1 1 >/dev/null
  compare "$1"
  load "$2" "$3" body.json $((count / 10)) "$connections" >/dev/null  # warm
  local line
  line=$(load "$2" "$3" body.json "$count" "$connections")
  echo "{\"gateway\":\"$1\",${line:1}" | tee -a "$work/results"
}

by_hand() {
  start by_hand "$built/gateway_by_hand" "$work/hand.port" "$sink" "$work/hand.log" "$work/keys/portal.key"
  local gateway=$id
  await by_hand "$work/hand.port"
  measure by_hand "$(<"$work/hand.port")" /v1/messages/portal.apply
  stop "$gateway"
  rm -f "$work/hand.port" "$work/hand.log"
}

luqiao() {
  rm -rf "$work/data"
  start_luqiao
  measure luqiao "$port" /v1/messages/portal.apply
  grep -E 'VmRSS|VmHWM' "/proc/$id/status" | tr '\n' ' ' >&2
  echo >&2
  stop "$id"
}

node_rabbit() {
  local amqp dist epmd_port
  amqp=$(free_port) dist=$(free_port) epmd_port=$(free_port)
  export HOME=$work ERL_EPMD_PORT=$epmd_port ERL_EPMD_ADDRESS=127.0.0.1
  start epmd epmd -port "$epmd_port" -address 127.0.0.1
  local epmd=$id
  echo 'listeners.tcp.default = 127.0.0.1:'"$amqp" >"$work/rabbit.conf"
  start rabbit env RABBITMQ_NODENAME=bench@localhost RABBITMQ_DIST_PORT="$dist" RABBITMQ_CONFIG_FILE="$work/rabbit.conf" \
    RABBITMQ_MNESIA_BASE="$work/rabbit" RABBITMQ_LOG_BASE="$work/rabbit-log" RABBITMQ_LOGS=- \
    RABBITMQ_ENABLED_PLUGINS_FILE="$work/no-plugins" "$rabbit"
  local server=$id
  await_port rabbit "$amqp"
  start accept node gateway.mjs accept "$work/node.port" "$amqp" "$work/keys/portal.key"
  local accepting=$id
  await accept "$work/node.port"
  start deliver node gateway.mjs deliver "$amqp" "$sink"
  local delivering=$id
  measure node "$(<"$work/node.port")" /v1/messages/portal.apply
  stop "$accepting" "$delivering" "$server" "$epmd"
  rm -rf "$work/rabbit" "$work/node.port"
}

for ((round = 0; round < rounds; ++round)); do
  by_hand
  luqiao
  node_rabbit
done
node -e '
  const runs = require("fs").readFileSync("results", "utf8").trim().split("\n").map(JSON.parse);
  const median = (name, key) => runs.filter((run) => run.gateway === name).map((run) => run[key]).sort((a, b) => a - b).at(Math.floor(process.argv[1] / 2));
  const keys = ["accepted_per_second", "delivered_per_second", "p50_ms", "p99_ms"];
  for (const name of ["by_hand", "luqiao", "node"]) console.log(name, ...keys.map((key) => `${key}=${median(name, key)}`));
  const all = (name, key) => runs.filter((run) => run.gateway === name).map((run) => run[key]);
  for (const other of ["node", "by_hand"]) {
    const ratios = all("luqiao", keys[1]).map((rate, round) => rate / all(other, keys[1])[round]).sort((a, b) => a - b);
    console.log(`luqiao / ${other}, delivered: ${ratios.at(Math.floor(ratios.length / 2)).toFixed(2)} (${ratios.map((ratio) => ratio.toFixed(2)).join(" ")})`);
  }
' "$rounds"
