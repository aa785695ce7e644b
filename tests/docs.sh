#!/usr/bin/env bash
# tests/docs.sh - what the documents promise: links, error codes, first commands, the guideline's articles.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
fault() {
    echo "$1"
    failed=1
}

# Relative links resolve, from the folder of the document that has them. Code blocks have no links.
while IFS= read -r document; do
    [[ -f $document ]] || continue
    while IFS= read -r target; do
        target=${target%%#*}
        case $target in '' | http:* | https:* | mailto:*) continue ;; esac
        [[ -e $(dirname "$document")/$target ]] || fault "$document: the link $target leads nowhere"
    done < <(awk '/^ *```/ { code = !code; next } !code' "$document" |
        { grep -oE '\]\([^()[:space:]]+\)' || true; } | sed -E 's/^\]\(//; s/\)$//')
done < <(git ls-files '*.md')

# The catalogue of errors and its page name the same codes.
catalogue=$(grep -oE '"E[0-9]{4}"' base/errors.cc | tr -d '"' | sort -u)
page=$(grep -oE '\bE[0-9]{4}\b' docs/reference/errors.md | sort -u)
anchors=$(grep -oE '<a id="E[0-9]{4}">' docs/reference/errors.md | grep -oE 'E[0-9]{4}' | sort -u)
[[ -n $catalogue ]] || fault "base/errors.cc: no error codes found"
while IFS= read -r code; do fault "docs/reference/errors.md: $code of base/errors.cc is missing"; done \
    < <(comm -23 <(echo "$catalogue") <(echo "$anchors"))
while IFS= read -r code; do fault "docs/reference/errors.md: $code is not in base/errors.cc"; done \
    < <(comm -13 <(echo "$catalogue") <(echo "$page"))

# Every code of a finding is in a catalogue (mapping/diagnostic_codes.cc, authoring/diagnostic_families.cc,
# base/configuration_codes.cc), and their page, made by `luqiao doc diagnostics`, has it.
reported=$(git grep -hoE '"[MCP][0-9]{3}"' -- base mapping authoring security broker adapters app | tr -d '"' | sort -u)
[[ -n $reported ]] || fault "no codes of findings found"
while IFS= read -r code; do
    grep -qx "### $code" docs/reference/diagnostics.md ||
        fault "docs/reference/diagnostics.md: $code is missing; add it to its catalogue and run luqiao doc diagnostics"
done <<<"$reported"

# Every key that a Spec declares stands on the settings page.
while IFS= read -r key; do
    grep -qF "| \`$key\` |" docs/reference/settings.md || fault "docs/reference/settings.md: the key $key is missing"
done < <(tr '\n' ' ' <app/configuration.cc |
    cat - <(cat app/attachment_folder.cc app/retention.cc app/server_settings.cc broker/party.cc broker/service.cc adapters/*.cc | tr '\n' ' ') |
    { grep -oE '\{"[a-z_]+", *(SettingKind::)?(Text|Integer|Flag|Time|Path|Secret|List|Tables?),' || true; } |
    sed -E 's/^\{"([a-z_]+)".*/\1/' | sort -u)

# The README shows at once how to try it.
for command in './dev demo' './dev test'; do
    head -n 15 README.md | grep -qF -- "$command" || fault "README.md: its first 15 lines do not show $command"
done

# The project stands alone: no places of one machine. The patterns are split so as not to find themselves.
machine='(^|[^A-Za-z0-9_.-])(/wo''rk/|/ro''ot/)|\.\./sha''red'
while IFS= read -r line; do fault "$line: a place of one machine"; done \
    < <(git grep -nIE -e "$machine" -- . || true)

# Every article of the guideline has its row.
for article in 一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四 十五 十六 十七 十八 十九 二十 二十一 二十二; do
    grep -qE "^\| 第${article}条" docs/guideline.md || fault "docs/guideline.md: 第${article}条 has no row"
done

# The tests that it names exist: `step_gate` is tests/*/step_gate_test.cc, `tests/base/calendar` one of them.
while IFS= read -r name; do
    case $name in
        tests/*) pattern="${name}_test.cc" ;;
        *) pattern="tests/*/${name}_test.cc" ;;
    esac
    compgen -G "$pattern" >/dev/null || fault "docs/guideline.md: there is no test $name"
done < <(grep -E '^\|' docs/guideline.md | grep -oE "\`[^\`]+\`" | tr -d "\`" |
    grep -E '^(tests/[a-z]+/[a-z_*]+|scenario_[a-z]+|step_[a-z]+|shipped(_[a-z]+)?|kill|demo|bad_input)$' | sort -u)
exit $failed
