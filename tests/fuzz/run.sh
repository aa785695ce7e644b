#!/usr/bin/env bash
# tests/fuzz/run.sh BUILD SECONDS [TARGET...] - makes seeds from conf/, then runs each target of BUILD for SECONDS and
# tells executions, coverage and findings. A finding fails; its input stays in BUILD/fuzz/TARGET/findings.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
seconds=$2
shift 2
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || targets=(map form format codes fmt row json xml csv fixed table thrift record charset xlsx manifest attachment)
work=$build/fuzz

# seed TARGET NAME PREFIX FILE: the first byte of an input chooses what it is.
seed() {
    mkdir -p "$work/$1/seeds"
    { printf '%b' "$3"; cat "$4"; } >"$work/$1/seeds/$2"
}

text() { # text TARGET NAME TEXT
    mkdir -p "$work/$1/seeds"
    printf '%b' "$3" >"$work/$1/seeds/$2"
}

for file in conf/maps/*.map; do
    name=$(basename "$file")
    seed map "$name" '\0' "$file"
    seed fmt "$name" '\0' "$file"
    line=0
    while IFS= read -r row; do
        line=$((line + 1))
        [[ $((line % 7)) -eq 0 ]] && text row "$name.$line" "\\0${row//\\/\\\\}"
    done <"$file"
done
for file in conf/forms/*.form; do
    seed form "$(basename "$file")" '\0' "$file"
    seed fmt "$(basename "$file")" '\01' "$file"
done
for file in conf/formats/*.format; do
    seed format "$(basename "$file")" '\0' "$file"
    seed fmt "$(basename "$file")" '\02' "$file"
done
for file in conf/codes/*.csv; do
    seed codes "$(basename "$file")" '\0' "$file"
    [[ $(wc -c <"$file") -lt 4000 ]] && seed charset "$(basename "$file")" '\03' "$file"
done
for row in 'a.s <-> x : trim | upper ; req ; fit 9 gb18030 reject' 'sent <-> y : datetime(yyyyMMddHHmmss) ; bad flag' \
    'a.d <-> z : date(yyyyMMdd) ; eg "20250101" = 2025-01-01, "x" = bad' 'when n = 1\na.c -> x : code(sex.gb)\nelse\nend' \
    'each l <-> w key k ; max 5\nk <=> x\nend' 'check n < 3 else "三" at n' 'let b = n\na.s <- const("x")'; do
    text map "row.$(cksum <<<"$row" | cut -d' ' -f1)" "\\1$row\\n"
    text row "row.$(cksum <<<"$row" | cut -d' ' -f1)" "\\0$row"
done
text row cells '\1字段\na\n\n<->\nX\n\ntrim | code\nsex.gb\n是\nbad flag\n"1" = x\n备注'
text json whole '{"id":"a","n":1,"x":1.5,"b":true,"g":{"a":"s","h":{"c":null}},"cl":[{"lx":"1","n":2}],"tags":["a","b"]}'
text xml whole '<D><a>1</a><g c="x"><b>&#x4E2D;</b></g><l><i d="1"><e>2</e></i></l><s>3</s></D>'
text csv whole 'a|"b ""c"""|d\n'
text fixed whole 'abcdefghijklmnop\n'
text table whole '{"m":{"a":"1","b":null},"k":[{"c":"x"}]}'
text table rows 'M\ta\tb\n'
text thrift whole '\x0b\0\1\0\0\0\1a\x08\0\2\0\0\0\5\x0a\0\3\0\0\0\0\0\0\0\7\2\0\5\1\0'
text record whole '{"sent":"2025-10-09T10:15:00+08:00","a":{"s":"x","d":null},"n":"3","flag":"true","l":[{"k":"1","n":"2"}]}'
for kind in 0 1 2 4 5; do text charset "text.$kind" "\\$kind\\xd6\\xd0\\x81\\x30\\x81\\x30 AB 12 1990-01-02"; done
text xlsx sheet '\6<worksheet><sheetData><row r="2" hidden="1"><c r="B2" t="s" s="1"><f>1</f><v>0</v></c><c t="inlineStr"><is><r><t>x</t></r></is></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>'
text xlsx strings '\5<sst><si><t xml:space="preserve"> a_x0041_ </t></si><si><r><t>a</t></r><rPh><t>b</t></rPh></si></sst>'
text xlsx styles '\4<styleSheet><numFmts><numFmt numFmtId="165" formatCode="yyyy\\\\-mm"/></numFmts><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>'
text xlsx relations '\3<Relationships><Relationship Id="a" Type="x/worksheet" Target="../b.xml" TargetMode="External"/></Relationships>'

text manifest csv 'manifest,hrss,2025-10-13,received,2\nkey,sm3\n0199c5a2-7b1e-7c3d-8f00-0123456789ab,\nORDER-7,66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0\n'
text manifest json '{"party":"hrss","day":"2025-10-13","of":"received","count":1,"entries":[{"key":"ORDER-7","sm3":""}]}'

failed=0
for target in "${targets[@]}"; do
    folder=$work/$target
    mkdir -p "$folder/corpus" "$folder/findings" "$folder/seeds"
    kept=()
    [[ -d tests/fuzz/corpus/$target ]] && kept=("tests/fuzz/corpus/$target")
    code=0
    ASAN_OPTIONS=detect_leaks=1 nice "$build/${target}_fuzz" "$folder/corpus" "$folder/seeds" "${kept[@]}" \
        -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -dict=tests/fuzz/rules.dict -print_final_stats=1 \
        -artifact_prefix="$folder/findings/" >"$folder/log" 2>&1 || code=$?
    runs=$(grep -oE 'number_of_executed_units: *[0-9]+' "$folder/log" | grep -oE '[0-9]+$' || echo '?')
    coverage=$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$folder/log" | tail -1)
    echo "$target: $runs executions, $coverage, exit $code"
    [[ $code -eq 0 ]] || { failed=1; tail -20 "$folder/log"; }
done
exit $failed
