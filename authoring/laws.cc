#include "authoring/laws.h"

#include "mapping/compile_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "authoring/dice.h"
#include "authoring/domain.h"
#include "authoring/laws_tuple.h"
#include "authoring/row_run.h"
#include "authoring/shrink.h"

namespace luqiao::authoring {
namespace {

using mapping::CodeTable;
using mapping::Grade;
using mapping::Program;
using mapping::RowRule;

/// Texts that the codecs of the row look at: separators, sentinels, prefixes, pads.
std::vector<std::string> hints_of(const RowRule& row) {
    std::vector<std::string> out;
    for (const mapping::CodecCall& call : row.chain) {
        for (const mapping::Literal& literal : call.arguments.literals) {
            if (literal.kind == mapping::Literal::Kind::Text) out.push_back(literal.text);
        }
    }
    return out;
}

/// The chain's code table and column, when it has exactly one.
const mapping::CodecCall* code_call(const RowRule& row) {
    const mapping::CodecCall* out = nullptr;
    for (const mapping::CodecCall& call : row.chain) {
        if (call.arguments.table == nullptr) continue;
        if (out != nullptr) return nullptr;
        out = &call;
    }
    return out;
}

/// Whether the author said which of several rows a code is read as.
bool is_preferred(const CodeTable::Row& row, std::string_view system) {
    std::string_view rest = row.prefer;
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        if (word == "*" || word == system) return true;
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    }
    return false;
}

/// Party's texts near one that the row writes: what senders do to a value.
std::vector<std::string> variants(const std::string& wire, const std::vector<std::string>& hints) {
    std::vector<std::string> out{wire, " " + wire, wire + " ", "0" + wire, wire + "0", "　" + wire};
    std::string changed = wire;
    for (char& c : changed) {
        if (c >= 'a' && c <= 'z') {
            c = static_cast<char>(c - 'a' + 'A');
        } else if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    out.push_back(changed);
    const auto characters = characters_of(wire);
    if (characters.size() > 1) {
        out.push_back(wire.substr(characters.front().size()));
        out.push_back(wire.substr(0, wire.size() - characters.back().size()));
    }
    for (const std::string& hint : hints) {
        out.push_back(hint + wire);
        out.push_back(wire + hint);
    }
    return out;
}

class SimpleRow {
public:
    SimpleRow(const Program& program, const RowPlace& place, const LawOptions& options)
        : program_(program),
          row_(*place.row),
          run_(program, place),
          reads_(mapping::reads(row_.arrow)),
          writes_(mapping::writes(row_.arrow)),
          has_normaliser_(std::any_of(row_.chain.begin(), row_.chain.end(), is_normaliser)),
          hints_(hints_of(row_)),
          type_(effective_type(row_, run_.type())) {
        DomainOptions domain;
        domain.seed = seed_of(options.seed, proof_key(program, place));
        domain.samples = options.samples;
        domain.hints = hints_;
        domain_ = domain_of(type_, run_.table(), domain);
        std::erase_if(domain_.values, [this](const std::string& text) {
            return !is_canonical(text, run_.type(), run_.table());
        });
    }

    RowProof prove() {
        out_.row = &row_;
        out_.grade = grade_of(row_);
        const bool is_two_way = reads_ && writes_ && out_.grade != Grade::OneWay;
        out_.proof = !is_two_way                  ? Proof::OneWay
                     : out_.grade == Grade::Lossy ? Proof::Lossy
                     : domain_.is_whole           ? Proof::Exhaustive
                                                  : Proof::Sampled;
        if (writes_) canonical_side();
        const bool is_exact = row_.arrow == mapping::Arrow::Exact || out_.grade == Grade::Exact;
        if (is_two_way && is_exact) wire_side();
        return std::move(out_);
    }

private:
    void canonical_side() {
        std::size_t written = 0;
        for (const std::string& value : domain_.values) {
            ++out_.values;
            for (const std::optional<Date>& date : dates(value)) {
                run_.set_as_of(date);
                if (one_value(value)) ++written;
            }
        }
        if (written != 0 || domain_.values.empty()) return;
        found({Law::WritesSomething,
               domain_.values.front(),
               run_.write(domain_.values.front()).shown(),
               {},
               {"换一个与字段类型相符的编解码器或列",
                "take a codec or a column that fits the field's type"}});
    }

    /// The dates on which a code can be used: the first, the last, or any.
    std::vector<std::optional<Date>> dates(const std::string& value) const {
        if (!program_.as_of || run_.table() == nullptr) return {std::nullopt};
        const CodeTable::Row* const row = run_.table()->find(value);
        if (row == nullptr || (!row->valid_from && !row->valid_to)) return {std::nullopt};
        std::vector<std::optional<Date>> out;
        if (row->valid_from) out.emplace_back(row->valid_from);
        if (row->valid_to) out.emplace_back(row->valid_to);
        return out;
    }

    /// Whether the value could be written.
    bool one_value(const std::string& value) {
        const Step wire = run_.write(value);
        if (wire.state == mapping::SlotState::Bad) {
            const bool is_code =
                wire.reason == Errc::UnmappedCode || wire.reason == Errc::ExpiredCode;
            if (!wire.by_codec || is_code) {
                ++out_.refused;
            } else if (out_.grade <= Grade::Canonical) {
                refuses(value);
            }
            return false;
        }
        if (reads_ && out_.grade != Grade::OneWay) reads_back(value, wire);
        return true;
    }

    void reads_back(const std::string& value, const Step& wire) {
        const auto fails = [this](const std::string& text) {
            if (!is_value(text)) return false;
            const Step there = run_.write(text);
            const bool is_said = there.state == mapping::SlotState::Bad || is_normalised(text) ||
                                 is_merged(text, there) || is_fraction_loss(text, there);
            if (is_said) return false;
            return !(there.has_value() && is_same(run_.read(there.text), text));
        };
        if (wire.has_value() && is_same(run_.read(wire.text), value)) return;
        if (is_normalised(value)) {
            ++out_.normalised;
            return;
        }
        if (is_merged(value, wire)) {
            ++out_.merged;
            return;
        }
        if (is_fraction_loss(value, wire)) {
            out_.proof = Proof::Lossy;
            if (!out_.loss) {
                out_.loss = Counterexample{
                    Law::ReadsWhatItWrote, value, wire.shown(), run_.read(wire.text).shown(), {}};
            }
            return;
        }
        if (out_.grade == Grade::Lossy ? out_.loss.has_value() : has(Law::ReadsWhatItWrote)) return;
        const std::string least = shrink(value, fails);
        const Step there = run_.write(least);
        Counterexample example{Law::ReadsWhatItWrote,
                               least,
                               there.shown(),
                               there.has_value() ? run_.read(there.text).shown() : "nothing",
                               {"换用可逆的编解码器，或写成 -> 或 <-，或加 lossy ok \"理由\"",
                                "take a codec that can be undone, or write -> or <-, or add: lossy "
                                "ok \"why\""}};
        if (out_.grade == Grade::Lossy) {
            out_.loss = std::move(example);
        } else {
            found(std::move(example));
        }
    }

    /// Whether all that changed is what normalisers (trim, upper, ...) of the chain do to the value
    /// before it is written, and the value stays as it is from then on.
    bool is_normalised(const std::string& value) {
        if (!has_normaliser_) return false;
        const std::optional<std::string> normal = run_.normal(value);
        if (!normal) return true;  // blanks alone: the chain says that they are no value
        if (*normal == value) return false;
        const Step wire = run_.write(*normal);
        if (wire.state == mapping::SlotState::Bad) return true;
        return wire.has_value() && is_same(run_.read(wire.text), *normal) &&
               run_.write(value) == wire;
    }

    bool is_value(const std::string& text) {
        return is_canonical(text, type_, run_.table()) &&
               is_canonical(text, run_.type(), run_.table());
    }

    static bool is_same(const Step& step, const std::string& text) {
        return step.has_value() && step.text == text;
    }

    /// Several codes of ours that the party does not tell apart: read back is the preferred one.
    bool is_merged(const std::string& value, const Step& wire) {
        const mapping::CodecCall* const call = code_call(row_);
        if (call == nullptr || !wire.has_value()) return false;
        const Step back = run_.read(wire.text);
        const CodeTable& table = *call->arguments.table;
        const CodeTable::Row* const row = back.has_value() ? table.find(back.text) : nullptr;
        const CodeTable::Row* const mine = table.find(value);
        return row != nullptr && mine != nullptr &&
               row->codes[call->arguments.system] == mine->codes[call->arguments.system] &&
               is_preferred(*row, table.systems()[call->arguments.system]);
    }

    /// A party that keeps no fractions of a second: the rest of the moment comes back.
    bool is_fraction_loss(const std::string& value, const Step& wire) {
        if (run_.type().kind != mapping::TypeKind::DateTime || !wire.has_value()) return false;
        const std::size_t point = value.find('.');
        if (point == std::string::npos) return false;
        const std::size_t zone = value.find_first_not_of("0123456789", point + 1);
        return is_same(run_.read(wire.text), value.substr(0, point) + value.substr(zone));
    }

    void refuses(const std::string& value) {
        if (has(Law::WritesEveryValue)) return;
        const auto fails = [this](const std::string& text) {
            if (!is_value(text)) return false;
            const Step there = run_.write(text);
            return there.state == mapping::SlotState::Bad && there.by_codec;
        };
        const std::string least = shrink(value, fails);
        found(
            {Law::WritesEveryValue,
             least,
             run_.write(least).shown(),
             {},
             {"收窄表单中该字段的类型，或换用能写出全部取值的编解码器",
              "narrow the field's type in the form, or take a codec that writes all its values"}});
    }

    /// Texts of the party: those that the row writes, and what is near them.
    void wire_side() {
        constexpr std::size_t kVariedMax = 400;
        run_.set_as_of(std::nullopt);
        std::set<std::string> seen;
        std::size_t varied = 0;
        for (const std::string& value : domain_.values) {
            const Step wire = run_.write(value);
            if (!wire.has_value()) continue;
            if (varied++ > kVariedMax) {
                one_wire(wire.text);
                continue;
            }
            for (const std::string& text : variants(wire.text, hints_)) {
                if (seen.insert(text).second) one_wire(text);
            }
        }
    }

    /// Whether the party's text comes back otherwise than it was sent.
    bool changes(const std::string& wire) {
        if (wire.empty()) return false;
        const Step raw = run_.read_raw(wire);
        if (!raw.has_value()) return false;
        const Step value = run_.read(wire);
        if (!value.has_value()) return false;
        // `<->` promises the bytes only after the type's own normal form; `<=>` promises them all.
        if (row_.arrow != mapping::Arrow::Exact && !(value == raw)) return false;
        const Step back = run_.write(value.text);
        if (back.state == mapping::SlotState::Bad && !back.by_codec)
            return false;  // over the column
        return !is_same(back, wire);
    }

    void one_wire(const std::string& wire) {
        if (has(Law::WritesWhatItRead) || !changes(wire)) return;
        const std::string least =
            shrink(wire, [this](const std::string& text) { return changes(text); });
        const Step value = run_.read(least);
        found({Law::WritesWhatItRead,
               least,
               value.shown(),
               run_.write(value.text).shown(),
               {"写 <-> 并换用正规化的编解码器（如 trim）",
                "write <->, with a codec that normalises, such as trim"}});
    }

    bool has(Law law) const {
        return std::any_of(out_.counterexamples.begin(), out_.counterexamples.end(),
                           [law](const Counterexample& one) { return one.law == law; });
    }

    void found(Counterexample example) { out_.counterexamples.push_back(std::move(example)); }

    const Program& program_;
    const RowRule& row_;
    RowRun run_;
    bool reads_;
    bool writes_;
    bool has_normaliser_;
    std::vector<std::string> hints_;
    mapping::Type type_;  ///< whose values are run
    Domain domain_;
    RowProof out_;
};

}  // namespace

RowProof prove_row(const Program& program, const RowPlace& place, const LawOptions& options) {
    if (is_simple(place)) return SimpleRow(program, place, options).prove();
    if (place.row->canonical.size() > 1) return prove_tuple(program, place, options);
    RowProof out;
    out.row = place.row;
    out.grade = grade_of(*place.row);
    const bool is_constant = place.row->wire_constant || place.row->canonical_constant;
    out.proof = is_constant ? Proof::Constant : Proof::OneWay;
    return out;
}

std::string proof_key(const Program& program, const RowPlace& place) {
    const RowRule& row = *place.row;
    if (!is_simple(place)) return fmt::format("{}:{}", row.at.file, row.at.line);
    const mapping::WireField& wire = wire_field(program, place);
    const auto fit = row.fit ? fmt::format("{} {} {}", row.fit->bytes_max,
                                           to_string(row.fit->charset), row.fit->cut)
                             : std::string();
    return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", arrow_text(row.arrow),
                       chain_text(row.chain), to_string(canonical_field(program, place).type),
                       to_string(program.format->kind), to_string(program.format->charset),
                       wire.bytes_max, wire.width, static_cast<int>(wire.type), fit,
                       program.as_of.has_value());
}

Grade grade_of(const RowRule& row) {
    const bool is_two_way = mapping::reads(row.arrow) && mapping::writes(row.arrow);
    if (!is_two_way) return Grade::OneWay;
    Grade grade = row.grade;
    for (const mapping::CodecCall& call : row.chain) {
        // A column with one meaning per code is exact; the chain's own grade says so.
        if (call.arguments.table == nullptr) grade = std::max(grade, call.codec->grade);
    }
    return row.fit && row.fit->cut ? std::max(grade, Grade::Lossy) : grade;
}

std::string_view grade_letter(Grade grade) {
    switch (grade) {
        case Grade::Exact: return "E";
        case Grade::Canonical: return "C";
        case Grade::Lossy: return "L";
        case Grade::OneWay: return "1";
    }
    return "1";
}

}  // namespace luqiao::authoring
