#include "authoring/suggest.h"

#include "mapping/compile_row.h"
#include "mapping/row_issue.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "authoring/coverage.h"
#include "authoring/generate.h"
#include "authoring/row_run.h"
#include "authoring/wire_edit.h"

namespace luqiao::authoring {
namespace {

using mapping::CodeTable;
using mapping::Program;
using mapping::Record;

/// "sqr.csrq" and a line become "sqr-csrq-12".
std::string slug(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_kept) {
            out += c;
        } else if (!out.empty() && out.back() != '-') {
            out += '-';
        }
    }
    constexpr std::size_t kSizeMax = 40;
    if (out.size() > kSizeMax) out.resize(kSizeMax);
    while (out.ends_with('-')) out.pop_back();
    return out;
}

/// The field that a condition is about.
const mapping::Operand* first_field(const mapping::Condition& condition) {
    for (const mapping::Operand& operand : condition.operands) {
        if (operand.is_field) return &operand;
    }
    for (const mapping::Condition& child : condition.children) {
        if (const auto* found = first_field(child)) return found;
    }
    return nullptr;
}

class Suggesting {
public:
    /// What a field of the everything record becomes; nothing: it stays.
    using Change = std::function<std::optional<std::string>(const RowPlace&, RowRun&)>;

    Suggesting(const Program& program, const SuggestOptions& options)
        : program_(program),
          options_(options),
          rows_(rows_of(program)),
          maker_(program, options.seed) {}

    std::vector<GoldenCase> run() {
        whole("everything", {Fill::Everything, true, options_.seed, {}});
        whole("least", {Fill::Required, true, options_.seed, {}});
        branches();
        change("codes-first",
               [this](const RowPlace& place, RowRun& run) { return edge_code(place, run, true); });
        change("codes-last",
               [this](const RowPlace& place, RowRun& run) { return edge_code(place, run, false); });
        change("codes-merged", [](const RowPlace&, RowRun& run) { return merged_code(run); });
        change("codes-expired", [this](const RowPlace&, RowRun& run) { return expired_code(run); });
        change("codes-unmapped",
               [this](const RowPlace& place, RowRun& run) { return unmapped_code(place, run); });
        change("longest",
               [this](const RowPlace& place, RowRun& run) { return long_text(place, run, 0); });
        change("too-long",
               [this](const RowPlace& place, RowRun& run) { return long_text(place, run, 1); });
        if (!options_.is_outgoing) {
            change("sentinels", [](const RowPlace& place, RowRun&) { return sentinel(place); });
            change("bad-values",
                   [](const RowPlace& place, RowRun& run) { return bad_value(place, run); });
        }
        missing_required();
        rest();
        return std::move(out_);
    }

private:
    void whole(std::string name, const Recipe& recipe) {
        const Generated made = maker_.make(recipe);
        if (made.is_written) add(std::move(name), made.record);
    }

    /// A case that says something new: it is not among the others yet.
    void add(std::string name, const Record& record) {
        GoldenCase golden{program_.name, std::move(name), {}, {}, {}, {}};
        const std::string json = mapping::to_json(record);
        if (options_.is_outgoing) {
            golden.canonical = laid_out(json);
        } else {
            const mapping::Encoded encoded = mapping::encode(program_, record);
            if (encoded.issues.rejected()) return;
            golden.in = encoded.bytes;
        }
        add(std::move(golden));
    }

    void add(GoldenCase golden) {
        for (const GoldenCase& one : out_) {
            const bool is_same =
                options_.is_outgoing ? one.canonical == golden.canonical : one.in == golden.in;
            if (is_same) return;
        }
        CaseResult result = freeze(program_, std::move(golden));
        if (!result.differences.empty()) return;
        cover(program_, result, covered_);
        out_.push_back(std::move(result.actual));
    }

    /// The branches that no case takes yet.
    void branches() {
        for (const RowPlace& place : rows_) {
            if (place.guards.empty() || covered_.count(place.row) != 0) continue;
            Recipe recipe{Fill::Everything, true, options_.seed, {}};
            for (auto guard = place.guards.rbegin(); guard != place.guards.rend(); ++guard) {
                recipe.wanted.emplace_back(&guard->when->condition, guard->branch == 0);
            }
            const Guard& inner = place.guards.back();
            const mapping::Operand* const about = first_field(inner.when->condition);
            const std::string field = about == nullptr ? "" : slug(name_of(*about, place)) + "-";
            whole(fmt::format("when-{}{}-{}", field, inner.when->at.line,
                              inner.branch == 0 ? "yes" : "no"),
                  recipe);
        }
    }

    std::string name_of(const mapping::Operand& operand, const RowPlace& place) const {
        const bool in_item = operand.in_item && place.list != nullptr;
        return (in_item ? place.list->scope : program_.form->root).fields[operand.slot].path;
    }

