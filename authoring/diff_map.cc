#include "mapping/compile_row.h"

#include <algorithm>
#include <map>
#include <set>

#include "authoring/condition_text.h"
#include "authoring/diff_list.h"
#include "authoring/trace_entry.h"

namespace luqiao::authoring {
namespace {

using mapping::Arrow;
using mapping::OnBad;
using mapping::Program;
using mapping::RowRule;

/// A row as it is compared: by what it names, not by where it stands.
struct Named {
    const Program* program = nullptr;
    RowPlace place;
    std::string canonical;
    std::string wire;
    std::string guard;
    bool is_paired = false;
};

std::vector<Named> named_rows(const Program& program) {
    std::vector<Named> out;
    for (const RowPlace& place : rows_of(program)) {
        out.push_back({&program, place, canonical_name(program, place), wire_name(program, place),
                       guards_text(program, place)});
    }
    return out;
}

std::string row_text(const Named& row) {
    const std::string chain = chain_text(row.place.row->chain);
    return fmt::format("{} {} {}{}", row.canonical, arrow_text(row.place.row->arrow), row.wire,
                       chain.empty() ? "" : " : " + chain);
}

/// What a computed row writes.
std::string value_text(const Named& row) {
    const auto& computed = row.place.row->computed;
    return computed ? operand_text(*row.program, row.place.list, computed->value) : std::string();
}

std::string fit_text(const RowRule& row) {
    if (!row.fit) return {};
    return fmt::format("fit {} {} {}", row.fit->bytes_max, mapping::to_string(row.fit->charset),
                       row.fit->cut ? "cut" : "reject");
}

/// Compares two rows that stand for each other.
class RowDiff {
public:
    RowDiff(const Named& old, const Named& now, DiffList& out)
        : old_(old), now_(now), left_(*old.place.row), right_(*now.place.row), out_(out) {}

    void run() {
        sides();
        chain();
        clause("row.let", value_text(old_), value_text(now_));
        required();
        act("unmapped", left_.on_unmapped, right_.on_unmapped);
        act("bad", left_.on_bad, right_.on_bad);
        act("absent", left_.on_absent, right_.on_absent);
        clause("row.default", left_.fallback.value_or(""), right_.fallback.value_or(""));
        clause("row.bad_default", left_.bad_default.value_or(""), right_.bad_default.value_or(""));
        fit();
        clause("row.when", old_.guard, now_.guard);
    }

private:
    DiffList::Change change(std::string kind, std::string before, std::string after) const {
        return {std::move(kind), now_.canonical, std::move(before), std::move(after)};
    }

    void sides() {
        if (old_.canonical != now_.canonical) {
            out_.breaking(change("row.canonical", old_.canonical, now_.canonical),
                          {"同一报文字段改对另一表单字段",
                           "the party's field is mapped to another canonical field"});
        }
        if (old_.wire != now_.wire) {
            out_.breaking(change("row.wire", old_.wire, now_.wire),
                          {"改用另一报文字段", "another field of the message is used"});
        }
        if (left_.arrow == right_.arrow) return;
        const bool loses = (reads(left_.arrow) && !reads(right_.arrow)) ||
                           (writes(left_.arrow) && !writes(right_.arrow));
        const auto what = change("row.arrow", std::string(arrow_text(left_.arrow)),
                                 std::string(arrow_text(right_.arrow)));
        if (loses) {
            out_.breaking(what, {"少了一个方向", "one direction is gone"});
        } else {
            out_.review(what, {"方向改变", "it goes another way too"});
        }
    }

    void chain() {
        const std::string before = chain_text(left_.chain);
        const std::string after = chain_text(right_.chain);
        if (left_.grade < right_.grade) {
            out_.breaking(change("row.grade", std::string(grade_word(left_.grade)),
                                 std::string(grade_word(right_.grade))),
                          {"等级下降，往返后可能丢失信息",
                           "the grade drops: a round trip may lose something"});
        }
        if (before != after) {
            out_.review(change("row.chain", before, after),
                        {"转换改变，请看样例的差异", "see what the samples do"});
        }
    }

    void required() {
        const std::string before = required_text(*old_.program, old_.place);
        const std::string after = required_text(*now_.program, now_.place);
        if (before == after) return;
        const auto what = change("row.required", before, after);
        if (right_.required || before.empty()) {
            out_.breaking(what,
                          {"改为必填，缺少它的报文会被拒绝", "messages without it are refused"});
        } else {
            out_.review(what, {"必填条件改变", "it is required otherwise, or no longer"});
        }
    }

