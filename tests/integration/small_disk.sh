#!/usr/bin/env bash
# small_disk.sh - a broker whose disk really ends: 96 MB, of which something else takes what is left. By hand, as any user
# whose kernel lets it mount in a namespace of its own; needs a release build of luqiao and gateway_bench, sqlite3, python3.
#
# Below the reserve messages are refused (503) while deliveries go on; with not one block left nothing that was accepted is
# lost; and as soon as there is room again messages are taken, without a restart. Prints what it saw, ends with 1 when
# something of it is not so.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [[ ${1:-} != inside ]]; then
  as_root=()
  [[ $(id -u) -eq 0 ]] || as_root=(--map-root-user)
  exec unshare --mount "${as_root[@]}" "$here/small_disk.sh" inside
fi
here=$here/../bench/gateways
# shellcheck source=tests/bench/gateways/common.sh
. "$here/common.sh"
need "$built/luqiao" "$built/gateway_bench" sqlite3 python3
cd "$work"
mkdir data
mount -t tmpfs -o size=96m tmpfs data
trap 'umount --lazy "$work/data"; finish' EXIT
"$built/gateway_bench" conf .
start_sink
start_luqiao 'disk_reserve = 16777216'
node=$id accepted=0

fault() { echo "FAULT: $*"; exit 1; }
free_now() { stat -f -c '%a * %S' data | { read -r sum; echo $((sum)); }; }
send() { # send COUNT: $refused of them were refused; what was accepted has been delivered when it returns
  refused=$(load "$port" /v1/messages/portal.apply body.json "$1" 16 2>refusals | python3 -c 'import json, sys; print(json.load(sys.stdin)["refused"])') || true
  [[ -n $refused ]] || fault "the load ended: $(<refusals)"
  accepted=$((accepted + $1 - refused))
  echo "$1 sent, $refused refused $(head -c 160 refusals), $(free_now) bytes free"
}
accepts() { "$built/luqiao" status --json --conf "$work/conf.node-1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["disk"]["accepts"])'; }
taken_again() {
  for ((try = 0; try < 60; ++try)); do
    send 10
    [[ $refused -gt 0 ]] || return 0
    sleep 1
  done
  fault "messages are not taken again"
}

send 500
[[ $refused -eq 0 ]] || fault "refused with room"
echo "== something else takes the disk down to 20 MB"
fallocate -l $(($(free_now) - 20000000)) data/other
for ((round = 0, refused = 0; round < 60 && refused == 0; ++round)); do send 300; done
[[ $refused -gt 0 ]] || fault "the reserve was not kept"
[[ $(accepts) == False ]] || fault "the status says that messages are accepted"
echo "== and to nothing"
dd if=/dev/zero of=data/rest bs=4096 2>/dev/null || true
send 100
[[ $refused -eq 100 ]] || fault "accepted without a disk"
echo "== room again"
rm data/other data/rest
taken_again
[[ $(accepts) == True ]] || fault "the status says that no messages are accepted"
send 500
[[ $refused -eq 0 ]] || fault "refused with room"
kill -0 "$node" || fault "the node ended"
stop "$node"
stored=$(sqlite3 data/luqiao.db 'SELECT count(*) FROM messages WHERE party = "portal"')
delivered=$(sqlite3 data/luqiao.db "SELECT count(*) FROM deliveries WHERE party = 'sti' AND state IN (4, 5)")
[[ $(sqlite3 data/luqiao.db 'PRAGMA integrity_check') == ok ]] || fault "the store is damaged"
echo "accepted $accepted, stored $stored, delivered $delivered"
[[ $accepted -eq $stored && $accepted -eq $delivered ]] || fault "something is lost"
