#include "mapping/charset.h"
#include "mapping/check_samples.h"
#include "mapping/compile_row.h"
#include "mapping/shape.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

/// The longest text that a row writes, and in which characters, against its column.
class ColumnCheck {
public:
    ColumnCheck(const RowContext& row, const WireField& to)
        : row_(row),
          to_(to),
          charset_(row.scope.format->charset),
          charset_name_(to_string(charset_)),
          limit_(to.width != 0 ? to.width : to.bytes_max) {}

    void run() {
        if (row_.rule.fit && !clause()) return;
        if (row_.rule.canonical_constant) return constant(*row_.rule.canonical_constant);
        const bool is_settled = row_.rule.fit || row_.rule.canonical.size() != 1;
        if (is_settled) return;
        const Field& field = row_.scope.field(row_.rule.canonical[0]);
        const CodeTable* table = row_.scope.table(field.type.table);
        if (field.type.kind == TypeKind::Code && table != nullptr) return codes(*table);
        if (always_over(field, table)) return;
        if (const auto shape = written(field, table)) judge(*shape);
    }

private:
    /// `fit` itself. False: reported.
    bool clause() {
        const Fit& fit = *row_.rule.fit;
        const Position& at = row_.syntax.clauses.fit->at;
        const std::string_view act = fit.cut ? "cut" : "reject";
        if (fit.charset != charset_) {
            report(Severity::Warning, "M140", at,
                   {fmt::format("fit 按 {} 计字节，而格式是 {}", to_string(fit.charset),
                                charset_name_),
                    fmt::format("fit counts bytes of {}, but the format is in {}",
                                to_string(fit.charset), charset_name_)},
                   write_instead(at, fmt::format("{} {} {}", fit.bytes_max, charset_name_, act)));
            return false;
        }
        if (limit_ == 0 || fit.bytes_max <= limit_) return true;
        report(Severity::Error, "M140", at,
               {fmt::format("超过字段{}的{}字节", to_.path, limit_),
                fmt::format("{} holds {} bytes only", to_.path, limit_)},
               write_instead(at, fmt::format("{} {} {}", limit_, charset_name_, act)));
        return false;
    }

    /// What the chain makes of a text; nothing when it takes none.
    std::optional<std::string> encoded(std::string_view text) {
        Arena arena;
        CodecContext context{arena, std::nullopt};
        const CodecResult out = encode_chain(row_.rule.chain, text, context);
        if (out.state != SlotState::Value) return std::nullopt;
        return std::string(out.text);
    }

    void constant(const std::string& text) {
        const auto value = encoded(text);
        if (!value) return;  // M111 says so
        const auto size = encoded_size(*value, charset_);
        const Position& at = row_.syntax.canonical.at;
        if (!size) {
            report(
                Severity::Error, "M141", at,
                {fmt::format("常量“{}”中有 {} 没有的字符", text, charset_name_),
                 fmt::format("the constant {} has characters that {} lacks", text, charset_name_)},
                {});
        } else if (limit_ != 0 && *size > limit_) {
            report(Severity::Error, "M140", at,
                   {fmt::format("常量“{}”写出为{}字节，字段{}只有{}字节", text, *size, to_.path,
                                limit_),
                    fmt::format("the constant {} takes {} bytes, {} holds {}", text, *size,
                                to_.path, limit_)},
                   {});
        }
    }

    /// A code has finitely many texts: all of them are written.
    void codes(const CodeTable& table) {
        std::vector<std::string_view> strange;
        std::vector<std::string_view> longer;
        std::size_t fitting = 0;
        Arena arena;
        CodecContext context{arena, std::nullopt};
        for (const CodeTable::Row& one : table.rows()) {
            const CodecResult out = encode_chain(row_.rule.chain, one.codes[0], context);
            if (out.state != SlotState::Value) continue;
            const auto size = encoded_size(out.text, charset_);
            if (!size) {
                strange.push_back(one.codes[0]);
            } else if (limit_ != 0 && *size > limit_) {
                longer.push_back(one.codes[0]);
            } else {
                ++fitting;
            }
        }
        const auto severity = fitting == 0 ? Severity::Error : Severity::Warning;
        if (!strange.empty()) {
            const std::string names = listed(strange);
            report(severity, "M141", row_.syntax.wire.at,
                   {fmt::format("这些代码写出的字符 {} 没有：{}", charset_name_, names),
                    fmt::format("these codes are written in characters that {} lacks: {}",
                                charset_name_, names)},
                   {});
        }
        if (!longer.empty()) {
            const std::string names = listed(longer);
            report(severity, "M140", row_.syntax.wire.at,
                   {fmt::format("这些代码写出后超过字段{}的{}字节：{}", to_.path, limit_, names),
                    fmt::format("these codes take more than the {} bytes of {}: {}", limit_,
                                to_.path, names)},
                   {});
        }
    }

