# common.sh - what run.sh and curves.sh share: a temporary folder in $work, processes that are ended by their ids, a
# department that takes everything ($sink is its port), Luqiao with the configuration that gateway_bench writes.
# Sourced with $here set.
built=$(realpath "${BUILD:-$here/../../../build/release}")
need() {
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 2; }
  done
}

work=$(mktemp -d)
started=()
finish() { # the last that was started first: a node writes what it has before its database ends
  for ((at = ${#started[@]} - 1; at >= 0; --at)); do
    kill "${started[at]}" 2>/dev/null || continue
    wait "${started[at]}" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap finish EXIT

start() { # start NAME COMMAND...: its id is in $id
  local name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 &
  id=$!
  started+=("$id")
}
stop() { # stop ID...: what has ended is not ended once more, its id may be another's by then
  local one left=()
  for one in "$@"; do kill "$one" 2>/dev/null || true; done
  for one in "$@"; do wait "$one" 2>/dev/null || true; done
  for one in "${started[@]}"; do [[ " $* " == *" $one "* ]] || left+=("$one"); done
  started=("${left[@]}")
}
await() { # await NAME FILE
  for ((try = 0; try < 600; ++try)); do
    [[ ! -s $2 ]] || return 0
    sleep 0.1
  done
  echo "$1 did not start:" >&2
  tail -20 "$work/$1.log" >&2
  exit 2
}
await_port() { # await_port NAME PORT
  for ((try = 0; try < 600; ++try)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null && return 0
    sleep 0.1
  done
  echo "$1 did not start" >&2
  tail -20 "$work/$1.log" >&2
  exit 2
}
free_port() { # one that nobody listens on; the kernel gave it to a listener of ours a moment ago
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_sink() {
  start sink "$built/gateway_bench" sink "$work/sink.port"
  await sink "$work/sink.port"
  sink=$(<"$work/sink.port")
}
load() { # load PORTS PATH BODIES COUNT CONNECTIONS
  "$built/gateway_bench" load "$1" "$2" "$sink" "$work/keys/portal.key" "$3" "$4" "$5"
}
start_luqiao() { # start_luqiao [SETTINGS [NAME]]: lines for the top of luqiao.toml; its port is in $port, its id in $id
  local name=${2:-node-1} conf=$work/conf.${2:-node-1}
  port=$(free_port)
  rm -rf "$conf" "$work/$name.ready"
  cp -r "$work/conf" "$conf"
  sed -i "s/@PORT@/$port/; s/^node = .*/node = \"$name\"/; 1i ${1:-# one node}" "$conf/luqiao.toml"
  sed -i "s/@SINK@/$sink/" "$conf"/parties/*.toml
  cp -r "$here/../../../conf/calendar" "$conf/"
  "$built/luqiao" init "$conf" >"$work/init.log" 2>&1
  start "$name" ${pinned:+taskset -c "$pinned"} "$built/luqiao" serve "$conf" --ready "$work/$name.ready"
  await "$name" "$work/$name.ready"
}
