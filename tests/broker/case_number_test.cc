#include "broker/messages.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace luqiao::broker {
namespace {

using namespace std::chrono_literals;

const Instant kDayOfNumbers = china_midnight(Date{std::chrono::days{20'000}}) + 9h;

Entropy counting() {
    return [count = std::uint8_t{0}]() mutable {
        std::array<std::uint8_t, 16> out{};
        out.fill(count++);
        return out;
    };
}

TEST(CaseNumber, IsPrefixDayTimeAndWhatCannotBeGuessed) {
    const Entropy zero = [] { return std::array<std::uint8_t, 16>{}; };
    const struct {
        const char* name;
        Duration since_midnight;
        const char* number;
    } rows[] = {
        {"the first moment of a day in China", 0ms, "QD202410040000000000"},
        {"the same tenth of a second", 99ms, "QD202410040000000000"},
        {"the next", 100ms, "QD202410040001000000"},
        {"the thirty-second after it", 3'200ms, "QD202410040010000000"},
        {"the last of the day", 24h - 1ms, "QD20241004TBQZ000000"},
    };
    for (const auto& row : rows) {
        const Instant at = china_midnight(Date{std::chrono::days{20'000}}) + row.since_midnight;
        const std::string number = make_case_number("QD", at, zero);
        EXPECT_EQ(number, row.number) << row.name;
    }
}

TEST(CaseNumber, SortsByTime) {
    const Entropy entropy = counting();
    std::string last;
    for (int step = 0; step < 1'000; ++step) {
        std::string number = make_case_number("QD", kDayOfNumbers + step * 61'700ms, entropy);
        EXPECT_LT(last, number) << step;
        last = std::move(number);
    }
}

TEST(CaseNumber, DiffersWithinOneMoment) {
    const Entropy entropy = counting();
    std::set<std::string> numbers;
    for (int index = 0; index < 32; ++index) {
        numbers.insert(make_case_number("QD", kDayOfNumbers, entropy));
    }
    EXPECT_EQ(numbers.size(), 32U);
}

}  // namespace
}  // namespace luqiao::broker
