#include "mapping/compile_expression.h"
#include "mapping/compile_row.h"

#include <fmt/format.h>

namespace luqiao::mapping {
namespace {

std::string shown(const CodecResult& result) {
    switch (result.state) {
        case SlotState::Absent: return "absent";
        case SlotState::Cleared: return "cleared";
        case SlotState::Bad: return fmt::format("bad ({})", info(result.reason).id);
        case SlotState::Value: return fmt::format("\"{}\"", result.text);
    }
    return "bad";
}

class Examples {
public:
    Examples(const RowContext& row, const Type& type)
        : row_(row), type_(type), table_(row.scope.table(type.table)) {}

    void run(const ExampleSyntax& example) {
        const std::string& wire = example.wire.value.text;
        if (example.gives != ExampleSyntax::Gives::Value) return run_without_value(example);
        const auto canonical =
            compile_literal(quoted(example.canonical), type_, row_.scope, row_.report);
        if (!canonical) return;
        if (reads(row_.rule.arrow)) {
            const CodecResult got = decode(wire);
            if (got.state != SlotState::Value || got.text != *canonical) {
                return fail(example.wire.at, "read", got, fmt::format("\"{}\"", *canonical));
            }
        }
        if (!writes(row_.rule.arrow)) return;
        const CodecResult got = encode_chain(row_.rule.chain, *canonical, context_);
        if (row_.rule.arrow != Arrow::Both) {
            if (got.state == SlotState::Value && got.text == wire) return;
            return fail(example.canonical.at, "write", got, fmt::format("\"{}\"", wire));
        }
        // The party's spelling may be normalised once; what is written must read back the same.
        if (row_.chain.grade >= Grade::Lossy) return;
        const std::string written(got.text);  // outlives `back`, which may be a view of it
        const CodecResult back = got.state == SlotState::Value ? decode(written) : got;
        if (back.state == SlotState::Value && back.text == *canonical) return;
        fail(example.canonical.at, "write and read", back, fmt::format("\"{}\"", *canonical));
    }

private:
    /// In an example a number or word may stand for a text; only its value is judged.
    static LiteralSyntax quoted(LiteralSyntax literal) {
        literal.value.kind = Literal::Kind::Text;
        return literal;
    }

    CodecResult decode(std::string_view wire) {
        return decode_chain(row_.rule.chain, wire, type_, table_, context_);
    }

    void run_without_value(const ExampleSyntax& example) {
        const bool is_bad = example.gives == ExampleSyntax::Gives::Bad;
        if (!reads(row_.rule.arrow)) {
            row_.report.error("M195", example.canonical.at,
                              {"只写的行不能举 bad 或 absent 的例子",
                               "bad and absent are examples for rows that read"});
            return;
        }
        const CodecResult got = decode(example.wire.value.text);
        if (got.state == (is_bad ? SlotState::Bad : SlotState::Absent)) return;
        fail(example.wire.at, "read", got, is_bad ? "bad" : "absent");
    }

    void fail(const Position& at,
              std::string_view way,
              const CodecResult& got,
              const std::string& want) {
        row_.report.error(
            "M195", at,
            {fmt::format("例子不成立：应为{}，实际为{}", want, shown(got)),
             fmt::format("the example fails ({}): want {}, got {}", way, want, shown(got))});
    }

    const RowContext& row_;
    const Type& type_;
    const CodeTable* table_;
    Arena arena_;
    CodecContext context_{arena_, std::nullopt};
};

}  // namespace

void check_examples(const RowContext& row) {
    if (row.syntax.clauses.examples.empty()) return;
    const bool is_single = (row.rule.canonical.size() == 1 || row.rule.computed.has_value()) &&
                           row.rule.wire.size() == 1;
    if (!is_single) {
        row.report.error(
            "M110", row.syntax.clauses.examples[0].wire.at,
            {"例子只用于两边各一个字段的行", "examples are for rows with one field on each side"});
        return;
    }
    const Type& type =
        row.rule.computed ? row.rule.computed->type : row.scope.field(row.rule.canonical[0]).type;
    if (type.kind == TypeKind::Code && row.scope.table(type.table) == nullptr) return;
    Examples examples(row, type);
    for (const ExampleSyntax& example : row.syntax.clauses.examples) examples.run(example);
}

}  // namespace luqiao::mapping
