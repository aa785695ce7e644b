#include "authoring/lineage.h"

#include "mapping/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "authoring/condition_text.h"

namespace luqiao::authoring {
namespace {

using mapping::Program;
using mapping::RowRule;

/// The wire field of each column.
std::vector<std::string> wires_of(const Program& program, const RowPlace& written) {
    std::vector<std::string> out;
    for (const RowPlace& place : rows_of(program)) {
        const Position& at = place.row->at;
        if (at.line == written.row->at.line && at.column == written.row->at.column) {
            out.push_back(wire_name(program, place));
        }
    }
    return out;
}

bool is_named(const FieldUse& use, std::string_view wire) {
    return use.wire == wire ||
           std::find(use.wires.begin(), use.wires.end(), wire) != use.wires.end();
}

bool is_lowered(const RowRule& row) {
    return std::any_of(row.chain.begin(), row.chain.end(),
                       [](const mapping::CodecCall& call) { return call.codec->lowers_class; });
}

/// Collects the uses of all rows, field by field.
class Collector {
public:
    explicit Collector(const mapping::Bundle& bundle) {
        for (const auto& [name, program] : bundle.programs()) {
            if (forms_.insert({program.form->name, program.form.get()}).second) add(*program.form);
        }
    }

    void program(const Program& program, const MapUse& use, bool is_used) {
        for (const RowPlace& place : written_rows(program)) {
            const mapping::Arrow other = use.sends ? mapping::Arrow::Write : mapping::Arrow::Read;
            if (place.row->arrow == other) continue;
            for (std::size_t part = 0; part < place.row->canonical.size(); ++part) {
                row(program, place, canonical_field(program, place, part), {use, is_used});
            }
            if (!place.row->computed) continue;
            for (const mapping::Operand& operand : fields_of(place.row->computed->value)) {
                row(program, place, field_of_operand(program, place.list, operand), {use, is_used});
            }
        }
    }

    std::vector<FieldLineage> take() { return std::move(out_); }

private:
    void add(const mapping::Form& form) {
        scope(form, form.root, "");
        for (const mapping::List& list : form.root.lists) scope(form, list.scope, list.path + ".");
    }

    void scope(const mapping::Form& form, const mapping::Scope& scope, const std::string& prefix) {
        for (const mapping::Field& field : scope.fields) {
            index_[&field] = out_.size();
            out_.push_back({form.name, prefix + field.path, &field, {}});
        }
    }

    struct Using {
        const MapUse& use;
        bool is_used;
    };
    void row(const Program& program,
             const RowPlace& place,
             const mapping::Field& field,
             const Using& using_) {
        const auto found = index_.find(&field);
        if (found == index_.end()) return;
        FieldUse one;
        one.use = using_.use;
        one.is_used = using_.is_used;
        one.wire = wire_name(program, place);
        if (place.last != nullptr) one.wires = wires_of(program, place);
        one.chain = chain_text(place.row->chain);
        const auto& computed = place.row->computed;
        if (computed) {
            one.chain = operand_text(program, place.list, computed->value) +
                        (one.chain.empty() ? "" : " | " + one.chain);
        }
        one.grade = place.row->grade;
        // A value that is made of the field has its class, unless a function lowers it.
        const bool is_less = computed && computed->value.privacy < field.privacy;
        one.lowered = !one.use.sends && (is_less || is_lowered(*place.row));
        one.required = required_text(program, place);
        one.condition = guards_text(program, place);
        one.rule = place.row->at;
        out_[found->second].uses.push_back(std::move(one));
    }

