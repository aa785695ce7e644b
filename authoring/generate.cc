#include "authoring/generate.h"

#include "mapping/compile_row.h"
#include "mapping/row_issue.h"

#include <algorithm>

#include "authoring/domain.h"
#include "authoring/row_run.h"
#include "authoring/steer.h"

namespace luqiao::authoring {
namespace {

using mapping::List;
using mapping::Program;
using mapping::Record;
using mapping::Row;
using mapping::Slot;

const std::vector<std::string> kNoValues;

/// Every condition that a map has, by kind of use.
struct Rules {
    struct Required {
        const mapping::RowRule* row;
        const List* list;
    };
    std::vector<const mapping::Check*> checks;  ///< of form and map, outside of lists
    std::vector<std::pair<const mapping::Check*, std::size_t>> item_checks;  ///< and their list

    void collect(const mapping::Block& block, const mapping::EachRule* each) {
        for (const mapping::Rule& rule : block.rules) {
            if (const auto* check = std::get_if<mapping::CheckRule>(&rule)) {
                if (each == nullptr) {
                    checks.push_back(&check->check);
                } else {
                    item_checks.emplace_back(&check->check, each->list);
                }
            } else if (const auto* when = std::get_if<mapping::WhenRule>(&rule)) {
                for (const mapping::Block& branch : when->branches) collect(branch, each);
            } else if (const auto* list = std::get_if<mapping::EachRule>(&rule)) {
                for (const mapping::Block& body : list->body) collect(body, list);
            }
        }
    }
};

/// One record being made.
class Making {
public:
    Making(const Program& program,
           const std::vector<RowPlace>& rows,
           const RecordMaker& maker,
           const Recipe& recipe)
        : program_(program),
          rows_(rows),
          maker_(maker),
          recipe_(recipe),
          dice_(recipe.seed),
          record_(program.form) {
        for (const mapping::Check& check : program.form->checks) rules_.checks.push_back(&check);
        for (const mapping::ItemCheck& one : program.form->item_checks) {
            rules_.item_checks.emplace_back(&one.check, one.list);
        }
        rules_.collect(program.body, nullptr);
    }

    Generated run() {
        constexpr int kTries = 8;
        lists();
        fill();
        for (int attempt = 0;; ++attempt) {
            steer_all();
            require();
            mapping::Encoded encoded = mapping::encode(program_, record_);
            const bool is_written = !encoded.issues.rejected();
            if (is_written || attempt == kTries) {
                const bool is_good = is_written && checks_hold();
                return {std::move(record_), std::move(encoded), is_good};
            }
            for (const mapping::Issue& issue : encoded.issues.list) mend(issue);
        }
    }

private:
    void lists() {
        for (const RowPlace& place : rows_) {
            if (place.each == nullptr || place.each->arrow == mapping::Arrow::Read) continue;
            auto& items = record_.root().lists[place.each->list];
            if (!items.empty() || recipe_.fill == Fill::Required) continue;
            std::size_t count = recipe_.fill == Fill::Everything ? 2 : dice_.below(4);
            for (const std::size_t most :
                 {place.each->items_max, place.list->items_max, place.wire_list->items_max}) {
                if (most != 0) count = std::min(count, most);
            }
            for (std::size_t item = 0; item < count; ++item) items.emplace_back(place.list->scope);
        }
    }

    void fill() {
        for (const RowPlace& place : rows_) {
            if (!mapping::writes(place.row->arrow)) continue;
            const bool is_needed = place.row->required || is_as_of(place);
            for (std::size_t part = 0; part < place.row->canonical.size(); ++part) {
                const bool is_required =
                    is_needed || canonical_field(program_, place, part).required;
                each_slot(place, part, [&](Slot& slot, std::size_t item) {
                    if (slot.has_value() || !(is_required || wants())) return;
                    put(place, part, slot, item);
                });
            }
        }
    }

    [[nodiscard]] bool is_as_of(const RowPlace& place) const {
        return program_.as_of && !place.row->canonical.empty() &&
               !place.row->canonical[0].in_item && place.row->canonical[0].slot == *program_.as_of;
    }

    bool wants() {
        return recipe_.fill == Fill::Everything ||
               (recipe_.fill == Fill::Mixed && dice_.chance(60));
    }

    /// A value for a slot; keys of items differ.
    void put(const RowPlace& place, std::size_t part, Slot& slot, std::size_t item) {
        const mapping::FieldRef& ref = place.row->canonical[part];
        const List* const list = ref.in_item ? place.list : nullptr;
        const auto& values = maker_.values(list, ref.slot);
        if (values.empty()) return;
        if (list != nullptr && canonical_field(program_, place, part).path == list->key) {
            set_slot(record_, slot, values[item % values.size()]);
        } else if (recipe_.is_plain || is_as_of(place)) {
            set_slot(record_, slot, values.front());
        } else {
            set_slot(record_, slot, dice_.pick(values));
        }
    }

