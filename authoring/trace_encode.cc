#include "mapping/charset.h"
#include "mapping/wire.h"

#include <fmt/format.h>

#include <algorithm>

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

/// Runs the rows of a program over a record, one after the other, into wire slots of its own.
class EncodeTracer {
public:
    EncodeTracer(const Program& program,
                 const Record& record,
                 const TraceOptions& options,
                 Trace& out)
        : program_(program),
          record_(record),
          context_{arena_, std::nullopt},
          entries_(program, options, out),
          out_(out) {}

    void run() {
        mapping::Encoded encoded = mapping::encode(program_, record_);
        out_.encodes = true;
        out_.issues = std::move(encoded.issues.list);
        out_.output = std::move(encoded.bytes);
        context_.as_of = as_of(program_, record_);
        root_.reset(program_.format->root_scope);
        block(program_.body, {});
        if (!out_.rejected()) agree();
        entries_.attach_issues();
    }

private:
    struct Here {
        TracePlace place = {};
        const Row* item = nullptr;
        WireRow* wire_item = nullptr;
    };

    [[nodiscard]] mapping::Operands operands(const Here& here) {
        return {record_.root(), here.item, &context_};
    }

    void block(const mapping::Block& rules, const Here& here) {
        for (const mapping::Rule& rule : rules.rules) {
            if (const auto* one = std::get_if<RowRule>(&rule)) {
                row(*one, here);
            } else if (const auto* when = std::get_if<mapping::WhenRule>(&rule)) {
                const std::size_t branch =
                    entries_.when(*when, operands(here), here.place).holds ? 0 : 1;
                Here inside = here;
                ++inside.place.depth;
                if (branch < when->branches.size()) block(when->branches[branch], inside);
            } else if (const auto* list = std::get_if<mapping::EachRule>(&rule)) {
                each(*list, here.place);
            }
        }
    }

    void each(const mapping::EachRule& rule, const TracePlace& outer) {
        if (rule.arrow == mapping::Arrow::Read) return;
        if (rule.columns) return columns(rule, outer);
        const auto& rows = record_.root().lists[rule.list];
        const mapping::WireList& wire = program_.format->root_scope.lists[rule.wire_list];
        entries_.each(rule, rows.size(), outer);
        const std::size_t wire_max = wire.items_max == 0 ? SIZE_MAX : wire.items_max;
        const std::size_t most =
            std::min(rule.items_max == 0 ? SIZE_MAX : rule.items_max, wire_max);
        if (rows.size() > most && !rule.drop_over) return;
        for (std::size_t item = 0; item < std::min(rows.size(), most); ++item) {
            Here here;
            here.item = &rows[item];
            here.wire_item = &root_.add(rule.wire_list, wire.scope);
            here.place = {
                {&rule, item, 0}, &program_.form->root.lists[rule.list], &wire, outer.depth + 1};
            const std::size_t first = out_.entries.size();
            drops_item_ = false;
            block(rule.body.front(), here);
            if (drops_item_ || is_dropped(rule, item)) {
                --root_.lists[rule.wire_list].count;
                for (std::size_t at = first; at < out_.entries.size(); ++at) {
                    out_.entries[at].dropped = true;
                }
            }
        }
    }

    /// Item after item into column after column; a dropped item leaves its column to the next.
    void columns(const mapping::EachRule& rule, const TracePlace& outer) {
        const auto& rows = record_.root().lists[rule.list];
        entries_.each(rule, rows.size(), outer);
        const std::size_t most =
            std::min(rule.items_max == 0 ? SIZE_MAX : rule.items_max, rule.body.size());
        if (rows.size() > most && !rule.drop_over) return;
        std::size_t column = 0;
        for (std::size_t item = 0; item < std::min(rows.size(), most); ++item) {
            Here here;
            here.item = &rows[item];
            here.place = {{&rule, item, 0, column},
                          &program_.form->root.lists[rule.list],
                          nullptr,
                          outer.depth + 1};
            const std::size_t first = out_.entries.size();
            drops_item_ = false;
            const std::vector<Slot> before = root_.slots;
            block(rule.body[column], here);
            if (!drops_item_ && !is_dropped(rule, item)) {
                ++column;
                continue;
            }
            root_.slots = before;
            for (std::size_t at = first; at < out_.entries.size(); ++at) {
                out_.entries[at].dropped = true;
            }
        }
    }

    /// `bad drop` of an `each`: some row of the item was bad, or lacked what is required. The
    /// translator says so in a warning about a field of the item.
    [[nodiscard]] bool is_dropped(const mapping::EachRule& rule, std::size_t item) const {
        if (!rule.drop_bad) return false;
        const std::string canonical =
            fmt::format("{}[{}]", program_.form->root.lists[rule.list].path, item);
        std::string wire = "?";  // columns have no place of their own; their issues name the field
        if (!rule.columns) {
            const mapping::WireList* list = &program_.format->root_scope.lists[rule.wire_list];
            wire = mapping::wire_pointer(*program_.format, {nullptr, list, item});
        }
        return std::any_of(out_.issues.begin(), out_.issues.end(), [&](const auto& issue) {
            return issue.severity == Severity::Warning &&
                   (issue.field.starts_with(canonical) || issue.pointer.starts_with(wire));
        });
    }

