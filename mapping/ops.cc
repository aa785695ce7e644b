#include "mapping/ops.h"

#include "mapping/row_issue.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kNumberMax = (1u << 13u) - 1;  // what Slot::row holds

std::uint32_t limit(std::size_t bytes_max) {
    return bytes_max == 0
               ? UINT32_MAX
               : static_cast<std::uint32_t>(std::min<std::size_t>(bytes_max, UINT32_MAX));
}

/// The only codec of a chain, when it is `name` with the argument `first`.
bool is_only(const RowRule& row, std::string_view name, std::string_view first = {}) {
    if (row.chain.size() != 1 || row.chain[0].codec == nullptr) return false;
    const auto& literals = row.chain[0].arguments.literals;
    return row.chain[0].codec->name == name &&
           (first.empty() || (literals.size() == 1 && literals[0].text == first));
}

/// `decimal(p,s)` of a `decimal(p,s)`: what is of the type passes as it is.
bool is_own_decimal(const RowRule& row, const Type& type) {
    if (!is_only(row, "decimal") || type.kind != TypeKind::Decimal) return false;
    const auto& literals = row.chain[0].arguments.literals;
    return literals.size() == 2 && literals[0].text == std::to_string(type.precision) &&
           literals[1].text == std::to_string(type.scale);
}

class OpsBuilder {
public:
    explicit OpsBuilder(const Program& program) : program_(program) {}

    Ops build() {
        out_.blocks.emplace_back();
        block(program_.body, {});
        return std::move(out_);
    }

private:
    std::uint32_t block(const Block& rules, const ItemPlace& at) {
        const std::size_t index = out_.blocks.size();
        out_.blocks.emplace_back();
        std::vector<Op> ops;
        for (const Rule& rule : rules.rules) ops.push_back(op_of(rule, at));
        out_.blocks[index] = std::move(ops);
        return static_cast<std::uint32_t>(index);
    }

    Op op_of(const Rule& rule, const ItemPlace& at) {
        Op op;
        op.rule = &rule;
        if (const auto* row = std::get_if<RowRule>(&rule)) {
            of_row(*row, at, op);
        } else if (const auto* when = std::get_if<WhenRule>(&rule)) {
            op.kind = Op::Kind::When;
            for (std::size_t branch = 0; branch < std::min<std::size_t>(when->branches.size(), 2);
                 ++branch) {
                op.blocks[branch] = block(when->branches[branch], at);
            }
        } else if (const auto* each = std::get_if<EachRule>(&rule)) {
            op.kind = Op::Kind::Each;
            op.blocks[0] = each->columns ? columns(*each) : block(each->body.front(), {each, 0, 0});
        } else {
            op.kind = Op::Kind::Check;
        }
        return op;
    }

    std::uint32_t columns(const EachRule& each) {
        std::vector<std::uint32_t> blocks;
        for (std::size_t column = 0; column < each.body.size(); ++column) {
            blocks.push_back(block(each.body[column], {&each, 0, 0, column}));
        }
        const std::size_t begin = out_.columns.size();
        out_.columns.insert(out_.columns.end(), blocks.begin(), blocks.end());
        return static_cast<std::uint32_t>(begin);
    }