    /// Any value, where the plain one will not do.
    void other(const RowPlace& place, std::size_t part, Slot& slot, std::size_t item) {
        const mapping::FieldRef& ref = place.row->canonical[part];
        const auto& values = maker_.values(ref.in_item ? place.list : nullptr, ref.slot);
        const bool is_key = ref.in_item && place.list != nullptr &&
                            canonical_field(program_, place, part).path == place.list->key;
        if (is_key || values.empty()) {
            put(place, part, slot, item);
        } else {
            set_slot(record_, slot, dice_.pick(values));
        }
    }

    template <class F>
    void each_slot(const RowPlace& place, std::size_t part, F act) {
        const mapping::FieldRef& ref = place.row->canonical[part];
        if (!ref.in_item || place.each == nullptr) {
            act(record_.root().slots[ref.slot], 0);
            return;
        }
        auto& items = record_.root().lists[place.each->list];
        for (std::size_t item = 0; item < items.size(); ++item)
            act(items[item].slots[ref.slot], item);
    }

    Steering steering(Row* item, const List* list) {
        return {record_, item, dice_,
                [this, list](const mapping::Operand& operand) -> const std::vector<std::string>& {
                    return maker_.values(operand.in_item ? list : nullptr, operand.slot);
                }};
    }

    void steer_all() {
        constexpr int kRounds = 6;
        for (int round = 0; round < kRounds; ++round) {
            for (const mapping::Check* check : rules_.checks) {
                steer(check->condition, true, steering(nullptr, nullptr));
            }
            for (const auto& [check, list] : rules_.item_checks) {
                steer_items(check->condition, true, list);
            }
            for (auto wanted = recipe_.wanted.rbegin(); wanted != recipe_.wanted.rend(); ++wanted) {
                steer_guard(*wanted->first, wanted->second);
            }
            if (checks_hold()) return;
        }
    }

    void steer_items(const mapping::Condition& condition, bool want, std::size_t index) {
        const List& list = program_.form->root.lists[index];
        for (Row& item : record_.root().lists[index]) {
            steer(condition, want, steering(&item, &list));
        }
    }

    /// A guard stands outside of lists or in one: there every item is steered.
    void steer_guard(const mapping::Condition& condition, bool want) {
        for (const RowPlace& place : rows_) {
            for (const Guard& guard : place.guards) {
                if (&guard.when->condition != &condition) continue;
                if (place.each == nullptr) {
                    steer(condition, want, steering(nullptr, nullptr));
                } else {
                    steer_items(condition, want, place.each->list);
                }
                return;
            }
        }
        steer(condition, want, steering(nullptr, nullptr));
    }

    [[nodiscard]] bool checks_hold() const {
        const bool root = std::all_of(
            rules_.checks.begin(), rules_.checks.end(), [this](const mapping::Check* check) {
                return mapping::holds(check->condition, {record_.root(), nullptr});
            });
        return root && std::all_of(rules_.item_checks.begin(), rules_.item_checks.end(),
                                   [this](const auto& one) { return holds_in_items(one); });
    }

    [[nodiscard]] bool holds_in_items(
        const std::pair<const mapping::Check*, std::size_t>& one) const {
        const auto& items = record_.root().lists[one.second];
        return std::all_of(items.begin(), items.end(), [&](const Row& item) {
            return mapping::holds(one.first->condition, {record_.root(), &item});
        });
    }

    /// What the rules require now that the branches are settled.
    void require() {
        for (const RowPlace& place : rows_) {
            if (!mapping::writes(place.row->arrow)) continue;
            for (std::size_t part = 0; part < place.row->canonical.size(); ++part) {
                each_slot(place, part, [&](Slot& slot, std::size_t item) {
                    if (slot.has_value()) return;
                    const Row* const row = place.each == nullptr
                                               ? nullptr
                                               : &record_.root().lists[place.each->list][item];
                    const mapping::Operands operands{record_.root(), row};
                    if (!guards_hold(place, operands)) return;
                    const bool is_required = place.row->required ||
                                             canonical_field(program_, place, part).required ||
                                             (place.row->required_when &&
                                              mapping::holds(*place.row->required_when, operands));
                    if (is_required) put(place, part, slot, item);
                });
            }
        }
    }

    /// Another value for the field of an issue; none when it may be absent.
    void mend(const mapping::Issue& issue) {
        if (issue.severity != Severity::Error) return;
        for (const RowPlace& place : rows_) {
            if (!mapping::writes(place.row->arrow)) continue;
            for (std::size_t part = 0; part < place.row->canonical.size(); ++part) {
                const mapping::Field& field = canonical_field(program_, place, part);
                const std::string name =
                    place.list == nullptr ? field.path : place.list->path + "." + field.path;
                if (issue.field != name && issue.field != field.path) continue;
                each_slot(place, part, [&](Slot& slot, std::size_t item) {
                    if (issue.code != Errc::MissingRequired) slot = Slot{};
                    if (issue.code == Errc::MissingRequired || place.row->required) {
                        other(place, part, slot, item);
                    }
                });
            }
        }
    }

