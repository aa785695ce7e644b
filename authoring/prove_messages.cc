#include "authoring/prove_messages.h"

#include "mapping/compile_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "authoring/compare.h"
#include "authoring/generate.h"

namespace luqiao::authoring {
namespace {

using mapping::Program;
using mapping::Record;
using mapping::Row;

class Messages {
public:
    Messages(const Program& program, const MessageOptions& options)
        : program_(program),
          options_(options),
          rows_(rows_of(program)),
          maker_(program, options.seed) {
        for (const RowPlace& place : rows_) {
            if (is_two_way(*place.row)) any_two_way_ = true;
            for (const Guard& guard : place.guards) {
                const mapping::Condition* const condition = &guard.when->condition;
                if (std::find(guards_.begin(), guards_.end(), condition) == guards_.end()) {
                    guards_.push_back(condition);
                }
            }
        }
    }

    MessageProof prove() {
        if (!any_two_way_) return std::move(out_);
        Dice dice(options_.seed);
        for (std::size_t number = 0; number < options_.messages; ++number) {
            Recipe recipe;
            recipe.seed = dice.next();
            recipe.fill = number % 4 == 0   ? Fill::Everything
                          : number % 4 == 1 ? Fill::Required
                                            : Fill::Mixed;
            recipe.is_plain = number < 2;
            for (std::size_t guard = 0; guard < guards_.size(); ++guard) {
                recipe.wanted.emplace_back(guards_[guard], (number + guard) % 2 == 0);
            }
            one(maker_.make(recipe));
        }
        if (out_.written == 0) nothing_written();
        return std::move(out_);
    }

private:
    static bool is_two_way(const mapping::RowRule& row) {
        return mapping::reads(row.arrow) && mapping::writes(row.arrow);
    }

    void one(const Generated& made) {
        ++out_.tried;
        if (!made.is_written) {
            if (failure_.empty() && !made.encoded.issues.list.empty()) {
                const mapping::Issue& issue = made.encoded.issues.list.front();
                failure_ =
                    fmt::format("{} {} {}", info(issue.code).id, issue.field, issue.message.en);
            }
            return;
        }
        ++out_.written;
        const mapping::Decoded back = mapping::decode(program_, made.encoded.bytes);
        for (const mapping::Issue& issue : back.issues.list) unreadable(issue, made.record);
        for (const RowPlace& place : rows_) {
            if (is_two_way(*place.row) && place.row->grade < mapping::Grade::Lossy) {
                same(place, made.record, back.record);
            }
        }
    }

    /// An issue about a field that a two-way row wrote.
    void unreadable(const mapping::Issue& issue, const Record& record) {
        if (issue.severity == Severity::Note) return;
        for (const RowPlace& place : rows_) {
            if (!is_two_way(*place.row) || place.row->canonical.empty()) continue;
            const bool is_here = issue.field == canonical_field(program_, place).path ||
                                 issue.field == canonical_name(program_, place);
            if (!is_here) continue;
            if (place.list == nullptr && !guards_hold(place, {record.root(), nullptr})) continue;
            add("P111", *place.row,
                {fmt::format("写出的报文读不回：{}（{}）", issue.message.zh, issue.pointer),
                 fmt::format("a message that was written cannot be read: {} ({})", issue.message.en,
                             issue.pointer)});
            return;
        }
    }

    void same(const RowPlace& place, const Record& left, const Record& right) {
        for (std::size_t part = 0; part < place.row->canonical.size(); ++part) {
            const mapping::FieldRef& ref = place.row->canonical[part];
            if (!ref.in_item || place.each == nullptr) {
                if (!guards_hold(place, {left.root(), nullptr})) continue;
                same_slot(place, left.root().slots[ref.slot], right.root().slots[ref.slot]);
                continue;
            }
            if (place.each->arrow != mapping::Arrow::Both) continue;
            const auto& before = left.root().lists[place.each->list];
            const auto& after = right.root().lists[place.each->list];
            if (before.size() != after.size()) {
                add("P110", *place.row,
                    {fmt::format("列表 {} 写出 {} 项，读回 {} 项", place.list->path, before.size(),
                                 after.size()),
                     fmt::format("{} items of {} come back as {}", before.size(), place.list->path,
                                 after.size())});
                continue;
            }
            for (std::size_t item = 0; item < before.size(); ++item) {
                if (!guards_hold(place, {left.root(), &before[item]})) continue;
                same_slot(place, before[item].slots[ref.slot], after[item].slots[ref.slot]);
            }
        }
    }

    void same_slot(const RowPlace& place, const mapping::Slot& left, const mapping::Slot& right) {
        if (!left.has_value() && (place.row->fallback || !right.has_value())) return;
        if (left.has_value() && right.has_value() && left.text() == right.text()) return;
        add("P110", *place.row,
            {fmt::format("{} 经整个报文写出再读回，{} 变成 {}", canonical_name(program_, place),
                         shown(left), shown(right)),
             fmt::format("{} comes back from a whole message as {}, it was {}",
                         canonical_name(program_, place), shown(right), shown(left))});
    }

    void nothing_written() {
        Diagnostic finding;
        finding.code = "P112";
        finding.at = rows_.front().row->at;
        finding.at.line = 1;
        finding.at.column = 1;
        const bool is_known = !failure_.empty();
        finding.message = {"生成不出该映射能写出的记录，报文未能证明：" +
                               (is_known ? failure_ : std::string("没有记录满足所有的 check")),
                           "no record could be made that the map writes: " +
                               (is_known ? failure_ : std::string("none satisfies every check"))};
        out_.findings.add(std::move(finding));
    }

    void add(std::string_view code, const mapping::RowRule& row, Text message) {
        if (!said_.insert({std::string(code), row.at.line}).second) return;
        Diagnostic finding;
        finding.code = std::string(code);
        finding.at = row.at;
        finding.message = std::move(message);
        out_.findings.add(std::move(finding));
    }

    const Program& program_;
    MessageOptions options_;
    std::vector<RowPlace> rows_;
    RecordMaker maker_;
    std::vector<const mapping::Condition*> guards_;
    bool any_two_way_ = false;
    std::string failure_;
    std::set<std::pair<std::string, int>> said_;
    MessageProof out_;
};

}  // namespace

MessageProof prove_messages(const Program& program, const MessageOptions& options) {
    return Messages(program, options).prove();
}

}  // namespace luqiao::authoring