    void act(const std::string& clause, OnBad before, OnBad after) {
        if (before == after) return;
        const auto what =
            change("row." + clause, std::string(act_word(before)), std::string(act_word(after)));
        if (after == OnBad::Reject) {
            out_.breaking(
                what, {"改为拒绝，原来能通过的报文会被拒绝", "messages that passed are refused"});
        } else {
            out_.review(what, {"对坏值或缺失的处理改变", "bad or missing values fare otherwise"});
        }
    }

    void clause(std::string kind, const std::string& before, const std::string& after) {
        if (before == after) return;
        out_.review(change(std::move(kind), before, after),
                    {"子句或条件改变", "a clause or condition is another"});
    }

    void fit() {
        const std::string before = fit_text(left_);
        const std::string after = fit_text(right_);
        if (before == after) return;
        const bool is_narrower =
            right_.fit && (!left_.fit || right_.fit->bytes_max < left_.fit->bytes_max);
        if (is_narrower) {
            out_.breaking(change("row.fit", before, after),
                          {"长度上限减少", "long values are refused or cut"});
        } else {
            clause("row.fit", before, after);
        }
    }

    const Named& old_;
    const Named& now_;
    const RowRule& left_;
    const RowRule& right_;
    DiffList& out_;
};

/// Rows with the same sides and condition belong together, then those with the same canonical
/// side, then those with the same wire side.
class Pairing {
public:
    Pairing(const Program& before, const Program& after, DiffList& out)
        : old_(named_rows(before)), now_(named_rows(after)), out_(out) {}

    void run() {
        pair([](const Named& a, const Named& b) {
            return a.canonical == b.canonical && a.wire == b.wire && a.guard == b.guard;
        });
        pair([](const Named& a, const Named& b) {
            return a.canonical == b.canonical && a.wire == b.wire;
        });
        pair([](const Named& a, const Named& b) {
            return a.canonical == b.canonical && !a.place.row->canonical_constant;
        });
        pair([](const Named& a, const Named& b) {
            return a.wire == b.wire && a.guard == b.guard && !a.place.row->wire_constant;
        });
        for (const Named& row : old_) {
            if (row.is_paired) continue;
            out_.breaking({"row.removed", row.canonical, row_text(row)},
                          {"该字段不再映射", "the field is no longer mapped"});
        }
        for (const Named& row : now_) {
            if (!row.is_paired) added(row);
        }
    }

private:
    template <class Same>
    void pair(const Same& same) {
        for (Named& old : old_) {
            if (old.is_paired) continue;
            const auto found = std::find_if(now_.begin(), now_.end(), [&](const Named& now) {
                return !now.is_paired && same(old, now);
            });
            if (found == now_.end()) continue;
            old.is_paired = found->is_paired = true;
            RowDiff(old, *found, out_).run();
        }
    }

    void added(const Named& row) {
        const DiffList::Change what{"row.added", row.canonical, {}, row_text(row)};
        if (required_text(*row.program, row.place).empty()) {
            out_.safe(what, {"新的映射行", "a new row"});
        } else {
            out_.review(what, {"新的必填映射行", "a new row that is required"});
        }
    }

    std::vector<Named> old_;
    std::vector<Named> now_;
    DiffList& out_;
};

/// Checks of the rows, and the limits of lists, by their text.
struct Blocks {
    std::map<std::string, std::string> checks;
    std::map<std::string, const mapping::EachRule*> lists;

