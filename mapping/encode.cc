#include "mapping/charset.h"
#include "mapping/evaluate.h"
#include "mapping/row_issue.h"
#include "mapping/translator.h"
#include "mapping/wire.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kIssuesMax = 500;

/// The rows run over a record and fill wire slots.
class Encoder {
public:
    Encoder(const Program& program, const Record& record, WireRow& root, Arena& arena)
        : program_(program),
          format_(*program.format),
          record_(record),
          root_(root),
          context_{arena, std::nullopt} {}

    Issues run() {
        if (program_.as_of) {
            const Slot& slot = record_.root().slots[*program_.as_of];
            if (slot.has_value()) {
                if (const auto date = parse_date(slot.text().substr(0, 10))) context_.as_of = *date;
            }
        }
        root_.reset(format_.root_scope);
        block(program_.body, {});
        wire_required(format_.root_scope, root_, {});
        return std::move(issues_);
    }

private:
    struct Here {
        ItemPlace at = {};
        const Row* item = nullptr;
        WireRow* wire_item = nullptr;
    };
    struct Wrong {
        Errc reason;
        std::string expected;
        std::string_view got;
        std::size_t part = 0;
    };

    [[nodiscard]] Operands operands(const Here& here) const { return {record_.root(), here.item}; }

    void block(const Block& rules, const Here& here) {
        for (const Rule& rule : rules.rules) {
            if (const auto* row_rule = std::get_if<RowRule>(&rule)) {
                row(*row_rule, here);
            } else if (const auto* when = std::get_if<WhenRule>(&rule)) {
                const std::size_t branch = holds(when->condition, operands(here)) ? 0 : 1;
                if (branch < when->branches.size()) block(when->branches[branch], here);
            } else if (const auto* list = std::get_if<EachRule>(&rule)) {
                each(*list);
            }
        }
    }

    void each(const EachRule& rule) {
        if (rule.arrow == Arrow::Read) return;
        const Rows& rows = record_.root().lists[rule.list];
        const WireList& wire = format_.root_scope.lists[rule.wire_list];
        const std::size_t wire_max = wire.items_max == 0 ? SIZE_MAX : wire.items_max;
        const std::size_t most =
            std::min(rule.items_max == 0 ? SIZE_MAX : rule.items_max, wire_max);
        if (rows.size() > most) {
            too_many(rule, most);
            return;
        }
        for (std::size_t item = 0; item < rows.size(); ++item) {
            WireRow& wire_row = root_.add(rule.wire_list, wire.scope);
            const Here here{{&rule, item}, &rows[item], &wire_row};
            const std::size_t said = issues_.list.size();
            drops_item_ = false;
            block(rule.body.front(), here);
            if (!drops_item_) wire_required(wire.scope, wire_row, here.at);
            if (drops_item_ || (rule.drop_bad && has_error_from(said))) drop_item(rule, said);
        }
    }

    [[nodiscard]] bool has_error_from(std::size_t first) const {
        return std::any_of(issues_.list.begin() + static_cast<std::ptrdiff_t>(first),
                           issues_.list.end(),
                           [](const Issue& one) { return one.severity == Severity::Error; });
    }

    /// The item last added is not for this receiver: it stays out, and what was wrong with it is
    /// told as a warning.
    void drop_item(const EachRule& rule, std::size_t first_issue) {
        --root_.lists[rule.wire_list].count;
        for (std::size_t at = first_issue; at < issues_.list.size(); ++at) {
            Issue& one = issues_.list[at];
            if (one.severity == Severity::Error) one.severity = Severity::Warning;
        }
    }

    void too_many(const EachRule& rule, std::size_t most) {
        const List& list = program_.form->root.lists[rule.list];
        IssueParts parts;
        parts.code = Errc::LimitExceeded;
        parts.pointer =
            wire_pointer(format_, {nullptr, &format_.root_scope.lists[rule.wire_list], most});
        parts.field = list.path;
        parts.rule = &rule.at;
        parts.label = list.label;
        parts.expected = fmt::format("at most {} items", most);
        issues_.list.push_back(make_issue(parts));
    }

    void row(const RowRule& rule, const Here& here) {
        if (rule.arrow == Arrow::Read || rule.wire.empty()) return;
        WireRow& into = rule.wire_in_item && here.wire_item != nullptr ? *here.wire_item : root_;
        Slot& wire = into.slots[rule.wire[0]];
        if (rule.canonical_constant) {
            value(rule, here, wire, *rule.canonical_constant);
        } else if (rule.canonical.size() > 1) {
            tuple(rule, here, wire);
        } else if (!rule.canonical.empty()) {
            single(rule, here, wire);
        }
    }

