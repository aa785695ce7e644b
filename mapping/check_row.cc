#include "mapping/compile_row.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

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

/// Another arrow. Not safe when the author may as well have meant the other direction.
Fix arrow(const RowContext& row, const std::string& to, bool is_safe) {
    Fix out = write_instead(row.syntax.arrow_at, to);
    out.safe = is_safe;
    return out;
}

void check_directions(const RowContext& row) {
    for (std::size_t index = 0; index < row.chain.calls.size(); ++index) {
        const Codec& codec = *row.chain.calls[index].codec;
        if (is_at_tuple(row, index)) continue;
        if (reads(row.rule.arrow) && codec.decode == nullptr) {
            row.report.error(
                "M160", row.chain.at[index],
                {fmt::format("{}不能读取", codec.name), fmt::format("{} cannot read", codec.name)},
                arrow(row, "->", row.rule.arrow != Arrow::Read));
            return;
        }
        if (writes(row.rule.arrow) && codec.encode == nullptr) {
            row.report.error(
                "M160", row.chain.at[index],
                {fmt::format("{}不能写出", codec.name), fmt::format("{} cannot write", codec.name)},
                arrow(row, "<-", row.rule.arrow != Arrow::Write));
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
                         arrow(row, "->", false));
    } else if (grade == Grade::Lossy && !row.syntax.clauses.lossy_ok) {
        row.report.error("M160", at, {"双向行中有损失", "a two-way row loses something"},
                         Fix{{R"(加上 ; lossy ok "理由"，或改用 <- 或 ->)",
                              R"(add: ; lossy ok "why", or write <- or ->)"},
                             {add_clause(row.syntax, R"(lossy ok "理由")")},
                             false});
    } else if (grade != Grade::Exact && row.rule.arrow == Arrow::Exact) {
        row.report.error("M160", at, {"该链不能逐字节还原", "this chain is not byte-exact"},
                         arrow(row, "<->", true));
    }
}

/// A default fills what is absent; a field that the format always has is never that.
void check_default(const RowContext& row) {
    if (!row.syntax.clauses.fallback || !reads(row.rule.arrow) || row.rule.wire.size() != 1) return;
    const WireScope& scope =
        row.rule.wire_in_item ? row.scope.wire_item->scope : row.scope.format->root_scope;
    const WireField& from = scope.fields[row.rule.wire[0]];
    if (!from.required) return;
    row.report.warning(
        "M170", row.syntax.clauses.fallback->at,
        {fmt::format("格式字段{}必填（!），默认值永远用不上", from.path),
         fmt::format("{} is required by the format (!): the default is never used", from.path)},
        Text{"删除 default，或在格式中去掉 !", "delete default, or the ! in the format"});
}

}  // namespace

void check_row(const RowContext& row) {
    check_chain(row);
    check_tuples(row);
    check_directions(row);
    check_tables(row);
    check_columns(row);
    check_default(row);
}

}  // namespace luqiao::mapping
