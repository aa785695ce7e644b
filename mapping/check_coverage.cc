#include "mapping/compile_expression.h"
#include "mapping/compile_map.h"
#include "mapping/compile_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace luqiao::mapping {
namespace {

/// A field of either side: the list it is in (-1: none) and its slot.
using Key = std::pair<std::ptrdiff_t, std::size_t>;
using Keys = std::set<Key>;

/// One branch of a `when` that a row stands in.
struct Step {
    const WhenRule* when;
    std::size_t branch;
};

/// One row that sets a field, and under which conditions.
struct Setter {
    Position at;
    std::vector<Step> path;
};

/// As many earlier setters of one field are compared; more say nothing new.
constexpr std::size_t kSettersMax = 16;

/// The literals that `condition` allows for one field: `a = x`, `a in (x, y)`.
std::optional<std::pair<FieldRef, std::set<std::string>>> allowed(const Condition& condition) {
    const bool is_equal =
        condition.kind == Condition::Kind::Compare && condition.comparison == Comparison::Equal;
    if (!is_equal && condition.kind != Condition::Kind::In) return std::nullopt;
    std::set<std::string> values;
    const Operand* field = nullptr;
    for (const Operand& operand : condition.operands) {
        if (operand.call != nullptr) return std::nullopt;
        if (!operand.is_field) {
            values.insert(operand.literal);
        } else if (field == nullptr) {
            field = &operand;
        } else {
            return std::nullopt;
        }
    }
    if (field == nullptr) return std::nullopt;
    return std::pair{FieldRef{field->in_item, field->slot}, values};
}

bool disjoint(const Condition& a, const Condition& b) {
    const auto left = allowed(a);
    const auto right = allowed(b);
    if (!left || !right || !(left->first == right->first)) return false;
    return std::none_of(left->second.begin(), left->second.end(),
                        [&](const std::string& value) { return right->second.count(value) > 0; });
}

/// Whether two rows never run for the same message.
bool exclusive(const Setter& a, const Setter& b) {
    for (const Step& one : a.path) {
        for (const Step& other : b.path) {
            if (one.when == other.when && one.branch != other.branch) return true;
            if (one.branch == 0 && other.branch == 0 && one.when != other.when &&
                disjoint(one.when->condition, other.when->condition)) {
                return true;
            }
        }
    }
    return false;
}

class Coverage {
public:
    Coverage(const Program& program, bool is_whole, Report& report)
        : program_(program), is_whole_(is_whole), report_(report) {}

    void run(const Position& at) {
        const auto [reads_always, writes_always] = block(program_.body, -1);
        if (!is_whole_) return;
        if (reads_any_ && !program_.is_partial) {
            judge_form(at, program_.form->root, -1, reads_always);
            for (const std::size_t list : lists_read_) {
                judge_form(at, program_.form->root.lists[list].scope,
                           static_cast<std::ptrdiff_t>(list), reads_always);
            }
        }
        if (!writes_any_) return;
        judge_format(at, program_.format->root_scope, -1, writes_always);
        for (const std::size_t list : lists_written_) {
            judge_format(at, program_.format->root_scope.lists[list].scope,
                         static_cast<std::ptrdiff_t>(list), writes_always);
        }
    }

private:
    /// What is set on every way through: canonical fields when reading, wire fields when writing.
    using Always = std::pair<Keys, Keys>;

    Always block(const Block& block, std::ptrdiff_t list) {
        Always out;
        for (const Rule& rule : block.rules) {
            Always one = std::visit([&](const auto& r) { return visit(r, list); }, rule);
            out.first.merge(one.first);
            out.second.merge(one.second);
        }
        return out;
    }

