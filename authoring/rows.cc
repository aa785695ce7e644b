#include "authoring/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace luqiao::authoring {
namespace {

using mapping::Block;
using mapping::Program;

class Walk {
public:
    explicit Walk(const Program& program) : program_(program) {}

    void block(const Block& block) {
        for (const mapping::Rule& rule : block.rules) {
            if (const auto* row = std::get_if<mapping::RowRule>(&rule)) {
                here_.row = row;
                out.push_back(here_);
            } else if (const auto* when = std::get_if<mapping::WhenRule>(&rule)) {
                for (std::size_t branch = 0; branch < when->branches.size(); ++branch) {
                    here_.guards.push_back({when, branch});
                    this->block(when->branches[branch]);
                    here_.guards.pop_back();
                }
            } else if (const auto* each = std::get_if<mapping::EachRule>(&rule)) {
                items(*each);
            }
        }
    }

    std::vector<RowPlace> out;

private:
    void items(const mapping::EachRule& each) {
        const RowPlace outer = here_;
        here_.each = &each;
        here_.list = &program_.form->root.lists[each.list];
        here_.wire_list =
            each.columns ? nullptr : &program_.format->root_scope.lists[each.wire_list];
        for (const Block& body : each.body) block(body);
        here_ = outer;
    }

    const Program& program_;
    RowPlace here_;
};

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string side(const std::vector<std::string>& names,
                 const std::optional<std::string>& constant) {
    if (constant) return fmt::format("const({})", quoted(*constant));
    if (names.size() == 1) return names[0];
    return fmt::format("({})", fmt::join(names, ", "));
}

}  // namespace

std::vector<RowPlace> rows_of(const Program& program) {
    Walk walk(program);
    walk.block(program.body);
    return std::move(walk.out);
}

bool guards_hold(const RowPlace& place, const mapping::Operands& operands) {
    return std::all_of(place.guards.begin(), place.guards.end(), [&](const Guard& guard) {
        return mapping::holds(guard.when->condition, operands) == (guard.branch == 0);
    });
}

const mapping::Field& canonical_field(const Program& program,
                                      const RowPlace& place,
                                      std::size_t part) {
    const mapping::FieldRef& ref = place.row->canonical[part];
    const bool in_item = ref.in_item && place.list != nullptr;
    return (in_item ? place.list->scope : program.form->root).fields[ref.slot];
}

const mapping::WireField& wire_field(const Program& program,
                                     const RowPlace& place,
                                     std::size_t part) {
    const bool in_item = place.row->wire_in_item && place.wire_list != nullptr;
    return (in_item ? place.wire_list->scope : program.format->root_scope)
        .fields[place.row->wire[part]];
}

std::string canonical_name(const Program& program, const RowPlace& place) {
    if (place.row->computed) return place.row->computed->name;
    std::vector<std::string> names;
    for (std::size_t part = 0; part < place.row->canonical.size(); ++part) {
        const bool in_item = place.row->canonical[part].in_item && place.list != nullptr;
        names.push_back((in_item ? place.list->path + "." : "") +
                        canonical_field(program, place, part).path);
    }
    return side(names, place.row->canonical_constant);
}

std::string wire_name(const Program& program, const RowPlace& place) {
    std::vector<std::string> names;
    for (std::size_t part = 0; part < place.row->wire.size(); ++part) {
        const bool in_item = place.row->wire_in_item && place.wire_list != nullptr;
        names.push_back((in_item ? place.wire_list->path + "." : "") +
                        wire_field(program, place, part).path);
    }
    return side(names, place.row->wire_constant);
}

std::string call_text(const mapping::CodecCall& call) {
    std::string out(call.codec->name);
    if (call.arguments.literals.empty()) return out;
    std::vector<std::string> parts;
    for (const mapping::Literal& literal : call.arguments.literals) {
        const bool is_text = literal.kind == mapping::Literal::Kind::Text;
        parts.push_back(is_text ? quoted(literal.text) : literal.text);
    }
    return out + fmt::format("({})", fmt::join(parts, ", "));
}

std::string chain_text(const std::vector<mapping::CodecCall>& chain) {
    std::vector<std::string> parts;
    parts.reserve(chain.size());
    for (const mapping::CodecCall& call : chain) parts.push_back(call_text(call));
    return fmt::format("{}", fmt::join(parts, " | "));
}

std::string_view arrow_text(mapping::Arrow arrow) {
    switch (arrow) {
        case mapping::Arrow::Both: return "<->";
        case mapping::Arrow::Exact: return "<=>";
        case mapping::Arrow::Read: return "<-";
        case mapping::Arrow::Write: return "->";
    }
    return "<->";
}

}  // namespace luqiao::authoring
