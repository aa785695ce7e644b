#include "authoring/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

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
        for (const Block& body : each.body) {
            block(body);
            ++here_.column;
        }
        here_ = outer;
    }

    const Program& program_;
    RowPlace here_;
};

std::string quoted_literal(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

bool is_number(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "CL{1..3}" of "CL1" and "CL3"; "A, C" when no number tells them apart.
std::string columns_name(std::string_view first, std::string_view last) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    std::size_t head = 0;
    while (head < std::min(first.size(), last.size()) && first[head] == last[head]) ++head;
    while (head > 0 && digit(first[head - 1])) --head;
    std::size_t tail = 0;
    while (tail < std::min(first.size(), last.size()) - head &&
           first[first.size() - 1 - tail] == last[last.size() - 1 - tail]) {
        ++tail;
    }
    while (tail > 0 && digit(first[first.size() - tail])) --tail;
    const std::string_view from = first.substr(head, first.size() - head - tail);
    const std::string_view to = last.substr(head, last.size() - head - tail);
    if (!is_number(from) || !is_number(to)) return fmt::format("{}, {}", first, last);
    return fmt::format("{}{{{}..{}}}{}", first.substr(0, head), from, to,
                       first.substr(first.size() - tail));
}

std::string side(const std::vector<std::string>& names,
                 const std::optional<std::string>& constant) {
    if (constant) return fmt::format("const({})", quoted_literal(*constant));
    if (names.size() == 1) return names[0];
    return fmt::format("({})", fmt::join(names, ", "));
}

}  // namespace

std::vector<RowPlace> rows_of(const Program& program) {
    Walk walk(program);
    walk.block(program.body);
    return std::move(walk.out);
}

std::vector<RowPlace> written_rows(const Program& program) {
    std::vector<RowPlace> out;
    std::map<std::tuple<int, int>, std::size_t> first;  // by line and column of the file
    for (RowPlace& place : rows_of(program)) {
        const auto at = std::make_tuple(place.row->at.line, place.row->at.column);
        if (place.column == 0) {
            first[at] = out.size();
            out.push_back(std::move(place));
        } else {
            out[first.at(at)].last = place.row;
        }
    }
    return out;
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
        const std::string& name = wire_field(program, place, part).path;
        if (place.last != nullptr && place.row->wire_in_column) {
            const auto& fields = program.format->root_scope.fields;
            names.push_back(columns_name(name, fields[place.last->wire[part]].path));
        } else {
            names.push_back((in_item ? place.wire_list->path + "." : "") + name);
        }
    }
    return side(names, place.row->wire_constant);
}

std::string call_text(const mapping::CodecCall& call) {
    std::string out(call.codec->name);
    if (call.arguments.literals.empty()) return out;
    std::vector<std::string> parts;
    for (const mapping::Literal& literal : call.arguments.literals) {
        const bool is_text = literal.kind == mapping::Literal::Kind::Text;
        parts.push_back(is_text ? quoted_literal(literal.text) : literal.text);
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
