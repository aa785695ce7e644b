#include "mapping/charset.h"
#include "mapping/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "authoring/rows.h"
#include "authoring/trace_agree.h"
#include "authoring/trace_entry.h"

namespace luqiao::authoring {
namespace {

using mapping::CodecResult;
using mapping::Program;
using mapping::Record;
using mapping::Row;
using mapping::RowRule;
using mapping::Slot;
using mapping::SlotState;
using mapping::WireRow;

/// Runs the rows of a program over a message, one after the other, into a record of its own.
class DecodeTracer {
public:
    DecodeTracer(const Program& program, const TraceOptions& options, Trace& out)
        : program_(program),
          record_(program.form),
          context_{record_.arena(), std::nullopt},
          entries_(program, options, out),
          out_(out) {}

    void run(std::string_view bytes) {
        const mapping::Decoded decoded = mapping::decode(program_, bytes);
        out_.issues = decoded.issues.list;
        if (!out_.rejected()) out_.output = mapping::to_json(decoded.record);
        const Status read = mapping::read_wire(program_.plan.of(program_), *program_.format, bytes,
                                               record_.arena(), message_);
        if (!read) return;
        context_.as_of = as_of(program_, decoded.record);
        block(program_.body, {});
        unread(program_.format->root_scope, message_.root, nullptr, 0);
        judge();
        form_checks();
        agree_on_record(record_, decoded.record, out_);
        entries_.attach_issues();
    }

private:
    struct Here {
        TracePlace place = {};
        Row* item = nullptr;
        WireRow* wire_item = nullptr;
    };
    /// A condition that is judged when the whole record is there.
    struct Later {
        std::size_t entry;
        const mapping::Condition* condition;
        TracePlace place;
    };

    void block(const mapping::Block& rules, const Here& here) {
        for (const mapping::Rule& rule : rules.rules) {
            if (const auto* one = std::get_if<RowRule>(&rule)) {
                row(*one, here);
            } else if (const auto* when = std::get_if<mapping::WhenRule>(&rule)) {
                const bool holds =
                    entries_.when(*when, {record_.root(), here.item, &context_}, here.place).holds;
                const std::size_t branch = holds ? 0 : 1;
                Here inside = here;
                ++inside.place.depth;
                if (branch < when->branches.size()) block(when->branches[branch], inside);
            } else if (const auto* list = std::get_if<mapping::EachRule>(&rule)) {
                each(*list, here.place);
            } else if (const auto* check = std::get_if<mapping::CheckRule>(&rule)) {
                entries_.check(check->check, here.place);
                later(check->check.condition, here.place);
            }
        }
    }

    void later(const mapping::Condition& condition, const TracePlace& place) {
        later_.push_back({out_.entries.size() - 1, &condition, place});
    }

    void each(const mapping::EachRule& rule, const TracePlace& outer) {
        if (rule.arrow == mapping::Arrow::Write) return;
        if (rule.columns) return columns(rule, outer);
        const mapping::List& list = program_.form->root.lists[rule.list];
        mapping::WireItems& items = message_.root.lists[rule.wire_list];
        entries_.each(rule, items.count, outer);
        const std::size_t form_max = list.items_max == 0 ? SIZE_MAX : list.items_max;
        const std::size_t most =
            std::min(rule.items_max == 0 ? SIZE_MAX : rule.items_max, form_max);
        if (items.count > most && !rule.drop_over) return;
        const std::size_t count = std::min(items.count, most);
        auto& rows = record_.root().lists[rule.list];
        const std::size_t base = rows.size();
        for (std::size_t item = 0; item < count; ++item) rows.emplace_back(list.scope);
        for (std::size_t item = 0; item < count; ++item) {
            Here here;
            here.item = &rows[base + item];
            here.wire_item = &items.rows[item];
            here.place = {{&rule, item, base},
                          &list,
                          &program_.format->root_scope.lists[rule.wire_list],
                          outer.depth + 1};
            items_.push_back(here.place);
            block(rule.body.front(), here);
        }
    }

