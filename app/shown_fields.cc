#include "app/shown_fields.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::app {
namespace {

constexpr std::string_view kHidden = "***";

std::string shown(const mapping::Field& field, std::string_view text) {
    switch (field.privacy) {
        case mapping::Privacy::C0:
        case mapping::Privacy::C1: return std::string(text);
        case mapping::Privacy::C2: return masked(text);
        case mapping::Privacy::C3: return std::string(kHidden);
    }
    return std::string(kHidden);
}

void collect(std::vector<ShownField>& out,
             const mapping::Scope& scope,
             const mapping::Row& row,
             const std::string& prefix) {
    for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
        const mapping::Field& field = scope.fields[slot];
        if (!row.slots[slot].has_value()) continue;
        const std::string_view text = row.slots[slot].text();
        out.push_back({prefix + field.path, field.label.zh, std::string(text), shown(field, text)});
    }
    for (std::size_t list = 0; list < scope.lists.size(); ++list) {
        std::size_t place = 0;
        for (const mapping::Row& item : row.lists[list]) {
            collect(out, scope.lists[list].scope, item,
                    fmt::format("{}{}[{}].", prefix, scope.lists[list].path, ++place));
        }
    }
}

const ShownField* find(const ShownMessage& message, const std::string& path) {
    const auto found = std::find_if(message.fields.begin(), message.fields.end(),
                                    [&](const ShownField& one) { return one.path == path; });
    return found == message.fields.end() ? nullptr : &*found;
}

void write(JsonWriter& json, const ShownField* before, const ShownField* after) {
    const ShownField& known = before != nullptr ? *before : *after;
    json.begin_object()
        .field("field", known.path)
        .field("label", known.label)
        .field("before", before == nullptr ? std::string() : before->shown)
        .field("after", after == nullptr ? std::string() : after->shown)
        .end_object();
}

}  // namespace

ShownMessage shown_fields(const mapping::Program& program, std::string_view body) {
    const mapping::Decoded decoded = mapping::decode(program, body);
    ShownMessage out{.readable = !decoded.issues.rejected(), .fields = {}};
    collect(out.fields, decoded.record.form().root, decoded.record.root(), {});
    return out;
}

void write_differences(JsonWriter& json, const ShownMessage& before, const ShownMessage& after) {
    json.begin_array();
    for (const ShownField& one : before.fields) {
        const ShownField* now = find(after, one.path);
        if (now == nullptr || now->text != one.text) write(json, &one, now);
    }
    for (const ShownField& one : after.fields) {
        if (find(before, one.path) == nullptr) write(json, nullptr, &one);
    }
    json.end_array();
}

}  // namespace luqiao::app