    Always visit(const RowRule& row, std::ptrdiff_t list) {
        Always out;
        const bool is_read = reads(row.arrow) && reads(each_);
        const bool is_written = writes(row.arrow) && writes(each_);
        if (!is_read && !is_written) {
            report_.warning("M170", row.at,
                            {"该行与 each 的方向相反，不会执行",
                             "the row goes against its each and never runs"},
                            "delete it, or change an arrow");
        }
        if (is_read && !row.canonical.empty()) {
            reads_any_ = true;
            for (const FieldRef& ref : row.canonical) {
                const Key key{ref.in_item ? list : -1, ref.slot};
                if (!is_further_column_) set(read_, key, row.at);
                out.first.insert(key);
            }
        }
        if (is_written && !row.wire.empty()) {
            writes_any_ = true;
            for (const std::size_t slot : row.wire) {
                const Key key{row.wire_in_item ? wire_list_ : -1, slot};
                set(written_, key, row.wire_at);
                out.second.insert(key);
            }
        }
        return out;
    }

    Always visit(const WhenRule& when, std::ptrdiff_t list) {
        if (is_whole_) guard(when, list);
        Always out;
        for (std::size_t branch = 0; branch < when.branches.size(); ++branch) {
            path_.push_back({&when, branch});
            Always one = block(when.branches[branch], list);
            path_.pop_back();
            if (branch == 0) {
                out = std::move(one);
                continue;
            }
            keep_common(out.first, one.first);
            keep_common(out.second, one.second);
        }
        if (when.branches.size() < 2) return {};
        return out;
    }

    Always visit(const EachRule& each, std::ptrdiff_t /*list*/) {
        const std::ptrdiff_t outer =
            std::exchange(wire_list_, static_cast<std::ptrdiff_t>(each.wire_list));
        each_ = each.arrow;
        if (reads(each.arrow)) lists_read_.insert(each.list);
        if (writes(each.arrow) && !each.columns) lists_written_.insert(each.wire_list);
        Always out;
        for (const Block& one : each.body) {
            Always always = block(one, static_cast<std::ptrdiff_t>(each.list));
            out.first.merge(always.first);
            out.second.merge(always.second);
            is_further_column_ = each.columns;
        }
        is_further_column_ = false;
        wire_list_ = outer;
        each_ = Arrow::Both;
        return out;
    }

    Always visit(const CheckRule& /*check*/, std::ptrdiff_t /*list*/) { return {}; }

    static void keep_common(Keys& into, const Keys& other) {
        for (auto key = into.begin(); key != into.end();) {
            key = other.count(*key) > 0 ? std::next(key) : into.erase(key);
        }
    }

    void set(std::map<Key, std::vector<Setter>>& all, Key key, const Position& at) {
        Setter setter{at, path_};
        std::vector<Setter>& before = all[key];
        for (const Setter& other : before) {
            if (exclusive(setter, other)) continue;
            twice(setter, other);
            break;
        }
        if (before.size() < kSettersMax) before.push_back(std::move(setter));
    }

    void twice(const Setter& setter, const Setter& other) {
        const Text message{fmt::format("第{}行已经写过同一字段", other.at.line),
                           fmt::format("line {} already sets the same field", other.at.line)};
        const bool is_certain =
            setter.path.empty() || other.path.empty() ||
            (setter.path.size() == other.path.size() &&
             std::equal(setter.path.begin(), setter.path.end(), other.path.begin(),
                        [](const Step& a, const Step& b) { return a.when == b.when; }));
        if (is_certain) {
            report_.error("M121", setter.at, message, "delete one of them, or use when … else");
        } else {
            report_.warning("M121", setter.at, message, "make it one when … else when … end");
        }
    }

    /// Decoding judges a condition when it comes to it: its fields must have been read by then.
    void guard(const WhenRule& when, std::ptrdiff_t list) {
        const bool is_read = std::any_of(when.branches.begin(), when.branches.end(),
                                         [](const Block& one) { return has_reading(one); });
        if (!is_read) return;
        std::vector<FieldRef> fields;
        collect_fields(when.condition, fields);
        for (const FieldRef& ref : fields) {
            if (read_.count({ref.in_item ? list : -1, ref.slot}) > 0) continue;
            const Scope& scope =
                ref.in_item ? program_.form->root.lists[static_cast<std::size_t>(list)].scope
                            : program_.form->root;
            const std::string& name = scope.fields[ref.slot].path;
            report_.error("M160", when.at,
                          {fmt::format("读取时还不知道{}", name),
                           fmt::format("{} is not known yet when reading", name)},
                          "read it in a row above, or use -> inside");
            return;
        }
    }

