#include "mapping/check_samples.h"
#include "mapping/compile_row.h"
#include "mapping/row_issue.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

const Field* only_field(const RowContext& row) {
    return row.rule.canonical.size() == 1 ? &row.scope.field(row.rule.canonical[0]) : nullptr;
}

/// Whether what a codec gives is held by a field of `kind` without loss; to_canonical does the
/// rest.
bool holds(TypeKind kind, TypeKind gives) {
    return kind == gives || kind == TypeKind::Text || gives == TypeKind::Text ||
           (kind == TypeKind::Decimal && gives == TypeKind::Int);
}

/// The signature of the last codec against the field. False: reported.
bool check_last(const RowContext& row, const Field& field) {
    const CodecCall& last = row.chain.calls.back();
    const Position& at = row.chain.at.back();
    const CodeTable* table = last.arguments.table;
    if (table != nullptr && field.type.kind == TypeKind::Code &&
        field.type.table != table->name()) {
        row.report.error(
            "M110", at,
            {fmt::format("字段{}的代码表是{}，不是{}", field.path, field.type.table, table->name()),
             fmt::format("{} holds codes of {}, not of {}", field.path, field.type.table,
                         table->name())},
            Fix{Text{fmt::format("用 code({}.…)", field.type.table),
                     fmt::format("use code({}.…)", field.type.table)}});
        return false;
    }
    if (holds(field.type.kind, row.chain.gives())) return true;
    row.report.error(
        "M110", at,
        {fmt::format("{}给出{}，字段{}是{}", last.codec->name, to_string(row.chain.gives()),
                     field.path, to_string(field.type)),
         fmt::format("{} gives {}, but {} is {}", last.codec->name, to_string(row.chain.gives()),
                     field.path, to_string(field.type))});
    return false;
}

/// A value that `let` computes is written as its type allows.
void check_computed(const RowContext& row) {
    if (!row.rule.computed || row.chain.calls.empty()) return;
    const Type& type = row.rule.computed->type;
    const CodecCall& last = row.chain.calls.back();
    const CodeTable* table = last.arguments.table;
    const bool is_other_table = table != nullptr && table->name() != type.table;
    if (holds(type.kind, row.chain.gives()) && !is_other_table) return;
    row.report.error("M110", row.chain.at.back(),
                     {fmt::format("{}是{}，{}不能写出", row.rule.computed->name, to_string(type),
                                  last.codec->name),
                      fmt::format("{} is {}, which {} does not write", row.rule.computed->name,
                                  to_string(type), last.codec->name)});
}

/// As many values that came through are enough to go on with.
constexpr std::size_t kEnough = 4;

/// Runs the chain on values of the field's type. A codec that takes none of what stands before it
/// is a mistake in the chain, whatever the message holds.
class Trial {
public:
    Trial(const RowContext& row, const Field& field)
        : row_(row), field_(field), table_(row.scope.table(field.type.table)) {}

    void run() {
        const auto& calls = row_.chain.calls;
        const bool is_given_more =
            std::any_of(calls.begin(), calls.end(), [](const CodecCall& call) {
                return call.codec->needs_key || call.codec->needs_as_of ||
                       call.codec->tuple_size != nullptr;
            });
        if (is_given_more) return;
        if (writes(row_.rule.arrow) && !write()) return;
        if (reads(row_.rule.arrow)) read();
    }

private:
    bool write() {
        std::vector<std::string> values = samples(field_.type, table_);
        if (values.empty()) return true;
        const std::string first = values.front();
        for (std::size_t at = row_.chain.calls.size(); at-- > 0;) {
            const CodecCall& call = row_.chain.calls[at];
            if (call.codec->encode == nullptr) return true;  // M160 says so
            std::vector<std::string> out;
            for (const std::string& value : values) {
                const CodecResult one = call.codec->encode(value, call.arguments, context_);
                if (one.state == SlotState::Bad) continue;
                if (one.state != SlotState::Value) return true;
                out.emplace_back(one.text);
                if (out.size() == kEnough) break;
            }
            if (out.empty()) return refuse(at, values.front());
            values = std::move(out);
        }
        return wire_type(values, first);
    }