    void rest() {
        for (const RowPlace& place : rows_) {
            if (covered_.count(place.row) != 0) continue;
            Recipe recipe{Fill::Everything,
                          true,
                          seed_of(options_.seed, std::to_string(place.row->at.line)),
                          {}};
            for (auto guard = place.guards.rbegin(); guard != place.guards.rend(); ++guard) {
                recipe.wanted.emplace_back(&guard->when->condition, guard->branch == 0);
            }
            whole(fmt::format("row-{}", place.row->at.line), recipe);
            if (covered_.count(place.row) == 0 && mapping::reads(place.row->arrow))
                read_back(recipe);
        }
    }

    /// A row that only reads, in a map that we write with.
    void read_back(const Recipe& recipe) {
        const Generated made = maker_.make(recipe);
        if (made.is_written) {
            add({program_.name, "read-back", made.encoded.bytes, {}, {}, {}});
        }
    }

    /// Changes as many fields of the everything message as `change` has a text for. Records are
    /// changed on our side, messages of a party on theirs: there `change` gives canonical text for
    /// edges and the party's text for what is wrong.
    void change(std::string name, const Change& change) {
        Generated base = maker_.make({Fill::Everything, true, options_.seed, {}});
        if (!base.is_written) return;
        std::vector<WireEdit> edits;
        bool any = false;
        for (const RowPlace& place : rows_) {
            const bool is_used = options_.is_outgoing ? mapping::writes(place.row->arrow)
                                                      : mapping::reads(place.row->arrow);
            if (!is_simple(place) || !is_used) continue;
            RowRun run(program_, place);
            const auto text = change(place, run);
            if (!text) continue;
            any = true;
            if (options_.is_outgoing) {
                set(base.record, place, *text);
            } else {
                edits.push_back({&place, *text});
            }
        }
        if (!any) return;
        if (options_.is_outgoing) {
            add(std::move(name), base.record);
        } else if (auto bytes = edited(program_, base.encoded.bytes, edits)) {
            add({program_.name, std::move(name), *std::move(bytes), {}, {}, {}});
        }
    }

    static void set(Record& record, const RowPlace& place, const std::string& text) {
        const mapping::FieldRef& ref = place.row->canonical.front();
        if (!ref.in_item || place.each == nullptr) {
            set_slot(record, record.root().slots[ref.slot], text);
            return;
        }
        auto& items = record.root().lists[place.each->list];
        if (!items.empty()) set_slot(record, items.front().slots[ref.slot], text);
    }

    /// The text that the case needs: canonical when we write, the party's when we read.
    [[nodiscard]] std::optional<std::string> side(RowRun& run, const std::string& canonical) const {
        if (options_.is_outgoing) return canonical;
        const Step wire = run.write(canonical);
        return wire.has_value() ? std::optional(wire.text) : std::nullopt;
    }

    /// The first or last code that can be used; not for fields that decide a branch.
    std::optional<std::string> edge_code(const RowPlace& place, RowRun& run, bool is_first) const {
        if (run.table() == nullptr || decides(place)) return std::nullopt;
        const mapping::FieldRef& ref = place.row->canonical.front();
        const auto& usable = maker_.values(ref.in_item ? place.list : nullptr, ref.slot);
        std::optional<std::string> best;
        for (const CodeTable::Row& row : run.table()->rows()) {
            if (std::find(usable.begin(), usable.end(), row.codes[0]) == usable.end()) continue;
            if (row.valid_from || row.valid_to) continue;
            if (!best || !is_first) best = row.codes[0];
        }
        return best ? side(run, *best) : std::nullopt;
    }

    /// Whether a condition looks at the field of the row.
    [[nodiscard]] bool decides(const RowPlace& place) const {
        const mapping::FieldRef& ref = place.row->canonical.front();
        if (ref.in_item) return false;
        const auto mentions = [&ref](const mapping::Condition& condition) {
            const std::function<bool(const mapping::Condition&)> any =
                [&](const mapping::Condition& one) {
                    for (const mapping::Operand& operand : one.operands) {
                        if (operand.is_field && !operand.in_item && operand.slot == ref.slot) {
                            return true;
                        }
                    }
                    return std::any_of(one.children.begin(), one.children.end(), any);
                };
            return any(condition);
        };
        for (const RowPlace& other : rows_) {
            for (const Guard& guard : other.guards) {
                if (mentions(guard.when->condition)) return true;
            }
        }
        const mapping::Form& form = *program_.form;
        return std::any_of(
                   form.checks.begin(), form.checks.end(),
                   [&](const mapping::Check& check) { return mentions(check.condition); }) ||
               std::any_of(form.item_checks.begin(), form.item_checks.end(),
                           [&](const auto& one) { return mentions(one.check.condition); });
    }

    /// A code that reads back as another one; ours, so only when we write.
    static std::optional<std::string> merged_code(RowRun& run) {
        if (run.table() == nullptr || !run.reads()) return std::nullopt;
        for (const CodeTable::Row& row : run.table()->rows()) {
            const Step wire = run.write(row.codes[0]);
            if (!wire.has_value()) continue;
            const Step back = run.read(wire.text);
            if (back.has_value() && back.text != row.codes[0]) return row.codes[0];
        }
        return std::nullopt;
    }