    std::map<std::string, const mapping::Form*> forms_;
    std::map<const mapping::Field*, std::size_t> index_;
    std::vector<FieldLineage> out_;
};

std::string_view last_part(std::string_view path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

template <class Test>
std::vector<const FieldLineage*> all_that(const std::vector<FieldLineage>& all, const Test& test) {
    std::vector<const FieldLineage*> out;
    for (const FieldLineage& one : all) {
        if (test(one)) out.push_back(&one);
    }
    return out;
}

}  // namespace

std::vector<FieldLineage> lineage_of(const mapping::Bundle& bundle,
                                     const std::vector<MapUse>& uses) {
    Collector collector(bundle);
    std::vector<MapUse> sorted = uses;
    std::sort(sorted.begin(), sorted.end(), [](const MapUse& a, const MapUse& b) {
        return std::tie(a.party, a.map, a.sends) < std::tie(b.party, b.map, b.sends);
    });
    for (const MapUse& use : sorted) {
        if (const Program* program = bundle.find(use.map)) collector.program(*program, use, true);
    }
    for (const auto& [name, program] : bundle.programs()) {
        const bool is_used = std::any_of(
            uses.begin(), uses.end(), [&map = name](const MapUse& use) { return use.map == map; });
        if (is_used) continue;
        MapUse use;
        use.map = name;
        use.party = name.substr(0, name.find('.'));
        collector.program(program, use, false);
        use.sends = true;
        collector.program(program, use, false);
    }
    return collector.take();
}

std::vector<const FieldLineage*> find_fields(const std::vector<FieldLineage>& all,
                                             std::string_view query) {
    if (const std::size_t colon = query.find(':'); colon != std::string_view::npos) {
        const std::string_view map = query.substr(0, colon);
        const std::string_view wire = query.substr(colon + 1);
        return all_that(all, [&](const FieldLineage& one) {
            return std::any_of(one.uses.begin(), one.uses.end(), [&](const FieldUse& use) {
                return use.use.map == map && is_named(use, wire);
            });
        });
    }
    auto out = all_that(all, [&](const FieldLineage& one) { return one.path == query; });
    if (out.empty()) {
        out = all_that(all, [&](const FieldLineage& one) {
            return one.field->label.zh == query || one.field->label.en == query;
        });
    }
    if (!out.empty()) return out;
    out = all_that(all, [&](const FieldLineage& one) { return last_part(one.path) == query; });
    const bool is_unique = std::all_of(
        out.begin(), out.end(), [&](const FieldLineage* one) { return one->path == out[0]->path; });
    return is_unique ? out : std::vector<const FieldLineage*>{};
}

std::vector<std::string> similar_fields(const std::vector<FieldLineage>& all,
                                        std::string_view query) {
    std::vector<std::string> out;
    const auto suggest = [&out](std::string name) {
        if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(std::move(name));
    };
    if (const std::size_t colon = query.find(':'); colon != std::string_view::npos) {
        std::vector<std::string> names;
        for (const FieldLineage& one : all) {
            for (const FieldUse& use : one.uses) {
                names.push_back(use.use.map + ":" + use.wire);
                for (const std::string& wire : use.wires) names.push_back(use.use.map + ":" + wire);
            }
        }
        const std::string_view close = nearest(query, {names.begin(), names.end()});
        if (!close.empty()) suggest(std::string(close));
        return out;
    }
    std::vector<mapping::Named> names;
    for (const FieldLineage& one : all) {
        names.push_back({one.path, one.field->label.zh});
        const bool is_near =
            last_part(one.path) == query || one.field->label.zh.find(query) != std::string::npos;
        if (is_near && out.size() < 12) suggest(one.path);
    }
    if (out.empty()) {
        if (std::string close = mapping::did_you_mean(query, names); !close.empty()) {
            suggest(std::move(close));
        }
    }
    if (out.empty()) {
        std::vector<std::string_view> words;
        for (const FieldLineage& one : all) {
            words.push_back(one.field->label.zh);
            words.push_back(last_part(one.path));
        }
        if (const std::string_view close = nearest(query, words); !close.empty()) {
            suggest(std::string(close));
        }
    }
    return out;
}

std::string_view grade_word(mapping::Grade grade) {
    switch (grade) {
        case mapping::Grade::Exact: return "E";
        case mapping::Grade::Canonical: return "C";
        case mapping::Grade::Lossy: return "L";
        case mapping::Grade::OneWay: return "1";
    }
    return "1";
}

}  // namespace luqiao::authoring
