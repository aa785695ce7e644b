#include "mapping/parse_expression.h"

#include <array>
#include <utility>

namespace luqiao::mapping {
namespace {

using Kind = Condition::Kind;

constexpr std::array<std::pair<std::string_view, Comparison>, 6> kComparisons{{
    {"=", Comparison::Equal},
    {"!=", Comparison::NotEqual},
    {"<", Comparison::Less},
    {"<=", Comparison::LessEqual},
    {">", Comparison::Greater},
    {">=", Comparison::GreaterEqual},
}};

bool is_too_deep(Cursor& cursor, std::size_t depth) {
    if (depth < kDepthMax) return false;
    cursor.over_limit(cursor.at(cursor.peek()), kDepthMax,
                      {"层的表达式", "levels in an expression"});
    return true;
}

/// What stands behind `NAME (`.
std::optional<CallSyntax> parse_call(Cursor& cursor, std::string name, std::size_t depth) {
    CallSyntax out;
    out.name = std::move(name);
    if (is_too_deep(cursor, depth)) return std::nullopt;
    if (out.name == "if") {
        std::optional<ConditionSyntax> condition = parse_condition(cursor, depth + 1);
        if (!condition || !cursor.expect_symbol(",")) return std::nullopt;
        out.condition.push_back(std::move(*condition));
    }
    do {
        if (out.arguments.size() == kArgumentsMax) {
            cursor.over_limit(cursor.at(cursor.peek()), kArgumentsMax, {"个参数", "arguments"});
            return std::nullopt;
        }
        std::optional<OperandSyntax> argument = parse_operand(cursor, depth + 1);
        if (!argument) return std::nullopt;
        out.arguments.push_back(std::move(*argument));
    } while (cursor.take_symbol(","));
    if (!cursor.expect_symbol(")")) return std::nullopt;
    return out;
}

std::optional<ConditionSyntax> parse_in(Cursor& cursor, ConditionSyntax out) {
    out.kind = Kind::In;
    if (!cursor.expect_symbol("(")) return std::nullopt;
    do {
        if (out.operands.size() > kLiteralsMax) {
            cursor.over_limit(cursor.at(cursor.peek()), kLiteralsMax, {"个值", "values"});
            return std::nullopt;
        }
        std::optional<LiteralSyntax> literal = cursor.expect_literal();
        if (!literal) return std::nullopt;
        const Position at = literal->at;
        out.operands.push_back({std::move(*literal), at});
    } while (cursor.take_symbol(","));
    if (!cursor.expect_symbol(")")) return std::nullopt;
    return out;
}

std::optional<ConditionSyntax> parse_between(Cursor& cursor,
                                             ConditionSyntax out,
                                             std::size_t depth) {
    out.kind = Kind::Between;
    std::optional<OperandSyntax> low = parse_operand(cursor, depth);
    if (!low) return std::nullopt;
    if (!cursor.take_word("and")) {
        cursor.fail({"“and”", "and"});
        return std::nullopt;
    }
    std::optional<OperandSyntax> high = parse_operand(cursor, depth);
    if (!high) return std::nullopt;
    out.operands.push_back(std::move(*low));
    out.operands.push_back(std::move(*high));
    return out;
}

std::optional<ConditionSyntax> parse_predicate(Cursor& cursor, std::size_t depth) {
    std::optional<OperandSyntax> left = parse_operand(cursor, depth);
    if (!left) return std::nullopt;
    ConditionSyntax out;
    out.operands.push_back(std::move(*left));
    if (cursor.take_word("in")) return parse_in(cursor, std::move(out));
    if (cursor.take_word("between")) return parse_between(cursor, std::move(out), depth);
    if (cursor.take_word("present") || cursor.peek().is_word("absent")) {
        out.kind = cursor.take_word("absent") ? Kind::Absent : Kind::Present;
        return out;
    }
    for (const auto& [symbol, comparison] : kComparisons) {
        if (!cursor.take_symbol(symbol)) continue;
        std::optional<OperandSyntax> right = parse_operand(cursor, depth);
        if (!right) return std::nullopt;
        out.kind = Kind::Compare;
        out.comparison = comparison;
        out.operands.push_back(std::move(*right));
        return out;
    }
    cursor.fail({"比较（= != < <= > >= in between present absent）",
                 "a comparison (= != < <= > >= in between present absent)"});
    return std::nullopt;
}

std::optional<ConditionSyntax> parse_term(Cursor& cursor, std::size_t depth) {
    if (is_too_deep(cursor, depth)) return std::nullopt;
    const std::size_t first = cursor.index();
    if (cursor.take_word("not")) {
        std::optional<ConditionSyntax> inner = parse_term(cursor, depth + 1);
        if (!inner) return std::nullopt;
        ConditionSyntax out;
        out.kind = Kind::Not;
        out.children.push_back(std::move(*inner));
        out.at = cursor.since(first);
        return out;
    }
    if (cursor.take_symbol("(")) {
        std::optional<ConditionSyntax> inner = parse_condition(cursor, depth + 1);
        if (!inner || !cursor.expect_symbol(")")) return std::nullopt;
        return inner;
    }
    std::optional<ConditionSyntax> out = parse_predicate(cursor, depth);
    if (out) out->at = cursor.since(first);
    return out;
}

using ParseChild = std::optional<ConditionSyntax> (*)(Cursor&, std::size_t);

std::optional<ConditionSyntax> parse_joined(
    Cursor& cursor, std::size_t depth, std::string_view word, Kind kind, ParseChild child) {
    const std::size_t start = cursor.index();
    std::optional<ConditionSyntax> first = child(cursor, depth);
    if (!first || !cursor.peek().is_word(word)) return first;
    ConditionSyntax out;
    out.kind = kind;
    out.children.push_back(std::move(*first));
    while (cursor.take_word(word)) {
        std::optional<ConditionSyntax> more = child(cursor, depth);
        if (!more) return std::nullopt;
        out.children.push_back(std::move(*more));
    }
    out.at = cursor.since(start);
    return out;
}

std::optional<ConditionSyntax> parse_conjunction(Cursor& cursor, std::size_t depth) {
    return parse_joined(cursor, depth, "and", Kind::And, parse_term);
}

}  // namespace

std::optional<ConditionSyntax> parse_condition(Cursor& cursor, std::size_t depth) {
    return parse_joined(cursor, depth, "or", Kind::Or, parse_conjunction);
}

std::optional<OperandSyntax> parse_operand(Cursor& cursor, std::size_t depth) {
    const std::size_t first = cursor.index();
    const Token& token = cursor.peek();
    if (token.kind == TokenKind::String || token.kind == TokenKind::Number) {
        std::optional<LiteralSyntax> literal = cursor.expect_literal();
        if (!literal) return std::nullopt;
        const Position at = literal->at;
        return OperandSyntax{std::move(*literal), at};
    }
    if (token.kind != TokenKind::Word) {
        cursor.fail({"字段或字面值", "a field or a literal"});
        return std::nullopt;
    }
    std::optional<PathSyntax> path = cursor.expect_path();
    if (!path) return std::nullopt;
    if (cursor.take_symbol("(")) {
        std::optional<CallSyntax> call = parse_call(cursor, std::move(path->text), depth);
        if (!call) return std::nullopt;
        call->at = cursor.since(first);
        const Position whole = call->at;
        return OperandSyntax{std::move(*call), whole};
    }
    const Position at = path->at;
    return OperandSyntax{std::move(*path), at};
}

std::optional<CheckSyntax> parse_check(Cursor& cursor) {
    CheckSyntax out;
    const std::size_t first = cursor.index();
    std::optional<ConditionSyntax> condition = parse_condition(cursor);
    if (!condition) return std::nullopt;
    out.condition = std::move(*condition);
    out.at = cursor.since(first);
    if (!cursor.take_word("else")) {
        cursor.fail({"“else”和说明", "else and a message"}, R"(… else "中文 | English")");
        return std::nullopt;
    }
    const std::optional<std::string> message = cursor.expect_string({"说明字符串", "a message"});
    if (!message) return std::nullopt;
    out.message = to_label(*message);
    if (cursor.take_word("at")) {
        out.field = cursor.expect_path();
        if (!out.field) return std::nullopt;
    }
    if (cursor.take_symbol(";")) {
        if (!cursor.take_word("not") || !cursor.take_word("eligible")) {
            cursor.fail({"“not eligible”", "not eligible"});
            return std::nullopt;
        }
        out.eligibility = true;
    }
    if (!cursor.expect_end()) return std::nullopt;
    return out;
}

}  // namespace luqiao::mapping