    [[nodiscard]] const Slot& slot(const RowRule& rule, const Here& here, std::size_t part) const {
        const mapping::FieldRef& ref = rule.canonical[part];
        const Row& row = ref.in_item && here.item != nullptr ? *here.item : record_.root();
        return row.slots[ref.slot];
    }

    void row(const RowRule& rule, const Here& here) {
        if (rule.arrow == mapping::Arrow::Read || rule.wire.empty()) return;
        if (rule.canonical.empty() && !rule.canonical_constant && !rule.computed) return;
        TraceEntry& entry = entries_.row(rule, here.place);
        if (rule.required_when) {
            const bool always = entry.holds;
            entries_.judge(entry, *rule.required_when, operands(here), here.place);
            entry.holds = entry.holds || always;
        }
        WireRow& into = rule.wire_in_item && here.wire_item != nullptr ? *here.wire_item : root_;
        Slot& wire = into.slots[rule.wire[0]];
        const To to{entry, rule, here, wire};
        if (rule.canonical_constant) {
            entries_.step(entry, "const", CodecResult::value(*rule.canonical_constant));
            value(to, *rule.canonical_constant);
        } else if (rule.computed) {
            computed(to);
        } else if (rule.canonical.size() > 1) {
            tuple(to);
        } else {
            single(to);
        }
    }

    /// The row that is being run, and where its value goes.
    struct To {
        TraceEntry& entry;
        const RowRule& rule;
        const Here& here;
        Slot& wire;
        std::size_t part = 0;  ///< of several wire fields
    };

    void computed(const To& to) {
        start(to, mapping::value_of(to.rule.computed->value, operands(to.here)));
    }

    void single(const To& to) {
        const Slot& from = slot(to.rule, to.here, 0);
        start(to, {from.state, from.text(), from.reason});
    }

    void start(const To& to, const CodecResult& from) {
        entries_.step(to.entry, to.entry.canonical, from);
        if (from.state == SlotState::Value) {
            const auto text =
                to.rule.computed ? std::optional(from.text) : checked(to, 0, from.text);
            if (text) value(to, *text);
        } else if (from.state == SlotState::Absent && to.rule.fallback) {
            to.entry.act = "default " + *to.rule.fallback;
            entries_.step(to.entry, "default", CodecResult::value(*to.rule.fallback));
            value(to, *to.rule.fallback);
        } else if (from.state == SlotState::Bad && to.rule.computed) {
            bad(to, from.reason, from.text);
        } else {
            missing(to, from.state);
        }
    }

    std::optional<std::string_view> checked(const To& to, std::size_t part, std::string_view text) {
        const mapping::Field& field =
            mapping::field_of(program_, to.rule.canonical[part], to.here.place.at);
        const CodecResult result = mapping::check_type(
            text, field.type, mapping::table_of(program_, to.rule, field), context_);
        if (result.state != SlotState::Value || result.text != text) {
            entries_.step(to.entry, "type " + mapping::to_string(field.type), result);
        }
        if (result.state == SlotState::Value) return result.text;
        return std::nullopt;
    }

    void missing(const To& to, SlotState state) {
        if (to.entry.holds || to.wire.state != SlotState::Absent) return;
        for (std::size_t at = to.rule.chain.size(); at-- > 0;) {
            const mapping::CodecCall& call = to.rule.chain[at];
            if (call.codec == nullptr || call.codec->encode_absent == nullptr) continue;
            const CodecResult result = call.codec->encode_absent(call.arguments, context_);
            if (result.state != SlotState::Value) continue;
            to.entry.act = call_text(call);
            entries_.step(to.entry, call_text(call), result);
            encode_from(to, at, {result.text, result.text});
            return;
        }
        if (state == SlotState::Cleared) to.wire.state = SlotState::Cleared;
    }

    void tuple(const To& to) {
        if (to.rule.chain.empty()) return;
        std::vector<std::string_view> parts(to.rule.canonical.size());
        bool any = false;
        for (std::size_t part = 0; part < parts.size(); ++part) {
            const Slot& from = slot(to.rule, to.here, part);
            const mapping::Field& field =
                mapping::field_of(program_, to.rule.canonical[part], to.here.place.at);
            entries_.step(to.entry, field.path, {from.state, from.text(), from.reason});
            if (from.has_value()) {
                const auto text = checked(to, part, from.text());
                if (!text) return;
                parts[part] = *text;
                any = true;
            } else if (to.entry.holds) {
                return;
            }
        }
        if (!any) {
            missing(to, slot(to.rule, to.here, 0).state);
            return;
        }
        const mapping::CodecCall& split = to.rule.chain.back();
        const CodecResult joined = split.codec->join(parts, split.arguments, context_);
        entries_.step(to.entry, call_text(split), joined);
        if (joined.state != SlotState::Value) {
            bad(to, joined.reason, parts[0]);
            return;
        }
        encode_from(to, to.rule.chain.size() - 1, {joined.text, joined.text});
    }

