#include "mapping/charset.h"
#include "mapping/encoder.h"
#include "mapping/keep_base.h"

#include <algorithm>

namespace luqiao::mapping {

Issues Encoder::run() {
    context_.as_of = program_.as_of_day;
    if (program_.as_of) {
        const Slot& slot = record_.root().slots[*program_.as_of];
        if (slot.has_value()) {
            if (const auto date = parse_date(slot.text().substr(0, 10))) context_.as_of = *date;
        }
    }
    root_.reset(format_.root_scope);
    block(Ops::kBody, {});
    wire_required(format_.root_scope, root_, {});
    return std::move(issues_);
}

Operands Encoder::operands(const Here& here) {
    return {record_.root(), here.item, &context_};
}

void Encoder::block(std::size_t block_at, const Here& here) {
    for (const Op& op : plan_.ops.blocks[block_at]) {
        switch (op.kind) {
            case Op::Kind::Row:
                if (!in_short(op, here)) row(std::get<RowRule>(*op.rule), here);
                break;
            case Op::Kind::When: {
                const Condition& condition = std::get<WhenRule>(*op.rule).condition;
                block(op.blocks[holds(condition, operands(here)) ? 0 : 1], here);
                break;
            }
            case Op::Kind::Each: each(std::get<EachRule>(*op.rule), op); break;
            case Op::Kind::Check: break;
        }
    }
}

void Encoder::each(const EachRule& rule, const Op& op) {
    if (rule.arrow == Arrow::Read) return;
    if (rule.columns) return columns(rule, op);
    const Rows& rows = record_.root().lists[rule.list];
    const WireList& wire = format_.root_scope.lists[rule.wire_list];
    const std::size_t wire_max = wire.items_max == 0 ? SIZE_MAX : wire.items_max;
    const std::size_t most = std::min(rule.items_max == 0 ? SIZE_MAX : rule.items_max, wire_max);
    if (rows.size() > most) {
        issues_.list.push_back(too_many_items(program_.form->root.lists[rule.list], rule,
                                              {most, rows.size()},
                                              wire_pointer(format_, {nullptr, &wire, most})));
        if (!rule.drop_over) return;
    }
    for (std::size_t item = 0; item < std::min(rows.size(), most); ++item) {
        WireRow& wire_row = root_.add(rule.wire_list, wire.scope);
        const Here here{{&rule, item}, &rows[item], &wire_row};
        const std::size_t said = issues_.list.size();
        drops_item_ = false;
        block(op.blocks[0], here);
        if (!drops_item_) wire_required(wire.scope, wire_row, here.at);
        if (drops_item_ || (rule.drop_bad && has_error_from(said))) drop_item(rule, said);
    }
}

bool Encoder::has_error_from(std::size_t first) const {
    return std::any_of(issues_.list.begin() + static_cast<std::ptrdiff_t>(first),
                       issues_.list.end(),
                       [](const Issue& one) { return one.severity == Severity::Error; });
}

void Encoder::drop_item(const EachRule& rule, std::size_t first_issue) {
    --root_.lists[rule.wire_list].count;
    only_warn(first_issue);
}

void Encoder::only_warn(std::size_t first_issue) {
    for (std::size_t at = first_issue; at < issues_.list.size(); ++at) {
        Issue& one = issues_.list[at];
        if (one.severity == Severity::Error) one.severity = Severity::Warning;
    }
}

void Encoder::columns(const EachRule& rule, const Op& op) {
    const auto& rows = record_.root().lists[rule.list];
    const std::size_t most =
        std::min(rule.items_max == 0 ? SIZE_MAX : rule.items_max, rule.body.size());
    if (rows.size() > most) {
        issues_.list.push_back(
            too_many_items(program_.form->root.lists[rule.list], rule, {most, rows.size()}, {}));
        if (!rule.drop_over) return;
    }
    std::size_t column = 0;
    for (std::size_t item = 0; item < std::min(rows.size(), most); ++item) {
        const Here here{{&rule, item, 0, column}, &rows[item], nullptr};
        const std::size_t said = issues_.list.size();
        drops_item_ = false;
        block(plan_.ops.columns[op.blocks[0] + column], here);
        if (drops_item_ || (rule.drop_bad && has_error_from(said))) {
            clear_column(rule.body[column]);
            only_warn(said);
        } else {
            ++column;
        }
    }
}

void Encoder::clear_column(const Block& rules) {
    for (const Rule& rule : rules.rules) {
        if (const auto* row = std::get_if<RowRule>(&rule)) {
            if (!row->wire_in_column) continue;
            for (const std::size_t slot : row->wire) root_.slots[slot] = {};
        } else if (const auto* when = std::get_if<WhenRule>(&rule)) {
            for (const Block& branch : when->branches) clear_column(branch);
        }
    }
}

void Encoder::row(const RowRule& rule, const Here& here) {
    if (rule.arrow == Arrow::Read || rule.wire.empty()) return;
    WireRow& into = rule.wire_in_item && here.wire_item != nullptr ? *here.wire_item : root_;
    Slot& wire = into.slots[rule.wire[0]];
    if (rule.canonical_constant) {
        value(rule, here, wire, *rule.canonical_constant);
    } else if (rule.computed) {
        computed(rule, here, wire);
    } else if (rule.canonical.size() > 1) {
        tuple(rule, here, wire);
    } else if (!rule.canonical.empty()) {
        single(rule, here, wire);
    }
}

void Encoder::computed(const RowRule& rule, const Here& here, Slot& wire) {
    const CodecResult result = value_of(rule.computed->value, operands(here));
    switch (result.state) {
        case SlotState::Value: value(rule, here, wire, result.text); return;
        case SlotState::Bad:
            bad(rule, here, wire, {result.reason, to_string(rule.computed->type), result.text, 0});
            return;
        case SlotState::Absent:
            if (rule.fallback) return value(rule, here, wire, *rule.fallback);
            break;
        case SlotState::Cleared: break;
    }
    missing(rule, here, wire, result.state);
}

const Slot& Encoder::slot(const RowRule& rule, const Here& here, std::size_t part) const {
    const FieldRef& ref = rule.canonical[part];
    const Row& row = ref.in_item && here.item != nullptr ? *here.item : record_.root();
    return row.slots[ref.slot];
}

void Encoder::single(const RowRule& rule, const Here& here, Slot& wire) {
    const Slot& from = slot(rule, here, 0);
    switch (from.state) {
        case SlotState::Value:
            if (const auto text = checked(rule, here, 0, from.text())) {
                value(rule, here, wire, *text);
            }
            return;
        case SlotState::Absent:
            if (rule.fallback) {
                value(rule, here, wire, *rule.fallback);
                return;
            }
            break;
        case SlotState::Cleared:
        case SlotState::Bad: break;
    }
    missing(rule, here, wire, from.state);
}

void Encoder::tuple(const RowRule& rule, const Here& here, Slot& wire) {
    if (rule.chain.empty()) return;
    std::vector<std::string_view> parts(rule.canonical.size());
    bool any = false;
    bool all = true;
    for (std::size_t part = 0; part < parts.size(); ++part) {
        const Slot& from = slot(rule, here, part);
        if (from.has_value()) {
            const auto text = checked(rule, here, part, from.text());
            if (!text) return;
            parts[part] = *text;
            any = true;
        } else if (is_required(rule, here)) {
            report(rule, here, {Errc::MissingRequired, {}, {}, part}, Severity::Error);
            all = false;
        }
    }
    if (!all) return;
    if (!any) {
        missing(rule, here, wire, slot(rule, here, 0).state);
        return;
    }
    const CodecCall& split = rule.chain.back();
    const CodecResult joined = split.codec->join(parts, split.arguments, context_);
    if (joined.state != SlotState::Value) {
        bad(rule, here, wire, {joined.reason, expected_by(split), parts[0], 0});
        return;
    }
    encode_from(rule, here, wire, {rule.chain.size() - 1, joined.text, joined.text});
}

void encode(const Program& program, const Record& record, Encoded& into) {
    // Buffers that are kept from message to message.
    thread_local WireRow root;
    thread_local Arena arena;
    arena.reset();
    into.bytes.clear();
    const Plan& plan = program.plan.of(program);
    into.issues = Encoder(program, plan, record, root, arena).run();
    if (!into.issues.list.empty()) into.issues.bundle = program.bundle;
    if (into.issues.rejected()) return;
    Status written = write_wire(plan, *program.format, root, into.bytes);
    const std::size_t size_max = program.format->size_max;
    if (written && into.bytes.size() > size_max) {
        written = fail(Errc::LimitExceeded, "{} bytes, at most {}", into.bytes.size(), size_max)
                      .at(fmt::format("byte {}", size_max));
    }
    if (written) return;
    into.issues.list.push_back(message_issue(written.error()));
    into.issues.bundle = program.bundle;
    into.bytes.clear();
}

Encoded encode(const Program& program, const Record& record) {
    Encoded out;
    encode(program, record, out);
    return out;
}

Encoded encode(const Program& program, const Record& record, std::string_view base) {
    Encoded out = encode(program, record);
    if (!program.keeps_base || out.issues.rejected()) return out;
    Result<std::string> bytes = keep_base(program, out.bytes, base);
    if (!bytes) {
        out.issues.list.push_back(message_issue(bytes.error()));
        out.bytes.clear();
    } else {
        out.bytes = *std::move(bytes);
    }
    return out;
}

}  // namespace luqiao::mapping