    /// One item per column that has a value.
    void columns(const mapping::EachRule& rule, const TracePlace& outer) {
        const mapping::List& list = program_.form->root.lists[rule.list];
        std::vector<std::size_t> filled;
        for (std::size_t column = 0; column < rule.body.size(); ++column) {
            if (mapping::column_field(rule.body[column], *program_.format, message_.root)) {
                filled.push_back(column);
            }
        }
        entries_.each(rule, filled.size(), outer);
        const std::size_t most = std::min(rule.items_max == 0 ? SIZE_MAX : rule.items_max,
                                          list.items_max == 0 ? SIZE_MAX : list.items_max);
        auto& rows = record_.root().lists[rule.list];
        const std::size_t base = rows.size();
        const std::size_t count = std::min(filled.size(), most);
        for (std::size_t item = 0; item < count; ++item) rows.emplace_back(list.scope);
        for (std::size_t item = 0; item < count; ++item) {
            Here here;
            here.item = &rows[base + item];
            here.place = {{&rule, item, base, filled[item]}, &list, nullptr, outer.depth + 1};
            items_.push_back(here.place);
            block(rule.body[filled[item]], here);
        }
    }

    /// Several wire fields, put together by the first codec of the chain.
    void wires(TraceEntry& entry, const RowRule& rule, const Here& here) {
        WireRow& from =
            rule.wire_in_item && here.wire_item != nullptr ? *here.wire_item : message_.root;
        std::vector<std::string_view> parts(rule.wire.size());
        SlotState none = SlotState::Absent;
        bool any = false;
        for (std::size_t part = 0; part < parts.size(); ++part) {
            const Slot& wire = from.slots[rule.wire[part]];
            const mapping::WireField& field =
                mapping::wire_field_of(program_, rule, rule.wire[part], here.place.at);
            read_.insert(&wire);
            entries_.step(entry, field.path, {wire.state, wire.text(), wire.reason});
            const bool is_long =
                mapping::exceeds(wire.text(), field.bytes_max, program_.format->charset);
            if (wire.state == SlotState::Bad || is_long) {
                const Errc reason = is_long ? Errc::LimitExceeded : wire.reason;
                return bad(entry, rule, here, {reason, wire.text(), 0});
            }
            if (wire.state == SlotState::Cleared) none = SlotState::Cleared;
            if (wire.state == SlotState::Value) parts[part] = wire.text();
            any = any || wire.state == SlotState::Value;
        }
        if (!any) return missing(entry, rule, here, none);
        const mapping::CodecCall& call = rule.chain.front();
        const CodecResult joined = call.codec->join(parts, call.arguments, context_);
        entries_.step(entry, call_text(call), joined);
        if (joined.state == SlotState::Value) return value(entry, rule, here, joined.text);
        bad(entry, rule, here, {joined.reason, parts[0], 0});
    }

    Slot& slot(const RowRule& rule, const Here& here, std::size_t part) {
        const mapping::FieldRef& ref = rule.canonical[part];
        Row& row = ref.in_item && here.item != nullptr ? *here.item : record_.root();
        return row.slots[ref.slot];
    }

    void row(const RowRule& rule, const Here& here) {
        if (rule.arrow == mapping::Arrow::Write || rule.canonical.empty()) return;
        if (rule.wire.empty() && !rule.wire_constant) return;
        TraceEntry& entry = entries_.row(rule, here.place);
        if (rule.required_when) later(*rule.required_when, here.place);
        if (rule.wire_constant) {
            entries_.step(entry, entry.wire, CodecResult::value(*rule.wire_constant));
            value(entry, rule, here, *rule.wire_constant);
            return;
        }
        if (rule.wire.size() > 1) return wires(entry, rule, here);
        WireRow& from =
            rule.wire_in_item && here.wire_item != nullptr ? *here.wire_item : message_.root;
        const Slot& wire = from.slots[rule.wire[0]];
        read_.insert(&wire);
        if (wire.state == SlotState::Bad) {
            entries_.step_bad(entry, entry.wire, wire.reason, wire.text());
            bad(entry, rule, here, {wire.reason, wire.text(), 0});
            return;
        }
        entries_.step(entry, entry.wire, {wire.state, wire.text(), {}});
        if (wire.state != SlotState::Value) {
            missing(entry, rule, here, wire.state);
            return;
        }
        const mapping::WireField& field =
            mapping::wire_field_of(program_, rule, rule.wire[0], here.place.at);
        if (mapping::exceeds(wire.text(), field.bytes_max, program_.format->charset)) {
            entries_.step_bad(entry, fmt::format("bytes {}", field.bytes_max), Errc::LimitExceeded,
                              wire.text());
            bad(entry, rule, here, {Errc::LimitExceeded, wire.text(), 0});
            return;
        }
        value(entry, rule, here, wire.text());
    }