    void value(const To& to, std::string_view text) {
        encode_from(to, to.rule.chain.size(), {text, text});
    }

    struct From {
        std::string_view text;
        std::string_view got;
    };
    /// The last `codecs` of the chain, counted from the wire side, are still to be run.
    void encode_from(const To& to, std::size_t codecs, const From& from) {
        CodecResult result = CodecResult::value(from.text);
        const std::size_t last = to.rule.wire.size() > 1 ? 1 : 0;
        for (std::size_t at = codecs; at-- > last;) {
            result = entries_.encode(to.entry, to.rule.chain[at], result.text, context_);
            if (result.state == SlotState::Bad) {
                bad(to, result.reason, from.got);
                return;
            }
            if (result.state != SlotState::Value) {
                to.wire = {};
                to.wire.state = result.state;
                return;
            }
        }
        if (last == 0) return put(to, {result.text, from.got});
        cut(to, {result.text, from.got});
    }

    /// Several wire fields, taken apart by the first codec of the chain.
    void cut(const To& to, const From& from) {
        const mapping::CodecCall& call = to.rule.chain.front();
        std::vector<std::string_view> parts(to.rule.wire.size());
        const CodecResult result = call.codec->cut(from.text, parts, call.arguments, context_);
        entries_.step(to.entry, call_text(call), result);
        if (result.state != SlotState::Value) return bad(to, result.reason, from.got);
        WireRow& into =
            to.rule.wire_in_item && to.here.wire_item != nullptr ? *to.here.wire_item : root_;
        for (std::size_t part = 0; part < parts.size(); ++part) {
            if (parts[part].empty()) continue;
            Slot& wire = into.slots[to.rule.wire[part]];
            put({to.entry, to.rule, to.here, wire, part}, {parts[part], from.got});
        }
    }

    void put(const To& to, const From& from) {
        std::string_view text = from.text;
        const mapping::Format& format = *program_.format;
        const mapping::WireField& field =
            mapping::wire_field_of(program_, to.rule, to.rule.wire[to.part], to.here.place.at);
        const auto refuse = [&](std::string what, Errc reason) {
            entries_.step_bad(to.entry, std::move(what), reason, text);
            bad(to, reason, from.got);
        };
        if (!mapping::fits_wire_type(text, field.type)) {
            return refuse(std::string(mapping::wire_type_name(field.type)), Errc::TypeMismatch);
        }
        if (!mapping::can_hold(text, format.kind)) {
            return refuse(std::string(mapping::to_string(format.kind)), Errc::NotEncodable);
        }
        const bool is_encodable =
            format.charset == mapping::Charset::Utf8 || mapping::encoded_size(text, format.charset);
        if (!is_encodable) {
            return refuse(std::string(mapping::to_string(format.charset)), Errc::NotEncodable);
        }
        if (const auto& fit = to.rule.fit;
            fit && mapping::exceeds(text, fit->bytes_max, fit->charset)) {
            const std::string what =
                fmt::format("fit {} {} {}", fit->bytes_max, mapping::to_string(fit->charset),
                            fit->cut ? "cut" : "reject");
            if (!fit->cut) return refuse(what, Errc::LimitExceeded);
            text = mapping::fit(text, fit->bytes_max, fit->charset);
            to.entry.act = what;
            entries_.step(to.entry, what, CodecResult::value(text));
        }
        const std::size_t most =
            format.kind == mapping::FormatKind::Fixed ? field.width : field.bytes_max;
        if (mapping::exceeds(text, most, format.charset)) {
            return refuse(fmt::format("bytes {}", most), Errc::LimitExceeded);
        }
        to.wire = mapping::value_slot(arena_.copy(text));
    }

    void bad(const To& to, Errc reason, std::string_view got) {
        const auto& [act, fallback] = mapping::act_on(to.rule, reason);
        to.entry.act = act_text(to.rule, reason);
        if (act == mapping::OnBad::Drop) {
            drops_item_ = to.here.place.at.each != nullptr;
        } else if (act == mapping::OnBad::Default && fallback && got != *fallback) {
            entries_.step(to.entry, "default", CodecResult::value(*fallback));
            value(to, *fallback);
        } else if (act == mapping::OnBad::Flag || act == mapping::OnBad::Skip) {
            entries_.step(to.entry, std::string(act_word(act)), CodecResult::absent());
        }
    }

    /// What encode() wrote, read again, has the values of these slots.
    void agree() {
        mapping::WireMessage written;
        mapping::Arena arena;
        const Status read = mapping::read_wire(program_.plan.of(program_), *program_.format,
                                               out_.output, arena, written);
        out_.agrees =
            read.has_value() &&
            is_same_message(*program_.format, program_.format->root_scope, root_, written.root);
    }

    const Program& program_;
    const Record& record_;
    mapping::Arena arena_;
    WireRow root_;
    mapping::CodecContext context_;
    TraceEntries entries_;
    Trace& out_;
    bool drops_item_ = false;
};

}  // namespace

Trace trace_encode(const Program& program, const Record& record, const TraceOptions& options) {
    Trace out;
    EncodeTracer(program, record, options, out).run();
    return out;
}

}  // namespace luqiao::authoring
