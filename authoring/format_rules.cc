#include "authoring/format_rules.h"

#include "mapping/parse_form.h"
#include "mapping/parse_format.h"
#include "mapping/parse_map.h"

#include <algorithm>

#include "authoring/rule_lines.h"

namespace luqiao::authoring {
namespace {

using mapping::Line;
using mapping::SourceFile;

std::optional<RuleKind> kind_of(std::string_view path) {
    if (path.ends_with(".form")) return RuleKind::Form;
    if (path.ends_with(".format")) return RuleKind::Format;
    if (path.ends_with(".map")) return RuleKind::Map;
    return std::nullopt;
}

/// Errors of syntax and of limits; what names mean is no business of the formatter.
bool is_readable(RuleKind kind, const SourceFile& source, Diagnostics& findings) {
    Diagnostics found;
    mapping::Report report(source, found);
    switch (kind) {
        case RuleKind::Form: mapping::parse_form(source, report); break;
        case RuleKind::Format: mapping::parse_format(source, report); break;
        case RuleKind::Map: mapping::parse_map(source, report); break;
    }
    bool readable = true;
    for (const Diagnostic& one : found.list()) {
        const bool is_syntax = one.code == "M100" || one.code == "M102";
        if (!is_syntax || one.severity != Severity::Error) continue;
        findings.add(one);
        readable = false;
    }
    return readable;
}

bool same_tokens(const Line& left, const Line& right) {
    return left.label == right.label &&
           std::equal(left.tokens.begin(), left.tokens.end(), right.tokens.begin(),
                      right.tokens.end(), [](const mapping::Token& a, const mapping::Token& b) {
                          return a.kind == b.kind && a.text == b.text;
                      });
}

/// Two tokens that come to stand side by side may read as one: then the line stays as it was.
bool reads_alike(const std::string& path, std::string_view before, const std::string& after) {
    Diagnostics ignored;
    const SourceFile old_file{path, std::string(before)};
    const SourceFile new_file{path, after};
    mapping::Report old_report(old_file, ignored);
    mapping::Report new_report(new_file, ignored);
    const auto left = mapping::lex(old_report, old_file.text);
    const auto right = mapping::lex(new_report, new_file.text);
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(), same_tokens);
}

}  // namespace

std::optional<std::string> format_rules(const SourceFile& source, Diagnostics& findings) {
    const auto kind = kind_of(source.path);
    if (!kind || !is_readable(*kind, source, findings)) return std::nullopt;
    Diagnostics ignored;
    mapping::Report report(source, ignored);
    const std::vector<Line> lexed = mapping::lex(report, source.text);
    const RuleLines cut = rule_lines(*kind, report.lines(), lexed);
    std::string out;
    const std::vector<std::string> laid = lay_out(cut.lines, cut.stops);
    for (std::size_t at = 0; at < laid.size(); ++at) {
        const std::string_view before = report.lines()[cut.sources[at]];
        if (laid[at].size() <= mapping::kLineSizeMax &&
            reads_alike(source.path, before, laid[at])) {
            out += laid[at];
        } else {
            out += std::string(cut.lines[at].indent, ' ');
            out += trimmed(before);
        }
        out += '\n';
    }
    return out;
}

}  // namespace luqiao::authoring
