#include "mapping/evaluate.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

constexpr TypeKind kDate = TypeKind::Date;
constexpr TypeKind kDateTime = TypeKind::DateTime;
constexpr TypeKind kDecimal = TypeKind::Decimal;
constexpr TypeKind kInt = TypeKind::Int;
constexpr TypeKind kMonth = TypeKind::Month;
constexpr TypeKind kText = TypeKind::Text;
constexpr TypeKind kYear = TypeKind::Year;

struct Pair {
    std::string name;
    std::string left;
    TypeKind left_type;
    std::string right;
    TypeKind right_type;
    int order;
};

class Compare : public testing::TestWithParam<Pair> {};

TEST_P(Compare, OrdersByTheType) {
    const Pair& pair = GetParam();
    EXPECT_EQ(compare_canonical(pair.left, pair.left_type, pair.right, pair.right_type),
              pair.order);
    EXPECT_EQ(compare_canonical(pair.right, pair.right_type, pair.left, pair.left_type),
              -pair.order);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    Compare,
    testing::ValuesIn(std::vector<Pair>{
        {"IntByValue", "9", kInt, "10", kInt, -1},
        {"NegativeInt", "-9", kInt, "-10", kInt, 1},
        {"IntAcrossZero", "-1", kInt, "0", kInt, -1},
        {"Decimals", "1200.50", kDecimal, "1200.5", kDecimal, 0},
        {"DecimalFraction", "1200.05", kDecimal, "1200.5", kDecimal, -1},
        {"IntAndDecimal", "32000", kInt, "32000.00", kDecimal, 0},
        {"MinusZero", "-0.00", kDecimal, "0", kInt, 0},
        {"ManyDigits", "99999999999999999999", kDecimal, "100000000000000000000", kDecimal, -1},
        {"TextIsText", "9", kText, "10", kText, 1},
        {"Dates", "1990-01-02", kDate, "1990-01-10", kDate, -1},
        {"DateInDatetime", "2025-10-09", kDate, "2025-10-09T23:59:59+08:00", kDateTime, 0},
        {"DateBeforeDatetime", "2025-10-08", kDate, "2025-10-09T00:00:00+08:00", kDateTime, -1},
        {"MonthOfDate", "2025-10", kMonth, "2025-10-09", kDate, 0},
        {"YearAndDate", "2024", kYear, "2025-01-01", kDate, -1},
        {"Milliseconds", "2025-10-09T10:15:00+08:00", kDateTime, "2025-10-09T10:15:00.500+08:00",
         kDateTime, -1},
    }),
    [](const auto& test) { return test.param.name; });

Operand field(std::size_t slot, TypeKind type, bool in_item = false) {
    return {true, in_item, slot, "", type};
}
Operand literal(std::string text, TypeKind type = kText) {
    return {false, false, 0, std::move(text), type};
}
Condition compare(Operand left, Comparison comparison, Operand right) {
    Condition out;
    out.kind = Condition::Kind::Compare;
    out.comparison = comparison;
    out.operands = {std::move(left), std::move(right)};
    return out;
}
Condition group(Condition::Kind kind, std::vector<Condition> children) {
    Condition out;
    out.kind = kind;
    out.children = std::move(children);
    return out;
}
Condition about(Condition::Kind kind, std::vector<Operand> operands) {
    Condition out;
    out.kind = kind;
    out.operands = std::move(operands);
    return out;
}

/// Slots: 0 = "5" (int), 1 absent, 2 cleared, 3 bad, 4 = "" (text).
class ConditionTest : public testing::Test {
protected:
    ConditionTest() {
        root_.slots.resize(5);
        set(root_.slots[0], "5");
        root_.slots[2].state = SlotState::Cleared;
        root_.slots[3].state = SlotState::Bad;
        set(root_.slots[4], "");
        item_.slots.resize(1);
        set(item_.slots[0], "photo");
    }
    static void set(Slot& slot, std::string_view text) {
        slot.data = text.data();
        slot.size = static_cast<std::uint32_t>(text.size());
        slot.state = SlotState::Value;
    }
    [[nodiscard]] bool is(const Condition& condition) const {
        return holds(condition, {root_, &item_});
    }

    Row root_;
    Row item_;
};

TEST_F(ConditionTest, ComparisonWithoutAValueIsFalseWhicheverItIs) {
    for (const std::size_t slot : {1u, 2u, 3u}) {
        for (const Comparison comparison :
             {Comparison::Equal, Comparison::NotEqual, Comparison::Less, Comparison::LessEqual,
              Comparison::Greater, Comparison::GreaterEqual}) {
            const Condition condition = compare(field(slot, kInt), comparison, literal("5", kInt));
            EXPECT_FALSE(is(condition)) << slot;
            EXPECT_TRUE(is(group(Condition::Kind::Not, {condition}))) << slot;
        }
        EXPECT_FALSE(is(about(Condition::Kind::Present, {field(slot, kInt)})));
        EXPECT_TRUE(is(about(Condition::Kind::Absent, {field(slot, kInt)})));
    }
    EXPECT_TRUE(is(about(Condition::Kind::Present, {field(4, kText)})));
}

TEST_F(ConditionTest, ComparesFieldsWithLiterals) {
    EXPECT_TRUE(is(compare(field(0, kInt), Comparison::Equal, literal("5"))));
    EXPECT_TRUE(is(compare(field(0, kInt), Comparison::Less, literal("10"))));
    EXPECT_TRUE(is(compare(literal("10"), Comparison::Greater, field(0, kInt))));
    EXPECT_FALSE(is(compare(field(0, kInt), Comparison::NotEqual, literal("5"))));
    EXPECT_TRUE(is(compare(field(0, kInt, true), Comparison::Equal, literal("photo"))));
    EXPECT_FALSE(
        holds(compare(field(0, kText, true), Comparison::Equal, literal("photo")), {root_}));
}

TEST_F(ConditionTest, KnowsSetsAndRanges) {
    EXPECT_TRUE(is(about(Condition::Kind::In, {field(0, kInt), literal("4"), literal("5")})));
    EXPECT_FALSE(is(about(Condition::Kind::In, {field(0, kInt), literal("4")})));
    EXPECT_FALSE(is(about(Condition::Kind::In, {field(1, kInt), literal("4")})));
    EXPECT_TRUE(is(about(Condition::Kind::Between, {field(0, kInt), literal("5"), literal("10")})));
    EXPECT_FALSE(
        is(about(Condition::Kind::Between, {field(0, kInt), literal("6"), literal("10")})));
    EXPECT_FALSE(
        is(about(Condition::Kind::Between, {field(0, kInt), literal("1"), field(1, kInt)})));
}

TEST_F(ConditionTest, CombinesConditions) {
    const Condition yes;
    const Condition no = group(Condition::Kind::Not, {yes});
    EXPECT_TRUE(is(group(Condition::Kind::And, {yes, yes})));
    EXPECT_FALSE(is(group(Condition::Kind::And, {yes, no})));
    EXPECT_TRUE(is(group(Condition::Kind::Or, {no, yes})));
    EXPECT_FALSE(is(group(Condition::Kind::Or, {no, no})));
}

TEST_F(ConditionTest, KnowsWhetherItDependsOnABadField) {
    const Condition bad = compare(field(3, kInt), Comparison::Equal, literal("5"));
    EXPECT_TRUE(depends_on_bad(group(Condition::Kind::Not, {bad}), {root_}));
    EXPECT_FALSE(depends_on_bad(compare(field(1, kInt), Comparison::Equal, literal("5")), {root_}));
}

}  // namespace
}  // namespace luqiao::mapping
