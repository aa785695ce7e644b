#include "authoring/coverage.h"

#include "mapping/compile_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace luqiao::authoring {
namespace {

using mapping::Program;
using mapping::Row;

class Covering {
public:
    Covering(const Program& program, const CaseResult& result, CoveredRows& covered)
        : program_(program), result_(result), covered_(covered) {}

    void run() {
        for (const RowPlace& place : rows_of(program_)) {
            if (has_issue(*place.row) || (result_.record && fires(place))) {
                covered_.insert(place.row);
            }
        }
    }

private:
    [[nodiscard]] bool has_issue(const mapping::RowRule& row) const {
        const std::string at = fmt::format("{}:{}:", row.at.file, row.at.line);
        return std::any_of(
            result_.issues.list.begin(), result_.issues.list.end(),
            [&at](const mapping::Issue& issue) { return issue.rule.starts_with(at); });
    }

    [[nodiscard]] bool fires(const RowPlace& place) const {
        const Row& root = result_.record->root();
        if (place.each == nullptr) return fires_in(place, nullptr);
        const auto& items = root.lists[place.each->list];
        return std::any_of(items.begin(), items.end(),
                           [&](const Row& item) { return fires_in(place, &item); });
    }

    [[nodiscard]] bool fires_in(const RowPlace& place, const Row* item) const {
        const Row& root = result_.record->root();
        if (!guards_hold(place, {root, item})) return false;
        const mapping::RowRule& row = *place.row;
        const bool is_read = result_.is_read && mapping::reads(row.arrow);
        const bool is_written = result_.is_written && mapping::writes(row.arrow);
        if (!is_read && !is_written) return false;
        if (row.canonical_constant) return is_written;
        const bool has_value = std::any_of(
            row.canonical.begin(), row.canonical.end(), [&](const mapping::FieldRef& ref) {
                const Row& from = ref.in_item && item != nullptr ? *item : root;
                return from.slots[ref.slot].state != mapping::SlotState::Absent;
            });
        return has_value || (is_written && writes_nothing(row));
    }

    /// Whether the row has a text for a field without a value: a default or a sentinel.
    static bool writes_nothing(const mapping::RowRule& row) {
        return row.fallback ||
               std::any_of(row.chain.begin(), row.chain.end(), [](const mapping::CodecCall& call) {
                   return call.codec->encode_absent != nullptr;
               });
    }

    const Program& program_;
    const CaseResult& result_;
    CoveredRows& covered_;
};

}  // namespace

void cover(const Program& program, const CaseResult& result, CoveredRows& covered) {
    Covering(program, result, covered).run();
}

std::vector<RowPlace> uncovered(const Program& program, const std::vector<GoldenCase>& cases) {
    CoveredRows covered;
    for (const GoldenCase& golden : cases) {
        if (golden.map == program.name) cover(program, run_case(program, golden), covered);
    }
    // A row of columns is covered when it is for any of them.
    std::set<std::pair<int, int>> places;
    for (const mapping::RowRule* row : covered) places.emplace(row->at.line, row->at.column);
    std::vector<RowPlace> out;
    for (RowPlace& place : written_rows(program)) {
        const bool is_covered = places.contains({place.row->at.line, place.row->at.column});
        if (place.row->examples.empty() && !is_covered) out.push_back(std::move(place));
    }
    return out;
}

void check_coverage(const Program& program,
                    const std::vector<GoldenCase>& cases,
                    Diagnostics& findings) {
    for (const RowPlace& place : uncovered(program, cases)) {
        Diagnostic finding;
        finding.code = "M190";
        finding.severity = Severity::Warning;
        finding.at = place.row->at;
        finding.message = {"该行既没有例子，也没有覆盖它的案例",
                           "the row has neither an example nor a case that covers it"};
        finding.fix = Fix(
            Text{fmt::format("加上 ; eg 报文值 = 规范值，或运行 luqiao case suggest {} --write",
                             program.name),
                 fmt::format("add: ; eg WIRE = CANONICAL, or run: luqiao case suggest {} --write",
                             program.name)});
        findings.add(std::move(finding));
    }
}

}  // namespace luqiao::authoring