    /// Through the chain, as far as its codecs say what they do to a text.
    std::optional<Shape> written(const Field& field, const CodeTable* table) {
        auto shape = shape_of(field.type, table);
        const auto& calls = row_.rule.chain;
        for (auto call = calls.rbegin(); shape && call != calls.rend(); ++call) {
            if (call->codec->wire_shape == nullptr) return std::nullopt;
            shape = call->codec->wire_shape(*shape, call->arguments);
        }
        return shape;
    }

    /// When every telling value is too long, all values are. True: reported.
    bool always_over(const Field& field, const CodeTable* table) {
        std::size_t shortest = SIZE_MAX;
        for (const std::string& one : samples(field.type, table)) {
            const auto value = encoded(one);
            const auto size = value ? encoded_size(*value, charset_) : std::nullopt;
            if (!size || limit_ == 0 || *size <= limit_) return false;
            shortest = std::min(shortest, *size);
        }
        if (shortest == SIZE_MAX) return false;
        report(Severity::Error, "M140", row_.syntax.wire.at,
               {fmt::format("写出至少{}字节，字段{}只有{}字节", shortest, to_.path, limit_),
                fmt::format("it takes {} bytes at least, {} holds {}", shortest, to_.path, limit_)},
               Text{"换一种写法，或改格式的字节数",
                    "write it in another form, or change the format's bytes"});
        return true;
    }

    void judge(const Shape& shape) {
        const auto each = character_size_max(shape.repertoire, charset_);
        if (!each) {
            report(Severity::Warning, "M141", row_.syntax.wire.at,
                   {fmt::format("可能含有 {} 没有的字符（{}）", charset_name_,
                                to_string(shape.repertoire)),
                    fmt::format("it may hold characters that {} lacks ({})", charset_name_,
                                to_string(shape.repertoire))},
                   settle(limit_ != 0 ? limit_ : shape.characters_max * 2));
            return;
        }
        if (limit_ == 0 || *each * shape.characters_max <= limit_) return;
        report(Severity::Warning, "M140", row_.syntax.wire.at,
               {fmt::format("最长{}个字符、{}字节，可能超过字段{}的{}字节", shape.characters_max,
                            *each * shape.characters_max, to_.path, limit_),
                fmt::format("{} characters may take {} bytes, {} holds {}", shape.characters_max,
                            *each * shape.characters_max, to_.path, limit_)},
               settle(limit_));
    }

    [[nodiscard]] Fix settle(std::size_t bytes) const {
        const std::string clause = fmt::format("fit {} {} reject", bytes, charset_name_);
        return {{"加上 ; " + clause, "add: ; " + clause}, {add_clause(row_.syntax, clause)}};
    }

    void report(Severity severity, std::string code, const Position& at, Text message, Fix fix) {
        Diagnostic out{std::move(code), severity, at, std::move(message), {}, std::move(fix)};
        row_.report.add(std::move(out));
    }

    const RowContext& row_;
    const WireField& to_;
    Charset charset_;
    std::string_view charset_name_;
    std::size_t limit_;
};

}  // namespace

void check_columns(const RowContext& row) {
    if (!writes(row.rule.arrow) || row.rule.wire.size() != 1) return;
    const WireScope& scope =
        row.rule.wire_in_item ? row.scope.wire_item->scope : row.scope.format->root_scope;
    ColumnCheck(row, scope.fields[row.rule.wire[0]]).run();
}

}  // namespace luqiao::mapping