    void add(const Program& program, const mapping::Block& block, const mapping::List* list) {
        for (const mapping::Rule& rule : block.rules) {
            if (const auto* check = std::get_if<mapping::CheckRule>(&rule)) {
                checks[condition_text(program, list, check->check.condition)] =
                    check->check.message.zh;
            } else if (const auto* when = std::get_if<mapping::WhenRule>(&rule)) {
                for (const mapping::Block& branch : when->branches) add(program, branch, list);
            } else if (const auto* each = std::get_if<mapping::EachRule>(&rule)) {
                const mapping::List& inner = program.form->root.lists[each->list];
                lists[inner.path] = each;
                for (const mapping::Block& body : each->body) add(program, body, &inner);
            }
        }
    }
};

void diff_each(const std::string& path,
               const mapping::EachRule& old,
               const mapping::EachRule& now,
               DiffList& out) {
    const auto bound = [](std::size_t max) { return max == 0 ? SIZE_MAX : max; };
    const DiffList::Change what{"each.max", path, fmt::format("{}", old.items_max),
                                fmt::format("{}", now.items_max)};
    if (bound(now.items_max) < bound(old.items_max)) {
        out.breaking(what, {"允许的条数减少", "fewer items are allowed"});
    } else if (old.items_max != now.items_max) {
        out.safe(what, {"允许的条数增加", "more items are allowed"});
    }
    if (old.drop_bad != now.drop_bad) {
        out.add(old.drop_bad ? DiffClass::Breaking : DiffClass::Review, {"each.bad", path},
                {"对坏条目的处理改变", "bad items fare otherwise"});
    }
}

void diff_blocks(const Program& old, const Program& now, DiffList& out) {
    Blocks before;
    Blocks after;
    before.add(old, old.body, nullptr);
    after.add(now, now.body, nullptr);
    pair_up(
        before.checks, after.checks,
        [&](const std::string& check, const std::string& message) {
            out.review({"check.removed", check, message},
                       {"不再校验，原来拒绝的报文会被接受", "messages it refused are accepted"});
        },
        [&](const std::string& check, const std::string& message) {
            out.review({"check.added", check, {}, message},
                       {"新的校验，可能拒绝原来接受的报文", "messages may be refused by it"});
        },
        [](const std::string&, const std::string&, const std::string&) {});
    for (const auto& [path, each] : before.lists) {
        const auto found = after.lists.find(path);
        if (found != after.lists.end()) diff_each(path, *each, *found->second, out);
    }
}

void diff_map(const Program& old, const Program& now, DiffList& out) {
    const Text other{"改用另一表单或报文格式", "it is of another form or format"};
    out.fixed("map.form", old.form->name, now.form->name, other);
    out.fixed("map.format", old.format->name, now.format->name, other);
    if (old.is_partial != now.is_partial) {
        out.add(old.is_partial ? DiffClass::Breaking : DiffClass::Review, {"map.partial", {}},
                {"是否按整张表单校验改变", "whether the whole form is enforced"});
    }
    const auto as_of = [](const Program& program) {
        return program.as_of ? program.form->root.fields[*program.as_of].path : std::string();
    };
    if (as_of(old) != as_of(now)) {
        out.review({"map.asof", {}, as_of(old), as_of(now)},
                   {"代码有效期按另一日期判断", "codes are judged on another date"});
    }
    Pairing(old, now, out).run();
    diff_blocks(old, now, out);
}

/// Which party learns what, as it is: "psb application:applicant.birth_date".
std::map<std::string, mapping::Privacy> flows_of(const RuleSet& rules) {
    std::map<std::string, mapping::Privacy> out;
    for (const FieldLineage& field : lineage_of(rules.bundle, rules.uses)) {
        for (const FieldUse& use : field.uses) {
            if (!use.is_used || use.use.sends || use.lowered) continue;
            out[fmt::format("{} {}:{}", use.use.party, field.form, field.path)] =
                field.field->privacy;
        }
    }
    return out;
}

}  // namespace

void diff_maps(const mapping::Bundle& before, const mapping::Bundle& after, DiffList& out) {
    const auto programs_of = [](const mapping::Bundle& bundle) {
        std::map<std::string, const Program*> programs;
        for (const auto& [name, program] : bundle.programs()) programs[name] = &program;
        return programs;
    };
    pair_up_files(programs_of(before), programs_of(after), {"maps", "map", {"映射", "map"}}, out,
                  [&](const Program& left, const Program& right) { diff_map(left, right, out); });
}

void diff_flows(const RuleSet& before, const RuleSet& after, DiffList& out) {
    out.in("flows");
    const auto old = flows_of(before);
    for (const auto& [flow, privacy] : flows_of(after)) {
        if (old.contains(flow)) continue;
        const bool is_personal = privacy >= mapping::Privacy::C2;
        out.add(is_personal ? DiffClass::Breaking : DiffClass::Review,
                {"flow.new", flow, {}, mapping::to_string(privacy)},
                is_personal ? Text{"该单位将得到原来得不到的个人信息",
                                   "the party learns personal data that it did not"}
                            : Text{"该单位将得到原来得不到的字段",
                                   "the party learns a field that it did not"});
    }
    std::map<std::string, std::string> clearances;
    for (const MapUse& use : before.uses) clearances[use.party] = use.clearance;
    std::set<std::string> told;
    for (const MapUse& use : after.uses) {
        const auto found = clearances.find(use.party);
        const bool is_raised = found != clearances.end() && found->second < use.clearance;
        if (!is_raised || !told.insert(use.party).second) continue;
        out.review({"flow.clearance", use.party, found->second, use.clearance},
                   {"该单位的许可级别提高", "the party is cleared for a higher class"});
    }
}

}  // namespace luqiao::authoring
