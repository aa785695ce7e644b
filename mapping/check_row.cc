#include "mapping/charset.h"
#include "mapping/compile_row.h"

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

void check_types(const RowContext& row) {
    check_computed(row);
    const Field* field = only_field(row);
    if (field == nullptr || row.chain.calls.empty()) return;
    const CodecCall& last = row.chain.calls.back();
    const Position& at = row.chain.at.back();
    const CodeTable* table = last.arguments.table;
    if (table != nullptr && field->type.kind == TypeKind::Code &&
        field->type.table != table->name()) {
        row.report.error("M110", at,
                         {fmt::format("字段{}的代码表是{}，不是{}", field->path, field->type.table,
                                      table->name()),
                          fmt::format("{} holds codes of {}, not of {}", field->path,
                                      field->type.table, table->name())},
                         fmt::format("code({}.…)", field->type.table));
        return;
    }
    if (holds(field->type.kind, row.chain.gives())) return;
    row.report.error(
        "M110", at,
        {fmt::format("{}给出{}，字段{}是{}", last.codec->name, to_string(row.chain.gives()),
                     field->path, to_string(field->type)),
         fmt::format("{} gives {}, but {} is {}", last.codec->name, to_string(row.chain.gives()),
                     field->path, to_string(field->type))});
}

/// Whether `codec` takes texts apart and puts them together, as the row wants.
bool can_be_tuple(const CodecCall* call, std::size_t fields, bool cuts, bool joins) {
    if (call == nullptr) return false;
    const Codec& codec = *call->codec;
    if ((cuts && codec.cut == nullptr) || (joins && codec.join == nullptr)) return false;
    const std::size_t size = codec.tuple_size == nullptr ? 0 : codec.tuple_size(call->arguments);
    return size == 0 || size == fields;
}

/// Several canonical fields: the chain's last codec takes the text apart when reading and puts it
/// together when writing. Several wire fields: its first codec, the other way round.
void check_tuples(const RowContext& row) {
    const std::vector<CodecCall>& calls = row.chain.calls;
    const bool is_read = reads(row.rule.arrow);
    const bool is_written = writes(row.rule.arrow);
    const std::size_t count = row.rule.canonical.size();
    const CodecCall* const last = calls.empty() ? nullptr : &calls.back();
    if (count > 1 && !can_be_tuple(last, count, is_read, is_written)) {
        row.report.error("M110", row.syntax.canonical.at,
                         {fmt::format("{}个字段一组，链的末尾应为 split", count),
                          fmt::format("the chain of {} fields together ends in split", count)},
                         fmt::format("split(\"/\", {})", count));
    }
    const std::size_t wires = row.rule.wire.size();
    const CodecCall* const first = calls.empty() ? nullptr : &calls.front();
    if (wires > 1 && !can_be_tuple(first, wires, is_written, is_read)) {
        row.report.error("M110", row.syntax.wire.at,
                         {"多个报文字段一组，链的开头应为 join、concat、first 或 split",
                          "the chain of several wire fields begins with join, concat, first or "
                          "split"},
                         fmt::format("split(\"/\", {})", wires));
    }
}

/// The codec stands at the side with several fields, where it cuts and joins instead.
bool is_at_tuple(const RowContext& row, std::size_t index) {
    return (index + 1 == row.chain.calls.size() && row.rule.canonical.size() > 1) ||
           (index == 0 && row.rule.wire.size() > 1);
}

