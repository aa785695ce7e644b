#!/usr/bin/env bash
# tests/tidy.sh - rules the compiler cannot see: include direction, file length, bans.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
fault() {
    echo "$1"
    failed=1
}

# Who may include whom. A folder not listed on the right is an error.
declare -A may_include=(
    [base]="base" [security]="base security" [mapping]="base mapping" [authoring]="base mapping authoring"
    [broker]="base security mapping broker" [adapters]="base security broker adapters"
    [app]="base security mapping authoring broker adapters app"
)
for folder in "${!may_include[@]}"; do
    while IFS=: read -r file line include; do
        target=$(sed -E 's/.*"([a-z]+)\/.*/\1/' <<<"$include")
        [[ " ${may_include[$folder]} " == *" $target "* ]] || fault "$file:$line: $folder must not include $target"
    done < <(grep -rnE '^#include "[a-z]+/' "$folder" --include=*.h --include=*.cc || true)
done
# Adapters know the broker by its ports alone.
while IFS= read -r line; do
    fault "$line: adapters include broker/ports.h only"
done < <(grep -rnE '^#include "broker/' adapters --include=*.h --include=*.cc | grep -v '"broker/ports.h"' || true)

core=(base security mapping authoring broker)
while IFS= read -r line; do fault "$line: core code returns Result; it does not throw"; done \
    < <(grep -rnE '\bthrow\b' "${core[@]}" --include=*.cc --include=*.h || true)
while IFS= read -r line; do fault "$line: the core is given its clock, randomness and threads"; done \
    < <(grep -rnE 'system_clock::now|steady_clock::now|random_device|std::rand\b|std::j?thread|luqiao::log|base/log\.h' mapping authoring broker --include=*.cc --include=*.h |
        grep -v '^broker/store_postgres_connection' || true)  # its waits end by a clock of their own
while IFS= read -r line; do fault "$line: Asio belongs to adapters and app"; done \
    < <(grep -rlE '#include <boost/(asio|beast)' "${core[@]}" --include=*.cc --include=*.h || true)
while IFS= read -r line; do fault "$line: Beast belongs to adapters/http_server* and http_client_plain.cc"; done \
    < <(grep -rlE '#include <boost/beast' adapters app --include=*.cc --include=*.h | grep -vE '^adapters/http_(server|client_plain|client_connections)' || true)
while IFS= read -r line; do fault "$line: SQL belongs to broker/store_*, broker/sqlite_* and adapters/table*"; done \
    < <(grep -rlE '#include <(sqlite3|libpq-fe)' base security mapping authoring broker adapters app --include=*.cc --include=*.h |
        grep -vE '^(broker/(store_|sqlite_)|adapters/table)' || true)
while read -r count file; do
    [[ $file == total || $count -le 400 ]] || fault "$file: $count lines, more than 400"
done < <(find base security mapping authoring broker adapters app tests \( -name '*.h' -o -name '*.cc' \) -print0 | xargs -0 wc -l)
exit $failed
