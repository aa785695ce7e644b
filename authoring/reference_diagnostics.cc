#include <fmt/format.h>

#include "authoring/diagnostic_families.h"
#include "authoring/reference.h"

namespace luqiao::authoring {
namespace {

constexpr std::string_view kHead =
    R"(# 检查结果参考 | Findings reference

本页由 `luqiao doc diagnostics` 从程序的声明生成，不要手改。代码一经发布不再改号，含义相同的结果在命令行、`--json`、`--sarif` 和接口中
代码相同。报文的错误码（E1001 起）在 [errors.md](errors.md)。例子中 `-` 是得到该结果的写法，`+` 是改好的；没有 `+` 的应删去。

Made by `luqiao doc diagnostics` from the declarations in the code; do not edit. Codes are never renumbered and are the
same on the command line, in `--json`, `--sarif` and the API. Errors of messages (from E1001) stand in
[errors.md](errors.md). In examples `-` gets the finding and `+` is the same mended; without a `+` it is to be deleted.
)";

/// The lines of `text` with a sign before each.
std::string signed_lines(char sign, std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        out += fmt::format("{} {}\n", sign, text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::string section(const DiagnosticCode& code) {
    std::string out =
        fmt::format("\n### {}\n\n{}\n{}\n\n- 怎么办：{}\n- What to do: {}\n", code.code,
                    code.meaning.zh, code.meaning.en, code.mending.zh, code.mending.en);
    if (code.mistake.empty()) return out;
    return out + "\n```diff\n" + signed_lines('-', code.mistake) + signed_lines('+', code.mended) +
           "```\n";
}

}  // namespace

std::string diagnostic_reference() {
    std::string out(kHead);
    for (const DiagnosticFamily& family : diagnostic_families()) {
        out += fmt::format("\n## {} | {}\n", family.title.zh, family.title.en);
        for (const DiagnosticCode& code : family.codes) out += section(code);
    }
    return out;
}

}  // namespace luqiao::authoring
