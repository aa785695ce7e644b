#include "mapping/check_condition.h"

#include "mapping/code_table.h"
#include "mapping/compile_expression.h"
#include "mapping/evaluate.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

using Kind = Condition::Kind;

enum class Truth : std::uint8_t { False, Unknown, True };

Truth truth(bool value) {
    return value ? Truth::True : Truth::False;
}

bool is_literal(const Operand& operand) {
    return operand.is_literal();
}

bool is_field(const Operand& operand, const FieldRef& field) {
    return operand.is_field && FieldRef{operand.in_item, operand.slot} == field;
}

/// -1, 0, 1: the probe against a literal.
int order(const Probe& probe, const Operand& field, const Operand& literal) {
    const int exact = compare_canonical(*probe.near, field.type, literal.literal, field.type);
    return exact != 0 ? exact : probe.side;
}

/// Three-valued: what is said about other fields is unknown.
class Judge {
public:
    Judge(const FieldRef& field, const Probe& probe) : field_(field), probe_(probe) {}

    [[nodiscard]] Truth of(const Condition& condition) const {
        switch (condition.kind) {
            case Kind::Always: return Truth::True;
            case Kind::And: return all(condition, Truth::True, Truth::False);
            case Kind::Or: return all(condition, Truth::False, Truth::True);
            case Kind::Not: {
                const Truth inner = of(condition.children[0]);
                if (inner == Truth::Unknown) return inner;
                return truth(inner == Truth::False);
            }
            case Kind::Compare:
            case Kind::In:
            case Kind::Between:
            case Kind::Present:
            case Kind::Absent: return atom(condition);
        }
        return Truth::Unknown;
    }

private:
    /// `and`: all True, one False decides. `or`: the other way round.
    [[nodiscard]] Truth all(const Condition& condition, Truth neutral, Truth decides) const {
        Truth out = neutral;
        for (const Condition& child : condition.children) {
            const Truth one = of(child);
            if (one == decides) return decides;
            if (one == Truth::Unknown) out = one;
        }
        return out;
    }

    [[nodiscard]] Truth atom(const Condition& condition) const {
        const auto& list = condition.operands;
        if (condition.kind == Kind::Compare && list.size() == 2 && is_literal(list[0])) {
            if (!is_field(list[1], field_)) return Truth::Unknown;
            if (!probe_.near) return Truth::False;
            return truth(satisfies(condition.comparison, -order(probe_, list[1], list[0])));
        }
        if (!is_field(list[0], field_)) return Truth::Unknown;
        if (condition.kind == Kind::Present) return truth(probe_.near.has_value());
        if (condition.kind == Kind::Absent) return truth(!probe_.near.has_value());
        if (!probe_.near) return Truth::False;
        if (!std::all_of(list.begin() + 1, list.end(), is_literal)) return Truth::Unknown;
        if (condition.kind == Kind::Compare) {
            return truth(satisfies(condition.comparison, order(probe_, list[0], list[1])));
        }
        if (condition.kind == Kind::Between) {
            return truth(order(probe_, list[0], list[1]) >= 0 &&
                         order(probe_, list[0], list[2]) <= 0);
        }
        return truth(std::any_of(list.begin() + 1, list.end(), [&](const Operand& member) {
            return order(probe_, list[0], member) == 0;
        }));
    }

    const FieldRef& field_;
    const Probe& probe_;
};

/// Every literal that stands beside `field`.
void collect_literals(const Condition& condition,
                      const FieldRef& field,
                      std::vector<std::string_view>& out) {
    const bool is_about =
        std::any_of(condition.operands.begin(), condition.operands.end(),
                    [&](const Operand& operand) { return is_field(operand, field); });
    if (is_about) {
        for (const Operand& operand : condition.operands) {
            if (is_literal(operand)) out.push_back(operand.literal);
        }
    }
    for (const Condition& child : condition.children) collect_literals(child, field, out);
}

bool has_only(const Condition& condition, const FieldRef& field) {
    const auto& list = condition.operands;
    const bool is_good = std::all_of(list.begin(), list.end(), [&](const Operand& operand) {
        return is_literal(operand) || is_field(operand, field);
    });
    const auto fields = std::count_if(list.begin(), list.end(),
                                      [](const Operand& one) { return !is_literal(one); });
    return is_good && (list.empty() || fields == 1) &&
           std::all_of(condition.children.begin(), condition.children.end(),
                       [&](const Condition& child) { return has_only(child, field); });
}

bool is_same(const Given& a, const Given& b) {
    return a.condition == b.condition && a.holds == b.holds;
}

}  // namespace

std::vector<Probe> probes(const Subject& subject, const Path& path) {
    std::vector<Probe> out;
    if (subject.may_be_absent) out.push_back({});
    if (subject.table != nullptr) {
        for (const CodeTable::Row& row : subject.table->rows()) out.push_back({row.codes[0], 0});
        return out;
    }
    if (subject.field->type.kind == TypeKind::Bool) {
        out.push_back({"true", 0});
        out.push_back({"false", 0});
        return out;
    }
    std::vector<std::string_view> literals;
    for (const Given& one : path) collect_literals(*one.condition, subject.ref, literals);
    if (literals.empty()) out.push_back({"", 1});
    for (const std::string_view literal : literals) {
        for (const int side : {-1, 0, 1}) out.push_back({literal, side});
    }
    return out;
}

bool allows(const Path& path, const FieldRef& field, const Probe& probe) {
    const Judge judge(field, probe);
    return std::all_of(path.begin(), path.end(), [&](const Given& one) {
        return judge.of(*one.condition) != truth(!one.holds);
    });
}

bool is_only_about(const Path& path, const FieldRef& field) {
    return std::all_of(path.begin(), path.end(),
                       [&](const Given& one) { return has_only(*one.condition, field); });
}

std::vector<FieldRef> fields_of(const Path& path) {
    std::vector<FieldRef> all;
    for (const Given& one : path) collect_fields(*one.condition, all);
    std::vector<FieldRef> out;
    for (const FieldRef& ref : all) {
        if (std::find(out.begin(), out.end(), ref) == out.end()) out.push_back(ref);
    }
    return out;
}

bool is_within(const Path& inner, const Path& outer) {
    return std::all_of(inner.begin(), inner.end(), [&](const Given& one) {
        return std::any_of(outer.begin(), outer.end(),
                           [&](const Given& other) { return is_same(one, other); });
    });
}

bool are_both_branches(const Path& a, const Path& b) {
    return !a.empty() && a.size() == b.size() && a.back().condition == b.back().condition &&
           a.back().holds != b.back().holds &&
           std::equal(a.begin(), a.end() - 1, b.begin(), is_same);
}

}  // namespace luqiao::mapping