    std::optional<std::string> expired_code(RowRun& run) const {
        if (run.table() == nullptr || !program_.as_of) return std::nullopt;
        for (const CodeTable::Row& row : run.table()->rows()) {
            if (row.valid_to && luqiao::to_string(*row.valid_to) < "2025")
                return side(run, row.codes[0]);
        }
        return std::nullopt;
    }

    std::optional<std::string> unmapped_code(const RowPlace& place, RowRun& run) const {
        if (run.table() == nullptr) return std::nullopt;
        if (!options_.is_outgoing) {
            const mapping::WireField& wire = wire_field(program_, place);
            const std::size_t limit = wire.width != 0 ? wire.width : wire.bytes_max;
            for (const char* text : {limit == 1 ? "?" : "??", "99"}) {
                const bool is_usable = mapping::fits_wire_type(text, wire.type) &&
                                       run.read(text).state == mapping::SlotState::Bad;
                if (is_usable) return text;
            }
            return std::nullopt;
        }
        for (const CodeTable::Row& row : run.table()->rows()) {
            const Step wire = run.write(row.codes[0]);
            if (wire.state == mapping::SlotState::Bad && wire.reason == Errc::UnmappedCode) {
                return row.codes[0];
            }
        }
        return std::nullopt;
    }

    /// A text as long as the column, or longer by `above` characters; nothing when the type is what
    /// limits it.
    std::optional<std::string> long_text(const RowPlace& place,
                                         RowRun& run,
                                         std::size_t above) const {
        const mapping::Type& type = run.type();
        const mapping::WireField& wire = wire_field(program_, place);
        const bool is_limited = place.row->fit || wire.bytes_max != 0 || wire.width != 0;
        if (type.kind != mapping::TypeKind::Text || !is_limited) return std::nullopt;
        const std::string piece = type.repertoire >= mapping::Repertoire::Gb2312  ? "长"
                                  : type.repertoire == mapping::Repertoire::Latin ? "Ł"
                                                                                  : "9";
        constexpr std::size_t kUnlimited = 2'000;
        const std::size_t most =
            type.size_max == 0 ? kUnlimited : static_cast<std::size_t>(type.size_max);
        std::size_t count = most;
        while (count > 0 && !run.write(repeated(piece, count)).has_value()) --count;
        if (count == most || count == 0) return std::nullopt;
        const std::string text = repeated(piece, count + above);
        if (options_.is_outgoing || above != 0) return text;
        return side(run, text);
    }

    static std::string repeated(const std::string& piece, std::size_t count) {
        std::string out;
        for (std::size_t at = 0; at < count; ++at) out += piece;
        return out;
    }

    static std::optional<std::string> sentinel(const RowPlace& place) {
        for (const mapping::CodecCall& call : place.row->chain) {
            const bool is_sentinel =
                call.codec->encode_absent != nullptr || call.codec->name == "null_as";
            if (is_sentinel && !call.arguments.literals.empty() && !place.row->required) {
                return call.arguments.literals.front().text;
            }
        }
        return std::nullopt;
    }

    static std::optional<std::string> bad_value(const RowPlace& place, RowRun& run) {
        if (run.table() != nullptr || place.row->chain.empty()) return std::nullopt;
        for (const char* text : {"19900230", "0000-00-00", "x"}) {
            if (run.read(text).state == mapping::SlotState::Bad) return text;
        }
        return std::nullopt;
    }

    void missing_required() {
        Generated base = maker_.make({Fill::Everything, true, options_.seed, {}});
        if (!base.is_written) return;
        std::vector<WireEdit> edits;
        for (const RowPlace& place : rows_) {
            const bool is_needed =
                !place.row->canonical.empty() && !place.row->wire.empty() &&
                (place.row->required || canonical_field(program_, place).required);
            if (!is_needed || is_as_of(place)) continue;
            edits.push_back({&place, std::nullopt});
            const mapping::FieldRef& ref = place.row->canonical.front();
            if (!ref.in_item || place.each == nullptr) {
                base.record.root().slots[ref.slot] = {};
            } else if (auto& items = base.record.root().lists[place.each->list]; !items.empty()) {
                items.front().slots[ref.slot] = {};
            }
        }
        if (edits.empty()) return;
        if (options_.is_outgoing) {
            add("missing-required", base.record);
        } else if (auto bytes = edited(program_, base.encoded.bytes, edits)) {
            add({program_.name, "missing-required", *std::move(bytes), {}, {}, {}});
        }
    }

    [[nodiscard]] bool is_as_of(const RowPlace& place) const {
        return program_.as_of && !place.row->canonical.front().in_item &&
               place.row->canonical.front().slot == *program_.as_of;
    }

    const Program& program_;
    SuggestOptions options_;
    std::vector<RowPlace> rows_;
    RecordMaker maker_;
    CoveredRows covered_;
    std::vector<GoldenCase> out_;
};

}  // namespace

std::vector<GoldenCase> suggest(const Program& program, const SuggestOptions& options) {
    return Suggesting(program, options).run();
}

}  // namespace luqiao::authoring
