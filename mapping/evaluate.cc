#include "mapping/evaluate.h"

#include "mapping/functions.h"
#include "mapping/source.h"

#include <algorithm>
#include <array>
#include <optional>

namespace luqiao::mapping {
namespace {

bool is_number(TypeKind type) {
    return type == TypeKind::Int || type == TypeKind::Decimal;
}

bool is_calendar(TypeKind type) {
    return type == TypeKind::Date || type == TypeKind::DateTime || type == TypeKind::Month ||
           type == TypeKind::Year;
}

int sign(int order) {
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

/// A canonical number in parts: sign, digits before and after the point.
struct Decimal {
    bool negative = false;
    std::string_view whole;
    std::string_view fraction;

    explicit Decimal(std::string_view text) {
        negative = !text.empty() && text[0] == '-';
        if (negative) text.remove_prefix(1);
        const std::size_t point = std::min(text.find('.'), text.size());
        whole = text.substr(0, point);
        whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
        fraction = text.substr(std::min(point + 1, text.size()));
        const std::size_t last = fraction.find_last_not_of('0');
        fraction = fraction.substr(0, last == std::string_view::npos ? 0 : last + 1);
        if (whole.empty() && fraction.empty()) negative = false;
    }
};

int compare_numbers(std::string_view left_text, std::string_view right_text) {
    const Decimal left(left_text);
    const Decimal right(right_text);
    if (left.negative != right.negative) return left.negative ? -1 : 1;
    int order = 0;
    if (left.whole.size() != right.whole.size()) {
        order = left.whole.size() < right.whole.size() ? -1 : 1;
    } else if (left.whole != right.whole) {
        order = sign(left.whole.compare(right.whole));
    } else {
        order = sign(left.fraction.compare(right.fraction));
    }
    return left.negative ? -order : order;
}

const Slot* slot_of(const Operand& operand, const Operands& operands) {
    const Row* row = operand.in_item ? operands.item : &operands.root;
    if (row == nullptr || operand.slot >= row->slots.size()) return nullptr;
    return &row->slots[operand.slot];
}

CodecResult value_of_slot(const Slot* slot) {
    if (slot == nullptr) return CodecResult::absent();
    return {slot->state, slot->text(), slot->reason};
}

CodecResult value_of_call(const Call& call, const Operands& operands, CodecContext& context) {
    const Operands inner{operands.root, operands.item, &context};
    if (!call.condition.empty()) {
        return value_of(call.arguments[holds(call.condition[0], inner) ? 0 : 1], inner);
    }
    std::array<CodecResult, kArgumentsMax> values;
    const std::size_t count = std::min(call.arguments.size(), values.size());
    bool has_all = true;
    for (std::size_t index = 0; index < count; ++index) {
        values[index] = value_of(call.arguments[index], inner);
        if (values[index].state == SlotState::Bad) return values[index];
        has_all = has_all && values[index].state == SlotState::Value;
    }
    if (!has_all && !call.function->sees_absent) return CodecResult::absent();
    return call.function->body({values.data(), count}, call.literals, context);
}

/// The order of two operands; nothing when one has no value. A literal has its field's type.
std::optional<int> order_of(const Operand& left, const Operand& right, const Operands& operands) {
    const CodecResult a = value_of(left, operands);
    const CodecResult b = value_of(right, operands);
    if (a.state != SlotState::Value || b.state != SlotState::Value) return std::nullopt;
    const TypeKind left_type = left.is_literal() ? right.type : left.type;
    const TypeKind right_type = right.is_literal() ? left.type : right.type;
    return compare_canonical(a.text, left_type, b.text, right_type);
}

bool is_member(const Condition& condition, const Operands& operands) {
    const auto& list = condition.operands;
    return std::any_of(list.begin() + 1, list.end(), [&](const Operand& member) {
        return order_of(list[0], member, operands) == 0;
    });
}

bool has_value(const Operand& operand, const Operands& operands) {
    return value_of(operand, operands).state == SlotState::Value;
}

bool reads_bad(const Operand& operand, const Operands& operands) {
    if (operand.is_field) {
        const Slot* slot = slot_of(operand, operands);
        return slot != nullptr && slot->state == SlotState::Bad;
    }
    if (operand.call == nullptr) return false;
    const auto& conditions = operand.call->condition;
    const auto& arguments = operand.call->arguments;
    return std::any_of(conditions.begin(), conditions.end(),
                       [&](const Condition& one) { return depends_on_bad(one, operands); }) ||
           std::any_of(arguments.begin(), arguments.end(),
                       [&](const Operand& one) { return reads_bad(one, operands); });
}

}  // namespace

CodecResult value_of(const Operand& operand, const Operands& operands) {
    if (operand.is_field) return value_of_slot(slot_of(operand, operands));
    if (operand.call == nullptr) return CodecResult::value(operand.literal);
    if (operands.context != nullptr) {
        return value_of_call(*operand.call, operands, *operands.context);
    }
    thread_local Arena scratch;
    scratch.reset();
    CodecContext context{scratch, std::nullopt};
    return value_of_call(*operand.call, operands, context);
}

bool satisfies(Comparison comparison, int order) {
    switch (comparison) {
        case Comparison::Equal: return order == 0;
        case Comparison::NotEqual: return order != 0;
        case Comparison::Less: return order < 0;
        case Comparison::LessEqual: return order <= 0;
        case Comparison::Greater: return order > 0;
        case Comparison::GreaterEqual: return order >= 0;
    }
    return false;
}

int compare_canonical(std::string_view left,
                      TypeKind left_type,
                      std::string_view right,
                      TypeKind right_type) {
    if (is_number(left_type) && is_number(right_type)) return compare_numbers(left, right);
    if (is_calendar(left_type) && is_calendar(right_type) && left.size() != right.size()) {
        // "2025", "2025-10", "2025-10-09", "2025-10-09T…": the coarser one decides how far. Two
        // datetimes differ in size by their milliseconds and are compared whole.
        constexpr std::size_t kDate = 10;
        if (left.size() <= kDate || right.size() <= kDate) {
            const std::size_t size = std::min(left.size(), right.size());
            left = left.substr(0, size);
            right = right.substr(0, size);
        }
    }
    return sign(left.compare(right));
}

bool holds(const Condition& condition, const Operands& operands) {
    const auto child = [&operands](const Condition& part) { return holds(part, operands); };
    const auto& parts = condition.children;
    const auto& list = condition.operands;
    switch (condition.kind) {
        case Condition::Kind::Always: return true;
        case Condition::Kind::And: return std::all_of(parts.begin(), parts.end(), child);
        case Condition::Kind::Or: return std::any_of(parts.begin(), parts.end(), child);
        case Condition::Kind::Not: return !holds(parts[0], operands);
        case Condition::Kind::Compare: {
            const auto order = order_of(list[0], list[1], operands);
            return order && satisfies(condition.comparison, *order);
        }
        case Condition::Kind::In: return is_member(condition, operands);
        case Condition::Kind::Between: {
            const auto low = order_of(list[0], list[1], operands);
            const auto high = order_of(list[0], list[2], operands);
            return low && high && *low >= 0 && *high <= 0;
        }
        case Condition::Kind::Present: return has_value(list[0], operands);
        case Condition::Kind::Absent: return !has_value(list[0], operands);
    }
    return false;
}

bool depends_on_bad(const Condition& condition, const Operands& operands) {
    if (std::any_of(condition.operands.begin(), condition.operands.end(),
                    [&operands](const Operand& one) { return reads_bad(one, operands); })) {
        return true;
    }
    return std::any_of(
        condition.children.begin(), condition.children.end(),
        [&operands](const Condition& part) { return depends_on_bad(part, operands); });
}

}  // namespace luqiao::mapping
