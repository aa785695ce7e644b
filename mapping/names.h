// mapping/names.h - what a name in a map means, and what was probably meant when it means nothing.
#pragma once

#include "mapping/ast.h"
#include "mapping/code_table.h"
#include "mapping/form.h"
#include "mapping/format.h"
#include "mapping/source.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace luqiao::mapping {

using Tables = std::map<std::string, std::unique_ptr<const CodeTable>, std::less<>>;

/// What became of the `let`s of a map.
struct LetUse {
    std::set<std::string> used;
    std::set<std::string> bad;  ///< reported once, not at each use
};

/// The names that can be seen at one place of a map. In a form's own checks there is no format.
struct NameScope {
    const Form& form;
    const Tables& tables;
    const Format* format = nullptr;
    const List* item = nullptr;           ///< inside `each`
    const WireList* wire_item = nullptr;  ///< inside `each`
    const std::vector<LetSyntax>* lets = nullptr;
    std::size_t lets_seen = SIZE_MAX;  ///< only so many of them: a `let` sees those above it
    LetUse* let_use = nullptr;
    const std::vector<NamespaceSyntax>* namespaces = nullptr;  ///< of the map
    std::string column = {};  ///< what `{n}` stands for; empty outside of `each … cols`
    bool has_as_of = false;   ///< `years(birth_date)` needs a date to count up to

    [[nodiscard]] const Field& field(FieldRef ref) const {
        return ref.in_item ? item->scope.fields[ref.slot] : form.root.fields[ref.slot];
    }
    [[nodiscard]] const CodeTable* table(const std::string& name) const {
        const auto found = tables.find(name);
        return found == tables.end() ? nullptr : found->second.get();
    }
};

/// A wire field, of the item or of the message.
struct WireRef {
    bool in_item = false;
    std::size_t slot = 0;
};

/// The item's fields first, then those of the form.
std::optional<FieldRef> find_canonical(const NameScope& scope, const std::string& path);
std::optional<WireRef> find_wire(const NameScope& scope, const PathSyntax& path);

/// The path with `{n}` replaced and the map's prefixes turned into the format's. Reports M101 for a
/// prefix that nobody declared or whose namespace the format does not have, M100 for `{n}` outside
/// of columns.
std::optional<PathSyntax> wire_path(const NameScope& scope, const PathSyntax& path, Report& report);

/// The same; reports M101 with a suggestion when there is none.
std::optional<FieldRef> resolve_canonical(const NameScope& scope,
                                          const PathSyntax& path,
                                          Report& report);
std::optional<WireRef> resolve_wire(const NameScope& scope, const PathSyntax& path, Report& report);

/// A name that is labelled as `word` is, ends as it does, or is spelt nearly alike; "" when none.
struct Named {
    std::string_view path;
    std::string_view label_zh;
};
std::string did_you_mean(std::string_view word, const std::vector<Named>& names);
/// "write X", also as an edit of `at`; nothing when there is no name.
Fix as_fix(const Position& at, const std::string& name);

/// "a, b, c": at most five, then "…".
std::string listed(const std::vector<std::string_view>& names);

/// Keys of a map or names of a list for did_you_mean.
template <class M>
std::vector<Named> names_of(const M& map) {
    std::vector<Named> out;
    out.reserve(map.size());
    for (const auto& [name, value] : map) out.push_back({name, {}});
    return out;
}

}  // namespace luqiao::mapping
