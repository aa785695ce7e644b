#include "authoring/steer.h"

#include "base/time.h"
#include "mapping/evaluate.h"
#include "mapping/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "authoring/generate.h"

namespace luqiao::authoring {
namespace {

using mapping::Comparison;
using mapping::Condition;
using mapping::Operand;
using mapping::Slot;
using mapping::SlotState;
using mapping::TypeKind;
using Kind = mapping::Condition::Kind;

Comparison opposite(Comparison comparison) {
    switch (comparison) {
        case Comparison::Equal: return Comparison::NotEqual;
        case Comparison::NotEqual: return Comparison::Equal;
        case Comparison::Less: return Comparison::GreaterEqual;
        case Comparison::LessEqual: return Comparison::Greater;
        case Comparison::Greater: return Comparison::LessEqual;
        case Comparison::GreaterEqual: return Comparison::Less;
    }
    return comparison;
}

Comparison mirrored(Comparison comparison) {
    switch (comparison) {
        case Comparison::Less: return Comparison::Greater;
        case Comparison::LessEqual: return Comparison::GreaterEqual;
        case Comparison::Greater: return Comparison::Less;
        case Comparison::GreaterEqual: return Comparison::LessEqual;
        case Comparison::Equal:
        case Comparison::NotEqual: break;
    }
    return comparison;
}

/// `day` of the date that `text` begins with, `days` later.
std::optional<std::string> shifted_day(std::string_view text, int days) {
    const auto date = parse_date(text.substr(0, 10));
    if (!date) return std::nullopt;
    return luqiao::to_string(*date + std::chrono::days{days});
}

/// A value of `type` that is `steps` above `text`, which is of `from`.
std::optional<std::string> shifted(std::string_view text, TypeKind type, int steps) {
    constexpr int kDaysPerStep = 30;
    if (type == TypeKind::Date) return shifted_day(text, steps * kDaysPerStep);
    if (type == TypeKind::DateTime) {
        const auto day = shifted_day(text, steps * kDaysPerStep);
        if (!day) return std::nullopt;
        return *day + (text.size() > 10 ? std::string(text.substr(10)) : "T10:15:00+08:00");
    }
    if (type == TypeKind::Month) {
        const auto year = mapping::parse_number(text.substr(0, 4));
        if (!year) return std::nullopt;
        return fmt::format("{:04}{}", *year + steps, text.substr(4));
    }
    const bool is_number =
        type == TypeKind::Int || type == TypeKind::Year || type == TypeKind::Decimal;
    if (!is_number) return std::nullopt;
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::size_t sign = text.starts_with('-') ? 1 : 0;
    const auto whole = mapping::parse_number(text.substr(sign, point - sign));
    if (!whole) return std::nullopt;
    return std::to_string((sign != 0 ? -*whole : *whole) + steps) + std::string(text.substr(point));
}

class Steer {
public:
    explicit Steer(const Steering& steering) : steering_(steering) {}

    void to(const Condition& condition, bool want) {
        if (holds(condition) == want) return;
        switch (condition.kind) {
            case Kind::Always: return;
            case Kind::Not: to(condition.children.front(), !want); return;
            case Kind::And: children(condition, want, want); return;
            case Kind::Or: children(condition, want, !want); return;
            case Kind::Compare: compare(condition, want); return;
            case Kind::In: member(condition, want); return;
            case Kind::Between: between(condition, want); return;
            case Kind::Present: present(condition.operands.front(), want); return;
            case Kind::Absent: present(condition.operands.front(), !want); return;
        }
    }

    [[nodiscard]] bool holds(const Condition& condition) const {
        mapping::CodecContext context{steering_.record.arena(), std::nullopt};
        return mapping::holds(condition, {steering_.record.root(), steering_.item, &context});
    }

private:
    /// `all`: every child is steered; else one of them, chosen by the dice.
    void children(const Condition& condition, bool want, bool all) {
        if (all) {
            for (const Condition& child : condition.children) to(child, want);
        } else {
            to(steering_.dice.pick(condition.children), want);
        }
    }

    [[nodiscard]] Slot* slot(const Operand& operand) const {
        if (!operand.is_field) return nullptr;
        if (!operand.in_item) return &steering_.record.root().slots[operand.slot];
        return steering_.item == nullptr ? nullptr : &steering_.item->slots[operand.slot];
    }

    [[nodiscard]] std::optional<std::string> value(const Operand& operand) const {
        if (operand.is_literal()) return operand.literal;
        mapping::CodecContext context{steering_.record.arena(), std::nullopt};
        const mapping::CodecResult result =
            mapping::value_of(operand, {steering_.record.root(), steering_.item, &context});
        if (result.state != SlotState::Value) return std::nullopt;
        return std::string(result.text);
    }

    void set(const Operand& operand, const std::optional<std::string>& text) {
        Slot* const into = slot(operand);
        if (into != nullptr && text) set_slot(steering_.record, *into, *text);
    }

    void present(const Operand& operand, bool want) {
        Slot* const into = slot(operand);
        if (into == nullptr) return;
        if (!want) {
            *into = Slot{};
        } else if (const auto& values = steering_.values(operand); !values.empty()) {
            set(operand, steering_.dice.pick(values));
        }
    }

    void compare(const Condition& condition, bool want) {
        const Comparison wanted = want ? condition.comparison : opposite(condition.comparison);
        const Operand& left = condition.operands[0];
        const Operand& right = condition.operands[1];
        if (left.is_field) {
            relate(left, wanted, right);
            if (holds(condition) == want) return;
        }
        if (right.is_field) relate(right, mirrored(wanted), left);
    }

    /// Makes `field` stand to `other` as wanted.
    void relate(const Operand& field, Comparison wanted, const Operand& other) {
        if (!other.is_literal() && !value(other)) present(other, true);
        const auto base = value(other);
        if (!base) return;
        switch (wanted) {
            case Comparison::Equal: set(field, base); return;
            case Comparison::NotEqual: differ(field, {*base}); return;
            case Comparison::Less:
            case Comparison::LessEqual: set(field, shifted(*base, field.type, -1)); return;
            case Comparison::Greater:
            case Comparison::GreaterEqual: set(field, shifted(*base, field.type, 1)); return;
        }
    }

    void differ(const Operand& field, const std::vector<std::string>& from) {
        std::vector<std::string> left;
        for (const std::string& one : steering_.values(field)) {
            if (std::find(from.begin(), from.end(), one) == from.end()) left.push_back(one);
        }
        if (!left.empty()) {
            set(field, steering_.dice.pick(left));
        } else if (Slot* const into = slot(field)) {
            *into = Slot{};
        }
    }

    void member(const Condition& condition, bool want) {
        const Operand& field = condition.operands.front();
        std::vector<std::string> members;
        for (std::size_t at = 1; at < condition.operands.size(); ++at) {
            if (const auto one = value(condition.operands[at])) members.push_back(*one);
        }
        if (!want) {
            differ(field, members);
        } else if (!members.empty()) {
            set(field, steering_.dice.pick(members));
        }
    }

    void between(const Condition& condition, bool want) {
        const auto low = value(condition.operands[1]);
        if (!low) return;
        set(condition.operands[0], want ? low : shifted(*low, condition.operands[0].type, -1));
    }

    const Steering& steering_;
};

}  // namespace

bool steer(const Condition& condition, bool want, const Steering& steering) {
    constexpr int kTries = 4;
    Steer run(steering);
    for (int attempt = 0; attempt < kTries && run.holds(condition) != want; ++attempt) {
        run.to(condition, want);
    }
    return run.holds(condition) == want;
}

}  // namespace luqiao::authoring
