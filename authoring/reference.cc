#include "authoring/reference.h"

#include "mapping/codec.h"
#include "mapping/compile_chain.h"
#include "mapping/functions.h"

#include <fmt/format.h>

#include <algorithm>

#include "authoring/laws.h"

namespace luqiao::authoring {
namespace {

using mapping::Codec;
using mapping::CodecExample;
using mapping::Fails;
using mapping::Grade;

constexpr std::string_view kCodecsHead =
    R"(# 编解码参考 | Codec reference

本页由 `luqiao doc codecs` 从程序的声明生成，不要手改；每个例子都是测试。一条链从报文一侧写起：读入时从左到右，写出时从右到左。

Made by `luqiao doc codecs` from the declarations in the code; do not edit. Every example is run as a test. A chain is
written wire side first: reading runs left to right, writing right to left.

| 等级 grade | 含义 meaning |
| --- | --- |
| **E** 精确 exact | 读后写回得到原来的字节，写后读回得到原来的值 · what is read is written back byte for byte, and the reverse |
| **C** 规范 canonical | 写后读回得到原来的值；对方的写法可能被规范一次 · what is written is read back; the party's spelling may be normalised once |
| **L** 有损 lossy | 双向行要写 `lossy ok "原因"` · a two-way row says `lossy ok "why"` |
| **1** 单向 one-way | 只能用于 `<-` 或 `->` · for `<-` or `->` only |

例子中 `⇄` 两个方向都成立，`→` 读入，`←` 写出；✗ 为错误码，`␣` 为首尾的空格，`▢` 为首尾的全角空格，`¦` 分开一组中的各个字段。
In examples `⇄` holds both ways, `→` reads, `←` writes; ✗ is an error code, `␣` a blank and `▢` a full-width blank at an
end, `¦` stands between the fields of a tuple.
)";

constexpr std::string_view kFunctionsHead =
    R"(# 函数参考 | Function reference

本页由 `luqiao doc functions` 从程序的声明生成，不要手改；每个例子都是测试，按 2025-10-09 计算。函数用在规范一侧：`let 名 = 函数(…)`、
条件和 `check` 里。有一个参数没有值，结果一般就没有值。

Made by `luqiao doc functions` from the declarations in the code; do not edit. Every example is run as a test, judged on
2025-10-09. Functions work on the canonical side: in `let`, conditions and `check`. With an argument that has no value
there mostly is no result.
)";

std::string_view shown(Fails fails) {
    switch (fails) {
        case Fails::Never: return "不会 never";
        case Fails::Reading: return "读入 reading";
        case Fails::Writing: return "写出 writing";
        case Fails::Both: return "读入、写出 both";
    }
    return "";
}

/// The grade of a use without arguments that change it; a mark when some do.
std::string grade_text(const Codec& codec) {
    return fmt::format("{}{}", grade_letter(codec.grade), codec.grade_of == nullptr ? "" : "*");
}

/// A code span in a table, with blanks at its ends made visible.
std::string code_span(std::string_view text) {
    constexpr std::string_view kWide = "\u3000";
    std::string head;
    std::string tail;
    while (text.starts_with(' ') || text.starts_with(kWide)) {
        head += text[0] == ' ' ? "␣" : "▢";
        text.remove_prefix(text[0] == ' ' ? 1 : kWide.size());
    }
    while (text.ends_with(' ') || text.ends_with(kWide)) {
        const bool is_narrow = text.back() == ' ';
        tail.insert(0, is_narrow ? "␣" : "▢");
        text.remove_suffix(is_narrow ? 1 : kWide.size());
    }
    std::string out = "`" + head;
    for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
    return out + tail + "`";
}

/// A side of an example: a text, or what there is instead of one.
std::string side(std::string_view text) {
    if (text == "!absent") return "未填 absent";
    if (text == "!cleared") return "已清空 cleared";
    if (text.starts_with("!E")) return fmt::format("✗ {}", text.substr(1));
    return text.empty() ? "空 empty" : code_span(text);
}

std::string example_line(const Codec& codec, const CodecExample& example) {
    const bool reads = codec.join != nullptr ? codec.cut != nullptr : codec.decode != nullptr;
    const bool is_write_only = !reads || example.wire.starts_with("!");
    const bool is_read_only =
        example.canonical.starts_with("!E") || (codec.encode == nullptr && codec.join == nullptr) ||
        (example.canonical.starts_with("!") && codec.encode_absent == nullptr);
    const std::string_view arrow = is_write_only ? "←" : is_read_only || example.back ? "→" : "⇄";
    return fmt::format("| {} | {} | {} | {} | {} |\n", code_span(example.call), side(example.wire),
                       arrow, side(example.canonical), example.back ? side(*example.back) : "");
}

