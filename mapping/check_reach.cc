#include "mapping/check_condition.h"
#include "mapping/code_table.h"
#include "mapping/compile_map.h"
#include "mapping/compile_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace luqiao::mapping {
namespace {

/// A chain over more codes than this is about a few of them by intention.
constexpr std::size_t kChoiceMax = 32;

/// Walks the rules with the conditions under which each runs.
class Reach {
public:
    Reach(const Program& program, Report& report) : program_(program), report_(report) {}

    void block(const Block& block) {
        for (const Rule& rule : block.rules) {
            std::visit([&](const auto& one) { visit(one); }, rule);
        }
    }

private:
    void visit(const RowRule& row) {
        if (!row.required_when) return;
        if (!can_be(*row.required_when, true)) {
            warn(row.at, {"req when 的条件在这里永远不成立", "this req when never holds here"},
                 {"删除 req when，或改条件", "delete req when, or change its condition"});
        }
    }

    void visit(const CheckRule& rule) {
        const Condition& condition = rule.check.condition;
        if (!can_be(condition, false)) {
            warn(rule.check.at, {"这条 check 永远成立，查不出问题", "this check can never fail"},
                 {"改条件", "change its condition"});
        } else if (!can_be(condition, true)) {
            warn(rule.check.at, {"这条 check 永远不成立", "this check can never hold"},
                 {"改条件", "change its condition"});
        }
    }

    void visit(const EachRule& each) {
        const List* outer = std::exchange(item_, &program_.form->root.lists[each.list]);
        // The bodies of columns are the same rows once more.
        if (!each.body.empty()) block(each.body.front());
        item_ = outer;
    }

    void visit(const WhenRule& when) {
        const bool has_else = when.branches.size() > 1 && !when.branches[1].rules.empty();
        if (!can_be(when.condition, true)) {
            warn(when.at,
                 {"这里的条件永远不成立，其中的行不会执行",
                  "the condition never holds here: the rows inside never run"},
                 {"删除这个分支，或改条件", "delete the branch, or change its condition"});
        } else if (!can_be(when.condition, false)) {
            warn(when.at,
                 has_else ? Text{"条件在这里总是成立，else 不会执行",
                                 "the condition always holds here: else never runs"}
                          : Text{"条件在这里总是成立，等于没有写",
                                 "the condition always holds here and says nothing"},
                 has_else ? Text{"删除 else，或改条件", "delete else, or change the condition"}
                          : Text{"删除这层 when，或改条件",
                                 "delete this when, or change its condition"});
        } else {
            choice(when);
        }
        for (std::size_t branch = 0; branch < when.branches.size(); ++branch) {
            path_.push_back({&when.condition, branch == 0});
            block(when.branches[branch]);
            path_.pop_back();
        }
    }

    void warn(const Position& at, Text message, Text fix) {
        report_.warning("M170", at, std::move(message), std::move(fix));
    }

    [[nodiscard]] Subject subject(const FieldRef& ref) const {
        const Field& field =
            ref.in_item ? item_->scope.fields[ref.slot] : program_.form->root.fields[ref.slot];
        return {ref, &field, program_.table(field.type.table),
                program_.is_partial || !field.required};
    }

    /// Whether `condition` can come out so where we stand; each field is tried by itself.
    [[nodiscard]] bool can_be(const Condition& condition, bool holds) const {
        Path path = path_;
        path.push_back({&condition, holds});
        const std::vector<FieldRef> fields = fields_of(path);
        return std::all_of(fields.begin(), fields.end(), [&](const FieldRef& ref) {
            if (ref.in_item && item_ == nullptr) return true;
            const std::vector<Probe> all = probes(subject(ref), path);
            return std::any_of(all.begin(), all.end(),
                               [&](const Probe& probe) { return allows(path, ref, probe); });
        });
    }

    /// when … else when … end without a last else: which codes go by it?
    void choice(const WhenRule& root) {
        if (chained_.count(&root) > 0) return;
        Path own{{&root.condition, false}};
        const WhenRule* last = &root;
        while (last->branches.size() > 1 && last->branches[1].rules.size() == 1) {
            const auto* next = std::get_if<WhenRule>(&last->branches[1].rules[0]);
            if (next == nullptr) break;
            last = next;
            chained_.insert(last);
            own.push_back({&last->condition, false});
        }
        const std::vector<FieldRef> fields = fields_of(own);
        if (own.size() < 2 || last->branches.size() > 1 || fields.size() != 1) return;
        if ((fields[0].in_item && item_ == nullptr) || !is_only_about(own, fields[0])) return;
        const Subject about = subject(fields[0]);
        if (about.table == nullptr || about.table->rows().size() > kChoiceMax) return;
        own.insert(own.begin(), path_.begin(), path_.end());
        std::vector<std::string_view> open;
        for (const Probe& probe : probes(about, own)) {
            if (probe.near && allows(own, about.ref, probe)) open.push_back(*probe.near);
        }
        if (open.empty()) return;
        const std::string codes = listed(open);
        report_.warning("M120", root.at,
                        {fmt::format("{}为{}时没有分支", about.field->path, codes),
                         fmt::format("no branch for {} = {}", about.field->path, codes)},
                        Text{"加 else，或给这些代码各写一个分支",
                             "add else, or a branch for each of these codes"});
    }

    const Program& program_;
    Report& report_;
    const List* item_ = nullptr;
    Path path_;
    std::set<const WhenRule*> chained_;  ///< an `else when` is judged with the first of its chain
};

}  // namespace

void check_reach(const Program& program, Report& report) {
    Reach(program, report).block(program.body);
}

}  // namespace luqiao::mapping