    const Slot& slot(const RowRule& rule, const Here& here, std::size_t part) const {
        const FieldRef& ref = rule.canonical[part];
        const Row& row = ref.in_item && here.item != nullptr ? *here.item : record_.root();
        return row.slots[ref.slot];
    }

    void single(const RowRule& rule, const Here& here, Slot& wire) {
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

    /// `text` when the field's type allows it.
    std::optional<std::string_view> checked(const RowRule& rule,
                                            const Here& here,
                                            std::size_t part,
                                            std::string_view text) {
        const Field& field = field_of(program_, rule.canonical[part], here.at);
        const CodecResult result =
            check_type(text, field.type, table_of(program_, rule, field), context_);
        if (result.state == SlotState::Value) return result.text;
        report(rule, here, {result.reason, to_string(field.type), text, part}, Severity::Error);
        return std::nullopt;
    }

    bool is_required(const RowRule& rule, const Here& here) const {
        return rule.required || (rule.required_when && holds(*rule.required_when, operands(here)));
    }

    /// Sentinels are asked for from the canonical side on; the first one that has a text wins.
    void missing(const RowRule& rule, const Here& here, Slot& wire, SlotState state) {
        if (is_required(rule, here)) {
            report(rule, here, {Errc::MissingRequired, {}, {}, 0}, Severity::Error);
            return;
        }
        if (wire.state != SlotState::Absent) return;
        for (std::size_t at = rule.chain.size(); at-- > 0;) {
            const CodecCall& call = rule.chain[at];
            if (call.codec == nullptr || call.codec->encode_absent == nullptr) continue;
            const CodecResult result = call.codec->encode_absent(call.arguments, context_);
            if (result.state != SlotState::Value) continue;
            encode_from(rule, here, wire, {at, result.text, result.text});
            return;
        }
        if (state == SlotState::Cleared) wire.state = SlotState::Cleared;
    }

    void tuple(const RowRule& rule, const Here& here, Slot& wire) {
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
        const std::string_view separator = split.arguments.literals.empty()
                                               ? std::string_view{}
                                               : split.arguments.literals[0].text;
        const CodecResult joined = join_text(parts, separator, context_.arena);
        if (joined.state != SlotState::Value) {
            bad(rule, here, wire, {joined.reason, expected_by(split), parts[0], 0});
            return;
        }
        encode_from(rule, here, wire, {rule.chain.size() - 1, joined.text, joined.text});
    }

    void value(const RowRule& rule, const Here& here, Slot& wire, std::string_view text) {
        encode_from(rule, here, wire, {rule.chain.size(), text, text});
    }

    struct From {
        std::size_t codecs;  ///< of the chain, from the wire side, that are still to be run
        std::string_view text;
        std::string_view got;  ///< the canonical text, for issues
    };

    void encode_from(const RowRule& rule, const Here& here, Slot& wire, const From& from) {
        CodecResult result = CodecResult::value(from.text);
        for (std::size_t at = from.codecs; at-- > 0;) {
            const CodecCall& call = rule.chain[at];
            result = call.codec == nullptr || call.codec->encode == nullptr
                         ? CodecResult::bad(Errc::Internal)
                         : call.codec->encode(result.text, call.arguments, context_);
            if (result.state == SlotState::Bad) {
                bad(rule, here, wire, {result.reason, expected_by(call), from.got, 0});
                return;
            }
            if (result.state != SlotState::Value) {
                wire = {};
                wire.state = result.state;
                return;
            }
        }
        put(rule, here, wire, {from.codecs, result.text, from.got});
    }

    /// The last step: what the format can hold.
    void put(const RowRule& rule, const Here& here, Slot& wire, const From& from) {
        std::string_view text = from.text;
        const WireField& field = wire_field_of(program_, rule, rule.wire[0], here.at);
        if (!fits_wire_type(text, field.type)) {
            bad(rule, here, wire,
                {Errc::TypeMismatch, std::string(wire_type_name(field.type)), from.got, 0});
            return;
        }
        if (!can_hold(text, format_.kind)) {
            bad(rule, here, wire, {Errc::NotEncodable, "no control characters", from.got, 0});
            return;
        }
        if (const auto status = encodable(text); !status.empty()) {
            bad(rule, here, wire, {Errc::NotEncodable, status, from.got, 0});
            return;
        }
        if (rule.fit && exceeds(text, rule.fit->bytes_max, rule.fit->charset)) {
            if (!rule.fit->cut) {
                too_long(rule, here, wire, {rule.fit->bytes_max, rule.fit->charset, from.got});
                return;
            }
            text = fit(text, rule.fit->bytes_max, rule.fit->charset);
            report(rule, here,
                   {Errc::LimitExceeded, byte_limit(rule.fit->bytes_max, rule.fit->charset),
                    from.got, 0},
                   Severity::Warning);
        }
        const std::size_t most = format_.kind == FormatKind::Fixed ? field.width : field.bytes_max;
        if (exceeds(text, most, format_.charset)) {
            too_long(rule, here, wire, {most, format_.charset, from.got});
            return;
        }
        wire = value_slot(text);
    }

    struct TooLong {
        std::size_t most;
        Charset charset;
        std::string_view got;
    };
    void too_long(const RowRule& rule, const Here& here, Slot& wire, const TooLong& what) {
        bad(rule, here, wire,
            {Errc::LimitExceeded, byte_limit(what.most, what.charset), what.got, 0});
    }

    /// "GBK; character 3 is not"; empty: all of it is.
    [[nodiscard]] std::string encodable(std::string_view text) const {
        if (format_.charset == Charset::Utf8 || encoded_size(text, format_.charset)) return {};
        const auto bytes = from_utf8(text, format_.charset);
        const std::string where = bytes ? std::string() : bytes.error().where;
        return fmt::format("characters of {} ({} is not)", to_string(format_.charset), where);
    }

    void bad(const RowRule& rule, const Here& here, Slot& wire, const Wrong& wrong) {
        const bool is_code =
            wrong.reason == Errc::UnmappedCode || wrong.reason == Errc::ExpiredCode;
        switch (is_code ? rule.on_unmapped : rule.on_bad) {
            case OnBad::Drop:
                drops_item_ = here.wire_item != nullptr;
                report(rule, here, wrong, drops_item_ ? Severity::Warning : Severity::Error);
                return;
            case OnBad::Reject:
            case OnBad::Keep: report(rule, here, wrong, Severity::Error); return;
            case OnBad::Flag: report(rule, here, wrong, Severity::Warning); return;
            case OnBad::Skip: report(rule, here, wrong, Severity::Note); return;
            case OnBad::Default:
                // The default itself may be what cannot be written.
                if (!rule.bad_default || wrong.got == *rule.bad_default) {
                    report(rule, here, wrong, Severity::Error);
                    return;
                }
                report(rule, here, wrong, Severity::Warning);
                value(rule, here, wire, *rule.bad_default);
                return;
        }
    }

    void wire_required(const WireScope& scope, const WireRow& row, const ItemPlace& at) {
        for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
            if (!scope.fields[slot].required || row.slots[slot].has_value()) continue;
            RowFinding finding;
            finding.code = Errc::MissingRequired;
            finding.wire = &scope.fields[slot];
            finding.at = at;
            Issue issue = row_issue(program_, finding);
            const bool is_said =
                std::any_of(issues_.list.begin(), issues_.list.end(), [&issue](const Issue& said) {
                    return said.severity == Severity::Error && said.pointer == issue.pointer;
                });
            if (!is_said) issues_.list.push_back(std::move(issue));
        }
    }