void check_directions(const RowContext& row) {
    for (std::size_t index = 0; index < row.chain.calls.size(); ++index) {
        const Codec& codec = *row.chain.calls[index].codec;
        if (is_at_tuple(row, index)) continue;
        if (reads(row.rule.arrow) && codec.decode == nullptr) {
            row.report.error(
                "M160", row.chain.at[index],
                {fmt::format("{}不能读取", codec.name), fmt::format("{} cannot read", codec.name)},
                "write ->");
            return;
        }
        if (writes(row.rule.arrow) && codec.encode == nullptr) {
            row.report.error(
                "M160", row.chain.at[index],
                {fmt::format("{}不能写出", codec.name), fmt::format("{} cannot write", codec.name)},
                "write <-");
            return;
        }
    }
    const bool is_two_way = reads(row.rule.arrow) && writes(row.rule.arrow);
    if (!is_two_way) return;
    const bool is_cut = row.rule.fit && row.rule.fit->cut;
    const Grade grade = is_cut ? std::max(row.chain.grade, Grade::Lossy) : row.chain.grade;
    const Position at = is_cut && row.syntax.clauses.fit ? row.syntax.clauses.fit->at
                        : row.chain.calls.empty()        ? row.syntax.arrow_at
                                                         : row.chain.worst_at;
    if (grade == Grade::OneWay) {
        row.report.error("M160", at, {"单向的链不能双向使用", "a one-way chain in a two-way row"},
                         "write <- or ->");
    } else if (grade == Grade::Lossy && !row.syntax.clauses.lossy_ok) {
        row.report.error("M160", at, {"双向行中有损失", "a two-way row loses something"},
                         R"(add: ; lossy ok "why", or write <- or ->)");
    } else if (grade != Grade::Exact && row.rule.arrow == Arrow::Exact) {
        row.report.error("M160", at, {"该链不能逐字节还原", "this chain is not byte-exact"},
                         "write <->");
    }
}

/// Canonical codes that the system has no code for: the author says what shall happen.
void check_table(const RowContext& row) {
    if (!writes(row.rule.arrow) || row.syntax.clauses.unmapped) return;
    for (std::size_t index = 0; index < row.chain.calls.size(); ++index) {
        const CodecArguments& arguments = row.chain.calls[index].arguments;
        if (arguments.table == nullptr || arguments.system == 0) continue;
        std::string missing;
        std::size_t count = 0;
        for (const CodeTable::Row& one : arguments.table->rows()) {
            if (!one.codes[arguments.system].empty() || one.valid_to) continue;
            if (++count <= 5) missing += (count > 1 ? ", " : "") + one.codes[0];
        }
        if (count == 0) continue;
        if (count > 5) missing += ", …";
        const std::string& system = arguments.table->systems()[arguments.system];
        row.report.warning("M130", row.chain.at[index],
                           {fmt::format("代码表{}的{}列缺少{}个代码：{}", arguments.table->name(),
                                        system, count, missing),
                            fmt::format("column {} of {} has no code for {} of its rows: {}",
                                        system, arguments.table->name(), count, missing)},
                           "fill the column, or add: ; unmapped reject");
    }
}

/// Longest text of the field against the bytes of the column, when nothing in between changes it.
void check_bytes(const RowContext& row) {
    if (!writes(row.rule.arrow) || row.rule.wire.size() != 1) return;
    const WireScope& wire =
        row.rule.wire_in_item ? row.scope.wire_item->scope : row.scope.format->root_scope;
    const WireField& to = wire.fields[row.rule.wire[0]];
    const std::size_t limit = to.width != 0 ? to.width : to.bytes_max;
    if (limit == 0) return;
    if (row.rule.fit && row.rule.fit->bytes_max > limit) {
        row.report.error(
            "M140", row.syntax.clauses.fit->at,
            {fmt::format("超过字段{}的{}字节", to.path, limit),
             fmt::format("{} holds {} bytes only", to.path, limit)},
            fmt::format("fit {} {} reject", limit, to_string(row.scope.format->charset)));
        return;
    }
    const Field* field = only_field(row);
    if (row.rule.fit || field == nullptr || field->type.kind != TypeKind::Text ||
        !row.chain.calls.empty()) {
        return;
    }
    const auto each = character_size_max(field->type.repertoire, row.scope.format->charset);
    const auto size = static_cast<std::size_t>(field->type.size_max);
    if (each && *each * size <= limit) return;
    row.report.note(
        "M140", row.syntax.wire.at,
        {fmt::format("{}最长可能超过{}字节", to_string(field->type), limit),
         fmt::format("{} may take more than {} bytes", to_string(field->type), limit)},
        fmt::format("add: ; fit {} {} reject", limit, to_string(row.scope.format->charset)));
}

}  // namespace

void check_row(const RowContext& row) {
    check_types(row);
    check_tuples(row);
    check_directions(row);
    check_table(row);
    check_bytes(row);
}

}  // namespace luqiao::mapping
