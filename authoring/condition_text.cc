#include "authoring/condition_text.h"

#include "mapping/functions.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::authoring {
namespace {

using mapping::Comparison;
using mapping::Condition;
using mapping::List;
using mapping::Operand;
using mapping::Program;

std::string_view sign(Comparison comparison) {
    switch (comparison) {
        case Comparison::Equal: return "=";
        case Comparison::NotEqual: return "!=";
        case Comparison::Less: return "<";
        case Comparison::LessEqual: return "<=";
        case Comparison::Greater: return ">";
        case Comparison::GreaterEqual: return ">=";
    }
    return "=";
}

class ConditionWriter {
public:
    ConditionWriter(const Program& program, const List* list) : program_(program), list_(list) {}

    [[nodiscard]] std::string text(const Condition& condition) const {
        const auto operand = [&](std::size_t at) { return this->operand(condition.operands[at]); };
        switch (condition.kind) {
            case Condition::Kind::Always: return "always";
            case Condition::Kind::And: return joined(condition, " and ");
            case Condition::Kind::Or: return joined(condition, " or ");
            case Condition::Kind::Not: return "not " + part(condition.children[0]);
            case Condition::Kind::Compare:
                return fmt::format("{} {} {}", operand(0), sign(condition.comparison), operand(1));
            case Condition::Kind::In: {
                std::vector<std::string> members;
                for (std::size_t at = 1; at < condition.operands.size(); ++at) {
                    members.push_back(operand(at));
                }
                return fmt::format("{} in ({})", operand(0), fmt::join(members, ", "));
            }
            case Condition::Kind::Between:
                return fmt::format("{} between {} and {}", operand(0), operand(1), operand(2));
            case Condition::Kind::Present: return operand(0) + " present";
            case Condition::Kind::Absent: return operand(0) + " absent";
        }
        return {};
    }

    [[nodiscard]] std::string operand(const Operand& operand) const {
        if (operand.is_field) return operand_name(program_, list_, operand);
        return operand.call == nullptr ? operand.literal : call(*operand.call);
    }

private:
    [[nodiscard]] std::string part(const Condition& condition) const {
        const bool is_compound =
            condition.kind == Condition::Kind::And || condition.kind == Condition::Kind::Or;
        return is_compound ? "(" + text(condition) + ")" : text(condition);
    }

    [[nodiscard]] std::string joined(const Condition& condition, std::string_view word) const {
        std::vector<std::string> parts;
        for (const Condition& child : condition.children) parts.push_back(part(child));
        return fmt::format("{}", fmt::join(parts, word));
    }

    [[nodiscard]] std::string call(const mapping::Call& call) const {
        std::vector<std::string> parts;
        for (const Condition& condition : call.condition) parts.push_back(text(condition));
        for (const Operand& argument : call.arguments) parts.push_back(operand(argument));
        for (const mapping::Literal& literal : call.literals.literals) {
            parts.push_back(literal.text);
        }
        return fmt::format("{}({})", call.function->name, fmt::join(parts, ", "));
    }

    const Program& program_;
    const List* list_;
};

void collect(const Condition& condition, std::vector<Operand>& out);

void collect(const Operand& operand, std::vector<Operand>& out) {
    const bool is_known = std::any_of(out.begin(), out.end(), [&](const Operand& known) {
        return known.in_item == operand.in_item && known.slot == operand.slot;
    });
    if (operand.is_field && !is_known) out.push_back(operand);
    if (operand.call == nullptr) return;
    for (const Condition& condition : operand.call->condition) collect(condition, out);
    for (const Operand& argument : operand.call->arguments) collect(argument, out);
}

void collect(const Condition& condition, std::vector<Operand>& out) {
    for (const Operand& operand : condition.operands) collect(operand, out);
    for (const Condition& child : condition.children) collect(child, out);
}

}  // namespace

std::string condition_text(const Program& program, const List* list, const Condition& condition) {
    return ConditionWriter(program, list).text(condition);
}

std::string guards_text(const mapping::Program& program, const RowPlace& place) {
    std::vector<std::string> parts;
    for (const Guard& guard : place.guards) {
        const std::string text = condition_text(program, place.list, guard.when->condition);
        parts.push_back(guard.branch == 0 ? text : fmt::format("not ({})", text));
    }
    return fmt::format("{}", fmt::join(parts, " and "));
}

std::string required_text(const mapping::Program& program, const RowPlace& place) {
    if (place.row->required) return "req";
    if (!place.row->required_when) return {};
    return "req when " + condition_text(program, place.list, *place.row->required_when);
}

std::vector<Operand> fields_of(const Condition& condition) {
    std::vector<Operand> out;
    collect(condition, out);
    return out;
}

std::vector<Operand> fields_of(const Operand& operand) {
    std::vector<Operand> out;
    collect(operand, out);
    return out;
}

std::string operand_text(const Program& program, const List* list, const Operand& operand) {
    return ConditionWriter(program, list).operand(operand);
}

const mapping::Field& field_of_operand(const Program& program,
                                       const List* list,
                                       const Operand& operand) {
    const bool in_item = operand.in_item && list != nullptr;
    return (in_item ? list->scope : program.form->root).fields[operand.slot];
}

std::string operand_name(const Program& program, const List* list, const Operand& operand) {
    const bool in_item = operand.in_item && list != nullptr;
    return (in_item ? list->path + "." : "") + field_of_operand(program, list, operand).path;
}

}  // namespace luqiao::authoring