    static bool has_reading(const Block& block) {
        return std::any_of(block.rules.begin(), block.rules.end(), [](const Rule& rule) {
            if (const auto* row = std::get_if<RowRule>(&rule)) return reads(row->arrow);
            if (const auto* each = std::get_if<EachRule>(&rule)) return reads(each->arrow);
            const auto* when = std::get_if<WhenRule>(&rule);
            return when != nullptr && std::any_of(when->branches.begin(), when->branches.end(),
                                                  [](const Block& b) { return has_reading(b); });
        });
    }

    void judge_form(const Position& at,
                    const Scope& scope,
                    std::ptrdiff_t list,
                    const Keys& always) {
        for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
            if (!scope.fields[slot].required) continue;
            judge(at, scope.fields[slot].path, {"表单", "form"}, {list, slot},
                  {always, read_, "read"});
        }
    }

    void judge_format(const Position& at,
                      const WireScope& scope,
                      std::ptrdiff_t list,
                      const Keys& always) {
        for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
            if (!scope.fields[slot].required || is_left_out(scope, slot, list)) continue;
            judge(at, scope.fields[slot].path, {"格式", "format"}, {list, slot},
                  {always, written_, "written"});
        }
    }

    /// Of an alternative: rows may set it sometimes, or leave the whole group out.
    [[nodiscard]] bool is_left_out(const WireScope& scope,
                                   std::size_t slot,
                                   std::ptrdiff_t list) const {
        const std::size_t group = scope.fields[slot].group;
        if (group == WireField::kNoGroup) return false;
        if (written_.count({list, slot}) > 0) return true;
        const std::string& prefix = scope.groups[group].prefix;
        for (std::size_t other = 0; other < scope.fields.size(); ++other) {
            const bool is_inside = scope.fields[other].path.starts_with(prefix);
            if (is_inside && written_.count({list, other}) > 0) return false;
        }
        return true;
    }

    struct Setters {
        const Keys& always;
        const std::map<Key, std::vector<Setter>>& any;
        std::string_view verb;
    };

    void judge(const Position& at,
               const std::string& path,
               const Text& owner,
               Key key,
               const Setters& setters) {
        if (setters.always.count(key) > 0) return;
        const auto some = setters.any.find(key);
        if (some != setters.any.end()) {
            report_.warning("M120", some->second[0].at,
                            {fmt::format("{}的必填字段{}只在部分情况下有值", owner.zh, path),
                             fmt::format("the {}'s required field {} is {} only sometimes",
                                         owner.en, path, setters.verb)},
                            "add else");
            return;
        }
        report_.error("M120", at,
                      {fmt::format("没有行覆盖{}的必填字段{}", owner.zh, path),
                       fmt::format("no row covers the {}'s required field {}", owner.en, path)},
                      fmt::format("add a row for {}", path));
    }

    const Program& program_;
    bool is_whole_;
    Report& report_;
    std::ptrdiff_t wire_list_ = -1;
    bool is_further_column_ = false;  ///< the same rows once more, for the next column
    Arrow each_ = Arrow::Both;        ///< of the `each` around; they do not nest
    std::vector<Step> path_;
    bool reads_any_ = false;
    bool writes_any_ = false;
    std::set<std::size_t> lists_read_;
    std::set<std::size_t> lists_written_;
    std::map<Key, std::vector<Setter>> read_;
    std::map<Key, std::vector<Setter>> written_;
};

}  // namespace

void check_coverage(const Program& program, const Position& at, bool is_whole, Report& report) {
    Coverage(program, is_whole, report).run(at);
}

}  // namespace luqiao::mapping