    void value(TraceEntry& entry, const RowRule& rule, const Here& here, std::string_view wire) {
        const bool is_tuple = rule.canonical.size() > 1;
        if (is_tuple && rule.chain.empty()) return;
        CodecResult result = CodecResult::value(wire);
        const std::size_t first = rule.wire.size() > 1 ? 1 : 0;
        const std::size_t count = rule.chain.size() - (is_tuple ? 1 : 0);
        for (std::size_t at = first; at < count && result.state == SlotState::Value; ++at) {
            result = entries_.decode(entry, rule.chain[at], result.text, context_);
        }
        if (result.state == SlotState::Bad) {
            bad(entry, rule, here, {result.reason, wire, 0});
        } else if (result.state != SlotState::Value) {
            missing(entry, rule, here, result.state);
        } else if (is_tuple) {
            parts(entry, rule, here, {result.text, wire});
        } else {
            finish(entry, rule, here, {0, result.text, wire});
        }
    }

    struct Whole {
        std::string_view text;
        std::string_view wire;
    };
    void parts(TraceEntry& entry, const RowRule& rule, const Here& here, const Whole& whole) {
        const mapping::CodecCall& split = rule.chain.back();
        std::vector<std::string_view> parts(rule.canonical.size());
        const CodecResult cut = split.codec->cut(whole.text, parts, split.arguments, context_);
        if (cut.state != SlotState::Value) {
            entries_.step(entry, call_text(split), cut);
            bad(entry, rule, here, {cut.reason, whole.wire, 0});
            return;
        }
        for (std::size_t part = 0; part < parts.size(); ++part) {
            const mapping::Field& field =
                mapping::field_of(program_, rule.canonical[part], here.place.at);
            if (parts[part].empty()) continue;
            entries_.step(entry, fmt::format("{} {}", call_text(split), field.path),
                          CodecResult::value(parts[part]));
            finish(entry, rule, here, {part, parts[part], whole.wire});
        }
    }

    struct Part {
        std::size_t part;
        std::string_view text;
        std::string_view wire;
    };
    void finish(TraceEntry& entry, const RowRule& rule, const Here& here, const Part& part) {
        const mapping::Field& field =
            mapping::field_of(program_, rule.canonical[part.part], here.place.at);
        const CodecResult result = mapping::check_type(
            part.text, field.type, mapping::table_of(program_, rule, field), context_);
        if (result.state != SlotState::Value || result.text != part.text) {
            entries_.step(entry, "type " + mapping::to_string(field.type), result);
        }
        if (result.state == SlotState::Bad) {
            bad(entry, rule, here, {result.reason, part.wire, part.part});
        } else if (result.state != SlotState::Value) {
            missing(entry, rule, here, result.state);
        } else {
            slot(rule, here, part.part) = kept(result.text);
        }
    }

    Slot kept(std::string_view text) { return mapping::value_slot(record_.arena().copy(text)); }

    void missing(TraceEntry& entry, const RowRule& rule, const Here& here, SlotState state) {
        Slot& first = slot(rule, here, 0);
        if (state == SlotState::Absent && rule.fallback) {
            entry.act = "default " + *rule.fallback;
            if (!first.has_value()) first = kept(*rule.fallback);
            entries_.step(entry, "default", CodecResult::value(*rule.fallback));
            return;
        }
        if (state == SlotState::Absent && rule.on_absent != mapping::OnBad::Skip) {
            entry.act = fmt::format("absent {}", act_word(rule.on_absent));
        }
        if (state != SlotState::Cleared) return;
        for (std::size_t part = 0; part < rule.canonical.size(); ++part) {
            Slot& into = slot(rule, here, part);
            if (into.state == SlotState::Absent) into.state = SlotState::Cleared;
        }
    }

