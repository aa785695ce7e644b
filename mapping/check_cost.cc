#include "mapping/compile_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace luqiao::mapping {
namespace {

std::uint64_t size_of(const Condition& condition) {
    std::uint64_t out = 1 + condition.operands.size();
    for (const Condition& child : condition.children) out += size_of(child);
    return out;
}

/// Steps that one message takes at most, and where most of them are.
class Cost {
public:
    std::uint64_t of(const Block& block) {
        std::uint64_t out = 0;
        for (const Rule& rule : block.rules) {
            out += std::visit([&](const auto& one) { return of(one); }, rule);
        }
        return out;
    }

    [[nodiscard]] const Position* worst() const { return worst_; }
    [[nodiscard]] std::uint64_t worst_cost() const { return worst_cost_; }

private:
    static std::uint64_t of(const RowRule& row) {
        return 1 + row.chain.size() + (row.required_when ? size_of(*row.required_when) : 0);
    }
    static std::uint64_t of(const CheckRule& rule) { return size_of(rule.check.condition); }

    std::uint64_t of(const WhenRule& when) {
        std::uint64_t most = 0;
        for (const Block& branch : when.branches) most = std::max(most, of(branch));
        return size_of(when.condition) + most;
    }

    std::uint64_t of(const EachRule& each) {
        std::uint64_t out = 1;
        for (const Block& body : each.body) out += of(body);
        out *= std::max<std::uint64_t>(1, each.items_max);
        if (out > worst_cost_) {
            worst_cost_ = out;
            worst_ = &each.at;
        }
        return out;
    }

    const Position* worst_ = nullptr;
    std::uint64_t worst_cost_ = 0;
};

}  // namespace

void check_cost(const Program& program, const Position& at, Report& report) {
    Cost cost;
    const std::uint64_t all = cost.of(program.body);
    if (all <= kStepsMax) return;
    const Position& place = cost.worst() != nullptr ? *cost.worst() : at;
    report.error(
        "M180", place,
        {fmt::format("一条报文最多要执行{}步，超过上限{}；其中这里{}步", all, kStepsMax,
                     cost.worst_cost()),
         fmt::format("one message may take {} steps, at most {} are allowed; {} of them here", all,
                     kStepsMax, cost.worst_cost())},
        Text{"减小 max", "write a smaller max"});
}

}  // namespace luqiao::mapping
