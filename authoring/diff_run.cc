#include "mapping/translator.h"
#include "mapping/wire.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "authoring/diff_list.h"

namespace luqiao::authoring {
namespace {

using mapping::Privacy;
using mapping::Program;
using mapping::SlotState;

/// What a message came to: its verdict, every value by path, and the issues.
struct Outcome {
    struct Value {
        std::string text;
        Privacy privacy = Privacy::C3;
        bool operator==(const Value& other) const { return text == other.text; }
    };
    bool rejected = false;
    std::map<std::string, Value> values;
    std::set<std::string> issues;
};

void add_issues(const mapping::Issues& issues, Outcome& out) {
    out.rejected = issues.rejected();
    for (const mapping::Issue& one : issues.list) {
        out.issues.insert(
            fmt::format("{} {}", info(one.code).id, one.field.empty() ? one.pointer : one.field));
    }
}

/// Values of a scope; a cleared field is one that says so.
void add_values(const std::string& prefix,
                const mapping::Scope& scope,
                const mapping::Row& row,
                Outcome& out) {
    for (std::size_t at = 0; at < scope.fields.size(); ++at) {
        const mapping::Slot& slot = row.slots[at];
        const mapping::Field& field = scope.fields[at];
        if (slot.state == SlotState::Value) {
            out.values[prefix + field.path] = {"=" + std::string(slot.text()), field.privacy};
        } else if (slot.state == SlotState::Cleared) {
            out.values[prefix + field.path] = {"cleared", Privacy::C0};
        }
    }
    for (std::size_t list = 0; list < scope.lists.size(); ++list) {
        for (std::size_t item = 0; item < row.lists[list].size(); ++item) {
            add_values(fmt::format("{}[{}].", scope.lists[list].path, item),
                       scope.lists[list].scope, row.lists[list][item], out);
        }
    }
}

/// The class of each wire field is that of what is written there.
std::map<std::string, Privacy> wire_classes(const Program& program) {
    std::map<std::string, Privacy> out;
    for (const RowPlace& place : rows_of(program)) {
        if (place.row->wire_constant) continue;
        Privacy privacy = Privacy::C0;
        for (std::size_t part = 0; part < place.row->canonical.size(); ++part) {
            privacy = std::max(privacy, canonical_field(program, place, part).privacy);
        }
        Privacy& known = out.try_emplace(wire_name(program, place), Privacy::C0).first->second;
        known = std::max(known, privacy);
    }
    return out;
}

/// Where the fields of a written message are collected.
struct WireLists {
    const mapping::WireScope& scope;
    const mapping::WireRow& row;
    const std::map<std::string, Privacy>& classes;
};

void add_fields(const std::string& prefix,
                const std::string& numbered,
                const WireLists& at,
                Outcome& out) {
    for (std::size_t slot = 0; slot < at.scope.fields.size(); ++slot) {
        if (!at.row.slots[slot].has_value()) continue;
        const std::string& path = at.scope.fields[slot].path;
        const auto known = at.classes.find(prefix + path);
        out.values[numbered + path] = {"=" + std::string(at.row.slots[slot].text()),
                                       known == at.classes.end() ? Privacy::C3 : known->second};
    }
    for (std::size_t list = 0; list < at.scope.lists.size(); ++list) {
        const mapping::WireList& inner = at.scope.lists[list];
        for (std::size_t item = 0; item < at.row.lists[list].count; ++item) {
            add_fields(inner.path + ".", fmt::format("{}[{}].", inner.path, item),
                       {inner.scope, at.row.lists[list].rows[item], at.classes}, out);
        }
    }
}

Outcome read(const Program& program, const std::string& bytes) {
    Outcome out;
    const mapping::Decoded decoded = mapping::decode(program, bytes);
    add_issues(decoded.issues, out);
    add_values("", program.form->root, decoded.record.root(), out);
    return out;
}

/// What is written is read again by the format, so that it can be told field by field.
Outcome written(const Program& program, const mapping::Record& record) {
    Outcome out;
    const mapping::Encoded encoded = mapping::encode(program, record);
    add_issues(encoded.issues, out);
    if (out.rejected) return out;
    mapping::WireMessage message;
    mapping::Arena arena;
    const Status status = mapping::read_wire(program.plan.of(program), *program.format,
                                             encoded.bytes, arena, message);
    if (status) {
        add_fields("", "", {program.format->root_scope, message.root, wire_classes(program)}, out);
    }
    return out;
}

/// Nothing: the sample is no record of this form.
std::optional<Outcome> run(const Program& program, const DiffSample& sample) {
    if (!sample.is_canonical) return read(program, sample.bytes);
    const auto record = mapping::from_json(program.form, sample.bytes);
    if (!record) return std::nullopt;
    return written(program, *record);
}

std::string outcome_text(const Outcome::Value& value) {
    if (!value.text.starts_with("=")) return value.text;
    const std::string text = value.text.substr(1);
    return value.privacy < Privacy::C2 ? text : masked(text);
}

void diff_values(const Outcome& old, const Outcome& now, DiffList& out) {
    pair_up(
        old.values, now.values,
        [&](const std::string& path, const Outcome::Value& value) {
            out.breaking({"sample.lost", path, outcome_text(value)},
                         {"值丢失", "the value is lost"});
        },
        [&](const std::string& path, const Outcome::Value& value) {
            out.review({"sample.new", path, {}, outcome_text(value)},
                       {"多了一个值", "a value is new"});
        },
        [&](const std::string& path, const Outcome::Value& left, const Outcome::Value& right) {
            if (left == right) return;
            out.breaking({"sample.value", path, outcome_text(left), outcome_text(right)},
                         {"值改变", "the value is another"});
        });
}

void diff_issues(const Outcome& old, const Outcome& now, DiffList& out) {
    for (const std::string& issue : now.issues) {
        if (!old.issues.contains(issue)) {
            out.review({"sample.issue", issue}, {"新的问题", "an issue is new"});
        }
    }
    for (const std::string& issue : old.issues) {
        if (!now.issues.contains(issue)) {
            out.review({"sample.issue_gone", issue}, {"问题消失", "an issue is gone"});
        }
    }
}

void diff_outcomes(const Outcome& old, const Outcome& now, DiffList& out) {
    if (!old.rejected && now.rejected) {
        out.breaking({"sample.refused", {}, "ok", "rejected"},
                     {"原来接受的报文被拒绝", "a message that was accepted is refused"});
    } else if (old.rejected && !now.rejected) {
        out.review({"sample.accepted", {}, "rejected", "ok"},
                   {"原来拒绝的报文被接受", "a message that was refused is accepted"});
    }
    diff_issues(old, now, out);
    // The values of a message that is refused go nowhere.
    if (!old.rejected && !now.rejected) diff_values(old, now, out);
}

}  // namespace

std::vector<DiffFinding> diff_samples(const RuleSet& before,
                                      const RuleSet& after,
                                      const std::vector<DiffSample>& samples) {
    DiffList out;
    for (const DiffSample& sample : samples) {
        const Program* old = before.bundle.find(sample.map);
        const Program* now = after.bundle.find(sample.map);
        if (old == nullptr || now == nullptr) continue;
        out.in(fmt::format("{} {}", sample.map, sample.name));
        const auto left = run(*old, sample);
        const auto right = run(*now, sample);
        if (left && right) diff_outcomes(*left, *right, out);
        if (left && !right) {
            out.breaking({"sample.refused", {}, "ok", "unreadable"},
                         {"规范记录不再符合表单", "the record no longer fits the form"});
        }
    }
    return out.take();
}

}  // namespace luqiao::authoring