    struct Wrong {
        Errc reason;
        std::string_view got;
        std::size_t part;
    };
    void bad(TraceEntry& entry, const RowRule& rule, const Here& here, const Wrong& wrong) {
        const mapping::Act what = mapping::act_on(rule, wrong.reason);
        mapping::OnBad act = what.what;
        if (act == mapping::OnBad::Drop && here.place.at.each == nullptr)
            act = mapping::OnBad::Reject;
        entry.act = act_text(rule, wrong.reason);
        Slot& into = slot(rule, here, wrong.part);
        if (act == mapping::OnBad::Reject) {
            for (std::size_t part = 0; part < rule.canonical.size(); ++part) {
                Slot& one = slot(rule, here, part);
                if (!one.has_value()) one = mapping::bad_slot(wrong.reason, {});
            }
        } else if (act == mapping::OnBad::Keep) {
            into = mapping::bad_slot(wrong.reason, record_.arena().copy(wrong.got));
        } else if (act == mapping::OnBad::Default && what.fallback) {
            into = kept(*what.fallback);
            entries_.step(entry, "default", CodecResult::value(*what.fallback));
        } else {
            entries_.step(entry, std::string(act_word(act)), CodecResult::absent());
        }
    }

    /// Values that no row has looked at, in the order of the format.
    void unread(const mapping::WireScope& scope,
                const WireRow& row,
                const mapping::WireList* list,
                std::size_t item) {
        for (std::size_t at = 0; at < scope.fields.size(); ++at) {
            if (!row.slots[at].has_value() || read_.contains(&row.slots[at])) continue;
            out_.unread.push_back(
                {mapping::wire_pointer(*program_.format, {&scope.fields[at], list, item}),
                 entries_.shown(row.slots[at].text(), mapping::Privacy::C3)});
        }
        for (std::size_t at = 0; at < scope.lists.size(); ++at) {
            for (std::size_t one = 0; one < row.lists[at].count; ++one) {
                unread(scope.lists[at].scope, row.lists[at].rows[one], &scope.lists[at], one);
            }
        }
    }

    void judge() {
        for (const Later& one : later_) {
            entries_.judge(out_.entries[one.entry], *one.condition,
                           {record_.root(), item_of(one.place), &context_}, one.place);
        }
    }

    /// Later `each` blocks of the same list may have moved the items.
    [[nodiscard]] const Row* item_of(const TracePlace& place) const {
        const mapping::ItemPlace& at = place.at;
        if (at.each == nullptr) return nullptr;
        return &record_.root().lists[at.each->list][at.base + at.item];
    }

    void form_checks() {
        if (program_.is_partial) return;
        for (const mapping::Check& check : program_.form->checks) {
            TraceEntry& entry = entries_.check(check, {});
            entries_.judge(entry, check.condition, {record_.root(), nullptr, &context_}, {});
        }
        for (const TracePlace& place : items_) {
            for (const mapping::ItemCheck& one : program_.form->item_checks) {
                if (one.list != place.at.each->list) continue;
                TraceEntry& entry = entries_.check(one.check, place);
                entries_.judge(entry, one.check.condition,
                               {record_.root(), item_of(place), &context_}, place);
            }
        }
    }

    const Program& program_;
    Record record_;
    mapping::CodecContext context_;
    TraceEntries entries_;
    Trace& out_;
    mapping::WireMessage message_;
    std::set<const Slot*> read_;
    std::vector<Later> later_;
    std::vector<TracePlace> items_;
};

}  // namespace

bool Trace::rejected() const {
    return std::any_of(issues.begin(), issues.end(),
                       [](const mapping::Issue& one) { return one.severity == Severity::Error; });
}

Trace trace_decode(const Program& program, std::string_view bytes, const TraceOptions& options) {
    Trace out;
    DecodeTracer(program, options, out).run(bytes);
    return out;
}

}  // namespace luqiao::authoring