std::string notes_of(const Codec& codec) {
    std::string out;
    if (codec.grade_of != nullptr) {
        out += "- 等级随参数而定 · the grade depends on the arguments\n";
    }
    if (codec.join != nullptr) {
        out += "- 用于一侧有几个字段的行 · for rows with several fields on one side\n";
    }
    if (codec.lowers_class) out += "- 降低隐私等级 · lowers the privacy class\n";
    if (codec.needs_as_of) out += "- 映射要有 `asof` · the map has `asof`\n";
    if (codec.needs_key) {
        out +=
            "- 要有密钥：`luqiao.toml` 的 `hash_key` · needs a key: `hash_key` of `luqiao.toml`\n";
    }
    if (codec.encode_absent != nullptr) {
        out += "- 字段没有值时也写出 · something is written for an absent field too\n";
    }
    return out;
}

std::string codec_section(const Codec& codec) {
    std::string out =
        fmt::format("\n### {}\n\n`{}` — 等级 grade **{}**，会失败 can fail: {}\n\n", codec.name,
                    mapping::signature(codec), grade_text(codec), shown(codec.fails));
    out += fmt::format("{}\n{}\n\n", codec.summary.zh, codec.summary.en);
    const std::string notes = notes_of(codec);
    if (!notes.empty()) out += notes + "\n";
    out +=
        "| 写法 call | 报文 wire | | 规范 canonical | 写回 written back |\n"
        "| --- | --- | --- | --- | --- |\n";
    for (const CodecExample& example : codec.examples) out += example_line(codec, example);
    return out;
}

}  // namespace

std::string function_reference() {
    std::string out(kFunctionsHead);
    for (const mapping::Function* function : mapping::functions()) {
        out +=
            fmt::format("\n## {}\n\n`{}`\n\n{}\n{}\n\n", function->name,
                        mapping::signature(*function), function->summary.zh, function->summary.en);
        if (function->declassifies) {
            out += "- 降低隐私等级 · lowers the privacy class\n";
        }
        if (function->as_of_below > 0) {
            out +=
                "- 少一个参数时按映射的 `asof` 计算 · counts up to `asof` when the last is left "
                "out\n";
        }
        if (function->declassifies || function->as_of_below > 0) out += "\n";
        out += "| 写法 call | 结果 gives |\n| --- | --- |\n";
        for (const mapping::FunctionExample& example : function->examples) {
            out += fmt::format("| {} | {} |\n", code_span(example.call), side(example.gives));
        }
    }
    return out;
}

std::span<const ReferencePage> reference_pages() {
    static constexpr ReferencePage pages[] = {{"codecs", codec_reference},
                                              {"functions", function_reference},
                                              {"diagnostics", diagnostic_reference}};
    return pages;
}

const ReferencePage* find_reference_page(std::string_view name) {
    const auto pages = reference_pages();
    const auto found = std::find_if(pages.begin(), pages.end(),
                                    [&](const ReferencePage& one) { return one.name == name; });
    return found == pages.end() ? nullptr : &*found;
}

std::string codec_reference() {
    std::string out(kCodecsHead);
    out += fmt::format(
        "\n## 一览 | Overview\n\n共 {} 个；`*`：等级随参数而定。{} codecs; `*`: the grade "
        "depends on the arguments.\n\n",
        mapping::codecs().size(), mapping::codecs().size());
    out += "| 编解码 codec | 等级 | 会失败 can fail | 说明 |\n| --- | --- | --- | --- |\n";
    for (const Codec* codec : mapping::codecs()) {
        out += fmt::format("| [`{}`](#{}) | {} | {} | {} |\n", mapping::signature(*codec),
                           codec->name, grade_text(*codec), shown(codec->fails), codec->summary.zh);
    }
    for (const mapping::CodecFamily& family : mapping::codec_families()) {
        out += fmt::format("\n## {} | {}\n", family.title.zh, family.title.en);
        for (const Codec& codec : family.codecs) out += codec_section(codec);
    }
    return out;
}

}  // namespace luqiao::authoring
