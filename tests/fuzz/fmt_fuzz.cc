// tests/fuzz/fmt_fuzz.cc - the formatter over any text: the same tokens, and nothing to do twice.
#include "mapping/lexer.h"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "authoring/format_rules.h"

namespace luqiao::authoring {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

/// All tokens of a file; their places do not count.
std::string tokens_of(const mapping::SourceFile& file) {
    Diagnostics ignored;
    mapping::Report report(file, ignored);
    std::string out;
    for (const mapping::Line& line : mapping::lex(report, file.text)) {
        for (const mapping::Token& token : line.tokens) {
            out += static_cast<char>('0' + static_cast<int>(token.kind));
            out += token.text + '\x1F';
        }
        out += line.label.zh + '\x1E' + line.label.en + '\n';
    }
    return out;
}

void format(const char* path, std::string_view text) {
    Diagnostics findings;
    const auto once = format_rules({path, std::string(text)}, findings);
    if (!once) return require(findings.has_errors());
    require(tokens_of({path, std::string(text)}) == tokens_of({path, *once}));
    const auto twice = format_rules({path, *once}, findings);
    require(twice && *twice == *once);
}

}  // namespace
}  // namespace luqiao::authoring

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    static constexpr const char* kPaths[] = {"maps/p.m.map", "forms/f.form", "formats/p.m.format"};
    luqiao::authoring::format(kPaths[data[0] % 3], text);
    return 0;
}