    const Program& program_;
    const std::vector<RowPlace>& rows_;
    const RecordMaker& maker_;
    const Recipe& recipe_;
    Dice dice_;
    Record record_;
    Rules rules_;
};

}  // namespace

RecordMaker::RecordMaker(const Program& program, std::uint64_t seed)
    : program_(program), seed_(seed), rows_(rows_of(program)) {
    collect();
}

void RecordMaker::collect() {
    std::map<std::pair<const List*, std::size_t>, std::vector<const RowPlace*>> rows;
    std::map<std::pair<const List*, std::size_t>, const mapping::Field*> fields;
    for (const RowPlace& place : rows_) {
        if (!mapping::writes(place.row->arrow)) continue;
        for (std::size_t part = 0; part < place.row->canonical.size(); ++part) {
            const mapping::FieldRef& ref = place.row->canonical[part];
            const std::pair key{ref.in_item ? place.list : nullptr, ref.slot};
            rows[key].push_back(&place);
            fields[key] = &canonical_field(program_, place, part);
        }
    }
    for (const auto& [key, places] : rows) pools_[key] = pool(places, *fields[key]);
    plain_pools(program_.form->root, nullptr);
    for (const List& list : program_.form->root.lists) plain_pools(list.scope, &list);
}

/// Fields that no row writes: a condition may ask for them.
void RecordMaker::plain_pools(const mapping::Scope& scope, const List* list) {
    constexpr std::size_t kPlain = 3;
    for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
        auto& values = pools_[{list, slot}];
        const mapping::Field& field = scope.fields[slot];
        const mapping::CodeTable* const table = program_.table(field.type.table);
        for (std::size_t number = 0; values.empty() && number < kPlain; ++number) {
            std::string text = plain_value(field, table, number);
            if (is_canonical(text, field.type, table)) values.push_back(std::move(text));
        }
    }
}

std::vector<std::string> RecordMaker::pool(const std::vector<const RowPlace*>& rows,
                                           const mapping::Field& field) {
    constexpr std::size_t kPoolMax = 64;
    constexpr std::size_t kPlain = 6;
    const mapping::CodeTable* const table = mapping::table_of(program_, *rows.front()->row, field);
    std::vector<std::string> candidates;
    for (std::size_t number = 0; number < kPlain; ++number) {
        candidates.push_back(plain_value(field, table, number));
    }
    DomainOptions options;
    options.seed = seed_of(seed_, field.path);
    options.samples = kPoolMax;
    options.is_whole = false;
    Domain domain = domain_of(field.type, table, options);
    Dice dice(options.seed);
    const bool is_small = domain.values.size() <= kPoolMax * 4;
    for (std::size_t at = 0; at < std::min(domain.values.size(), kPoolMax * 4); ++at) {
        candidates.push_back(is_small ? domain.values[at] : dice.pick(domain.values));
    }
    for (const RowPlace* place : rows) {
        const mapping::Type type = effective_type(*place->row, field.type);
        if (type.kind == field.type.kind) continue;
        for (std::string& one : domain_of(type, table, options).values) {
            candidates.push_back(std::move(one));
        }
    }
    // Every row that always runs can write the value, and of those in branches at least one.
    std::vector<RowRun> always;
    std::vector<RowRun> sometimes;
    always.reserve(rows.size());
    sometimes.reserve(rows.size());
    for (const RowPlace* place : rows) {
        if (is_simple(*place)) {
            (place->guards.empty() ? always : sometimes).emplace_back(program_, *place);
        }
    }
    std::vector<std::string> out;
    for (std::string& one : candidates) {
        const auto takes = [&one](RowRun& run) {
            const Step wire = run.write(one);
            return wire.has_value() &&
                   (!run.reads() || run.read(wire.text) == Step{mapping::SlotState::Value, one});
        };
        const bool is_usable =
            std::all_of(always.begin(), always.end(), takes) &&
            (sometimes.empty() || std::any_of(sometimes.begin(), sometimes.end(), takes));
        if (!is_usable || !is_canonical(one, field.type, table)) continue;
        if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(std::move(one));
    }
    return out;
}

Generated RecordMaker::make(const Recipe& recipe) {
    return Making(program_, rows_, *this, recipe).run();
}

const std::vector<std::string>& RecordMaker::values(const List* list, std::size_t slot) const {
    const auto found = pools_.find({list, slot});
    return found == pools_.end() ? kNoValues : found->second;
}

void set_slot(mapping::Record& record, Slot& slot, std::string_view text) {
    const std::string_view copy = record.arena().copy(text);
    slot = Slot{};
    slot.data = copy.data();
    slot.size = static_cast<std::uint32_t>(copy.size());
    slot.state = mapping::SlotState::Value;
}

}  // namespace luqiao::authoring