    bool refuse(std::size_t at, const std::string& value) {
        const std::string_view name = row_.chain.calls[at].codec->name;
        const std::string type = to_string(field_.type);
        const bool is_last = at + 1 == row_.chain.calls.size();
        const std::string before =
            is_last ? type : std::string(row_.chain.calls[at + 1].codec->name);
        row_.report.error(
            "M110", row_.chain.at[at],
            {fmt::format("{}不能写出{}给它的值，例如“{}”", name, before, value),
             fmt::format("{} cannot write what {} gives it, such as {}", name, before, value)},
            Text{"换一个编解码，或调整链的次序（报文一侧在前）",
                 "use another codec, or another order (the wire side comes first)"});
        return false;
    }

    bool wire_type(const std::vector<std::string>& values, const std::string& canonical) {
        const WireField* to = wire_field();
        if (to == nullptr || to->type == WireType::Text) return true;
        const bool is_held = std::any_of(values.begin(), values.end(), [&](const std::string& one) {
            return fits_wire_type(one, to->type);
        });
        if (is_held) return true;
        row_.report.error("M110", row_.syntax.wire.at,
                          {fmt::format("格式字段{}是{}，而{}写出来是“{}”", to->path,
                                       wire_type_name(to->type), canonical, values.front()),
                           fmt::format("{} is {} on the wire, but {} is written as {}", to->path,
                                       wire_type_name(to->type), canonical, values.front())},
                          Text{"加上相应的编解码，或把格式中的类型改为 text",
                               "add a codec, or declare the field as text in the format"});
        return false;
    }

    /// What one codec gives against what the next one reads.
    void read() {
        for (std::size_t at = 1; at < row_.chain.calls.size(); ++at) {
            const CodecCall& call = row_.chain.calls[at];
            const CodecCall& before = row_.chain.calls[at - 1];
            const std::vector<std::string> values = given_by(before);
            if (call.codec->decode == nullptr || values.empty()) continue;
            const bool is_read =
                std::any_of(values.begin(), values.end(), [&](const std::string& value) {
                    return call.codec->decode(value, call.arguments, context_).state !=
                           SlotState::Bad;
                });
            if (is_read) continue;
            row_.report.error("M110", row_.chain.at[at],
                              {fmt::format("{}给出“{}”，{}读不了", before.codec->name,
                                           values.front(), call.codec->name),
                               fmt::format("{} gives {}, which {} does not read",
                                           before.codec->name, values.front(), call.codec->name)},
                              Text{"一个值只解析一次：删去其中一个编解码",
                                   "a value is parsed once: delete one of the two"});
            return;
        }
    }

    static std::vector<std::string> given_by(const CodecCall& call) {
        if (call.arguments.table == nullptr) return samples(call.codec->gives);
        Type type;
        type.kind = TypeKind::Code;
        return samples(type, call.arguments.table);
    }

    [[nodiscard]] const WireField* wire_field() const {
        if (row_.rule.wire.size() != 1) return nullptr;
        const WireScope& scope =
            row_.rule.wire_in_item ? row_.scope.wire_item->scope : row_.scope.format->root_scope;
        return &scope.fields[row_.rule.wire[0]];
    }

    const RowContext& row_;
    const Field& field_;
    const CodeTable* table_;
    Arena arena_;
    CodecContext context_{arena_, std::nullopt};
};

}  // namespace

void check_chain(const RowContext& row) {
    check_computed(row);
    const Field* field = only_field(row);
    if (field == nullptr) return;
    if (!row.chain.calls.empty() && !check_last(row, *field)) return;
    Trial(row, *field).run();
}

}  // namespace luqiao::mapping