    void report(const RowRule& rule, const Here& here, const Wrong& wrong, Severity severity) {
        RowFinding finding;
        finding.code = wrong.reason;
        finding.severity = severity;
        finding.row = &rule;
        if (wrong.part < rule.canonical.size()) finding.canonical = &rule.canonical[wrong.part];
        finding.at = here.at;
        finding.expected = wrong.expected;
        finding.got = wrong.got;
        if (issues_.list.size() < kIssuesMax) {
            issues_.list.push_back(row_issue(program_, finding));
        } else if (severity == Severity::Error) {
            issues_.list.back() = row_issue(program_, finding);
        }
    }

    const Program& program_;
    const Format& format_;
    const Record& record_;
    WireRow& root_;
    CodecContext context_;
    Issues issues_;
    bool drops_item_ = false;  ///< a row of the current item said `drop`
};

}  // namespace

void encode(const Program& program, const Record& record, Encoded& into) {
    // Buffers that are kept from message to message.
    thread_local WireRow root;
    thread_local Arena arena;
    arena.reset();
    into.bytes.clear();
    into.issues = Encoder(program, record, root, arena).run();
    if (into.issues.rejected()) return;
    Status written = write_wire(program.plan.of(program), *program.format, root, into.bytes);
    const std::size_t size_max = program.format->size_max;
    if (written && into.bytes.size() > size_max) {
        written = fail(Errc::LimitExceeded, "{} bytes, at most {}", into.bytes.size(), size_max)
                      .at(fmt::format("byte {}", size_max));
    }
    if (written) return;
    into.issues.list.push_back(message_issue(written.error()));
    into.bytes.clear();
}

Encoded encode(const Program& program, const Record& record) {
    Encoded out;
    encode(program, record, out);
    return out;
}

}  // namespace luqiao::mapping
