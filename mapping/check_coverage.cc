#include "mapping/check_condition.h"
#include "mapping/compile_map.h"
#include "mapping/compile_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace luqiao::mapping {
namespace {

/// A field of either side: the list it is in (-1: none) and its slot.
using Key = std::pair<std::ptrdiff_t, std::size_t>;
using Keys = std::set<Key>;

/// One row that sets a field, and under which conditions.
struct Setter {
    Position at;
    Path path;
};

/// As many earlier setters of one field are compared; more say nothing new.
constexpr std::size_t kSettersMax = 16;

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
                            Fix{{"删除该行，或改箭头", "delete it, or change an arrow"},
                                {report_.erase_line(row.at.line)},
                                false});
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
        list_ = list;
        if (is_whole_) guard(when, list);
        Always out;
        for (std::size_t branch = 0; branch < when.branches.size(); ++branch) {
            path_.push_back({&when.condition, branch == 0});
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

    /// Whether two rows never run for the same message.
    [[nodiscard]] bool exclusive(const Setter& a, const Setter& b) const {
        for (const Given& one : a.path) {
            for (const Given& other : b.path) {
                if (one.condition == other.condition && one.holds != other.holds) return true;
            }
        }
        Path both = a.path;
        both.insert(both.end(), b.path.begin(), b.path.end());
        const std::vector<FieldRef> fields = fields_of(both);
        return std::any_of(fields.begin(), fields.end(), [&](const FieldRef& ref) {
            const std::vector<Probe> all = probes(subject(ref), both);
            return std::none_of(all.begin(), all.end(),
                                [&](const Probe& probe) { return allows(both, ref, probe); });
        });
    }

    void twice(const Setter& setter, const Setter& other) {
        Diagnostic out{"M121",
                       Severity::Error,
                       setter.at,
                       {fmt::format("第{}行已经写过同一字段", other.at.line),
                        fmt::format("line {} already sets the same field", other.at.line)},
                       {}};
        out.related = {{other.at, {"先写的一行", "the row before"}}};
        const bool is_certain =
            setter.path.empty() || other.path.empty() ||
            (setter.path.size() == other.path.size() && is_within(setter.path, other.path));
        if (is_certain) {
            out.fix = Text{"删去其中一行，或写成 when … else … end",
                           "delete one of them, or use when … else"};
        } else {
            out.severity = Severity::Warning;
            out.fix = Text{"合成一个 when … else when … end", "make it one when … else when … end"};
        }
        report_.add(std::move(out));
    }

    [[nodiscard]] Subject subject(const FieldRef& ref) const {
        const Scope& root = program_.form->root;
        const Field& field =
            ref.in_item ? root.lists[static_cast<std::size_t>(list_)].scope.fields[ref.slot]
                        : root.fields[ref.slot];
        return {ref, &field, program_.table(field.type.table),
                program_.is_partial || !field.required};
    }

    /// Decoding judges a condition when it comes to it: its fields must have been read by then.
    void guard(const WhenRule& when, std::ptrdiff_t list) {
        const bool is_read = std::any_of(when.branches.begin(), when.branches.end(),
                                         [](const Block& one) { return has_reading(one); });
        if (!is_read) return;
        for (const FieldRef& ref : fields_of({{&when.condition, true}})) {
            const auto found = read_.find({ref.in_item ? list : -1, ref.slot});
            const std::string& name = subject(ref).field->path;
            if (found == read_.end()) {
                report_.error("M160", when.at,
                              {fmt::format("读取时还不知道{}", name),
                               fmt::format("{} is not known yet when reading", name)},
                              Text{"在上面先读这个字段，或里面只用 ->",
                                   "read it in a row above, or use -> inside"});
                return;
            }
            if (is_known(found->second)) continue;
            report_.warning("M160", when.at,
                            {fmt::format("读取时{}只在部分情况下已知", name),
                             fmt::format("{} is known only sometimes when reading", name)},
                            Text{"把读这个字段的行移到 when 之外",
                                 "move the row that reads it out of its when"});
            return;
        }
    }

    /// Whether one of the rows always runs before the place where we are.
    [[nodiscard]] bool is_known(const std::vector<Setter>& setters) const {
        return std::any_of(setters.begin(), setters.end(), [&](const Setter& one) {
            return is_within(one.path, path_) ||
                   std::any_of(setters.begin(), setters.end(), [&](const Setter& other) {
                       return are_both_branches(one.path, other.path);
                   });
        });
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
        if (some != setters.any.end()) return sometimes(path, owner, some->second, setters.verb);
        report_.error("M120", at,
                      {fmt::format("没有行覆盖{}的必填字段{}", owner.zh, path),
                       fmt::format("no row covers the {}'s required field {}", owner.en, path)},
                      Text{fmt::format("给{}加一行", path), fmt::format("add a row for {}", path)});
    }

    void sometimes(const std::string& path,
                   const Text& owner,
                   const std::vector<Setter>& setters,
                   std::string_view verb) {
        const Position& at = setters[0].at;
        const auto gap = uncovered(setters);
        if (!gap) {
            report_.warning("M120", at,
                            {fmt::format("{}的必填字段{}只在部分情况下有值", owner.zh, path),
                             fmt::format("the {}'s required field {} is {} only sometimes",
                                         owner.en, path, verb)},
                            Text{"加 else", "add else"});
        } else if (!gap->empty()) {
            report_.warning("M120", at,
                            {fmt::format("{}的必填字段{}在{}时没有值", owner.zh, path, gap->zh()),
                             fmt::format("the {}'s required field {} is not {} when {}", owner.en,
                                         path, verb, gap->en())},
                            Text{"加 else，或给这些情况加行", "add else, or rows for these"});
        }
    }

    /// Values of the field that decides for which no row runs.
    struct Gap {
        std::string field;
        std::vector<std::string_view> codes;
        bool absent = false;

        [[nodiscard]] bool empty() const { return codes.empty() && !absent; }
        [[nodiscard]] std::string zh() const {
            if (codes.empty()) return field + "缺失";
            return fmt::format("{}为{}{}", field, listed(codes), absent ? "或缺失" : "");
        }
        [[nodiscard]] std::string en() const {
            if (codes.empty()) return field + " is absent";
            return fmt::format("{} is {}{}", field, listed(codes), absent ? " or absent" : "");
        }
    };

    /// Nothing, when more than one field decides, or one with no list of values.
    [[nodiscard]] std::optional<Gap> uncovered(const std::vector<Setter>& setters) const {
        if (setters.size() >= kSettersMax) return std::nullopt;
        Path all;
        for (const Setter& one : setters) all.insert(all.end(), one.path.begin(), one.path.end());
        const std::vector<FieldRef> fields = fields_of(all);
        if (fields.size() != 1 || fields[0].in_item || !is_only_about(all, fields[0])) {
            return std::nullopt;
        }
        const Subject about = subject(fields[0]);
        if (about.table == nullptr && about.field->type.kind != TypeKind::Bool) return std::nullopt;
        Gap out{about.field->path, {}};
        for (const Probe& probe : probes(about, all)) {
            const bool is_covered =
                std::any_of(setters.begin(), setters.end(),
                            [&](const Setter& one) { return allows(one.path, about.ref, probe); });
            if (is_covered) continue;
            if (probe.near) {
                out.codes.push_back(*probe.near);
            } else {
                out.absent = true;
            }
        }
        return out;
    }

    const Program& program_;
    bool is_whole_;
    Report& report_;
    std::ptrdiff_t wire_list_ = -1;
    bool is_further_column_ = false;  ///< the same rows once more, for the next column
    Arrow each_ = Arrow::Both;        ///< of the `each` around; they do not nest
    std::ptrdiff_t list_ = -1;
    Path path_;
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
