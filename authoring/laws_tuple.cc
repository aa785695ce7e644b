#include "authoring/laws_tuple.h"

#include "mapping/compile_row.h"
#include "mapping/row_issue.h"
#include "mapping/translator.h"

#include <fmt/format.h>

#include <algorithm>

#include "authoring/dice.h"
#include "authoring/domain.h"
#include "authoring/shrink.h"

namespace luqiao::authoring {
namespace {

using mapping::Program;
using Tuple = std::vector<std::string>;  ///< "" is an absent part

void nothing_required(mapping::WireScope& scope) {
    for (mapping::WireField& field : scope.fields) field.required = false;
    for (mapping::WireList& list : scope.lists) nothing_required(list.scope);
}

class TupleRow {
public:
    TupleRow(const Program& program, const RowPlace& place, const LawOptions& options)
        : program_(program_of_row(program, place)), place_(place), row_(*place.row) {
        for (std::size_t part = 0; part < row_.canonical.size(); ++part) {
            const mapping::Field& field = canonical_field(program, place, part);
            fields_.push_back(&field);
            tables_.push_back(mapping::table_of(program, row_, field));
            DomainOptions domain;
            domain.seed = seed_of(options.seed, field.path);
            domain.samples = options.samples / 2;
            for (const mapping::CodecCall& call : row_.chain) {
                for (const mapping::Literal& one : call.arguments.literals) {
                    if (one.kind == mapping::Literal::Kind::Text) domain.hints.push_back(one.text);
                }
            }
            auto values = domain_of(field.type, tables_.back(), domain).values;
            if (values.size() > kValuesMax) values.resize(kValuesMax);
            values_.push_back(std::move(values));
            plain_.push_back(plain_value(field, tables_.back()));
        }
    }

    RowProof prove() {
        out_.row = &row_;
        out_.grade = grade_of(row_);
        const bool is_two_way = out_.grade != mapping::Grade::OneWay;
        out_.proof = !is_two_way                           ? Proof::OneWay
                     : out_.grade == mapping::Grade::Lossy ? Proof::Lossy
                                                           : Proof::Sampled;
        if (!is_two_way) return std::move(out_);
        for (std::size_t part = 0; part < fields_.size(); ++part) {
            for (const std::string& value : values_[part]) {
                Tuple tuple = plain_;
                tuple[part] = value;
                one(tuple, part);
            }
            Tuple alone(fields_.size());
            alone[part] = plain_[part];
            one(alone, part);
        }
        return std::move(out_);
    }

private:
    static constexpr std::size_t kValuesMax = 400;
    enum class Outcome : std::uint8_t { Same, Other, Refused, Column };
    struct Run {
        Outcome outcome = Outcome::Same;
        std::string wire;
        std::string back;
    };

    Run run(const Tuple& tuple) {
        mapping::Record record(program_.form);
        mapping::Row* row = &record.root();
        if (place_.each != nullptr) {
            row = &record.root().lists[place_.each->list].emplace_back(place_.list->scope);
        }
        for (std::size_t part = 0; part < tuple.size(); ++part) {
            if (tuple[part].empty()) continue;
            const mapping::FieldRef& ref = row_.canonical[part];
            mapping::Row& into = ref.in_item ? *row : record.root();
            const std::string_view text = record.arena().copy(tuple[part]);
            mapping::Slot& slot = into.slots[ref.slot];
            slot.data = text.data();
            slot.size = static_cast<std::uint32_t>(text.size());
            slot.state = mapping::SlotState::Value;
        }
        const mapping::Encoded encoded = mapping::encode(program_, record);
        if (encoded.issues.rejected()) {
            const mapping::Issue& first = encoded.issues.list.front();
            const bool is_column = first.code == Errc::LimitExceeded;
            return {is_column ? Outcome::Column : Outcome::Refused,
                    fmt::format("bad ({})", info(first.code).id),
                    {}};
        }
        const mapping::Decoded decoded = mapping::decode(program_, encoded.bytes);
        const std::string back = shown(parts(decoded.record));
        return {back == shown(tuple) ? Outcome::Same : Outcome::Other, encoded.bytes, back};
    }

    Tuple parts(const mapping::Record& record) const {
        Tuple out(row_.canonical.size());
        for (std::size_t part = 0; part < out.size(); ++part) {
            const mapping::FieldRef& ref = row_.canonical[part];
            const mapping::Row* row = &record.root();
            if (ref.in_item && place_.each != nullptr) {
                const auto& items = record.root().lists[place_.each->list];
                if (items.empty()) continue;
                row = &items[0];
            }
            if (row->slots[ref.slot].has_value()) out[part] = row->slots[ref.slot].text();
        }
        return out;
    }

    static std::string shown(const Tuple& tuple) {
        std::vector<std::string> texts;
        texts.reserve(tuple.size());
        for (const std::string& part : tuple) {
            texts.push_back(part.empty() ? "absent" : fmt::format("\"{}\"", part));
        }
        return fmt::format("({})", fmt::join(texts, ", "));
    }

    void one(Tuple tuple, std::size_t part) {
        ++out_.values;
        const Run first = run(tuple);
        if (first.outcome == Outcome::Same) return;
        if (first.outcome == Outcome::Column) {
            ++out_.refused;
            return;
        }
        const Law law =
            first.outcome == Outcome::Refused ? Law::WritesEveryValue : Law::ReadsWhatItWrote;
        for (const Counterexample& known : out_.counterexamples) {
            if (known.law == law) return;
        }
        if (!tuple[part].empty()) {
            tuple[part] = shrink(tuple[part], [&](const std::string& text) {
                if (!is_canonical(text, fields_[part]->type, tables_[part])) return false;
                Tuple smaller = tuple;
                smaller[part] = text;
                return run(smaller).outcome == first.outcome;
            });
        }
        const Run least = run(tuple);
        out_.counterexamples.push_back(
            {law,
             shown(tuple),
             least.wire,
             least.back,
             {"换一个各部分取值里都没有的分隔符（最后一部分除外），或收窄字段类型",
              "take a separator that no part but the last can hold, or narrow the field's type"}});
    }

    Program program_;
    const RowPlace& place_;
    const mapping::RowRule& row_;
    std::vector<const mapping::Field*> fields_;
    std::vector<const mapping::CodeTable*> tables_;
    std::vector<std::vector<std::string>> values_;
    Tuple plain_;
    RowProof out_;
};

}  // namespace

RowProof prove_tuple(const Program& program, const RowPlace& place, const LawOptions& options) {
    return TupleRow(program, place, options).prove();
}

Program program_of_row(const Program& program, const RowPlace& place) {
    auto format = std::make_shared<mapping::Format>(*program.format);
    nothing_required(format->root_scope);
    Program out = program;
    out.format = std::move(format);
    out.as_of.reset();
    out.is_partial = true;
    mapping::RowRule row = *place.row;
    row.required = false;
    row.required_when.reset();
    row.fallback.reset();
    out.body.rules.clear();
    if (place.each == nullptr) {
        out.body.rules.emplace_back(std::move(row));
        return out;
    }
    mapping::EachRule each;
    each.at = place.each->at;
    each.arrow = place.each->arrow;
    each.list = place.each->list;
    each.wire_list = place.each->wire_list;
    each.items_max = place.each->items_max;
    each.body.resize(1);
    each.body.front().rules.emplace_back(std::move(row));
    out.body.rules.emplace_back(std::move(each));
    return out;
}

}  // namespace luqiao::authoring