    void of_row(const RowRule& row, const ItemPlace& at, Op& op) {
        out_.rows.push_back(&row);
        if (out_.rows.size() <= kNumberMax) {
            op.number = static_cast<std::uint16_t>(out_.rows.size());
        }
        if (row.canonical.size() != 1 || row.wire.size() != 1 || row.wire_constant ||
            row.canonical_constant) {
            return;
        }
        const Field& field = field_of(program_, row.canonical[0], at);
        const WireField& wire = wire_field_of(program_, row, row.wire[0], at);
        const Format& format = *program_.format;
        op.type = &field.type;
        op.table = table_of(program_, row, field);
        op.field = &wire;
        op.bare = wire.type != WireType::Text;
        op.in_item = row.canonical[0].in_item && at.each != nullptr;
        op.wire_in_item = row.wire_in_item && at.each != nullptr;
        op.slot = static_cast<std::uint16_t>(row.canonical[0].slot);
        op.wire = static_cast<std::uint16_t>(row.wire[0]);
        op.read_max = limit(wire.bytes_max);
        op.write_max = limit(format.kind == FormatKind::Fixed ? wire.width : wire.bytes_max);
        if (row.fit) op.write_max = std::min(op.write_max, limit(row.fit->bytes_max));
        if (field.type.kind == TypeKind::Text && field.type.repertoire != Repertoire::Digit) {
            op.text_max = limit(static_cast<std::size_t>(field.type.size_max));
        }
        op.read = read_way(row, field.type, op);
        op.write = write_way(row, field.type, op);
        quiet(row, op);
    }

    static void quiet(const RowRule& row, Op& op) {
        const bool demanded = row.fallback || row.required || row.required_when;
        const bool told = row.on_absent == OnBad::Reject || row.on_absent == OnBad::Flag ||
                          row.on_absent == OnBad::Drop;
        const bool sentinel =
            std::any_of(row.chain.begin(), row.chain.end(), [](const CodecCall& call) {
                return call.codec == nullptr || call.codec->encode_absent != nullptr;
            });
        op.quiet_read = op.read != Way::ByRule && !demanded && !told;
        op.quiet_write = op.write != Way::ByRule && !demanded && !told && !sentinel;
    }

    /// The table of the field's type stands last in the chain: its codes need no second look.
    static bool gives_codes(const RowRule& row, const Type& type) {
        if (type.kind != TypeKind::Code || row.chain.empty()) return false;
        const CodeTable* table = row.chain.back().arguments.table;
        return table != nullptr && table->name() == type.table;
    }

    static Way read_way(const RowRule& row, const Type& type, Op& op) {
        const bool readable =
            std::all_of(row.chain.begin(), row.chain.end(), [](const CodecCall& call) {
                return call.codec != nullptr && call.codec->decode != nullptr;
            });
        if (row.arrow == Arrow::Write || !readable) return Way::ByRule;
        if (row.chain.empty()) return Way::Copy;
        op.checked = gives_codes(row, type);
        if (is_only(row, "trim") && type.kind == TypeKind::Text) return Way::Trim;
        if (is_only(row, "code") && op.checked) {
            op.system = static_cast<std::uint16_t>(row.chain[0].arguments.system);
            return Way::Code;
        }
        if (type.kind == TypeKind::Date && is_only(row, "date", "yyyy-MM-dd")) return Way::Dashed;
        if (type.kind == TypeKind::Date && is_only(row, "date", "yyyyMMdd")) return Way::Compact;
        if (type.kind == TypeKind::Int && is_only(row, "int")) return Way::Same;
        return Way::Chain;
    }

    static Way write_way(const RowRule& row, const Type& type, Op& op) {
        const bool writable =
            std::all_of(row.chain.begin(), row.chain.end(), [](const CodecCall& call) {
                return call.codec != nullptr && call.codec->encode != nullptr;
            });
        if (row.arrow == Arrow::Read || !writable) return Way::ByRule;
        if (row.chain.empty()) return Way::Copy;
        if (is_only(row, "code") && gives_codes(row, type)) {
            op.system = static_cast<std::uint16_t>(row.chain[0].arguments.system);
            return Way::Code;
        }
        if (type.kind == TypeKind::Date && is_only(row, "date", "yyyy-MM-dd")) return Way::Same;
        if (type.kind == TypeKind::Date && is_only(row, "date", "yyyyMMdd")) return Way::Compact;
        if (type.kind == TypeKind::Int && is_only(row, "int")) return Way::Same;
        return is_own_decimal(row, type) ? Way::Same : Way::Chain;
    }

    const Program& program_;
    Ops out_;
};

}  // namespace

Ops make_ops(const Program& program) {
    return OpsBuilder(program).build();
}

}  // namespace luqiao::mapping
