#!/usr/bin/env bash
# run.sh [build/release/mapping_bench] - the message of mapping_bench through other mapping tools.
# Installs what it needs into a temporary folder; each output is compared before anything is timed.
# Needs jq, xsltproc, node and npm, go. Prints medians of microseconds per message and ratios.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bench=$(realpath "${1:-$here/../../../build/release/mapping_bench}")
[[ -x $bench ]] || { echo "build mapping_bench first: cmake --preset release; cmake --build build/release --target mapping_bench" >&2; exit 2; }
for tool in jq xsltproc node npm go; do
  command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 2; }
done

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cp "$here"/*.mjs "$work"
cd "$work"
npm install --silent --no-audit --no-fund --prefix "$work" jsonata@2 >/dev/null
GOPATH=$work/go GOBIN=$work/bin GOFLAGS=-modcacherw go install github.com/itchyny/gojq/cmd/gojq@v0.12.16
"$bench" --dump "$work"
node generate.mjs
BENCH=$bench node measure.mjs
