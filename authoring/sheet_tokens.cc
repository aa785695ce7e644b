#include "authoring/sheet_tokens.h"

#include <fmt/format.h>

#include "authoring/sheet_row.h"

namespace luqiao::authoring {
namespace {

/// Keywords of lines that are no rows, with the word that an analyst reads.
constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kKeywords{{
    {"when", "如果"},
    {"else", "否则"},
    {"each", "列表"},
    {"end", "结束"},
    {"check", "检查"},
    {"use", "代码表"},
    {"codec", "别名"},
    {"let", "变量"},
    {"asof", "时点"},
    {"partial", "局部"},
    {"base", "保留"},
    {"ns", "命名空间"},
    {"map", "映射"},
    {"form", "表单"},
    {"format", "格式"},
}};

}  // namespace

std::string shown_kind(std::string_view keyword) {
    for (const auto& [word, label] : kKeywords) {
        if (word == keyword) return fmt::format("{} {}", label, word);
    }
    return std::string(sheet_kind::kOther);
}

std::optional<std::string_view> kind_meant(std::string_view kind) {
    for (const std::string_view special :
         {sheet_kind::kRow, sheet_kind::kRemark, sheet_kind::kBlank, sheet_kind::kOther}) {
        if (kind == special) return special;
    }
    for (const auto& [word, label] : kKeywords) {
        if (kind == word || kind == label || kind == fmt::format("{} {}", label, word)) return word;
    }
    return std::nullopt;
}

bool is_arrow(const mapping::Token& token) {
    return token.is_symbol("<->") || token.is_symbol("<=>") || token.is_symbol("<-") ||
           token.is_symbol("->");
}

bool is_sheet_keyword(std::string_view word) {
    return std::any_of(kKeywords.begin(), kKeywords.end(),
                       [&](const auto& one) { return one.first == word; });
}

SheetTokens::SheetTokens(std::string_view raw) : raw_(raw) {
    const mapping::SourceFile file{"line", std::string(raw)};
    Diagnostics ignored;
    mapping::Report report(file, ignored);
    std::vector<mapping::Line> lines = mapping::lex(report, file.text);
    if (lines.size() == 1 && lines[0].number == 1) line_ = std::move(lines[0]);
    for (std::size_t at = 0; at < raw.size(); ++at) {
        if ((static_cast<unsigned char>(raw[at]) & 0xC0u) != 0x80u) offsets_.push_back(at);
    }
    offsets_.push_back(raw.size());
}

const std::vector<std::string>& sheet_kinds() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> out{std::string(sheet_kind::kRow)};
        for (const auto& [word, label] : kKeywords) out.push_back(shown_kind(word));
        for (const std::string_view one :
             {sheet_kind::kRemark, sheet_kind::kBlank, sheet_kind::kOther})
            out.emplace_back(one);
        return out;
    }();
    return all;
}

}  // namespace luqiao::authoring
