#include "authoring/compare.h"

#include "mapping/compile_row.h"
#include "mapping/evaluate.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::authoring {
namespace {

using mapping::Program;
using mapping::Record;
using mapping::Row;
using mapping::Scope;

bool is_same(const mapping::Slot& left, const mapping::Slot& right) {
    if (left.state != right.state) return false;
    return !left.has_value() || left.text() == right.text();
}

class RecordComparison {
public:
    RecordComparison(const Program& program, const Record& left, const Record& right)
        : rows_(rows_of(program)), right_(right) {
        fields(program.form->root, left.root(), right.root(), nullptr);
        for (std::size_t list = 0; list < program.form->root.lists.size(); ++list) {
            items(program.form->root.lists[list], left.root().lists[list],
                  right.root().lists[list]);
        }
    }

    std::vector<FieldDifference> out;

private:
    void fields(const Scope& scope, const Row& left, const Row& right, const mapping::List* list) {
        for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
            if (is_same(left.slots[slot], right.slots[slot])) continue;
            out.push_back({prefix_ + scope.fields[slot].path, shown(left.slots[slot]),
                           shown(right.slots[slot]), rule(list, slot, right)});
        }
    }

    void items(const mapping::List& list, const mapping::Rows& left, const mapping::Rows& right) {
        if (left.size() != right.size()) {
            out.push_back({list.path,
                           fmt::format("{} items", left.size()),
                           fmt::format("{} items", right.size()),
                           {}});
        }
        for (std::size_t item = 0; item < std::min(left.size(), right.size()); ++item) {
            prefix_ = fmt::format("{}[{}].", list.path, item + 1);
            fields(list.scope, left[item], right[item], &list);
        }
        prefix_.clear();
    }

    /// The row that reads the slot: of several the one whose branches are taken.
    [[nodiscard]] std::string rule(const mapping::List* list,
                                   std::size_t slot,
                                   const Row& item) const {
        const mapping::FieldRef wanted{list != nullptr, slot};
        const RowPlace* best = nullptr;
        for (const RowPlace& place : rows_) {
            const auto& fields = place.row->canonical;
            if (place.list != list && wanted.in_item) continue;
            if (!mapping::reads(place.row->arrow)) continue;
            if (std::find(fields.begin(), fields.end(), wanted) == fields.end()) continue;
            const bool is_taken =
                guards_hold(place, {right_.root(), list == nullptr ? nullptr : &item});
            if (best == nullptr || is_taken) best = &place;
        }
        return best == nullptr ? std::string() : place_of(*best->row);
    }

    const std::vector<RowPlace> rows_;
    const Record& right_;
    std::string prefix_;
};

/// A piece of `text` around `at` that can be printed.
std::string around(std::string_view text, std::size_t at) {
    constexpr std::size_t kBefore = 12;
    constexpr std::size_t kLength = 40;
    if (at >= text.size()) return "the end";
    const std::size_t begin = at > kBefore ? at - kBefore : 0;
    std::string out;
    for (const char c : text.substr(begin, kLength)) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte >= 0x20 && byte < 0x7F ? std::string(1, c) : fmt::format("\\x{:02X}", byte);
    }
    return out;
}

template <class Test>
bool any_row(const Program& program, Test test) {
    const auto rows = rows_of(program);
    return std::any_of(rows.begin(), rows.end(),
                       [&](const RowPlace& place) { return test(place.row->arrow); });
}

}  // namespace

std::vector<FieldDifference> compare(const Program& program,
                                     const Record& left,
                                     const Record& right) {
    return std::move(RecordComparison(program, left, right).out);
}

Difference byte_difference(std::string file, std::string_view expected, std::string_view actual) {
    const auto [left, right] =
        std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
    const auto at = static_cast<std::size_t>(left - expected.begin());
    return {
        std::move(file), fmt::format("byte {}", at), around(expected, at), around(actual, at), {}};
}

std::string shown(const mapping::Slot& slot) {
    switch (slot.state) {
        case mapping::SlotState::Absent: return "absent";
        case mapping::SlotState::Cleared: return "cleared";
        case mapping::SlotState::Bad: return "bad";
        case mapping::SlotState::Value: return fmt::format("\"{}\"", slot.text());
    }
    return "bad";
}

std::string place_of(const mapping::RowRule& row) {
    return fmt::format("{}:{}", row.at.file, row.at.line);
}

bool writes_anything(const Program& program) {
    return any_row(program, mapping::writes);
}

bool reads_anything(const Program& program) {
    return any_row(program, mapping::reads);
}

}  // namespace luqiao::authoring
